package parse

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// headLimit is the most that is read of one table inside a program.
const headLimit = 1 << 20

// A window is a file that is read in places, since programs are longer than what
// they say of themselves. It bounds each read and all of them together.
type window struct {
	from io.ReaderAt
	size int64
	left int64 // bytes that may still be read
}

var (
	errOutside = errors.New("lies outside the file")
	errBudget  = errors.New("more would have to be read than is allowed")
)

// readBudget is the most that is read of a program besides what hashes cover.
const readBudget = 4 << 20

func newWindow(from io.ReaderAt, size int64) *window {
	return &window{from: from, size: size, left: readBudget}
}

// at gives n bytes from an offset, or an error that names what they were to be.
func (w *window) at(what string, offset, n int64) ([]byte, error) {
	switch {
	case offset < 0 || n < 0 || offset > w.size || n > w.size-offset:
		return nil, fmt.Errorf("%s %w", what, errOutside)
	case n > headLimit || n > w.left:
		return nil, fmt.Errorf("%s: %w", what, errBudget)
	}
	w.left -= n
	b := make([]byte, n)
	if _, err := w.from.ReadAt(b, offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return b, nil
}

// upTo gives the bytes from an offset, n or as many as there are.
func (w *window) upTo(what string, offset, n int64) ([]byte, error) {
	if offset >= 0 && offset <= w.size {
		n = min(n, w.size-offset)
	}
	return w.at(what, offset, n)
}

// A span is where a part of the memory of a program lies in its file.
type span struct {
	address, size uint64 // in memory, as far as the file fills it
	offset        uint64 // in the file
}

// spans are the parts of a program.
type spans []span

// offset gives where an address lies in the file.
func (s spans) offset(address uint64) (int64, bool) {
	for _, part := range s {
		if address >= part.address && address-part.address < part.size {
			offset := part.offset + address - part.address
			return int64(offset), offset < 1<<62
		}
	}
	return 0, false
}

// cstring is the text up to the first zero byte; "" when there is none within 4 KiB.
func cstring(b []byte) string {
	end := bytes.IndexByte(b[:min(len(b), 4096)], 0)
	if end < 0 {
		return ""
	}
	return string(b[:end])
}

// uint16At, uint32At and uint64At read a number where there are bytes enough, and 0 where not.
func uint16At(order binary.ByteOrder, b []byte, at int) uint16 {
	if at < 0 || at+2 > len(b) {
		return 0
	}
	return order.Uint16(b[at:])
}

func uint32At(order binary.ByteOrder, b []byte, at int) uint32 {
	if at < 0 || at+4 > len(b) {
		return 0
	}
	return order.Uint32(b[at:])
}

func uint64At(order binary.ByteOrder, b []byte, at int) uint64 {
	if at < 0 || at+8 > len(b) {
		return 0
	}
	return order.Uint64(b[at:])
}
