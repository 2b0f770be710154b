package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// utmpEntry is one login of /run/utmp.
type utmpEntry struct {
	pid              int
	line, user, host string
	since            time.Time
}

// The two layouts of struct utmp in glibc: with 32-bit times, as on x86, and
// with 64-bit times, as on arm64.
const (
	utmpSize32  = 384
	utmpSize64  = 400
	utmpUser    = 7 // USER_PROCESS
	utmpLast    = 9 // the highest type there is
	maxUtmpSize = 4 << 20
)

// parseUtmp reads the logins of a utmp file, whichever layout it has.
func parseUtmp(content []byte) ([]utmpEntry, error) {
	if len(content) > maxUtmpSize {
		return nil, fmt.Errorf("utmp of %d bytes, want at most %d", len(content), maxUtmpSize)
	}
	size := 0
	for _, candidate := range []int{utmpSize32, utmpSize64} {
		if len(content)%candidate == 0 && utmpFits(content, candidate) {
			size = candidate
			break
		}
	}
	if size == 0 {
		return nil, errors.New("utmp in no layout known")
	}
	var entries []utmpEntry
	for ; len(content) > 0; content = content[size:] {
		if record := content[:size]; binary.LittleEndian.Uint16(record) == utmpUser {
			entries = append(entries, utmpRecord(record))
		}
	}
	return entries, nil
}

func utmpFits(content []byte, size int) bool {
	for ; len(content) > 0; content = content[size:] {
		if binary.LittleEndian.Uint16(content) > utmpLast || binary.LittleEndian.Uint16(content[2:]) != 0 {
			return false
		}
	}
	return true
}

func utmpRecord(r []byte) utmpEntry {
	seconds := int64(binary.LittleEndian.Uint32(r[340:]))
	if len(r) == utmpSize64 {
		seconds = int64(binary.LittleEndian.Uint64(r[344:]))
	}
	e := utmpEntry{
		pid:  int(int32(binary.LittleEndian.Uint32(r[4:]))),
		line: cString(r[8:40]), user: cString(r[44:76]), host: cString(r[76:332]),
	}
	if seconds > 0 && seconds < 1<<40 {
		e.since = time.Unix(seconds, 0).UTC()
	}
	return e
}

// cString is a fixed field up to its first zero byte.
func cString(field []byte) string {
	if end := bytes.IndexByte(field, 0); end >= 0 {
		field = field[:end]
	}
	return strings.ToValidUTF8(string(field), "\uFFFD")
}
