package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// An xServer is a connection to an X server. It speaks the few requests by
// which one learns that a program injected something, and no more: the window
// system is not looked at, and nothing is changed in it.
//
// Sources: X Window System Protocol (X.Org), XI2proto.txt of xorgproto.
type xServer struct {
	conn          io.ReadWriter
	now           func() time.Duration
	base          uint32 // of what we may name
	root          uint32
	width, height int
	input         byte              // the major opcode of XInput
	injectors     map[uint16]string // what XTEST injects through, by the server's number: keyboard or pointer
	devices       map[uint16]string // the ID of each
	moved         Input             // the last motion
	asked         bool              // whether its place was asked for
}

// maxXMessage is the longest message taken from a server: anybody may run one.
const maxXMessage = 1 << 20

// Opcodes and kinds of messages.
const (
	xQueryPointer, xQueryExtension    = 38, 98
	xiSelect, xiVersion, xiDevices    = 46, 47, 48
	xFailure, xReply, xGeneric        = 0, 1, 35
	xiRawPress, xiRawRelease          = 13, 14
	xiRawButton, xiRawUnbutton, xiRaw = 15, 16, 17
	xiRawMask                         = 1<<xiRawPress | 1<<xiRawRelease | 1<<xiRawButton | 1<<xiRawUnbutton | 1<<xiRaw
)

// maxXChatter is how many messages may come before an answer.
const maxXChatter = 4096

var errXChatter = errors.New("the X server says more than it was asked for")

var errXMessage = errors.New("the X server's answer is malformed")

