package parse

import "slices"

// scattered is how many separate pieces of one hello are kept: it comes in a
// few dozen segments, in disorder by a handful.
const scattered = 64

// gathered is the beginning of a stream, put together from pieces that come in
// any order, overlap and repeat. What came first stays: who says two things of
// the same place is not asked again.
type gathered struct {
	limit  int // bytes from the beginning; what lies behind is not kept
	bytes  []byte
	pieces []piece // sorted, with gaps between them
}

// A piece is where bytes are known: from, and up to but not including to.
type piece struct{ from, to int }

// put keeps what of b is new at an offset, which may lie before the beginning.
// Not ok where that would be more separate pieces than are kept.
func (g *gathered) put(offset int, b []byte) (ok bool) {
	if offset < 0 {
		b = b[min(-offset, len(b)):]
		offset = 0
	}
	if offset >= g.limit || len(b) == 0 {
		return true
	}
	b = b[:min(len(b), g.limit-offset)]
	end := offset + len(b)
	g.grow(end)
	// Pieces that the new one touches: from index i up to but not including j.
	i := 0
	for i < len(g.pieces) && g.pieces[i].to < offset {
		i++
	}
	j, at, joined := i, offset, piece{offset, end}
	for ; j < len(g.pieces) && g.pieces[j].from <= end; j++ {
		p := g.pieces[j]
		if at < p.from {
			copy(g.bytes[at:p.from], b[at-offset:])
		}
		at = max(at, p.to)
		joined = piece{min(joined.from, p.from), max(joined.to, p.to)}
	}
	if at < end {
		copy(g.bytes[at:end], b[at-offset:])
	}
	if i == j && len(g.pieces) >= scattered {
		return false
	}
	g.pieces = slices.Replace(g.pieces, i, j, joined)
	return true
}

// grow makes room up to end, in powers of two so that a hello that comes byte
// by byte is not copied as often.
func (g *gathered) grow(end int) {
	if end <= len(g.bytes) {
		return
	}
	size := max(2048, len(g.bytes))
	for size < end {
		size *= 2
	}
	larger := make([]byte, min(size, g.limit))
	copy(larger, g.bytes)
	g.bytes = larger
}

// beginning is what is known without a gap.
func (g *gathered) beginning() []byte {
	if len(g.pieces) == 0 || g.pieces[0].from > 0 {
		return nil
	}
	return g.bytes[:g.pieces[0].to]
}
