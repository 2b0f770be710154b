package parse

import (
	"cmp"
	"slices"
	"strconv"
)

// The kinds of reports, in the order in which Windows keeps them.
const (
	hidInput = iota
	hidOutput
	hidFeature
)

// A hidField is what both a report descriptor and Windows' preparsed data tell
// of one field or several alike: which bits of which report mean what. Padding
// means nothing and is none.
type hidField struct {
	kind, report     int
	position         uint64 // of its first bit in the report: it orders fields and is not compared
	bits, count      uint32
	page, from, to   uint16 // its usages: one for each of count, or for arrays those that a value can name
	minimum, maximum int32
	array, relative  bool
	application      int // which application collection it belongs to; -1 for none
}

// A hidCollection is one top-level collection: what Windows makes one input device of.
type hidCollection struct {
	usage        Usage
	applications []Usage
	fields       []hidField
}

// field notes a field in its canonical form. Windows keeps no range of single
// bits, and takes a maximum below the minimum for what it is unsigned.
func (c *hidCollection) field(f hidField) {
	switch {
	case f.bits == 0 || f.count == 0:
		return
	case !f.array && f.bits == 1:
		f.minimum, f.maximum = 0, 0
	case f.maximum < f.minimum && f.bits < 32:
		f.maximum &= 1<<f.bits - 1
	}
	if span := f.span(); !f.array && f.count < span { // usages that no bits are left for
		f.to = f.from + uint16(f.count) - 1
	}
	c.fields = append(c.fields, f)
}

// span is how many usages there are.
func (f hidField) span() uint32 { return uint32(f.to-f.from) + 1 }

func (f hidField) holds(u Usage) bool { return f.page == u.Page && f.from <= u.ID && u.ID <= f.to }

// canonical puts the fields in the order of their bits, and joins those that
// another device would have written as one.
func (c *hidCollection) canonical() []hidField {
	slices.SortStableFunc(c.fields, func(a, b hidField) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.report, b.report), cmp.Compare(a.position, b.position),
			cmp.Compare(a.page, b.page), cmp.Compare(a.from, b.from))
	})
	joined := c.fields[:0]
	for _, f := range c.fields {
		if last := len(joined) - 1; last >= 0 && joined[last].continues(f) {
			joined[last].to = f.to
			if !f.array {
				joined[last].count += f.count
			}
			continue
		}
		joined = append(joined, f)
	}
	return joined
}

// continues says whether next is more of the same: the next usages in the next
// bits or, for arrays, for the same bits.
func (f hidField) continues(next hidField) bool {
	place := f.position + uint64(f.bits)*uint64(f.count)
	if f.array {
		place = f.position
	}
	rest := next
	rest.position, rest.from, rest.to, rest.count = f.position, f.from, f.to, f.count
	return f == rest && next.position == place && f.to < next.from && f.to+1 == next.from &&
		(f.array && f.count == next.count || !f.array && f.count == f.span())
}

// conclude adds to a description what a collection is for, and the hash of its
// capabilities.
func (d *HIDDescriptor) conclude(c *hidCollection) {
	d.Usages = append(d.Usages, c.applications...)
	text := append(make([]byte, 0, 512), c.usage.String()...)
	uses := make([]hidUse, len(c.applications))
	for _, f := range c.canonical() {
		text = f.appendTo(text)
		if f.kind == hidInput && f.application >= 0 {
			uses[f.application].add(c.applications[f.application], f)
		}
	}
	d.Capabilities = append(d.Capabilities, shortHash(text))
	for _, use := range uses {
		d.Keyboard = d.Keyboard || use.modifiers && use.keys
		d.RelativePointer = d.RelativePointer || use.relative == bothAxes
		if use.absolute == bothAxes {
			d.AbsolutePointer = true
			d.PointerMinimum, d.PointerMaximum, d.PointerBits = use.x.minimum, use.x.maximum, int(use.x.bits)
		}
	}
}

// appendTo writes the field as it is hashed.
func (f hidField) appendTo(b []byte) []byte {
	b = append(b, '\n')
	for _, n := range []int64{
		int64(f.kind), int64(f.report), int64(f.page), int64(f.from), int64(f.to),
		int64(f.minimum), int64(f.maximum), int64(f.bits), int64(f.count),
	} {
		b = append(strconv.AppendInt(b, n, 10), ' ')
	}
	return strconv.AppendBool(append(strconv.AppendBool(b, f.array), ' '), f.relative)
}

const (
	axisX = 1 << iota
	axisY
	bothAxes = axisX | axisY
)

// A hidUse is what one application collection can be used for: X of one and Y
// of another are no pointer.
type hidUse struct {
	modifiers, keys    bool
	absolute, relative int // the axes
	x                  hidField
}

func (use *hidUse) add(application Usage, f hidField) {
	switch application {
	case usageKeyboard:
		use.addKeys(f)
	case usageMouse:
		use.addAxes(f)
	}
}

// addKeys tells the eight modifiers, one bit each, from the keys, which are an
// array of codes or a bitmap of more than eight keys.
func (use *hidUse) addKeys(f hidField) {
	if f.page != pageKeys {
		return
	}
	keys := f.count
	if !f.array && f.from <= firstModifier && lastModifier <= f.to {
		use.modifiers = true
		keys -= lastModifier - firstModifier + 1
	}
	use.keys = use.keys || f.array || keys > 8
}

func (use *hidUse) addAxes(f hidField) {
	if f.array {
		return
	}
	axes := 0
	if f.holds(usageX) {
		axes |= axisX
	}
	if f.holds(usageY) {
		axes |= axisY
	}
	if f.relative {
		use.relative |= axes
		return
	}
	use.absolute |= axes
	if axes&axisX != 0 {
		use.x = f
	}
}
