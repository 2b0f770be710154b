package parsetest

import "encoding/binary"

// Preparsed gives what Windows keeps of a report descriptor: one block for each
// top-level collection, in order. The layout is as libusb/hidapi describes it
// (windows/hidapi_descriptor_reconstruct.h) and its dumps of real devices show:
// 44 bytes of head, capabilities of 104 bytes for input, output and feature
// reports, then the collections, 16 bytes each. Windows keeps no padding, sets
// the range of single bits to nothing, and writes the usages of one item from
// the last to the first.
func Preparsed(report []byte) [][]byte {
	w := &preparser{}
	for at := 0; at < len(report); {
		prefix := report[at]
		size := []int{0, 1, 2, 4}[prefix&3]
		if at+1+size > len(report) {
			break
		}
		w.item(prefix&^3, report[at+1:at+1+size])
		at += 1 + size
	}
	return w.blocks
}

// preparser reads a descriptor as Windows does, independent of package parse.
type preparser struct {
	blocks [][]byte

	page        uint16
	low, high   int32
	size, count uint32
	id          byte
	saved       []preparser
	usages      []usageSpan
	open        []int // the collections that are open, by number
	nodes       []collectionNode
	caps        [3][][]byte
	bits        [3]map[byte]uint32
	numbered    [3]uint16 // usages so far, by kind
}

type usageSpan struct {
	page, from, to uint16
	span           bool
}

type collectionNode struct {
	usage    usageSpan
	parent   uint16
	children []uint16
	kind     byte
}

func (w *preparser) item(tag byte, data []byte) {
	var value uint32
	for i, b := range data {
		value |= uint32(b) << (8 * i)
	}
	signed := int32(value)
	if n := len(data); n > 0 && n < 4 {
		signed = int32(value<<(32-8*n)) >> (32 - 8*n)
	}
	switch tag {
	case 0x04:
		w.page = uint16(value)
	case 0x14:
		w.low = signed
	case 0x24:
		w.high = signed
	case 0x74:
		w.size = value
	case 0x94:
		w.count = value
	case 0x84:
		w.id = byte(value)
	case 0xa4:
		w.saved = append(w.saved, *w)
	case 0xb4:
		last := w.saved[len(w.saved)-1]
		w.page, w.low, w.high, w.size, w.count, w.id = last.page, last.low, last.high, last.size, last.count, last.id
		w.saved = w.saved[:len(w.saved)-1]
	case 0x08, 0x18, 0x28:
		w.usage(tag, value, len(data))
	case 0x80, 0x90, 0xa0, 0xb0, 0xc0:
		w.main(tag, value)
		w.usages = nil
	}
}

func (w *preparser) usage(tag byte, value uint32, size int) {
	u := usageSpan{page: w.page, from: uint16(value), to: uint16(value), span: tag != 0x08}
	if size == 4 {
		u.page = uint16(value >> 16)
	}
	if tag == 0x28 { // the end of the range that the item before began
		w.usages[len(w.usages)-1].to = u.to
		return
	}
	w.usages = append(w.usages, u)
}

func (w *preparser) main(tag byte, value uint32) {
	switch tag {
	case 0xa0:
		w.begin(byte(value))
	case 0xc0:
		if w.open = w.open[:len(w.open)-1]; len(w.open) == 0 {
			w.blocks = append(w.blocks, w.block())
			w.nodes, w.caps, w.bits, w.numbered = nil, [3][][]byte{}, [3]map[byte]uint32{}, [3]uint16{}
		}
	case 0x80:
		w.field(0, value)
	case 0x90:
		w.field(1, value)
	case 0xb0:
		w.field(2, value)
	}
}

func (w *preparser) begin(kind byte) {
	node, number := collectionNode{kind: kind}, len(w.nodes)
	if len(w.usages) > 0 {
		node.usage = w.usages[0]
	}
	if len(w.open) > 0 {
		node.parent = uint16(w.open[len(w.open)-1])
		parent := &w.nodes[node.parent]
		parent.children = append([]uint16{uint16(number)}, parent.children...) // the last comes first
	}
	w.nodes, w.open = append(w.nodes, node), append(w.open, number)
}

