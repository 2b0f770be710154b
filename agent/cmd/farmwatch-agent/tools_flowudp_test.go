//go:build tools

package main_test

import (
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"time"
)

// binds opens a port of UDP on a machine.
func (l *laptop) binds(port int) net.PacketConn {
	l.t.Helper()
	var conn net.PacketConn
	err := l.within(func() (err error) {
		conn, err = net.ListenPacket("udp4", ":"+strconv.Itoa(port))
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { conn.Close() })
	return conn
}

func at(address string, port int) *net.UDPAddr {
	return &net.UDPAddr{IP: net.ParseIP(address), Port: port}
}

// calls is a call by UDP, as WebRTC makes them: sound every 20 ms or so, and
// pictures in bursts of packets.
func (s *scene) calls(done <-chan struct{}) {
	mine, theirs := s.mine.binds(50_001), s.theirs.binds(7006)
	talk := func(from net.PacketConn, to net.Addr, seed uint64) {
		go drop(from)
		r := rand.New(rand.NewPCG(seed, 2))
		for n := 0; wait(done, time.Duration(16+r.IntN(8))*time.Millisecond); n++ {
			packets := 1
			if n%2 == 0 {
				packets += r.IntN(4)
			}
			for i := range packets {
				_, _ = from.WriteTo(make([]byte, 120+min(i, 1)*(600+r.IntN(500))), to)
			}
		}
	}
	go talk(mine, at(visitorAddress, 7006), 21)
	go talk(theirs, at(laptopAddress, 50_001), 22)
}

func drop(from net.PacketConn) {
	buffer := make([]byte, 2048)
	for {
		if _, _, err := from.ReadFrom(buffer); err != nil {
			return
		}
	}
}

// drivenByDatagrams has the visitor drive by UDP: each datagram is a part of what
// a viewer and x11vnc say to each other.
func drivenByDatagrams(s *scene, done <-chan struct{}) {
	s.desktop(s.mine)
	mine, theirs := s.mine.binds(50_002), s.theirs.binds(7007)
	desktop := s.mine.dial("127.0.0.1:5900")
	go func() { // on the laptop, what a tool of this kind does
		buffer := make([]byte, 2048)
		for {
			n, _, err := mine.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = desktop.Write(buffer[:n])
		}
	}()
	parts(desktop, func(part []byte) { _, _ = mine.WriteTo(part, at(visitorAddress, 7007)) })
	s.theirs.serves(5902, func(viewer net.Conn) {
		go parts(viewer, func(part []byte) { _, _ = theirs.WriteTo(part, at(laptopAddress, 50_002)) })
		buffer := make([]byte, 2048)
		for {
			n, _, err := theirs.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = viewer.Write(buffer[:n])
		}
	})
	s.drives(4, s.mine.hands(), "127.0.0.1:5902", done)
	s.calls(done)
	s.alongside(done)
}

// parts hands on what comes in parts that fit into a datagram, and not faster than
// a network takes them.
func parts(from io.Reader, send func([]byte)) {
	go func() {
		buffer := make([]byte, 1200)
		for {
			n, err := from.Read(buffer)
			if err != nil {
				return
			}
			send(buffer[:n])
			time.Sleep(50 * time.Microsecond)
		}
	}()
}
