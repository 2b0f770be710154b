package parsetest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"
)

// An InitialForm is a client's Initial packet of QUIC to be sealed.
type InitialForm struct {
	Version     uint32 // 1, or 0x6b3343cf for QUIC 2
	Key         []byte // the destination that the keys follow from; Destination when nil
	Destination []byte
	Source      []byte
	Token       []byte
	Number      uint32
	NumberBytes int // how many of its last bytes are sent
	Frames      []byte
}

// Seal writes the packet as RFC 9001 and RFC 9369 have it, without the parser's help.
func (f InitialForm) Seal(t testing.TB) []byte {
	t.Helper()
	salt, prefix, kind := "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic ", byte(0)
	if f.Version != 1 {
		salt, prefix, kind = "0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2 ", 1
	}
	key := f.Key
	if key == nil {
		key = f.Destination
	}
	salted, err := hex.DecodeString(salt)
	if err != nil {
		t.Fatal(err)
	}
	secret := label(mac(salted, key), "client in", 32)
	header := []byte{0xc0 | kind<<4 | byte(f.NumberBytes-1)}
	header = binary.BigEndian.AppendUint32(header, f.Version)
	header = append(append(header, byte(len(f.Destination))), f.Destination...)
	header = append(append(header, byte(len(f.Source))), f.Source...)
	header = append(Varint(header, uint64(len(f.Token))), f.Token...)
	header = binary.BigEndian.AppendUint16(header, uint16(0x4000|f.NumberBytes+len(f.Frames)+16))
	at := len(header)
	number := binary.BigEndian.AppendUint32(nil, f.Number)
	header = append(header, number[4-f.NumberBytes:]...)

	iv := label(secret, prefix+"iv", 12)
	for i, b := range number {
		iv[8+i] ^= b
	}
	packet := gcm(t, label(secret, prefix+"key", 16)).Seal(append([]byte(nil), header...), iv, f.Frames, header)
	mask := make([]byte, 16)
	block(t, label(secret, prefix+"hp", 16)).Encrypt(mask, packet[at+4:at+20])
	packet[0] ^= mask[0] & 15
	for i := range f.NumberBytes {
		packet[at+i] ^= mask[1+i]
	}
	return packet
}

// Crypto is a frame with a part of a handshake.
func Crypto(offset int, content []byte) []byte {
	b := Varint([]byte{6}, uint64(offset))
	return append(Varint(b, uint64(len(content))), content...)
}

// Padded fills a packet's frames up with padding so that the datagram has the
// size that QUIC asks for.
func Padded(frames []byte) []byte {
	return append(frames, make([]byte, max(0, 1200-len(frames)))...)
}

// Varint appends an integer as QUIC writes it.
func Varint(b []byte, v uint64) []byte {
	switch {
	case v < 1<<6:
		return append(b, byte(v))
	case v < 1<<14:
		return binary.BigEndian.AppendUint16(b, uint16(v)|0x4000)
	case v < 1<<30:
		return binary.BigEndian.AppendUint32(b, uint32(v)|0x80000000)
	}
	return binary.BigEndian.AppendUint64(b, v|0xc000000000000000)
}

func label(secret []byte, name string, length int) []byte {
	info := append([]byte{0, byte(length), byte(6 + len(name))}, "tls13 "+name...)
	return mac(secret, append(info, 0, 1))[:length]
}

func mac(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}

func block(t testing.TB, key []byte) cipher.Block {
	t.Helper()
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func gcm(t testing.TB, key []byte) cipher.AEAD {
	t.Helper()
	g, err := cipher.NewGCM(block(t, key))
	if err != nil {
		t.Fatal(err)
	}
	return g
}
