package host

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The kinds of values in the registry (winnt.h).
const (
	kindText       = 1 // REG_SZ
	kindExpandable = 2 // REG_EXPAND_SZ
	kindNumber     = 4 // REG_DWORD
	kindBigEndian  = 5 // REG_DWORD_BIG_ENDIAN
	kindLink       = 6 // REG_LINK
	kindTexts      = 7 // REG_MULTI_SZ
	kindLong       = 11
)

// registryValue is a value's content as text: what is no text and no number, or
// says so wrongly, in hexadecimal.
func registryValue(kind uint32, raw []byte) string {
	switch {
	case kind == kindNumber && len(raw) == 4:
		return strconv.FormatUint(uint64(binary.LittleEndian.Uint32(raw)), 10)
	case kind == kindBigEndian && len(raw) == 4:
		return strconv.FormatUint(uint64(binary.BigEndian.Uint32(raw)), 10)
	case kind == kindLong && len(raw) == 8:
		return strconv.FormatUint(binary.LittleEndian.Uint64(raw), 10)
	case kind == kindText, kind == kindExpandable, kind == kindLink:
		return zeroText(raw)
	case kind == kindTexts:
		return strings.ReplaceAll(strings.TrimRight(utf16Text(raw), "\x00"), "\x00", "\n")
	}
	return hex.EncodeToString(raw)
}

// utf16Text reads Windows' text, zeroes included; an odd byte at its end is left out.
func utf16Text(raw []byte) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(raw[2*i:])
	}
	return string(utf16.Decode(units))
}

// zeroText is Windows' text up to its first zero.
func zeroText(raw []byte) string {
	text, _, _ := strings.Cut(utf16Text(raw), "\x00")
	return text
}
