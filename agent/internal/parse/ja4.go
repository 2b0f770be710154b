package parse

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// ja4 is the fingerprint as FoxIO describes it in technical_details/JA4.md:
// what the hello came over, its version, whether it names a server, how many
// cipher suites and extensions it has and its first protocol; then a hash of
// the sorted cipher suites, and one of the sorted extensions and the signature
// algorithms as they stand. GREASE counts nowhere. The extensions must be sorted.
func (b *helloBody) ja4() string {
	var room [64]uint16 // browsers offer about twenty cipher suites
	ciphers := ungreased(room[:0], b.ciphers)
	slices.Sort(ciphers)
	first, last := protocolEnds(b.protocol)
	named := byte('i')
	if b.named {
		named = 'd'
	}
	code := versionCode(b.ja4Version())
	out := append(make([]byte, 0, 36), byte(b.over), code[0], code[1], named)
	out = appendCount(out, len(ciphers))
	out = appendCount(out, len(b.extensions))
	out = append(out, first, last, '_')

	var text [512]byte
	out = appendHash(out, appendNumbers(text[:0], ciphers))
	out = append(out, '_')
	kept := text[:0]
	for _, number := range b.extensions {
		if number != extensionName && number != extensionALPN {
			kept = appendNumber(kept, number)
		}
	}
	if algorithms := ungreased(room[:0], b.algorithms); len(algorithms) > 0 && len(kept) > 0 {
		kept[len(kept)-1] = '_'
		kept = appendNumbers(kept, algorithms)
	}
	return string(appendHash(out, kept))
}

// ja4Version is the highest number among the versions that are offered, known
// or not; those of DTLS count downwards.
func (b *helloBody) ja4Version() uint16 {
	var highest, v uint16
	for list := b.versions; list.ReadUint16(&v); {
		if !grease(v) && (highest == 0 || later(v, highest)) {
			highest = v
		}
	}
	if b.versions == nil {
		return b.version
	}
	return highest
}

func versionCode(v uint16) string {
	switch v {
	case 0x0304:
		return "13"
	case 0x0303:
		return "12"
	case 0x0302:
		return "11"
	case 0x0301:
		return "10"
	case 0x0300:
		return "s3"
	case 0x0002:
		return "s2"
	case 0xfeff:
		return "d1"
	case 0xfefd:
		return "d2"
	case 0xfefc:
		return "d3"
	}
	return "00"
}

// protocolEnds are the first and the last character of the first protocol, of
// its hexadecimal form where either is neither letter nor digit.
func protocolEnds(b []byte) (first, last byte) {
	if len(b) == 0 {
		return '0', '0'
	}
	first, last = b[0], b[len(b)-1]
	if alphanumeric(first) && alphanumeric(last) {
		return first, last
	}
	const digits = "0123456789abcdef"
	return digits[first>>4], digits[last&15]
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// ungreased appends the numbers of a list but GREASE.
func ungreased(to []uint16, list cryptobyte.String) []uint16 {
	for v := uint16(0); list.ReadUint16(&v); {
		if !grease(v) {
			to = append(to, v)
		}
	}
	return to
}

// appendCount writes two digits, 99 for whatever is more.
func appendCount(to []byte, n int) []byte {
	n = min(n, 99)
	return append(to, byte('0'+n/10), byte('0'+n%10))
}

// appendNumber writes a number in four hexadecimal digits and a comma.
func appendNumber(to []byte, v uint16) []byte {
	return append(hex.AppendEncode(to, []byte{byte(v >> 8), byte(v)}), ',')
}

func appendNumbers(to []byte, list []uint16) []byte {
	for _, v := range list {
		to = appendNumber(to, v)
	}
	return to
}

// appendHash writes the first twelve digits of the hash of a list, whose last
// comma is no part of it, and zeros for an empty one.
func appendHash(to, list []byte) []byte {
	if len(list) == 0 {
		return append(to, "000000000000"...)
	}
	sum := sha256.Sum256(list[:len(list)-1])
	return hex.AppendEncode(to, sum[:6])
}
