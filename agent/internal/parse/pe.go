package parse

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// PE is what a Windows program says of itself, besides its signature.
type PE struct {
	Bits         int    // 32 or 64
	Library      bool   // a DLL
	OriginalName string // file name that its maker gave it
	Product      string
	Company      string
	Internal     string // the maker's own name for it

	checksum    int64 // where its checksum lies, which no signature covers
	directory   int64 // where the place of its certificates is written, nor this
	certificate part  // its certificates, by offset in the file
	parts       spans
	written     spans // the parts that a running program may write, where Go keeps what it was built from
}

// A part is a place and a length.
type part struct{ at, size uint32 }

var errNotPE = errors.New("not a Windows program")

const (
	peSections  = 96 // the most that Windows loads
	peResources = 2  // places in the list of directories
	peSecurity  = 4
)

// ParsePE reads a Windows program's headers and its version resource. One
// without such a resource is no error, nor is one whose resource is broken: the
// texts are then empty.
func ParsePE(from io.ReaderAt, size int64) (PE, error) {
	w := newWindow(from, size)
	p, resources, err := readPEHeaders(w)
	if err != nil {
		return PE{}, fmt.Errorf("read PE: %w", err)
	}
	p.readVersion(w, resources)
	return p, nil
}

func readPEHeaders(w *window) (p PE, resources part, err error) {
	order := binary.LittleEndian
	dos, err := w.at("DOS header", 0, 64)
	if err != nil || dos[0] != 'M' || dos[1] != 'Z' {
		return p, resources, errNotPE
	}
	start := int64(order.Uint32(dos[60:]))
	head, err := w.at("PE header", start, 24)
	if err != nil || string(head[:4]) != "PE\x00\x00" {
		return p, resources, errNotPE
	}
	p.Library = order.Uint16(head[22:])&0x2000 != 0
	optional, err := w.at("optional header", start+24, int64(order.Uint16(head[20:])))
	if err != nil {
		return p, resources, err
	}
	directories := 96
	switch uint16At(order, optional, 0) {
	case 0x10b:
		p.Bits = 32
	case 0x20b:
		p.Bits, directories = 64, 112
	default:
		return p, resources, fmt.Errorf("optional header begins with %#x", uint16At(order, optional, 0))
	}
	p.checksum, p.directory = start+24+64, start+24+int64(directories)+8*peSecurity
	listed := int(min(uint32At(order, optional, directories-4), 16))
	directory := func(n int) part {
		if n >= listed {
			return part{}
		}
		return part{uint32At(order, optional, directories+8*n), uint32At(order, optional, directories+8*n+4)}
	}
	resources, p.certificate = directory(peResources), directory(peSecurity)
	return p, resources, p.readSections(w, start+24+int64(len(optional)), int(order.Uint16(head[6:])))
}

func (p *PE) readSections(w *window, at int64, count int) error {
	order := binary.LittleEndian
	if count > peSections {
		return fmt.Errorf("%d sections", count)
	}
	table, err := w.at("section table", at, int64(count)*40)
	if err != nil {
		return err
	}
	for ; len(table) >= 40; table = table[40:] {
		s := span{
			address: uint64(order.Uint32(table[12:])),
			size:    uint64(order.Uint32(table[16:])),
			offset:  uint64(order.Uint32(table[20:])),
		}
		p.parts = append(p.parts, s)
		if order.Uint32(table[36:])&0x80000000 != 0 {
			p.written = append(p.written, s)
		}
	}
	return nil
}
