package parse

import "fmt"

const (
	fieldConstant = 1 << 0
	fieldVariable = 1 << 1
	fieldRelative = 1 << 2
)

// field takes an input, output or feature item into account.
func (p *hidParser) field(kind int, flags uint32) error {
	g := p.global
	if g.size > hidReportBits {
		return fmt.Errorf("report size is %d bits, want at most %d", g.size, hidReportBits)
	}
	if g.count > hidReportCount {
		return fmt.Errorf("report count is %d, want at most %d", g.count, hidReportCount)
	}
	if p.lengths[kind] == nil {
		p.lengths[kind] = map[int]uint64{}
	}
	position := p.lengths[kind][g.report]
	p.lengths[kind][g.report] += uint64(g.size) * uint64(g.count)
	if flags&fieldConstant == 0 && len(p.applications) > 0 { // padding is for nothing, and so is what stands outside of all
		p.spread(hidField{
			kind: kind, report: g.report, position: position, bits: g.size, count: g.count, minimum: g.minimum, maximum: g.maximum,
			array: flags&fieldVariable == 0, relative: flags&fieldRelative != 0, application: p.applications[len(p.applications)-1],
		})
	}
	return nil
}

// spread gives the usages of an item their bits, one after the other; the last
// takes what is left. An array's usages all name values of the same bits.
func (p *hidParser) spread(f hidField) {
	left := f.count
	for i, r := range p.usages {
		f.page, f.from, f.to = r.from.Page, r.from.ID, max(r.from.ID, r.to.ID)
		if f.array {
			p.top.field(f)
			continue
		}
		f.count = left
		if i < len(p.usages)-1 {
			f.count = min(left, f.span())
		}
		p.top.field(f)
		f.position += uint64(f.count) * uint64(f.bits)
		left -= f.count
	}
}

// finish draws the conclusions of a collection that is not closed, and of the
// lengths.
func (p *hidParser) finish() {
	if len(p.applications) > 0 {
		p.out.conclude(&p.top)
	}
	p.out.InputLength, p.out.OutputLength = longest(p.lengths[hidInput]), longest(p.lengths[hidOutput])
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
