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
	position := p.lengthen(kind, uint64(g.size)*uint64(g.count))
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

// A hidLength is how many bits of a report are taken.
type hidLength struct {
	id   int
	bits uint64
}

// lengthen adds bits to the report at hand and gives the place of the first.
func (p *hidParser) lengthen(kind int, bits uint64) uint64 {
	for i := range p.lengths[kind] {
		if l := &p.lengths[kind][i]; l.id == p.global.report {
			l.bits += bits
			return l.bits - bits
		}
	}
	p.lengths[kind] = append(p.lengths[kind], hidLength{p.global.report, bits})
	return 0
}

// longest is the length of the longest report, with one byte for its id where
// reports carry ids (0 is not an id).
func longest(lengths []hidLength) int {
	most := 0
	for _, l := range lengths {
		length := int((l.bits + 7) / 8)
		if l.id != 0 {
			length++
		}
		most = max(most, length)
	}
	return most
}
