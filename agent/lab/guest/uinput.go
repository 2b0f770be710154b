//go:build linux

package main

import (
	"encoding/binary"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Requests of /dev/uinput and kinds of input (linux/uinput.h, linux/input-event-codes.h).
const (
	uiCreate = 0x5501
	uiSetup  = 0x405c5503
	uiKind   = 0x40045564
	uiKey    = 0x40045565
	uiRel    = 0x40045566

	kindKey = 1
	kindRel = 2

	relX = 0
	relY = 1

	buttonLeft = 0x110
)

// An injector is an input device that a program on the laptop makes, as
// ydotool, remote-control programs and software jigglers do.
type injector struct{ file *os.File }

// inject makes one that has all ordinary keys and a mouse's movement.
func (b *bench) inject(name string) (injector, error) {
	file, err := os.OpenFile("/dev/uinput", os.O_RDWR, 0)
	if err != nil {
		return injector{}, err
	}
	b.atEnd(file.Close)
	fd := int(file.Fd())
	requests := [][2]int{{uiKind, kindKey}, {uiKind, kindRel}, {uiRel, relX}, {uiRel, relY}, {uiKey, buttonLeft}}
	for key := 1; key < 128; key++ {
		requests = append(requests, [2]int{uiKey, key})
	}
	for _, r := range requests {
		if err := unix.IoctlSetInt(fd, uint(r[0]), r[1]); err != nil {
			return injector{}, err
		}
	}
	var setup [92]byte // struct uinput_setup: bus, vendor, product, version; 80 of name; effects
	for i, number := range []uint16{3, 0x2333, 0x6666, 1} {
		binary.LittleEndian.PutUint16(setup[2*i:], number)
	}
	copy(setup[8:87], name)
	if err := ioctl(file, uiSetup, setup[:]); err != nil {
		return injector{}, err
	}
	if err := unix.IoctlSetInt(fd, uiCreate, 0); err != nil {
		return injector{}, err
	}
	defer time.Sleep(noticing)
	return injector{file}, await("the injected device", func() bool { return inputs(name) })
}

func (i injector) key(s stroke) error {
	down := int32(0)
	if s.down {
		down = 1
	}
	return i.send(kindKey, firstKey+s.key, down)
}

func (i injector) move(x int) error { return i.send(kindRel, relX, int32(x)) }

// send writes one change and says that it is complete.
func (i injector) send(kind, code int, value int32) error {
	var b [48]byte // two of struct input_event; the kernel sets the times
	binary.LittleEndian.PutUint16(b[16:], uint16(kind))
	binary.LittleEndian.PutUint16(b[18:], uint16(code))
	binary.LittleEndian.PutUint32(b[20:], uint32(value))
	_, err := i.file.Write(b[:])
	return err
}
