//go:build e2e || tools

package main_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// operator is a minimal RFB 3.8 client without a password: it asks for frames,
// types and moves the pointer, as someone driving a desktop from afar does.
type operator struct {
	conn net.Conn
	size [4]byte // width and height as the server gave them
}

// drive connects and begins to drive until done is closed.
func drive(address string, done <-chan struct{}) error {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return err
	}
	return driveOver(conn, done)
}

// driveOver begins to drive over a connection that is there, until done is closed.
func driveOver(conn net.Conn, done <-chan struct{}) error {
	o := &operator{conn: conn}
	if err := o.handshake(); err != nil {
		conn.Close()
		return fmt.Errorf("RFB handshake with %s: %w", conn.RemoteAddr(), err)
	}
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	go o.work(done)
	return nil
}

func (o *operator) handshake() error {
	greeting := make([]byte, 12)
	if _, err := io.ReadFull(o.conn, greeting); err != nil {
		return err
	}
	if _, err := o.conn.Write([]byte("RFB 003.008\n")); err != nil {
		return err
	}
	count := make([]byte, 1)
	if _, err := io.ReadFull(o.conn, count); err != nil {
		return err
	}
	if _, err := io.ReadFull(o.conn, make([]byte, count[0])); err != nil {
		return err
	}
	if _, err := o.conn.Write([]byte{1}); err != nil { // security type: none
		return err
	}
	if _, err := io.ReadFull(o.conn, make([]byte, 4)); err != nil {
		return err
	}
	if _, err := o.conn.Write([]byte{1}); err != nil { // shared
		return err
	}
	header := make([]byte, 24)
	if _, err := io.ReadFull(o.conn, header); err != nil {
		return err
	}
	copy(o.size[:], header)
	_, err := io.ReadFull(o.conn, make([]byte, binary.BigEndian.Uint32(header[20:])))
	return err
}

// work types and moves ten times a second.
func (o *operator) work(done <-chan struct{}) {
	defer o.conn.Close()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		for _, down := range []byte{1, 0} {
			_, _ = o.conn.Write([]byte{4, down, 0, 0, 0, 0, 0, 'a' + byte(n%26)})
		}
		_, _ = o.conn.Write([]byte{5, 0, 0, byte(n * 7), 0, byte(n * 5)})
		_, _ = o.conn.Write([]byte{3, 1, 0, 0, 0, 0, o.size[0], o.size[1], o.size[2], o.size[3]})
	}
}
