//go:build linux

package main

import (
	"encoding/binary"
	"math/rand/v2"
)

// hiddenAt begins the addresses of those who are greeted by the hidden handshakes.
const hiddenAt = "203.0."

var drawn = rand.New(rand.NewPCG(1, 2))

// frame is an IPv4 frame to a device that is not there, so that nobody answers.
func frame(protocol byte, from, to [4]byte, body []byte) []byte {
	f := make([]byte, 34, 34+len(body))
	copy(f, []byte{2, 0, 0x5e, 0, 0x53, 9, 2, 0, 0x5e, 0, 0x53, 1, 8, 0, 0x45})
	binary.BigEndian.PutUint16(f[16:], uint16(20+len(body)))
	f[22], f[23] = 64, protocol
	copy(f[26:], from[:])
	copy(f[30:], to[:])
	binary.BigEndian.PutUint16(f[24:], checksum(f[14:34]))
	return append(f, body...)
}

func udp(from, to [4]byte, fromPort, toPort uint16, data []byte) []byte {
	b := make([]byte, 8, 8+len(data))
	binary.BigEndian.PutUint16(b, fromPort)
	binary.BigEndian.PutUint16(b[2:], toPort)
	binary.BigEndian.PutUint16(b[4:], uint16(8+len(data)))
	return frame(17, from, to, append(b, data...))
}

func tcp(from, to [4]byte, fromPort, toPort uint16, sequence uint32, data []byte) []byte {
	b := make([]byte, 32, 32+len(data))
	binary.BigEndian.PutUint16(b, fromPort)
	binary.BigEndian.PutUint16(b[2:], toPort)
	binary.BigEndian.PutUint32(b[4:], sequence)
	b[12], b[13] = 8<<4, 0x10
	if len(data) > 0 && len(data) < 1448 {
		b[13] |= 0x08 // PSH: the last of what was written
	}
	copy(b[20:], []byte{1, 1, 8, 10})
	return frame(6, from, to, append(b, data...))
}

func random(n int, first ...byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(drawn.Uint32())
	}
	copy(b, first)
	return b
}

var laptop, server = [4]byte{192, 0, 2, 5}, [4]byte{198, 51, 100, 7}

// mixed is what a busy laptop sends and receives: downloads and uploads over TCP
// and QUIC, calls, pages, a terminal, and of what is listened to as much as in
// busy offices, which is little.
func mixed() [][]byte {
	var frames [][]byte
	add := func(times int, one func() []byte) {
		for range times {
			frames = append(frames, one())
		}
	}
	call := [4]byte{198, 51, 100, 20}
	add(1600, func() []byte { return tcp(server, laptop, 443, 40000, drawn.Uint32(), random(1448)) })
	add(700, func() []byte { return tcp(laptop, server, 40000, 443, drawn.Uint32(), nil) })
	add(330, func() []byte { return tcp(laptop, server, 40001, 443, drawn.Uint32(), random(1448)) })
	add(30, func() []byte { return tcp(laptop, server, 40001, 443, drawn.Uint32(), random(460)) }) // ends of its records
	add(200, func() []byte { return tcp(server, laptop, 443, 40002, drawn.Uint32(), random(300, 0x17, 3, 3, 1, 39)) })
	add(100, func() []byte { return tcp(laptop, server, 40002, 443, drawn.Uint32(), random(200, 0x17, 3, 3, 0, 195)) })
	add(60, func() []byte { return tcp(laptop, server, 40003, 22, drawn.Uint32(), random(36)) })
	add(500, func() []byte { return udp(server, laptop, 443, 50000, random(1250, byte(0x40|drawn.Uint32()&0x3f))) })
	add(150, func() []byte { return udp(laptop, server, 50000, 443, random(40, byte(0x40|drawn.Uint32()&0x3f))) })
	add(300, func() []byte { return udp(call, laptop, 3478, 50001, random(1000, 0x80, 0x60)) })
	add(200, func() []byte { return udp(laptop, call, 50001, 3478, random(160, 0x80, 0x6f)) })
	add(100, func() []byte { // media in STUN's indications
		b := random(260, 0, 0x16, 0, 240)
		binary.BigEndian.PutUint32(b[4:], 0x2112a442)
		return udp(laptop, call, 50001, 3478, b)
	})
	drawn.Shuffle(len(frames), func(i, j int) { frames[i], frames[j] = frames[j], frames[i] })
	// A whole second of it has two questions and answers of DNS, and one announcement.
	once := frames
	for range 18 {
		frames = append(frames, once...)
	}
	question := append([]byte{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'w', 'w', 7}, "example\x03org\x00\x00\x01\x00\x01"...)
	for n, extra := range [][]byte{udp(laptop, server, 40005, 53, question), udp(laptop, server, 40006, 53, question), udp(laptop, [4]byte{224, 0, 0, 251}, 5353, 5353, question)} {
		frames[(n+1)*len(frames)/4] = extra
	}
	return frames
}
