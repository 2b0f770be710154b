package parse

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
)

// MachO is what a program of macOS says of itself.
type MachO struct {
	Bits      int
	Needed    []string // libraries it asks for, without their folders
	Signature CodeSignature

	parts   spans
	written spans
	goBuilt spans
}

var errNotMachO = errors.New("not a program of macOS")

// Bounds on the tables of a program of macOS.
const (
	machImages   = 16 // of one file; five kinds of processor exist
	machCommands = 4096
	machNeeded   = 512
)

const (
	machSegment   = 0x1
	machSegment64 = 0x19
	machSigned    = 0x1d
)

// ParseMachO reads a program of macOS: the libraries it needs and its signature,
// with the pages that this covers as far as limit goes. Of a file for several
// kinds of processor it reads the one for the newest.
func ParseMachO(from io.ReaderAt, size, limit int64) (MachO, error) {
	w := newWindow(from, size)
	at, length, err := machImage(w)
	if err != nil {
		return MachO{}, fmt.Errorf("read Mach-O: %w", err)
	}
	m, signed, err := readMachO(w, at, length)
	if err != nil {
		return MachO{}, fmt.Errorf("read Mach-O: %w", err)
	}
	if signed.size > 0 {
		m.Signature = readCodeSignature(w, from, at, length, signed, limit)
	}
	return m, nil
}

// machImage finds the program in a file that may hold several.
func machImage(w *window) (at, length int64, err error) {
	order := binary.BigEndian
	head, err := w.at("header", 0, 8)
	if err != nil {
		return 0, 0, errNotMachO
	}
	entry := int64(20)
	switch order.Uint32(head) {
	case 0xcafebabe:
	case 0xcafebabf:
		entry = 32
	default:
		return 0, w.size, nil
	}
	count := int64(order.Uint32(head[4:]))
	if count == 0 || count > machImages { // a class of Java begins alike
		return 0, 0, errNotMachO
	}
	table, err := w.at("list of images", 8, count*entry)
	if err != nil {
		return 0, 0, err
	}
	var newest uint32
	for ; len(table) > 0; table = table[entry:] {
		kind := order.Uint32(table)
		if kind < newest {
			continue
		}
		newest = kind
		if at, length = int64(order.Uint32(table[8:])), int64(order.Uint32(table[12:])); entry == 32 {
			at, length = int64(min(order.Uint64(table[8:]), 1<<62)), int64(min(order.Uint64(table[16:]), 1<<62))
		}
	}
	if at > w.size || length > w.size-at {
		return 0, 0, fmt.Errorf("image %w", errOutside)
	}
	return at, length, nil
}

func readMachO(w *window, at, length int64) (m MachO, signed part, err error) {
	order := binary.LittleEndian
	head, err := w.at("header", at, 28)
	if err != nil {
		return m, signed, errNotMachO
	}
	begin := int64(28)
	switch order.Uint32(head) {
	case 0xfeedface:
		m.Bits = 32
	case 0xfeedfacf:
		m.Bits, begin = 64, 32
	default:
		return m, signed, errNotMachO
	}
	count := order.Uint32(head[16:])
	if count > machCommands {
		return m, signed, fmt.Errorf("%d load commands", count)
	}
	commands, err := w.at("load commands", at+begin, int64(order.Uint32(head[20:])))
	if err != nil {
		return m, signed, err
	}
	for range count {
		size := uint32At(order, commands, 4)
		if size < 8 || int(size) > len(commands) {
			return m, signed, fmt.Errorf("load command of %d bytes", size)
		}
		m.take(order.Uint32(commands), commands[:size], at, &signed)
		commands = commands[size:]
	}
	if int64(signed.at)+int64(signed.size) > length {
		return m, signed, fmt.Errorf("signature %w", errOutside)
	}
	return m, signed, nil
}

func (m *MachO) take(kind uint32, command []byte, at int64, signed *part) {
	order := binary.LittleEndian
	switch kind {
	case 0xc, 0x80000018, 0x8000001f: // libraries: needed, needed if there, passed on
		name := uint32At(order, command, 8)
		if int(name) < len(command) && len(m.Needed) < machNeeded {
			if text := tidyText(path.Base(cstring(append(command[name:len(command):len(command)], 0)))); text != "." {
				m.Needed = append(m.Needed, text)
			}
		}
	case machSegment64:
		m.segment(command, at, 8, 64, 72, 80)
	case machSegment:
		m.segment(command, at, 4, 48, 56, 68)
	case machSigned:
		*signed = part{uint32At(order, command, 8), uint32At(order, command, 12)}
	}
}

// segment notes where a part of the program lies and, in it, Go's build information.
func (m *MachO) segment(command []byte, at int64, wide, count, sections, each int) {
	order := binary.LittleEndian
	if len(command) < sections {
		return
	}
	s := span{
		address: pointer(order, wide, command, 24), size: pointer(order, wide, command, 24+3*wide),
		offset: uint64(at) + pointer(order, wide, command, 24+2*wide),
	}
	m.parts = append(m.parts, s)
	if order.Uint32(command[sections-12:])&2 != 0 { // initial protection
		m.written = append(m.written, s)
	}
	for i := range min(int(order.Uint32(command[count:])), 256) {
		begin := sections + i*each
		if begin+each > len(command) {
			return
		}
		section := command[begin : begin+each]
		if cstring(append(section[:16:16], 0)) == "__go_buildinfo" {
			m.goBuilt = append(m.goBuilt, span{
				address: pointer(order, wide, section, 32), size: pointer(order, wide, section, 32+wide),
				offset: uint64(at) + uint64(uint32At(order, section, 32+2*wide)),
			})
		}
	}
}
