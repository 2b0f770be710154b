package parse

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ELF is what a program of Linux says of itself.
type ELF struct {
	Bits        int
	Interpreter string   // that loads it; empty when it needs none
	Needed      []string // libraries it asks for by name
	BuildID     string   // in hexadecimal
	Package     string   // that its distribution built it into, where that is noted

	order   binary.ByteOrder
	parts   spans
	written spans
	goBuilt spans // the section in which Go keeps what it built the program from
}

var errNotELF = errors.New("not an ELF program")

// Bounds on the tables of an ELF file; honest ones have a tenth of it.
const (
	elfParts    = 256
	elfSections = 512
	elfLists    = 64 << 10
	elfNotes    = 16 << 10
	elfNeeded   = 256
)

// ParseELF reads a program's headers, the names of the libraries it needs and its
// notes. It needs no section headers, which may be stripped; with them, Go's
// build information is found sooner.
func ParseELF(from io.ReaderAt, size int64) (ELF, error) {
	w := newWindow(from, size)
	e, err := readELF(w)
	if err != nil {
		return ELF{}, fmt.Errorf("read ELF: %w", err)
	}
	return e, nil
}

// elfLayout is where the fields of a header lie, which differs by word size.
type elfLayout struct {
	header                            int64
	partsAt, sectionsAt               int
	partSize, partCount               int
	sectionSize, sectionCount, names  int
	offset, address, filled, flags    int // of a part
	sAddress, sOffset, sFilled        int // of a section
	partLength, sectionLength, number int64
}

func elf64() elfLayout {
	return elfLayout{header: 64, partsAt: 32, sectionsAt: 40, partSize: 54, partCount: 56, sectionSize: 58, sectionCount: 60, names: 62,
		offset: 8, address: 16, filled: 32, flags: 4, sAddress: 16, sOffset: 24, sFilled: 32, partLength: 56, sectionLength: 64, number: 8}
}

func elf32() elfLayout {
	return elfLayout{header: 52, partsAt: 28, sectionsAt: 32, partSize: 42, partCount: 44, sectionSize: 46, sectionCount: 48, names: 50,
		offset: 4, address: 8, filled: 16, flags: 24, sAddress: 12, sOffset: 16, sFilled: 20, partLength: 32, sectionLength: 40, number: 4}
}

func readELF(w *window) (e ELF, err error) {
	ident, err := w.at("header", 0, 20)
	if err != nil || string(ident[:4]) != "\x7fELF" {
		return e, errNotELF
	}
	l := elf64()
	switch ident[4] {
	case 1:
		e.Bits, l = 32, elf32()
	case 2:
		e.Bits = 64
	default:
		return e, fmt.Errorf("class %d", ident[4])
	}
	switch ident[5] {
	case 1:
		e.order = binary.LittleEndian
	case 2:
		e.order = binary.BigEndian
	default:
		return e, fmt.Errorf("byte order %d", ident[5])
	}
	head, err := w.at("header", 0, l.header)
	if err != nil {
		return e, err
	}
	if err := e.readParts(w, l, head); err != nil {
		return e, err
	}
	e.readSections(w, l, head)
	return e, nil
}

func (e *ELF) number(l elfLayout, b []byte, at int) uint64 {
	if l.number == 8 {
		return uint64At(e.order, b, at)
	}
	return uint64(uint32At(e.order, b, at))
}

