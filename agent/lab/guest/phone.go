//go:build linux

package main

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// android is the part of a phone that its system makes through FunctionFS: file
// transfer (MTP) and debugging (ADB), as interfaces with a pipe either way.
const android = "ffs.android"

// animate writes the interfaces' descriptors, as the phone's system does when it starts.
func (b *bench) animate() error {
	const folder = "/tmp/android"
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("android", folder, "functionfs", 0, ""); err != nil {
		return fmt.Errorf("mount functionfs: %w", err)
	}
	b.atEnd(func() error { return unix.Unmount(folder, 0) })
	control, err := os.OpenFile(folder+"/ep0", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	b.atEnd(control.Close)
	full, high := androidPipes(64), androidPipes(512)
	const onFull, onHigh, interfacesAndPipes = 1, 2, 6
	if _, err := control.Write(headed(3, []uint32{onFull | onHigh, interfacesAndPipes, interfacesAndPipes}, append(full, high...))); err != nil {
		return fmt.Errorf("describe the phone's functions: %w", err)
	}
	english := append([]byte{0x09, 0x04}, "MTP\x00ADB Interface\x00"...)
	if _, err := control.Write(headed(2, []uint32{2, 1}, english)); err != nil {
		return fmt.Errorf("name the phone's functions: %w", err)
	}
	return nil
}

// androidPipes describes both interfaces at one speed (linux/usb/functionfs.h):
// class, subclass and protocol are those of the Android Open Source Project.
func androidPipes(packet uint16) []byte {
	var b []byte
	for i, class := range [][3]byte{{0x06, 0x01, 0x01}, {0xff, 0x42, 0x01}} {
		b = append(b, 9, 4, byte(i), 0, 2, class[0], class[1], class[2], byte(i+1))
		for _, direction := range []byte{0x80, 0} {
			pipe := byte(2*i+1) + (0x80-direction)>>7
			b = append(b, 7, 5, direction|pipe, 2)
			b = append(binary.LittleEndian.AppendUint16(b, packet), 0)
		}
	}
	return b
}

// headed puts FunctionFS's header before a body: magic, length of all, numbers.
func headed(magic uint32, numbers []uint32, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, magic)
	b = binary.LittleEndian.AppendUint32(b, uint32(8+4*len(numbers)+len(body)))
	for _, n := range numbers {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return append(b, body...)
}
