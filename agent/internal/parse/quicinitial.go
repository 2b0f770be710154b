package parse

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

var errNotInitial = errors.New("not a client's Initial packet")

const (
	quicVersion1 = 1
	quicVersion2 = 0x6b3343cf
	// quicDatagram is the least that a client's datagram with an Initial packet
	// has (RFC 9000 §14.1): a server must not answer a smaller one.
	quicDatagram = 1200
	sampleBytes  = 16
	sealBytes    = 16
)

// quicSalts are the public salts of RFC 9001 §5.2 and RFC 9369 §3.3.1.
var quicSalts = map[uint32][]byte{
	quicVersion1: {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
	quicVersion2: {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
}

// A connectionID is what QUIC calls the other end of a connection.
type connectionID struct {
	length uint8
	bytes  [20]byte
}

// initialKeys open what a client seals at first. They follow from a number that
// stands in the packet, so that anybody on the path can: that is what QUIC means
// them for.
type initialKeys struct {
	header cipher.Block
	packet cipher.AEAD
	nonce  [12]byte
}

// clientKeys derives the keys from the destination that a client chose at first,
// or that a Retry gave it.
func clientKeys(version uint32, id connectionID) (*initialKeys, error) {
	prefix := "quic "
	if version == quicVersion2 {
		prefix = "quicv2 "
	}
	secret, err := hkdf.Extract(sha256.New, id.bytes[:id.length], quicSalts[version])
	if err != nil {
		return nil, err
	}
	if secret, err = expandLabel(secret, "client in", 32); err != nil {
		return nil, err
	}
	k := &initialKeys{}
	for _, part := range []struct {
		label  string
		length int
		use    func([]byte) error
	}{
		{"key", 16, k.setPacket},
		{"iv", len(k.nonce), func(b []byte) error { copy(k.nonce[:], b); return nil }},
		{"hp", 16, func(b []byte) (err error) { k.header, err = aes.NewCipher(b); return err }},
	} {
		b, err := expandLabel(secret, prefix+part.label, part.length)
		if err == nil {
			err = part.use(b)
		}
		if err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *initialKeys) setPacket(b []byte) error {
	block, err := aes.NewCipher(b)
	if err != nil {
		return err
	}
	k.packet, err = cipher.NewGCM(block)
	return err
}

// expandLabel is HKDF-Expand-Label of RFC 8446 §7.1 with no context.
func expandLabel(secret []byte, label string, length int) ([]byte, error) {
	info := append([]byte{byte(length >> 8), byte(length), byte(len("tls13 ") + len(label))}, "tls13 "...)
	info = append(append(info, label...), 0)
	return hkdf.Expand(sha256.New, secret, string(info), length)
}

// An initialPacket is one sealed Initial packet, in the memory of its datagram.
type initialPacket struct {
	version     uint32
	destination connectionID
	token       bool   // has one, as after a Retry
	bytes       []byte // the whole packet
	number      int    // where its number stands
}

// nextInitial takes the next packet of a datagram that has a long header, and
// says whether it is an Initial one; errNotInitial where no further one can follow.
//
// Sources: RFC 9000 §17.2, RFC 9369 §3.2.
func nextInitial(datagram *cryptobyte.String) (p initialPacket, ok bool, err error) {
	s := *datagram
	var flags, sourceBytes uint8
	var token, length uint64
	if !s.ReadUint8(&flags) || flags&0x80 == 0 || !s.ReadUint32(&p.version) || quicSalts[p.version] == nil {
		return p, false, errNotInitial
	}
	if !s.ReadUint8(&p.destination.length) || p.destination.length > 20 || !s.CopyBytes(p.destination.bytes[:p.destination.length]) ||
		!s.ReadUint8(&sourceBytes) || sourceBytes > 20 || !s.Skip(int(sourceBytes)) {
		return p, false, fmt.Errorf("connection IDs: %w", errMalformed)
	}
	kind, retry, initial := flags>>4&3, uint8(3), uint8(0)
	if p.version == quicVersion2 {
		retry, initial = 0, 1
	}
	if kind == retry {
		return p, false, errNotInitial // takes the rest of the datagram
	}
	if kind == initial && (!readVarint(&s, &token) || token > uint64(len(s)) || !s.Skip(int(token))) {
		return p, false, fmt.Errorf("token: %w", errMalformed)
	}
	if !readVarint(&s, &length) || length > uint64(len(s)) || length < 4+sampleBytes {
		return p, false, fmt.Errorf("length: %w", errMalformed)
	}
	p.number = len(*datagram) - len(s)
	p.bytes = (*datagram)[:p.number+int(length)]
	p.token = token > 0
	*datagram = s[length:]
	return p, kind == initial, nil
}

// open gives the frames of a packet, in the memory of scratch where that is
// large enough; the packet is left as it is.
func (k *initialKeys) open(p initialPacket, largest int64, scratch []byte) (frames []byte, number int64, err error) {
	var mask [sampleBytes]byte
	k.header.Encrypt(mask[:], p.bytes[p.number+4:p.number+4+sampleBytes])
	first := p.bytes[0] ^ mask[0]&0x0f
	size := int(first&3) + 1
	scratch = append(scratch[:0], p.bytes[:p.number+size]...)
	header := scratch
	header[0] = first
	for i, m := range mask[1 : 1+size] {
		header[p.number+i] ^= m
		number = number<<8 | int64(header[p.number+i])
	}
	number = wholeNumber(number, size, largest)
	nonce := k.nonce
	binary.BigEndian.PutUint64(nonce[4:], binary.BigEndian.Uint64(nonce[4:])^uint64(number))
	frames, err = k.packet.Open(scratch[len(header):], nonce[:], p.bytes[len(header):], header)
	if err != nil {
		return nil, 0, fmt.Errorf("packet of %d bytes: %w", len(p.bytes), err)
	}
	return frames, number, nil
}

// wholeNumber is the packet number that is nearest to the next one after
// largest and ends in what was sent of it (RFC 9000 §A.3); largest is -1 before the first.
func wholeNumber(sent int64, size int, largest int64) int64 {
	window := int64(1) << (8 * size)
	expected := largest + 1
	n := expected&^(window-1) | sent
	switch {
	case n <= expected-window/2 && n < 1<<62-window:
		return n + window
	case n > expected+window/2 && n >= window:
		return n - window
	}
	return n
}

// readVarint reads an integer of RFC 9000 §16.
func readVarint(s *cryptobyte.String, to *uint64) bool {
	var first uint8
	if !s.ReadUint8(&first) {
		return false
	}
	*to = uint64(first & 0x3f)
	for range 1<<(first>>6) - 1 {
		var b uint8
		if !s.ReadUint8(&b) {
			return false
		}
		*to = *to<<8 | uint64(b)
	}
	return true
}
