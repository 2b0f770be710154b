//go:build e2e

package main_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// A desk is a remote-desktop server that nobody lists: it shows an X server's
// screen over RFB 3.8 without a password, and does what its clients do.
type desk struct {
	x             net.Conn
	root          uint32
	test          byte // the major opcode of XTEST
	width, height uint16
}

// TestDesk is no test: a copy of this program under another name runs it.
func TestDesk(t *testing.T) {
	display, address := os.Getenv("DESK_DISPLAY"), os.Getenv("DESK_ADDRESS")
	if display == "" {
		return
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		d, err := openDesk(display)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer conn.Close()
			defer d.x.Close()
			_ = d.serve(conn)
		}()
	}
}

func openDesk(display string) (*desk, error) {
	conn, err := net.Dial("unix", "@/tmp/.X11-unix/X"+strings.TrimPrefix(display, ":"))
	if err != nil {
		return nil, err
	}
	d := &desk{x: conn}
	if _, err := conn.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		return nil, err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(conn, head); err != nil {
		return nil, err
	}
	if head[0] != 1 {
		return nil, errors.New("the X server lets nobody in")
	}
	setup := make([]byte, 4*int(binary.LittleEndian.Uint16(head[6:])))
	if _, err := io.ReadFull(conn, setup); err != nil {
		return nil, err
	}
	screen := setup[32+(int(binary.LittleEndian.Uint16(setup[16:]))+3)/4*4+8*int(setup[21]):]
	d.root = binary.LittleEndian.Uint32(screen)
	d.width, d.height = binary.LittleEndian.Uint16(screen[20:]), binary.LittleEndian.Uint16(screen[22:])
	reply, err := d.ask([]byte("\x62\x00\x04\x00\x05\x00\x00\x00XTEST\x00\x00\x00"))
	if err != nil {
		return nil, err
	}
	d.test = reply[9]
	return d, nil
}

func (d *desk) ask(asked []byte) ([]byte, error) {
	if _, err := d.x.Write(asked); err != nil {
		return nil, err
	}
	for {
		head := make([]byte, 32)
		if _, err := io.ReadFull(d.x, head); err != nil {
			return nil, err
		}
		if head[0] != 1 {
			continue // an error about a key that the server does not have
		}
		reply := make([]byte, 32+4*int(binary.LittleEndian.Uint32(head[4:])))
		copy(reply, head)
		_, err := io.ReadFull(d.x, reply[32:])
		return reply, err
	}
}

// fake injects: kind 2 and 3 are a key down and up, 6 a motion.
func (d *desk) fake(kind, detail byte, x, y uint16) error {
	out := make([]byte, 36)
	out[0], out[1], out[2], out[4], out[5] = d.test, 2, 9, kind, detail
	binary.LittleEndian.PutUint16(out[24:], x)
	binary.LittleEndian.PutUint16(out[26:], y)
	_, err := d.x.Write(out)
	return err
}

// picture reads the whole screen.
func (d *desk) picture() ([]byte, error) {
	out := []byte{73, 2, 5, 0}
	out = binary.LittleEndian.AppendUint32(out, d.root)
	for _, v := range []uint16{0, 0, d.width, d.height, 0xffff, 0xffff} {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	reply, err := d.ask(out)
	if err != nil {
		return nil, err
	}
	return reply[32:], nil
}

func (d *desk) serve(conn net.Conn) error {
	if err := d.greet(conn); err != nil {
		return err
	}
	lengths := map[byte]int{0: 19, 3: 9, 4: 7, 5: 5}
	for {
		kind := make([]byte, 1)
		if _, err := io.ReadFull(conn, kind); err != nil {
			return err
		}
		length, known := lengths[kind[0]]
		if !known {
			return fmt.Errorf("a message of kind %d", kind[0])
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(conn, body); err != nil {
			return err
		}
		if err := d.do(conn, kind[0], body); err != nil {
			return err
		}
	}
}

func (d *desk) do(conn net.Conn, kind byte, body []byte) error {
	switch kind {
	case 3:
		picture, err := d.picture()
		if err != nil {
			return err
		}
		update := []byte{0, 0, 0, 1, 0, 0, 0, 0}
		update = binary.BigEndian.AppendUint16(update, d.width)
		update = binary.BigEndian.AppendUint16(update, d.height)
		_, err = conn.Write(append(append(update, 0, 0, 0, 0), picture...))
		return err
	case 4:
		return d.fake(3-body[0], 38+body[6]%8, 0, 0)
	case 5:
		return d.fake(6, 0, binary.BigEndian.Uint16(body[1:]), binary.BigEndian.Uint16(body[3:]))
	}
	return nil
}

// greet says what a server of RFB 3.8 says to a client that shows no password.
func (d *desk) greet(conn net.Conn) error {
	opened := binary.BigEndian.AppendUint16(nil, d.width)
	opened = binary.BigEndian.AppendUint16(opened, d.height)
	opened = append(opened, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0, 0, 0, 0, 4)
	for _, step := range []struct {
		say  string
		hear int
	}{{"RFB 003.008\n", 12}, {"\x01\x01", 1}, {"\x00\x00\x00\x00", 1}, {string(opened) + "desk", 0}} {
		if _, err := io.WriteString(conn, step.say); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, make([]byte, step.hear)); err != nil {
			return err
		}
	}
	return nil
}
