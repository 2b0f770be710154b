//go:build linux

package main

import (
	"crypto/tls"
	"encoding/binary"
	"net"
	"time"
)

// handshakes are so many of every kind by turns, each to an address of its own.
// Every other TLS client needs two segments.
func handshakes(n int) [][][]byte {
	short, long := clientHello(tls.X25519), clientHello(tls.X25519MLKEM768)
	all := make([][][]byte, 0, n)
	for i := range n {
		to := [4]byte{203, 0, byte(i >> 8), byte(i)}
		port := uint16(20000 + i)
		switch i % 6 {
		case 0:
			all = append(all, [][]byte{tcp(laptop, to, port, 443, 1, short)})
		case 1:
			cut := len(long) * 3 / 4 // as where a tunnel leaves less than 1500 bytes
			all = append(all, [][]byte{tcp(laptop, to, port, 443, 1, long[:cut]), tcp(laptop, to, port, 443, uint32(1+cut), long[cut:])})
		case 2:
			all = append(all, [][]byte{udp(laptop, to, port, 51820, wireguard())})
		case 3:
			all = append(all, [][]byte{udp(laptop, to, port, 3478, stun())})
		case 4:
			all = append(all, [][]byte{udp(laptop, to, port, 1194, openvpn())})
		default:
			all = append(all, [][]byte{udp(laptop, to, 500, 500, ike())})
		}
	}
	return all
}

// clientHello is what crypto/tls says first.
func clientHello(curve tls.CurveID) []byte {
	near, far := net.Pipe()
	read := make(chan []byte, 1)
	go func() {
		b := make([]byte, 16384)
		n, _ := far.Read(b) // what is missing shows as a handshake not found
		read <- b[:n]
		_ = far.Close()
	}()
	_ = near.SetDeadline(time.Now().Add(5 * time.Second))                                                                  // a pipe has deadlines
	_ = tls.Client(near, &tls.Config{ServerName: "relay.example.org", CurvePreferences: []tls.CurveID{curve}}).Handshake() //nolint:noctx // it has nobody to talk to and fails
	return <-read
}

func wireguard() []byte {
	b := random(148, 1, 0, 0, 0)
	b[39] &= 0x7f // of its key
	clear(b[132:])
	return b
}

func stun() []byte {
	b := random(20, 0, 1, 0, 0)
	binary.BigEndian.PutUint32(b[4:], 0x2112a442)
	return b
}

func openvpn() []byte {
	b := random(14, 7<<3)
	clear(b[9:])
	return b
}

// ike is an offer of nothing much.
func ike() []byte {
	b := random(32)
	clear(b[8:])
	b[16], b[17], b[18], b[19] = 33, 0x20, 34, 8
	b[27] = 32
	b[31] = 4 // one association without proposals
	return b
}
