package parse

import (
	"fmt"
)

// A Usage is what a HID collection or field is for: its page and its number there.
type Usage struct{ Page, ID uint16 }

// String writes a usage as "01:06", hexadecimal.
func (u Usage) String() string { return fmt.Sprintf("%02x:%02x", u.Page, u.ID) }

// The usages that tell keyboards and pointers.
var (
	usageMouse    = Usage{0x01, 0x02}
	usageKeyboard = Usage{0x01, 0x06}
	usageX        = Usage{0x01, 0x30}
	usageY        = Usage{0x01, 0x31}
)

const (
	pageKeys       = 0x07
	firstModifier  = 0xe0 // left control
	lastModifier   = 0xe7
	hidMaximum     = 4096  // as the Linux kernel allows
	hidReportBits  = 256   // widest field the kernel allows
	hidReportCount = 12288 // most fields of one item the kernel allows
	hidDepth       = 64
)

// A HIDDescriptor is what a HID report descriptor says of its reports, or what
// Windows made of one.
type HIDDescriptor struct {
	Usages          []Usage  // of the application collections, in order
	ReportIDs       []int    // in the order of their first use; none when reports carry no id
	Capabilities    []string // of each top-level collection, hashed: the same from a report descriptor and from Windows
	Keyboard        bool     // a keyboard collection with modifiers and an array or bitmap of keys
	AbsolutePointer bool     // a mouse collection whose X and Y are positions
	RelativePointer bool     // a mouse collection whose X and Y are movements
	PointerMinimum  int32    // logical range of the absolute X
	PointerMaximum  int32
	PointerBits     int // width of the absolute X
	InputLength     int // of the longest input report in bytes, its id included
	OutputLength    int
	Hash            string // first 16 hexadecimal digits of the descriptor's SHA-256; empty where Windows has none
	Length          int    // of the descriptor itself
}

// Join adds what another collection of the same function says.
func (d *HIDDescriptor) Join(o HIDDescriptor) {
	d.Usages, d.ReportIDs = append(d.Usages, o.Usages...), append(d.ReportIDs, o.ReportIDs...)
	d.Capabilities = append(d.Capabilities, o.Capabilities...)
	d.Keyboard, d.RelativePointer = d.Keyboard || o.Keyboard, d.RelativePointer || o.RelativePointer
	if o.AbsolutePointer {
		d.AbsolutePointer, d.PointerBits = true, o.PointerBits
		d.PointerMinimum, d.PointerMaximum = o.PointerMinimum, o.PointerMaximum
	}
	d.InputLength, d.OutputLength = max(d.InputLength, o.InputLength), max(d.OutputLength, o.OutputLength)
}

// ParseHID reads a report descriptor. Beside an error stands what was
// understood before it; the hash and the length are always there.
func ParseHID(b []byte) (HIDDescriptor, error) {
	p := hidParser{out: HIDDescriptor{Hash: shortHash(b), Length: len(b)}}
	if len(b) > hidMaximum {
		return p.out, fmt.Errorf("HID report descriptor: %d bytes, want at most %d", len(b), hidMaximum)
	}
	for offset := 0; offset < len(b); {
		item, next, err := readItem(b, offset)
		if err == nil {
			err = p.apply(item)
		}
		if err != nil {
			p.finish()
			return p.out, fmt.Errorf("HID report descriptor, offset %d: %w", offset, err)
		}
		offset = next
	}
	p.finish()
	if len(p.applications) > 0 {
		return p.out, fmt.Errorf("HID report descriptor, offset %d: %d collections are still open", len(b), len(p.applications))
	}
	return p.out, nil
}

// A hidItem is one short item: its kind and tag in one byte, and its value both ways.
type hidItem struct {
	tag      byte // tag and type, size bits cleared
	size     int
	unsigned uint32
	signed   int32
}

func readItem(b []byte, offset int) (hidItem, int, error) {
	prefix := b[offset]
	if prefix == 0xfe { // a long item: nobody has defined one, so it is stepped over
		if offset+3 > len(b) || offset+3+int(b[offset+1]) > len(b) {
			return hidItem{}, 0, fmt.Errorf("long item is cut short")
		}
		return hidItem{tag: prefix}, offset + 3 + int(b[offset+1]), nil
	}
	size := int(prefix & 3)
	if size == 3 {
		size = 4
	}
	if offset+1+size > len(b) {
		return hidItem{}, 0, fmt.Errorf("item %#02x wants %d bytes, %d are left", prefix, size, len(b)-offset-1)
	}
	item := hidItem{tag: prefix &^ 3, size: size}
	for i := range size {
		item.unsigned |= uint32(b[offset+1+i]) << (8 * i)
	}
	switch size {
	case 1:
		item.signed = int32(int8(item.unsigned))
	case 2:
		item.signed = int32(int16(item.unsigned))
	case 4:
		item.signed = int32(item.unsigned)
	}
	return item, offset + 1 + size, nil
}

