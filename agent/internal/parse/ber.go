package parse

import (
	"encoding/asn1"
	"errors"
	"fmt"
)

// berNesting is how deep structures may stand in each other.
const berNesting = 32

var errBER = errors.New("malformed BER")

// definite rewrites a structure whose lengths are left open, as Apple's signing
// writes them, with lengths in front. What has its length is kept as it is,
// since signatures are over bytes.
func definite(b []byte) ([]byte, error) {
	out, _, err := definiteElement(b, 0)
	return out, err
}

func definiteElement(b []byte, depth int) (out, rest []byte, err error) {
	if depth > berNesting {
		return nil, nil, fmt.Errorf("%w: nested too deep", errBER)
	}
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return nil, nil, errBER // no kind of the formats read here needs a long tag
	}
	tag := b[0]
	if b[1] != 0x80 {
		var raw asn1.RawValue
		rest, err := asn1.Unmarshal(b, &raw)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", errBER, err)
		}
		return raw.FullBytes, rest, nil
	}
	var content []byte
	for rest = b[2:]; ; {
		if len(rest) >= 2 && rest[0] == 0 && rest[1] == 0 {
			rest = rest[2:]
			break
		}
		var inner []byte
		if inner, rest, err = definiteElement(rest, depth+1); err != nil {
			return nil, nil, err
		}
		if tag == 0x24 { // a text of bytes in pieces becomes one
			var piece asn1.RawValue
			if _, err := asn1.Unmarshal(inner, &piece); err != nil {
				return nil, nil, fmt.Errorf("%w: %w", errBER, err)
			}
			inner = piece.Bytes
		}
		content = append(content, inner...)
	}
	if tag == 0x24 {
		tag = 0x04
	}
	return append(derHead(tag, len(content)), content...), rest, nil
}

// derHead is the kind and length of an element.
func derHead(tag byte, length int) []byte {
	if length < 0x80 {
		return []byte{tag, byte(length)}
	}
	var digits []byte
	for n := length; n > 0; n >>= 8 {
		digits = append([]byte{byte(n)}, digits...)
	}
	return append([]byte{tag, 0x80 | byte(len(digits))}, digits...)
}

// elements are the parts of a structure, at most limit of them.
func elements(b []byte, limit int) ([]asn1.RawValue, error) {
	var parts []asn1.RawValue
	for len(b) > 0 {
		if len(parts) == limit {
			return nil, fmt.Errorf("more than %d parts", limit)
		}
		var raw asn1.RawValue
		rest, err := asn1.Unmarshal(b, &raw)
		if err != nil {
			return nil, err
		}
		parts, b = append(parts, raw), rest
	}
	return parts, nil
}

// contextual says whether a part is the one with this number that a structure may have.
func contextual(v asn1.RawValue, number int) bool {
	return v.Class == asn1.ClassContextSpecific && v.Tag == number
}
