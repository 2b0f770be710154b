package parse

import (
	"encoding/binary"
	"fmt"
)

// An EDID is what a display says of itself.
type EDID struct {
	Manufacturer string // three letters of the PNP id; '?' where a letter is out of range
	Product      uint16
	Serial       uint32 // zero when the display has none
	Week         int    // of manufacture; 255 says that Year is a model year
	Year         int
	Version      string // e.g. "1.3"
	Digital      bool
	WidthCM      int // zero when unknown, e.g. for projectors
	HeightCM     int
	Name         string   // the monitor name text
	SerialText   string   // the serial number text
	Texts        []string // further texts
	Standard     []Mode   // standard timings
	Detailed     []Mode   // detailed timings of all blocks; the first is the preferred one
	Claimed      int      // how many extension blocks the base block promises
	Extensions   []Extension
	BadChecksums []int  // numbers of the blocks whose checksum is wrong
	MaskedHash   string // of all blocks with the identity masked
	MaskedBase   string // the same of the base block alone
	Hash         string // of all bytes as they are
}

// A Mode is a resolution and its refresh rate.
type Mode struct {
	Width, Height int
	Interlaced    bool
	MilliHertz    int
}

// String writes a mode as "1920x1080@60.00".
func (m Mode) String() string {
	mark := ""
	if m.Interlaced {
		mark = "i"
	}
	hundredths := (m.MilliHertz + 5) / 10
	return fmt.Sprintf("%dx%d%s@%d.%02d", m.Width, m.Height, mark, hundredths/100, hundredths%100)
}

// An Extension is one block after the base block.
type Extension struct {
	Tag   byte
	Kind  string // cta, displayid, block_map, other …
	Audio bool   // cta: the display takes basic audio
}

const (
	edidBlock   = 128
	edidMaximum = edidBlock * 256 // the extension count is one byte
)

// ParseEDID reads an EDID. Wrong checksums and missing extension blocks are
// facts, not errors, since real KVMs ship both.
func ParseEDID(b []byte) (EDID, error) {
	if len(b) < edidBlock {
		return EDID{}, fmt.Errorf("EDID: %d bytes, want at least %d", len(b), edidBlock)
	}
	if len(b) > edidMaximum {
		return EDID{}, fmt.Errorf("EDID: %d bytes, want at most %d", len(b), edidMaximum)
	}
	if header := [8]byte(b[:8]); header != [8]byte{0, 255, 255, 255, 255, 255, 255, 0} {
		return EDID{}, fmt.Errorf("EDID: header at offset 0 is %x", header)
	}
	e := EDID{
		Manufacturer: manufacturer(binary.BigEndian.Uint16(b[8:])),
		Product:      binary.LittleEndian.Uint16(b[10:]),
		Serial:       binary.LittleEndian.Uint32(b[12:]),
		Week:         int(b[16]),
		Year:         1990 + int(b[17]),
		Version:      fmt.Sprintf("%d.%d", b[18], b[19]),
		Digital:      b[20]&0x80 != 0,
		WidthCM:      int(b[21]),
		HeightCM:     int(b[22]),
		Claimed:      int(b[126]),
	}
	if b[21] == 0 || b[22] == 0 { // one of them alone is an aspect ratio, not a size
		e.WidthCM, e.HeightCM = 0, 0
	}
	e.Standard = standardTimings(b[38:54], b[19])
	for offset := 54; offset <= 108; offset += 18 {
		e.readDescriptor(b[offset : offset+18])
	}
	for block := range len(b) / edidBlock {
		e.readBlock(block, b[block*edidBlock:(block+1)*edidBlock])
	}
	e.hash(b)
	return e, nil
}

func manufacturer(id uint16) string {
	letters := make([]byte, 3)
	for i := range letters {
		letters[i] = '?'
		if n := byte(id>>(10-5*i)) & 0x1f; n >= 1 && n <= 26 {
			letters[i] = 'A' + n - 1
		}
	}
	return string(letters)
}

