package journal

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// lineLimit is where longer lines are cut; what sessions are told by comes early.
const lineLimit = 8 << 10

// An encoding is how a log's text is written.
type encoding int

const (
	bytewise     encoding = iota // UTF-8, or Windows-1252 where a line is not valid UTF-8
	littleEndian                 // UTF-16
	bigEndian
)

// sniff tells the encoding by a mark at the very beginning, or by where the
// zero bytes of Latin letters lie. Zeros in a row say nothing: a crash leaves them.
func sniff(head []byte) encoding {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return littleEndian
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return bigEndian
	}
	head = head[:min(len(head), 1024)&^1]
	var first, second, pairs int
	for i := 0; i+1 < len(head); i += 2 {
		a, b := head[i] == 0, head[i+1] == 0
		switch {
		case a && b:
			continue
		case a:
			first++
		case b:
			second++
		}
		pairs++
	}
	switch {
	case pairs < 4:
		return bytewise
	case second*10 >= pairs*7:
		return littleEndian
	case first*10 >= pairs*7:
		return bigEndian
	}
	return bytewise
}

// A cutter cuts bytes into lines, whatever pieces they come in.
type cutter struct {
	encoding encoding
	partial  []byte // of the line that goes on
	long     bool   // the rest of this line is dropped
	cut      int    // lines that were longer than lineLimit
}

func (c *cutter) takeCut() int {
	cut := c.cut
	c.cut = 0
	return cut
}

func (c *cutter) reset(e encoding) { *c = cutter{encoding: e, cut: c.cut} }

// feed takes the next bytes and hands on each line that ends in them.
func (c *cutter) feed(piece []byte, do func(line string)) {
	for len(piece) > 0 {
		at, size := c.lineEnd(piece)
		if at < 0 {
			c.keep(piece)
			return
		}
		c.keep(piece[:at])
		piece = piece[at+size:]
		c.flush(do)
	}
}

// lineEnd finds the end of a line in a piece, seen from where the line began: in
// UTF-16 it is two bytes, and not any two.
func (c *cutter) lineEnd(piece []byte) (at, size int) {
	if c.encoding == bytewise {
		return bytes.IndexByte(piece, '\n'), 1
	}
	for i := 0; i+1 < len(piece); i += 2 { // pieces of it are even
		low, high := piece[i], piece[i+1]
		if c.encoding == bigEndian {
			low, high = high, low
		}
		if low == '\n' && high == 0 {
			return i, 2
		}
	}
	return -1, 0
}

func (c *cutter) keep(piece []byte) {
	room := lineLimit - len(c.partial)
	if len(piece) > room {
		if !c.long {
			c.long, c.cut = true, c.cut+1
		}
		piece = piece[:room]
	}
	c.partial = append(c.partial, piece...)
}

// flush hands on the line that was kept.
func (c *cutter) flush(do func(line string)) {
	line := text(c.partial, c.encoding)
	c.partial, c.long = c.partial[:0], false
	if line != "" {
		do(line)
	}
}

// text decodes one line and takes off what is no part of it.
func text(line []byte, e encoding) string {
	switch {
	case e != bytewise:
		return tidy(wide(line, e))
	case utf8.Valid(line):
		return tidy(string(line))
	}
	return tidy(western(line))
}

func tidy(line string) string {
	line = strings.TrimLeft(line, "\x00\ufeff")
	return strings.TrimRight(line, "\x00\r\n")
}

func wide(line []byte, e encoding) string {
	units := make([]uint16, 0, len(line)/2)
	for i := 0; i+1 < len(line); i += 2 {
		low, high := uint16(line[i]), uint16(line[i+1])
		if e == bigEndian {
			low, high = high, low
		}
		units = append(units, high<<8|low)
	}
	return string(utf16.Decode(units))
}

// western reads Windows-1252, in which each byte is a letter.
func western(line []byte) string {
	const upper = "€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ"
	table := []rune(upper)
	var out strings.Builder
	for _, b := range line {
		switch {
		case b >= 0x80 && b < 0xa0:
			out.WriteRune(table[b-0x80])
		default:
			out.WriteRune(rune(b))
		}
	}
	return out.String()
}
