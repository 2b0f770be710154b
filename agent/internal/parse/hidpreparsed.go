package parse

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// The layout of what Windows makes of one top-level collection, as
// libusb/hidapi describes it (windows/hidapi_descriptor_reconstruct.h): a head,
// the capabilities of input, output and feature reports, the collections.
const (
	preparsedMagic   = "HidP KDR"
	preparsedMaximum = 1 << 20 // more than its 16-bit counts can say
	preparsedHead    = 44
	preparsedCap     = 104
	preparsedNode    = 16

	capButton = 1 << 2 // flags of a capability
	capRange  = 1 << 4
	capAlias  = 1 << 5
)

// ParsePreparsed reads what Windows made of one top-level collection. Beside an
// error stands what was understood before it. Windows counts a byte for the
// report's id even where there is none; here it is not counted.
func ParsePreparsed(b []byte) (HIDDescriptor, error) {
	p := preparsed{b: b}
	if err := p.open(); err != nil {
		return p.out, fmt.Errorf("HID preparsed data: %w", err)
	}
	err := p.fields()
	p.out.conclude(&p.top)
	p.out.InputLength, p.out.OutputLength = p.length(hidInput), p.length(hidOutput)
	if err != nil {
		return p.out, fmt.Errorf("HID preparsed data: %w", err)
	}
	return p.out, nil
}

type preparsed struct {
	b            []byte
	out          HIDDescriptor
	top          hidCollection
	end          int   // of the capabilities
	applications []int // which application each collection belongs to, by number; -1 for none
}

func (p *preparsed) word(at int) uint16 { return binary.LittleEndian.Uint16(p.b[at:]) }

func (p *preparsed) long(at int) uint32 { return binary.LittleEndian.Uint32(p.b[at:]) }

// open reads the head and the collections.
func (p *preparsed) open() error {
	switch {
	case len(p.b) < preparsedHead || len(p.b) > preparsedMaximum:
		return fmt.Errorf("%d bytes, want %d to %d", len(p.b), preparsedHead, preparsedMaximum)
	case !bytes.HasPrefix(p.b, []byte(preparsedMagic)):
		return fmt.Errorf("offset 0: %q, want %q", p.b[:len(preparsedMagic)], preparsedMagic)
	}
	p.top.usage = Usage{Page: p.word(10), ID: p.word(8)}
	p.end = preparsedHead + int(p.word(40))
	nodes := int(p.word(42))
	if p.end+nodes*preparsedNode > len(p.b) {
		return fmt.Errorf("offset %d: %d collections in %d bytes", p.end, nodes, max(0, len(p.b)-p.end))
	}
	for i := range nodes {
		at := p.end + i*preparsedNode
		application := -1
		if parent := int(p.word(at + 4)); parent < i { // the collections that hold others come first
			application = p.applications[parent]
		}
		if usage := (Usage{Page: p.word(at + 2), ID: p.word(at)}); usage != (Usage{}) && p.b[at+12] == 1 {
			application = len(p.top.applications)
			p.top.applications = append(p.top.applications, usage)
		}
		p.applications = append(p.applications, application)
	}
	return nil
}

// fields reads the capabilities of the three kinds of reports.
func (p *preparsed) fields() error {
	for kind := range hidFeature + 1 {
		info := 16 + 8*kind
		first, last := int(p.word(info)), int(p.word(info+4))
		if preparsedHead+last*preparsedCap > p.end {
			return fmt.Errorf("offset %d: capabilities up to %d, want at most %d", info, last, (p.end-preparsedHead)/preparsedCap)
		}
		for i := first; i < last; i++ {
			if err := p.field(kind, preparsedHead+i*preparsedCap); err != nil {
				return err
			}
		}
	}
	return nil
}

// field reads one capability. Those that only name another's bits differently are left out.
func (p *preparsed) field(kind, at int) error {
	flags, kinds := p.long(at+12), p.b[at+24]
	collection := int(p.word(at + 18))
	if collection >= len(p.applications) {
		return fmt.Errorf("offset %d: collection %d of %d", at+18, collection, len(p.applications))
	}
	f := hidField{
		kind: kind, report: int(p.b[at+2]), bits: uint32(p.word(at + 4)), count: uint32(p.word(at + 6)),
		position: uint64(p.word(at+8))*8 + uint64(p.b[at+3]),
		page:     p.word(at), from: p.word(at + 60), to: p.word(at + 60),
		array: flags&fieldVariable == 0, relative: flags&fieldRelative != 0, application: p.applications[collection],
	}
	if kinds&capRange != 0 {
		f.to = max(f.from, p.word(at+62))
	}
	ranged := at + 80 // a value's range stands behind four bytes more than a button's
	if kinds&capButton != 0 {
		ranged = at + 76
	}
	f.minimum, f.maximum = int32(p.long(ranged)), int32(p.long(ranged+4))
	if f.report != 0 && !slices.Contains(p.out.ReportIDs, f.report) {
		p.out.ReportIDs = append(p.out.ReportIDs, f.report)
	}
	if flags&fieldConstant == 0 && kinds&capAlias == 0 {
		p.top.field(f)
	}
	return nil
}

// length is that of the longest report of a kind.
func (p *preparsed) length(kind int) int {
	length := int(p.word(16 + 8*kind + 6))
	if len(p.out.ReportIDs) == 0 && length > 0 {
		length--
	}
	return length
}
