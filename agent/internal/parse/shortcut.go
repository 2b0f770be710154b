package parse

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
)

// A Shortcut is what one of Windows' .lnk files leads to.
type Shortcut struct {
	Target    string // whole path; "" where it leads to no file of this machine
	Arguments string
}

// The parts of a shortcut that are there, as its header tells ([MS-SHLLINK] 2.1.1).
const (
	shortcutHeader    = 0x4c
	shortcutIDList    = 1 << 0
	shortcutPlace     = 1 << 1
	shortcutName      = 1 << 2
	shortcutRelative  = 1 << 3
	shortcutFolder    = 1 << 4
	shortcutArguments = 1 << 5
	shortcutWide      = 1 << 7
)

var errShortcut = errors.New("shortcut: malformed")

// ParseShortcut reads where a shortcut leads ([MS-SHLLINK]).
func ParseShortcut(b []byte) (Shortcut, error) {
	if len(b) < shortcutHeader || len(b) > settingsMaximum || binary.LittleEndian.Uint32(b) != shortcutHeader {
		return Shortcut{}, errShortcut
	}
	flags, rest := binary.LittleEndian.Uint32(b[0x14:]), b[shortcutHeader:]
	var found Shortcut
	if flags&shortcutIDList != 0 {
		if len(rest) < 2 || len(rest) < 2+int(binary.LittleEndian.Uint16(rest)) {
			return Shortcut{}, errShortcut
		}
		rest = rest[2+int(binary.LittleEndian.Uint16(rest)):]
	}
	if flags&shortcutPlace != 0 {
		if len(rest) < 4 || uint64(binary.LittleEndian.Uint32(rest)) > uint64(len(rest)) || binary.LittleEndian.Uint32(rest) < 4 {
			return Shortcut{}, errShortcut
		}
		size := binary.LittleEndian.Uint32(rest)
		found.Target = short(shortcutTarget(rest[:size]))
		rest = rest[size:]
	}
	for _, part := range []uint32{shortcutName, shortcutRelative, shortcutFolder, shortcutArguments} {
		if flags&part == 0 {
			continue
		}
		text, after, err := shortcutText(rest, flags&shortcutWide != 0)
		if err != nil {
			return Shortcut{}, err
		}
		if rest = after; part == shortcutArguments {
			found.Arguments = short(text)
		}
	}
	return found, nil
}

// shortcutTarget is the path in a LinkInfo (2.3): in UTF-16 where it has one, else
// in the machine's own letters, of which only ASCII is sure.
func shortcutTarget(info []byte) string {
	if len(info) < 0x1c || binary.LittleEndian.Uint32(info[8:])&1 == 0 {
		return "" // a place on the network
	}
	if header := binary.LittleEndian.Uint32(info[4:]); header >= 0x24 && len(info) >= 0x24 {
		if at := binary.LittleEndian.Uint32(info[0x1c:]); at != 0 && uint64(at) < uint64(len(info)) {
			var units []uint16
			for text := info[at:]; len(text) >= 2 && (text[0] != 0 || text[1] != 0); text = text[2:] {
				units = append(units, binary.LittleEndian.Uint16(text))
			}
			return string(utf16.Decode(units))
		}
	}
	at := binary.LittleEndian.Uint32(info[0x10:])
	if at == 0 || uint64(at) >= uint64(len(info)) {
		return ""
	}
	text, _, _ := bytes.Cut(info[at:], []byte{0})
	return string(text)
}

// shortcutText takes one counted text (2.4).
func shortcutText(b []byte, wide bool) (text string, rest []byte, err error) {
	if len(b) < 2 {
		return "", nil, errShortcut
	}
	count, width := int(binary.LittleEndian.Uint16(b)), 1
	if wide {
		width = 2
	}
	if b = b[2:]; len(b) < count*width {
		return "", nil, errShortcut
	}
	body := b[:count*width]
	if !wide {
		return string(body), b[len(body):], nil
	}
	units := make([]uint16, count)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(body[2*i:])
	}
	return string(utf16.Decode(units)), b[len(body):], nil
}