// readParts reads the parts that are loaded, and what is in those that say something.
func (e *ELF) readParts(w *window, l elfLayout, head []byte) error {
	count, size := int64(uint16At(e.order, head, l.partCount)), int64(uint16At(e.order, head, l.partSize))
	if count > elfParts || count > 0 && size < l.partLength {
		return fmt.Errorf("%d program headers of %d bytes", count, size)
	}
	table, err := w.at("program headers", int64(e.number(l, head, l.partsAt)), count*size)
	if err != nil {
		return err
	}
	type told struct {
		kind uint32
		span
	}
	var tell []told
	for i := range count {
		entry := table[i*size : (i+1)*size]
		s := span{address: e.number(l, entry, l.address), size: e.number(l, entry, l.filled), offset: e.number(l, entry, l.offset)}
		switch kind := e.order.Uint32(entry); kind {
		case 1: // PT_LOAD
			e.parts = append(e.parts, s)
			if e.order.Uint32(entry[l.flags:])&2 != 0 {
				e.written = append(e.written, s)
			}
		case 2, 3, 4: // PT_DYNAMIC, PT_INTERP, PT_NOTE
			tell = append(tell, told{kind, s})
		}
	}
	for _, t := range tell {
		limit := map[uint32]uint64{2: elfLists, 3: 4096, 4: elfNotes}[t.kind]
		content, err := w.upTo("program header", int64(min(t.offset, 1<<62)), int64(min(t.size, limit)))
		if err != nil {
			continue // what cannot be read says nothing; the rest may
		}
		switch t.kind {
		case 2:
			e.readNeeded(w, l, content)
		case 3:
			e.Interpreter = tidyText(cstring(content))
		case 4:
			e.readNotes(content)
		}
	}
	return nil
}

// readNeeded takes the names of libraries from the list for the loader.
func (e *ELF) readNeeded(w *window, l elfLayout, list []byte) {
	var names []uint64
	var table, size uint64
	for step := int(2 * l.number); len(list) >= step; list = list[step:] {
		tag, value := e.number(l, list, 0), e.number(l, list, int(l.number))
		switch tag {
		case 0:
			list = nil
		case 1: // DT_NEEDED
			if len(names) < elfNeeded {
				names = append(names, value)
			}
		case 5: // DT_STRTAB
			table = value
		case 10: // DT_STRSZ
			size = value
		}
		if list == nil {
			break
		}
	}
	at, ok := e.parts.offset(table)
	if !ok || len(names) == 0 {
		return
	}
	texts, err := w.upTo("names", at, int64(min(size, headLimit)))
	if err != nil {
		return
	}
	for _, name := range names {
		if name < uint64(len(texts)) {
			if text := tidyText(cstring(texts[name:])); text != "" {
				e.Needed = append(e.Needed, text)
			}
		}
	}
}

// readNotes takes the build id and what a distribution noted of its package.
func (e *ELF) readNotes(notes []byte) {
	for len(notes) >= 12 {
		name, size := int(e.order.Uint32(notes)&0xffff), int(e.order.Uint32(notes[4:])&0xffffff)
		kind, at := e.order.Uint32(notes[8:]), 12+pad4(name)
		if at+size > len(notes) {
			return
		}
		content := notes[at : at+size]
		switch owner := string(bytes.TrimRight(notes[12:12+name], "\x00")); {
		case owner == "GNU" && kind == 3:
			e.BuildID = hex.EncodeToString(content[:min(size, 64)])
		case owner == "FDO" && kind == 0xcafe1a7e:
			var note struct {
				Name string `json:"name"`
			}
			if json.Unmarshal(bytes.TrimRight(content, "\x00"), &note) == nil {
				e.Package = tidyText(note.Name)
			}
		}
		notes = notes[min(at+pad4(size), len(notes)):]
	}
}

// readSections looks for the section of Go's build information.
func (e *ELF) readSections(w *window, l elfLayout, head []byte) {
	count, size := int64(uint16At(e.order, head, l.sectionCount)), int64(uint16At(e.order, head, l.sectionSize))
	names := int64(uint16At(e.order, head, l.names))
	if count > elfSections || size < l.sectionLength || names >= count {
		return
	}
	table, err := w.at("section headers", int64(e.number(l, head, l.sectionsAt)), count*size)
	if err != nil {
		return
	}
	section := func(i int64) span {
		entry := table[i*size : (i+1)*size]
		return span{address: e.number(l, entry, l.sAddress), offset: e.number(l, entry, l.sOffset), size: e.number(l, entry, l.sFilled)}
	}
	list := section(names)
	texts, err := w.upTo("section names", int64(min(list.offset, 1<<62)), int64(min(list.size, elfLists)))
	if err != nil {
		return
	}
	for i := range count {
		if at := int64(e.order.Uint32(table[i*size:])); at < int64(len(texts)) && cstring(texts[at:]) == ".go.buildinfo" {
			e.goBuilt = append(e.goBuilt, section(i))
		}
	}
}
