package parse

import "fmt"

const (
	fieldConstant = 1 << 0
	fieldVariable = 1 << 1
	fieldRelative = 1 << 2
)

// field takes an input, output or feature item into account.
func (p *hidParser) field(item hidItem) error {
	g := p.global
	if g.size > hidReportBits {
		return fmt.Errorf("report size is %d bits, want at most %d", g.size, hidReportBits)
	}
	if g.count > hidReportCount {
		return fmt.Errorf("report count is %d, want at most %d", g.count, hidReportCount)
	}
	if p.inputBits == nil {
		p.inputBits, p.outputBits = map[int]uint64{}, map[int]uint64{}
	}
	bits := uint64(g.size) * uint64(g.count)
	switch item.tag {
	case 0x80:
		p.inputBits[g.report] += bits
		p.input(item.unsigned)
	case 0x90:
		p.outputBits[g.report] += bits
	}
	return nil
}

// input looks at what an input item is for. Padding is for nothing.
func (p *hidParser) input(flags uint32) {
	if flags&fieldConstant != 0 || len(p.applications) == 0 {
		return
	}
	switch p.applications[len(p.applications)-1] {
	case usageKeyboard:
		p.keyboardInput(flags)
	case usageMouse:
		if flags&fieldVariable != 0 {
			p.pointerInput(flags&fieldRelative == 0)
		}
	}
}

// keyboardInput tells the eight modifiers, one bit each, from the keys, which
// are an array of codes or a bitmap of more than eight keys.
func (p *hidParser) keyboardInput(flags uint32) {
	for _, r := range p.usages {
		if r.from.Page != pageKeys {
			continue
		}
		if r.from.ID == firstModifier && r.to.ID == lastModifier && flags&fieldVariable != 0 {
			p.keys.modifiers = true
		} else if flags&fieldVariable == 0 || p.global.count > 8 {
			p.keys.keys = true
		}
	}
}

func (p *hidParser) pointerInput(absolute bool) {
	x, y := p.holds(usageX), p.holds(usageY)
	if !absolute {
		p.axes.relativeX, p.axes.relativeY = p.axes.relativeX || x, p.axes.relativeY || y
		return
	}
	p.axes.absoluteX, p.axes.absoluteY = p.axes.absoluteX || x, p.axes.absoluteY || y
	if x {
		p.out.PointerMinimum, p.out.PointerMaximum = p.global.minimum, p.global.maximum
		p.out.PointerBits = int(p.global.size)
	}
}

func (p *hidParser) holds(u Usage) bool {
	for _, r := range p.usages {
		if r.from.Page == u.Page && r.from.ID <= u.ID && u.ID <= r.to.ID {
			return true
		}
	}
	return false
}

// finish draws the conclusions of one application collection and of the
// lengths so far: X of one collection and Y of another are no pointer.
func (p *hidParser) finish() {
	p.out.Keyboard = p.out.Keyboard || p.keys.modifiers && p.keys.keys
	p.out.AbsolutePointer = p.out.AbsolutePointer || p.axes.absoluteX && p.axes.absoluteY
	p.out.RelativePointer = p.out.RelativePointer || p.axes.relativeX && p.axes.relativeY
	p.keys, p.axes = keyboardFields{}, pointerAxes{}
	p.out.InputLength, p.out.OutputLength = longest(p.inputBits), longest(p.outputBits)
}

// longest is the length of the longest report, with one byte for its id where
// reports carry ids (0 is not an id).
func longest(bits map[int]uint64) int {
	most := 0
	for id, n := range bits {
		length := int((n + 7) / 8)
		if id != 0 {
			length++
		}
		most = max(most, length)
	}
	return most
}