// openX greets a server with a cookie, which may be empty, and asks for the raw
// inputs of what XTEST injects through. Those of a person's keyboard are not
// asked for, so the server does not send them.
func openX(conn io.ReadWriter, cookie []byte, now func() time.Duration) (*xServer, error) {
	x := &xServer{conn: conn, now: now, injectors: map[uint16]string{}, devices: map[uint16]string{}}
	for _, step := range []func() error{func() error { return x.greet(cookie) }, x.findInput, x.findInjectors, x.selectRaw} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func little(values ...any) []byte {
	var out []byte
	for _, v := range values {
		switch v := v.(type) {
		case byte:
			out = append(out, v)
		case uint16:
			out = binary.LittleEndian.AppendUint16(out, v)
		case uint32:
			out = binary.LittleEndian.AppendUint32(out, v)
		case string:
			out = append(out, v...)
			out = append(out, make([]byte, (4-len(v)%4)%4)...)
		}
	}
	return out
}

const cookieName = "MIT-MAGIC-COOKIE-1"

func (x *xServer) greet(cookie []byte) error {
	name := cookieName
	if len(cookie) == 0 {
		name = ""
	}
	hello := little(byte('l'), byte(0), uint16(11), uint16(0), uint16(len(name)), uint16(len(cookie)), uint16(0), name, string(cookie))
	if _, err := x.conn.Write(hello); err != nil {
		return err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(x.conn, head); err != nil {
		return err
	}
	rest := make([]byte, 4*int(binary.LittleEndian.Uint16(head[6:])))
	if _, err := io.ReadFull(x.conn, rest); err != nil {
		return err
	}
	if head[0] != 1 {
		return fmt.Errorf("the X server lets nobody in without its key: %w", ErrDenied)
	}
	return x.screen(rest)
}

// screen finds the first screen's root window behind the maker's name and the
// picture formats.
func (x *xServer) screen(setup []byte) error {
	if len(setup) < 32 {
		return errXMessage
	}
	vendor, formats := int(binary.LittleEndian.Uint16(setup[16:])), int(setup[21])
	at := 32 + (vendor+3)/4*4 + 8*formats
	if len(setup) < at+24 {
		return errXMessage
	}
	x.base = binary.LittleEndian.Uint32(setup[4:])
	x.root = binary.LittleEndian.Uint32(setup[at:])
	x.width, x.height = int(binary.LittleEndian.Uint16(setup[at+20:])), int(binary.LittleEndian.Uint16(setup[at+22:]))
	return nil
}

// ask sends a request and gives its reply; whatever else comes meanwhile is of no use yet.
func (x *xServer) ask(asked []byte) ([]byte, error) {
	if _, err := x.conn.Write(asked); err != nil {
		return nil, err
	}
	for range maxXChatter {
		message, err := x.next()
		switch {
		case err != nil:
			return nil, err
		case message[0] == xReply:
			return message, nil
		case message[0] == xFailure:
			return nil, fmt.Errorf("the X server refuses request %d with error %d", asked[0], message[1])
		}
	}
	return nil, errXChatter
}

// next reads one message. The number of a key or button in it is wiped before
// anything else looks at it.
func (x *xServer) next() ([]byte, error) {
	message := make([]byte, 32)
	if _, err := io.ReadFull(x.conn, message); err != nil {
		return nil, err
	}
	if message[0] != xReply && message[0] != xGeneric {
		return message, nil
	}
	more := 4 * uint64(binary.LittleEndian.Uint32(message[4:]))
	if more > maxXMessage {
		return nil, errXMessage
	}
	message = slices.Grow(message, int(more))[:32+more]
	if _, err := io.ReadFull(x.conn, message[32:]); err != nil {
		return nil, err
	}
	if message[0] == xGeneric {
		clear(message[16:20])
	}
	return message, nil
}

func (x *xServer) findInput() error {
	const name = "XInputExtension"
	reply, err := x.ask(queryExtension(name))
	if err != nil {
		return err
	}
	if reply[8] == 0 {
		return fmt.Errorf("the X server has no %s: %w", name, ErrUnsupported)
	}
	x.input = reply[9]
	_, err = x.ask(little(x.input, byte(xiVersion), uint16(2), uint16(2), uint16(2)))
	return err
}

// findInjectors lists the server's devices and keeps those of XTEST.
func (x *xServer) findInjectors() error {
	reply, err := x.ask(little(x.input, byte(xiDevices), uint16(2), uint16(0), uint16(0)))
	if err != nil {
		return err
	}
	count, rest := int(binary.LittleEndian.Uint16(reply[8:])), reply[32:]
	for range count {
		if len(rest) < 12 {
			return errXMessage
		}
		number, classes, length := binary.LittleEndian.Uint16(rest), int(binary.LittleEndian.Uint16(rest[6:])), int(binary.LittleEndian.Uint16(rest[8:]))
		use := binary.LittleEndian.Uint16(rest[2:])
		end := 12 + (length+3)/4*4
		if len(rest) < end {
			return errXMessage
		}
		if name := string(rest[12 : 12+length]); strings.Contains(name, "XTEST") && (use == 3 || use == 4) { // slave pointer, slave keyboard
			x.injectors[number] = pick(use == 4, CanType, CanMove)
		}
		rest = rest[end:]
		for range classes {
			if len(rest) < 4 || len(rest) < 4*int(binary.LittleEndian.Uint16(rest[2:])) || binary.LittleEndian.Uint16(rest[2:]) == 0 {
				return errXMessage
			}
			rest = rest[4*int(binary.LittleEndian.Uint16(rest[2:])):]
		}
	}
	return nil
}

func (x *xServer) selectRaw() error {
	masks := []byte{}
	for number := range x.injectors {
		masks = append(masks, little(number, uint16(1), uint32(xiRawMask))...)
	}
	_, err := x.conn.Write(append(little(x.input, byte(xiSelect), uint16(3+len(masks)/4), x.root, uint16(len(x.injectors)), uint16(0)), masks...))
	return err
}

// read waits for the next message and gives the inputs it tells of, often none.
// Of a motion the server tells how far or where to, and not which: the place of
// the pointer is asked for instead, once for all motions that came meanwhile.
func (x *xServer) read() ([]Input, error) {
	message, err := x.next()
	switch {
	case err != nil:
		return nil, err
	case message[0] == xReply:
		return x.place(message), nil
	case message[0] != xGeneric || message[1] != x.input:
		return nil, nil
	}
	kind, source := binary.LittleEndian.Uint16(message[8:]), binary.LittleEndian.Uint16(message[20:])
	id, known := x.devices[source]
	if !known {
		return nil, nil
	}
	in := Input{Device: id, At: x.time(binary.LittleEndian.Uint32(message[12:])), Injected: true}
	switch kind {
	case xiRawPress:
		in.Kind = InputPress
	case xiRawRelease:
		in.Kind = InputRelease
	case xiRawButton:
		in.Kind = InputButtonPress
	case xiRawUnbutton:
		in.Kind = InputButtonRelease
	case xiRaw:
		return nil, x.askPlace(in)
	default:
		return nil, nil
	}
	return []Input{in}, nil
}

func (x *xServer) askPlace(in Input) error {
	in.Kind = InputPlace
	x.moved = in
	if x.asked {
		return nil
	}
	x.asked = true
	_, err := x.conn.Write(little(byte(xQueryPointer), byte(0), uint16(2), x.root))
	return err
}

func (x *xServer) place(reply []byte) []Input {
	if !x.asked {
		return nil
	}
	x.asked = false
	in := x.moved
	across, down := int(int16(binary.LittleEndian.Uint16(reply[16:]))), int(int16(binary.LittleEndian.Uint16(reply[18:])))
	in.X, in.Y = axis{0, x.width - 1}.place(across), axis{0, x.height - 1}.place(down)
	return []Input{in}
}

// time puts the server's milliseconds, which count on the same clock and wrap,
// on ours. A server that counts otherwise gets the time of arrival.
func (x *xServer) time(milliseconds uint32) time.Duration {
	now := x.now()
	late := time.Duration(int32(uint32(now.Milliseconds())-milliseconds)) * time.Millisecond
	if late < 0 || late > 10*time.Second {
		return now
	}
	return now.Truncate(time.Millisecond) - late
}
