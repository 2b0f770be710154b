package parse

import (
	"encoding/binary"
	"fmt"
)

// A DisplayID is the newer description of a display, as an extension block of an EDID.
type DisplayID struct {
	Version   string // e.g. "1.2", "2.0"
	Use       int    // product type (1.x) or primary use case (2.0), as its table numbers them
	Vendor    string // three letters in version 1, six hexadecimal digits in version 2; empty where not told
	Product   uint16
	Serial    uint32 // zero when the display has none
	Week      int    // of manufacture; 255 says that Year is a model year
	Year      int    // zero when not told
	Name      string // product name
	WidthMM   int    // of the picture; zero when not told
	HeightMM  int
	NativeX   int // native resolution in pixels; zero when not told
	NativeY   int
	Detailed  []Mode // timings of type I and VII
	Tiles     int    // displays that together make one picture; zero where it is not tiled
	Container bool   // it names the device that it is a part of
}

// ParseDisplayID reads one block of 128 bytes. Beside an error stands what was
// understood before the place that it names.
func ParseDisplayID(b []byte) (DisplayID, error) {
	if len(b) != edidBlock || b[0] != 0x70 {
		return DisplayID{}, fmt.Errorf("DisplayID block: %d bytes, want %d that begin with 70", len(b), edidBlock)
	}
	d := DisplayID{Version: fmt.Sprintf("%d.%d", b[1]>>4, b[1]&15), Use: int(b[3])}
	end := 5 + int(b[2])
	if end > edidBlock-2 { // the section's own checksum and the block's follow
		return d, fmt.Errorf("DisplayID block: section of %d bytes, want at most %d", b[2], edidBlock-7)
	}
	for offset := 5; offset < end; {
		if end-offset < 3 {
			return d, fmt.Errorf("DisplayID block: data block at offset %d is cut short", offset)
		}
		length := int(b[offset+2])
		if b[offset] == 0 && length == 0 {
			break // padding
		}
		if left := end - offset - 3; length > left {
			return d, fmt.Errorf("DisplayID block: data block at offset %d has %d bytes, %d are left", offset, length, left)
		}
		d.read(b[offset], b[offset+1], b[offset+3:offset+3+length])
		offset += 3 + length
	}
	return d, nil
}

// read understands one data block; a shorter one than its kind needs is passed over.
func (d *DisplayID) read(kind, flags byte, b []byte) {
	switch kind {
	case 0x00, 0x20:
		d.readProduct(kind, b)
	case 0x01, 0x21:
		d.readParameters(kind == 0x21 && flags&0x80 != 0, b)
	case 0x03:
		d.readTimings(b, 10_000)
	case 0x22:
		d.readTimings(b, 1_000)
	case 0x12, 0x28:
		if len(b) >= 4 {
			down, across := int(b[1]&15)|int(b[3]&0x30), int(b[1]>>4)|int(b[3]>>2&0x30)
			d.Tiles = (across + 1) * (down + 1)
		}
	case 0x29:
		d.Container = len(b) >= 16
	}
}

func (d *DisplayID) readProduct(kind byte, b []byte) {
	if len(b) < 12 {
		return
	}
	if kind == 0x00 {
		d.Vendor = printable(b[:3])
	} else {
		d.Vendor = fmt.Sprintf("%06x", b[:3])
	}
	d.Product, d.Serial = binary.LittleEndian.Uint16(b[3:]), binary.LittleEndian.Uint32(b[5:])
	d.Week, d.Year = int(b[9]), 2000+int(b[10])
	d.Name = printable(b[12:min(len(b), 12+int(b[11]))])
}

// readParameters reads the size, in tenths of a millimetre or in whole ones,
// and the resolution.
func (d *DisplayID) readParameters(whole bool, b []byte) {
	if len(b) < 8 {
		return
	}
	word := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	d.WidthMM, d.HeightMM, d.NativeX, d.NativeY = word(0), word(2), word(4), word(6)
	if !whole {
		d.WidthMM, d.HeightMM = d.WidthMM/10, d.HeightMM/10
	}
}

// readTimings reads timings of 20 bytes, whose clock is in units of so many hertz.
func (d *DisplayID) readTimings(b []byte, unit int64) {
	for ; len(b) >= 20; b = b[20:] {
		word := func(at int) int { return 1 + int(binary.LittleEndian.Uint16(b[at:])) }
		clock := (1 + int64(bits24(b))) * unit
		d.Detailed = append(d.Detailed, newMode(word(4), word(12), word(4)+word(6), word(12)+word(14), clock, b[3]&0x10 != 0))
	}
}
