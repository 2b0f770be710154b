package parse

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	meshHeader  = 60 // three lengths of 4 bytes and a hash of 48
	meshRecords = 4096
	meshName    = 64
)

// ParseMeshStore reads the store that a MeshAgent keeps beside itself, record by
// record. It holds the agent's key as well: what is not wanted is stepped over
// and never read. Of a setting that is stored more than once the last one counts.
func ParseMeshStore(r io.Reader) (Settings, error) {
	found := map[string]string{}
	for number := range meshRecords {
		name, value, err := meshRecord(r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("store of a MeshAgent, record %d: %w", number+1, err)
		}
		switch name {
		case "MeshID":
			found["meshid"] = hex.EncodeToString(value)
		case "ServerID":
			found["serverid"] = strings.TrimRight(string(value), "\x00")
		case "MeshServer":
			found["meshserver"] = strings.TrimRight(string(value), "\x00")
		}
	}
	var settings Settings
	for _, name := range []string{"meshid", "serverid", "meshserver"} {
		if found[name] != "" {
			settings = append(settings, Setting{Name: name, Value: short(found[name]), Set: true})
		}
	}
	return settings, nil
}

// meshRecord reads one record; of one that is not wanted only the name. io.EOF
// is the end of the store.
func meshRecord(r io.Reader) (name string, value []byte, err error) {
	var header [meshHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return "", nil, err
	}
	whole, nameLength := binary.BigEndian.Uint32(header[0:]), binary.BigEndian.Uint32(header[4:])
	length := binary.BigEndian.Uint32(header[8:])
	if nameLength == 0 || nameLength > meshName || uint64(whole) < meshHeader+uint64(nameLength) {
		return "", nil, fmt.Errorf("%d bytes of which %d are the name", whole, nameLength)
	}
	key, rest := make([]byte, nameLength), int64(whole)-meshHeader-int64(nameLength)
	if _, err := io.ReadFull(r, key); err != nil {
		return "", nil, noEnd(err)
	}
	if slices.Contains([]string{"MeshID", "ServerID", "MeshServer"}, string(key)) && int64(length) == rest && rest <= settingsValue {
		value = make([]byte, rest)
		_, err = io.ReadFull(r, value)
		return string(key), value, noEnd(err)
	}
	_, err = io.CopyN(io.Discard, r, rest)
	return string(key), nil, noEnd(err)
}

// noEnd makes an end in the middle of a record an error.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