// hidGlobal is the state that items share until it is changed.
type hidGlobal struct {
	page             uint16
	minimum, maximum int32
	size, count      uint32
	report           int
}

type usageRange struct{ from, to Usage }

// hidParser holds the state of one walk over a descriptor.
type hidParser struct {
	out          HIDDescriptor
	global       hidGlobal
	stack        []hidGlobal
	usages       []usageRange // the local state: cleared by every main item
	minimum      *Usage
	applications []int // which application each open collection belongs to, by number; -1 for none
	top          hidCollection
	lengths      [hidFeature + 1][]hidLength // of each report, by kind
}

func (p *hidParser) apply(item hidItem) error {
	switch item.tag {
	case 0x80, 0x90, 0xb0, 0xa0, 0xc0:
		defer p.clearLocal()
		return p.main(item)
	case 0xa4:
		return p.push()
	case 0xb4:
		return p.pop()
	case 0x08, 0x18, 0x28:
		return p.usage(item)
	}
	p.setGlobal(item)
	return nil
}

func (p *hidParser) main(item hidItem) error {
	switch item.tag {
	case 0x80:
		return p.field(hidInput, item.unsigned)
	case 0x90:
		return p.field(hidOutput, item.unsigned)
	case 0xb0:
		return p.field(hidFeature, item.unsigned)
	case 0xa0:
		return p.open(item.unsigned)
	}
	return p.close()
}

func (p *hidParser) setGlobal(item hidItem) {
	switch item.tag {
	case 0x04:
		p.global.page = uint16(item.unsigned)
	case 0x14:
		p.global.minimum = item.signed
	case 0x24:
		p.global.maximum = item.signed
	case 0x74:
		p.global.size = item.unsigned
	case 0x94:
		p.global.count = item.unsigned
	case 0x84:
		p.global.report = int(item.unsigned & 0xff)
		p.noteReport()
	}
}

func (p *hidParser) noteReport() {
	for _, id := range p.out.ReportIDs {
		if id == p.global.report {
			return
		}
	}
	p.out.ReportIDs = append(p.out.ReportIDs, p.global.report)
}

func (p *hidParser) push() error {
	if len(p.stack) == hidDepth {
		return fmt.Errorf("more than %d pushes", hidDepth)
	}
	p.stack = append(p.stack, p.global)
	return nil
}

func (p *hidParser) pop() error {
	if len(p.stack) == 0 {
		return fmt.Errorf("pop without a push")
	}
	p.global = p.stack[len(p.stack)-1]
	p.stack = p.stack[:len(p.stack)-1]
	return nil
}

// usage notes a usage, or the end of a range whose beginning was noted.
func (p *hidParser) usage(item hidItem) error {
	u := Usage{Page: p.global.page, ID: uint16(item.unsigned)}
	if item.size == 4 {
		u.Page = uint16(item.unsigned >> 16)
	}
	switch item.tag {
	case 0x08:
		p.usages = append(p.usages, usageRange{u, u})
	case 0x18:
		p.minimum = &u
	case 0x28:
		if p.minimum == nil {
			return fmt.Errorf("usage maximum without a minimum")
		}
		p.usages = append(p.usages, usageRange{*p.minimum, u})
		p.minimum = nil
	}
	return nil
}

func (p *hidParser) clearLocal() { p.usages, p.minimum = p.usages[:0], nil }

func (p *hidParser) open(kind uint32) error {
	if len(p.applications) == hidDepth {
		return fmt.Errorf("collections nest deeper than %d", hidDepth)
	}
	application := -1
	if depth := len(p.applications); depth > 0 {
		application = p.applications[depth-1]
	} else if len(p.usages) > 0 {
		p.top.usage = p.usages[0].from
	}
	if kind == 1 && len(p.usages) > 0 {
		application = len(p.top.applications)
		p.top.applications = append(p.top.applications, p.usages[0].from)
	}
	p.applications = append(p.applications, application)
	return nil
}

func (p *hidParser) close() error {
	if len(p.applications) == 0 {
		return fmt.Errorf("end of a collection that was not opened")
	}
	p.applications = p.applications[:len(p.applications)-1]
	if len(p.applications) == 0 {
		p.out.conclude(&p.top)
		p.top = hidCollection{}
	}
	return nil
}
