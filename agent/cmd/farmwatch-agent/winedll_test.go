//go:build wine

package main_test

import (
	"bytes"
	"encoding/binary"
)

// forwarder is a library of one kilobyte that Wine lacks and every Go program
// asks for: bcryptprimitives.dll with the one function ProcessPrng, which
// forwards to the function of advapi32 that does the same.
func forwarder() []byte {
	const base, section, align = 0x180000000, 0x1000, 0x200
	const functions, names, ordinals, text = 40, 44, 48, 52 // offsets behind the directory of exports
	library, function, target := "bcryptprimitives.dll\x00", "ProcessPrng\x00", "advapi32.SystemFunction036\x00"
	at := func(offset int) uint32 { return uint32(section + offset) }
	exports := packed(
		uint32(0), uint32(0), uint16(0), uint16(0), at(text), uint32(1), uint32(1), uint32(1), at(functions), at(names), at(ordinals),
		at(text+len(library)+len(function)), at(text+len(library)), uint16(0), uint16(0), []byte(library+function+target))
	size := uint32(len(exports))
	stored := (size + align - 1) / align * align
	header := packed(
		[]byte("MZ"), make([]byte, 58), uint32(64), []byte("PE\x00\x00"),
		uint16(0x8664), uint16(1), uint32(0), uint32(0), uint32(0), uint16(240), uint16(0x2022), // x64; a 64-bit library
		uint16(0x20b), uint16(14), uint32(0), stored, uint32(0), uint32(0), uint32(section), // PE32+
		uint64(base), uint32(section), uint32(align), uint32(6), uint32(0), uint32(6), uint32(0), uint32(2*section), uint32(align), uint32(0),
		uint16(2), uint16(0x100), uint64(0x100000), uint64(0x1000), uint64(0x100000), uint64(0x1000), uint32(0), uint32(16),
		uint32(section), size, make([]byte, 15*8), // of 16 directories, the first is the one of exports
		[]byte(".rdata\x00\x00"), size, uint32(section), stored, uint32(align), uint32(0), uint32(0), uint16(0), uint16(0), uint32(0x40000040))
	file := make([]byte, align+stored)
	copy(file, header)
	copy(file[align:], exports)
	return file
}

// packed writes values one behind the other, little end first.
func packed(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		_ = binary.Write(&b, binary.LittleEndian, v) // all have a fixed size
	}
	return b.Bytes()
}