// standardTimings reads eight two-byte timings; 01 01 marks an unused one.
func standardTimings(b []byte, revision byte) []Mode {
	var modes []Mode
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] <= 1 {
			continue
		}
		width := (int(b[i]) + 31) * 8
		height := width * 10 / 16
		switch b[i+1] >> 6 {
		case 0:
			if revision < 3 { // before EDID 1.3 this value meant square
				height = width
			}
		case 1:
			height = width * 3 / 4
		case 2:
			height = width * 4 / 5
		case 3:
			height = width * 9 / 16
		}
		modes = append(modes, Mode{Width: width, Height: height, MilliHertz: (int(b[i+1]&0x3f) + 60) * 1000})
	}
	return modes
}

func (e *EDID) readDescriptor(d []byte) {
	if mode, ok := detailedTiming(d); ok {
		e.Detailed = append(e.Detailed, mode)
		return
	}
	if d[0] != 0 || d[1] != 0 {
		return
	}
	text := descriptorText(d[5:18])
	switch d[3] {
	case 0xfc:
		e.Name = text
	case 0xff:
		e.SerialText = text
	case 0xfe:
		e.Texts = append(e.Texts, text)
	}
}

// descriptorText ends at the line feed that pads every text shorter than 13 bytes.
func descriptorText(b []byte) string {
	for i, c := range b {
		if c == '\n' {
			b = b[:i]
			break
		}
	}
	return printable(b)
}

// detailedTiming reads an 18-byte timing; a pixel clock of zero makes it something else.
func detailedTiming(d []byte) (Mode, bool) {
	clock := int64(binary.LittleEndian.Uint16(d)) * 10_000
	if clock == 0 {
		return Mode{}, false
	}
	width, height := int(d[2])|int(d[4]&0xf0)<<4, int(d[5])|int(d[7]&0xf0)<<4
	total := int64(width+(int(d[3])|int(d[4]&0x0f)<<8)) * int64(height+(int(d[6])|int(d[7]&0x0f)<<8))
	mode := Mode{Width: width, Height: height, Interlaced: d[17]&0x80 != 0}
	if total > 0 {
		mode.MilliHertz = int((clock*1000 + total/2) / total)
	}
	if mode.Interlaced { // a field holds every second line
		mode.Height *= 2
	}
	return mode, width > 0 && height > 0
}

// readBlock notes a bad checksum and reads on: what a KVM shows is often wrong,
// and tells as much as what is right.
func (e *EDID) readBlock(number int, b []byte) {
	var sum byte
	for _, c := range b {
		sum += c
	}
	if sum != 0 {
		e.BadChecksums = append(e.BadChecksums, number)
	}
	if number == 0 {
		return
	}
	x := Extension{Tag: b[0], Kind: extensionKind(b[0])}
	if x.Kind == "cta" {
		x.Audio = b[1] >= 2 && b[3]&0x40 != 0
		for offset := int(b[2]); offset >= 4 && offset+18 < edidBlock; offset += 18 {
			mode, ok := detailedTiming(b[offset : offset+18])
			if !ok {
				break
			}
			e.Detailed = append(e.Detailed, mode)
		}
	}
	e.Extensions = append(e.Extensions, x)
}

func extensionKind(tag byte) string {
	switch tag {
	case 0x02:
		return "cta"
	case 0x10:
		return "video_timing"
	case 0x40:
		return "display_information"
	case 0x50:
		return "localized_string"
	case 0x60:
		return "digital_packet_video_link"
	case 0x70:
		return "displayid"
	case 0xf0:
		return "block_map"
	case 0xff:
		return "manufacturer"
	}
	return "other"
}

// hash names the EDID by what an operator does not change when giving it
// another monitor's identity: manufacturer, product, serial, texts and
// checksums are masked.
func (e *EDID) hash(b []byte) {
	e.Hash = shortHash(b)
	masked := make([]byte, len(b)/edidBlock*edidBlock)
	copy(masked, b)
	clear(masked[8:16])
	for offset := 54; offset <= 108; offset += 18 {
		d := masked[offset : offset+18]
		if d[0] == 0 && d[1] == 0 && (d[3] == 0xfc || d[3] == 0xff || d[3] == 0xfe) {
			clear(d[5:])
		}
	}
	for end := edidBlock - 1; end < len(masked); end += edidBlock {
		masked[end] = 0
	}
	e.MaskedHash, e.MaskedBase = shortHash(masked), shortHash(masked[:edidBlock])
}
