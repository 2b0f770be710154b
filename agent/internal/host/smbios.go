package host

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxSMBIOS is more tables than any firmware has.
const maxSMBIOS = 1024

// The kinds of SMBIOS tables that say which machine this is (DSP0134, 7.2 to 7.4).
const (
	smbiosSystem  = 1
	smbiosBoard   = 2
	smbiosChassis = 3
	smbiosEnd     = 127
)

var errSMBIOS = errors.New("malformed SMBIOS tables")

// smbios is what the firmware says of the machine. Texts are as they stand there.
type smbios struct {
	vendor, product, serial, uuid string
	board                         string // serial number of the mainboard
	chassis                       string // its number
}

// parseSMBIOS reads the tables as Windows hands them out: a head with the version
// and the length, then one table after another, each with its texts behind it.
// Of each kind the first counts, as it does for Linux.
func parseSMBIOS(raw []byte) (smbios, error) {
	const head = 8
	var found smbios
	if len(raw) < head {
		return found, fmt.Errorf("%w: %d bytes", errSMBIOS, len(raw))
	}
	version := int(raw[1])<<8 | int(raw[2])
	tables := raw[head:]
	if length := binary.LittleEndian.Uint32(raw[4:]); uint64(length) < uint64(len(tables)) {
		tables = tables[:length]
	}
	seen := map[byte]bool{}
	for range maxSMBIOS {
		if len(tables) < 4 {
			return found, nil
		}
		kind, length := tables[0], int(tables[1])
		if length < 4 || length > len(tables) {
			return found, fmt.Errorf("%w: table of %d bytes where %d are left", errSMBIOS, length, len(tables))
		}
		if kind == smbiosEnd {
			return found, nil
		}
		texts, rest := smbiosTexts(tables[length:])
		if !seen[kind] {
			found.read(kind, smbiosTable{tables[:length], texts}, version)
		}
		seen[kind], tables = true, rest
	}
	return found, fmt.Errorf("%w: more than %d", errSMBIOS, maxSMBIOS)
}

// smbiosTexts are the texts behind a table, which an empty one ends.
func smbiosTexts(raw []byte) (texts []string, rest []byte) {
	for {
		end := bytes.IndexByte(raw, 0)
		if end < 0 {
			return texts, nil
		}
		if end == 0 {
			if raw = raw[1:]; len(texts) == 0 && len(raw) > 0 && raw[0] == 0 {
				raw = raw[1:] // a table without texts has two zeroes
			}
			return texts, raw
		}
		texts, raw = append(texts, string(raw[:end])), raw[end+1:]
	}
}

type smbiosTable struct {
	fixed []byte
	texts []string
}

// text is the text whose number stands at a place.
func (t smbiosTable) text(at int) string {
	if at >= len(t.fixed) || t.fixed[at] == 0 || int(t.fixed[at]) > len(t.texts) {
		return ""
	}
	text := t.texts[t.fixed[at]-1]
	return strings.ToValidUTF8(strings.TrimSpace(text[:min(len(text), 256)]), "\uFFFD")
}

func (s *smbios) read(kind byte, t smbiosTable, version int) {
	switch kind {
	case smbiosSystem:
		s.vendor, s.product, s.serial = t.text(4), t.text(5), t.text(7)
		if len(t.fixed) >= 24 {
			s.uuid = smbiosUUID(t.fixed[8:24], version)
		}
	case smbiosBoard:
		s.board = t.text(7)
	case smbiosChassis:
		if len(t.fixed) > 5 {
			s.chassis = strconv.Itoa(int(t.fixed[5] & 0x7f))
		}
	}
}

// smbiosUUID writes an identifier as Linux does, so that a machine keeps its
// identity when another system is put on it: its first three parts are little
// endian since version 2.6.
func smbiosUUID(raw []byte, version int) string {
	in := [16]byte(raw)
	if version >= 0x0206 {
		in = [16]byte{raw[3], raw[2], raw[1], raw[0], raw[5], raw[4], raw[7], raw[6], raw[8], raw[9], raw[10], raw[11], raw[12], raw[13], raw[14], raw[15]}
	}
	text := hex.EncodeToString(in[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// onto fills a platform with what the firmware says; machineID stands in where it
// says nothing that tells one machine from another.
func (s smbios) onto(p *Platform, machineID string) {
	p.Vendor, p.Product, p.Chassis = meaningful(s.vendor), meaningful(s.product), chassis(s.chassis)
	if virtualMachine(p.Vendor, p.Product) {
		p.Chassis = "vm"
	}
	p.Hardware = hardware(s.uuid, meaningful(s.serial), meaningful(s.board), machineID)
}
