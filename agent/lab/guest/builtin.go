//go:build linux

package main

import (
	"errors"
	"os"
)

// The keyboard controller of PCs has a command by which it delivers a byte as
// if its keyboard had sent it (IBM PS/2 technical reference: 0xd2, write output
// buffer). So the laptop's own keyboard can be typed on from inside, at the
// moment the plan says, without the host's clock.
const (
	standPort = 0x83 // how lid and plug stand, see ../laptop.asl
	lidClosed = 1
	plugOut   = 2

	controllerPort = 0x64
	bytePort       = 0x60
	deliver        = 0xd2
	released       = 0x80 // in the code of a key that goes up
)

type builtin struct{ ports *os.File }

func (b *bench) builtin() (builtin, error) {
	ports, err := os.OpenFile("/dev/port", os.O_RDWR, 0)
	if err != nil {
		return builtin{}, err
	}
	b.atEnd(ports.Close)
	return builtin{ports}, nil
}

func (k builtin) key(s stroke) error {
	code := byte(firstKey + s.key)
	if !s.down {
		code |= released
	}
	if _, err := k.ports.WriteAt([]byte{deliver}, controllerPort); err != nil {
		return err
	}
	_, err := k.ports.WriteAt([]byte{code}, bytePort)
	return err
}

// stand closes the lid or pulls the plug.
func (b *bench) stand(how byte) error {
	ports, err := os.OpenFile("/dev/port", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	b.atEnd(func() error {
		_, err := ports.WriteAt([]byte{0}, standPort)
		return errors.Join(err, ports.Close())
	})
	_, err = ports.WriteAt([]byte{how}, standPort)
	return err
}