// field adds the capabilities of an input, output or feature item.
func (w *preparser) field(kind int, flags uint32) {
	if len(w.open) == 0 {
		return
	}
	if w.bits[kind] == nil {
		w.bits[kind] = map[byte]uint32{}
	}
	first := w.bits[kind][w.id]
	w.bits[kind][w.id] += w.size * w.count
	if flags&1 != 0 || len(w.usages) == 0 { // padding
		return
	}
	var item [][]byte
	if array := flags&2 == 0; array {
		for i, u := range w.usages {
			one := w.capability(u, first, w.count, flags, i > 0)
			w.index(kind, one)
			item = append([][]byte{one}, item...)
		}
		w.caps[kind] = append(w.caps[kind], item...)
		return
	}
	left := w.count
	for i, u := range w.usages {
		n := min(left, uint32(u.to-u.from)+1)
		if i == len(w.usages)-1 {
			n = left
		}
		if n == 0 {
			break
		}
		item = append([][]byte{w.capability(u, first, n, flags, false)}, item...)
		first, left = first+n*w.size, left-n
	}
	for _, one := range item {
		w.index(kind, one)
	}
	w.caps[kind] = append(w.caps[kind], item...)
}

// index numbers the usages of a capability, an array's as they were declared and
// others as they are kept.
func (w *preparser) index(kind int, capability []byte) {
	word := binary.LittleEndian
	last := w.numbered[kind] + word.Uint16(capability[62:]) - word.Uint16(capability[60:])
	word.PutUint16(capability[72:], w.numbered[kind])
	word.PutUint16(capability[74:], last)
	w.numbered[kind] = last + 1
}

func (w *preparser) capability(u usageSpan, first, count, flags uint32, more bool) []byte {
	link := w.open[len(w.open)-1]
	b := make([]byte, 0, 104)
	word, long := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32
	b = append(word(b, u.page), w.id, byte(first%8))
	b = word(word(b, uint16(w.size)), uint16(count))
	b = word(word(b, uint16(1+first/8)), uint16(w.size*count))
	b = long(b, flags)
	b = word(word(b, uint16(1+(first+w.size*count+7)/8)), uint16(link))
	b = word(word(b, w.nodes[link].usage.page), w.nodes[link].usage.from)
	button := flags&2 == 0 || w.size == 1
	b = append(b, bit(more, 0)|bit(button, 2)|bit(flags&4 == 0, 3)|bit(u.span, 4), 0, 0, 0)
	b = append(b, make([]byte, 32)...)
	b = append(word(word(b, u.from), u.to), make([]byte, 12)...)
	switch {
	case !button:
		b = long(long(append(b, 0, 0, 0, 0), uint32(w.low)), uint32(w.high))
	case flags&2 == 0:
		b = long(long(b, uint32(w.low)), uint32(w.high))
	}
	return append(b, make([]byte, 104-len(b))...)
}

func bit(set bool, place int) byte {
	if set {
		return 1 << place
	}
	return 0
}

// block writes the head, the capabilities and the collections.
func (w *preparser) block() []byte {
	word := binary.LittleEndian.AppendUint16
	top := w.nodes[0].usage
	b := append([]byte("HidP KDR"), byte(top.from), byte(top.from>>8), byte(top.page), byte(top.page>>8), 0, 0, 0, 0)
	var body []byte
	from := uint16(0)
	for kind, caps := range w.caps {
		longest := uint32(0)
		for _, bits := range w.bits[kind] {
			longest = max(longest, 1+(bits+7)/8)
		}
		to := from + uint16(len(caps))
		b = word(word(word(word(b, from), uint16(len(caps))), to), uint16(longest))
		for _, c := range caps {
			body = append(body, c...)
		}
		from = to
	}
	b = append(word(word(b, uint16(len(body))), uint16(len(w.nodes))), body...)
	for i, n := range w.nodes {
		next, first := uint16(0), uint16(0)
		if len(n.children) > 0 {
			first = n.children[0]
		}
		if siblings := w.nodes[n.parent].children; i > 0 {
			for at, s := range siblings[:len(siblings)-1] {
				if int(s) == i {
					next = siblings[at+1]
				}
			}
		}
		b = word(word(word(b, n.usage.from), n.usage.page), n.parent)
		b = word(word(word(b, uint16(len(n.children))), next), first)
		b = append(b, n.kind, 0, 0, 0)
	}
	return b
}
