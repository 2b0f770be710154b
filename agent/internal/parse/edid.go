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
	Interface    string // dvi, hdmi, mddi or displayport, as EDID 1.4 tells; empty where it does not
	BitsPerColor int    // as EDID 1.4 tells; zero where it does not
	WidthCM      int    // zero when unknown, e.g. for projectors
	HeightCM     int
	Name         string   // the monitor name text
	SerialText   string   // the serial number text
	Texts        []string // further texts
	Range        *Range   // nil where the base block has no range limits
	Established  int      // number of established timings
	Standard     []Mode   // standard timings
	Detailed     []Mode   // detailed timings of all blocks; the first is the preferred one
	Claimed      int      // how many extension blocks the base block promises
	Extensions   []Extension
	BadChecksums []int  // numbers of the blocks whose checksum is wrong
	MaskedHash   string // of all blocks with the identity masked
	MaskedBase   string // the same of the base block alone
	Hash         string // of all bytes as they are
}

// A Range is what frequencies a display follows.
type Range struct {
	MinVertical, MaxVertical     int // Hz
	MinHorizontal, MaxHorizontal int // kHz
	MaxClock                     int // MHz
}

// An Extension is one block after the base block.
type Extension struct {
	Tag       byte
	Kind      string     // cta, displayid, block_map, other …
	Hash      string     // of the block without its checksum
	CTA       *CTA       // nil where it is none
	DisplayID *DisplayID // nil where it is none
	Malformed error      // where its structure ends to make sense; what was understood before stands
}

const (
	edidBlock   = 128
	edidMaximum = edidBlock * 256 // the extension count is one byte
)

// ParseEDID reads an EDID. Wrong checksums, missing extension blocks and
// malformed ones are facts, not errors, since real displays and KVMs ship all three.
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
		WidthCM:      int(b[21]),
		HeightCM:     int(b[22]),
		Established:  establishedTimings(b[35:38]),
		Standard:     standardTimings(b[38:54], b[19]),
		Claimed:      int(b[126]),
	}
	e.readInput(b[20], b[19])
	if b[21] == 0 || b[22] == 0 { // one of them alone is an aspect ratio, not a size
		e.WidthCM, e.HeightCM = 0, 0
	}
	for offset := 54; offset <= 108; offset += 18 {
		e.readDescriptor(b[offset:offset+18], b[19])
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

// readInput reads the byte about the video input. Before EDID 1.4 it says no
// more of a digital one than that it is.
func (e *EDID) readInput(input, revision byte) {
	e.Digital = input&0x80 != 0
	if !e.Digital || revision < 4 {
		return
	}
	e.Interface = [...]string{1: "dvi", 2: "hdmi", 3: "hdmi", 4: "mddi", 5: "displayport", 15: ""}[input&0x0f]
	if depth := int(input >> 4 & 7); depth >= 1 && depth <= 6 {
		e.BitsPerColor = 4 + 2*depth
	}
}

func (e *EDID) readDescriptor(d []byte, revision byte) {
	if mode, ok := detailedTiming(d); ok {
		e.Detailed = append(e.Detailed, mode)
		return
	}
	if d[0] != 0 || d[1] != 0 {
		return
	}
	switch d[3] {
	case 0xfc:
		e.Name = descriptorText(d[5:18])
	case 0xff:
		e.SerialText = descriptorText(d[5:18])
	case 0xfe:
		e.Texts = append(e.Texts, descriptorText(d[5:18]))
	case 0xfd:
		e.Range = rangeLimits(d)
	case 0xfa:
		e.Standard = append(e.Standard, standardTimings(d[5:17], revision)...)
	}
}

// rangeLimits reads the frequencies; EDID 1.4 adds 255 where byte 4 says so.
func rangeLimits(d []byte) *Range {
	more := func(bit int, value byte) int { return int(value) + 255*int(d[4]>>bit&1) }
	return &Range{
		MinVertical: more(0, d[5]), MaxVertical: more(1, d[6]),
		MinHorizontal: more(2, d[7]), MaxHorizontal: more(3, d[8]), MaxClock: int(d[9]) * 10,
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
	x := Extension{Tag: b[0], Kind: extensionKind(b[0]), Hash: shortHash(b[:edidBlock-1])}
	switch x.Kind {
	case "cta":
		cta, err := ParseCTA(b)
		x.CTA, x.Malformed = &cta, err
		e.Detailed = append(e.Detailed, cta.Detailed...)
	case "displayid":
		id, err := ParseDisplayID(b)
		x.DisplayID, x.Malformed = &id, err
		e.Detailed = append(e.Detailed, id.Detailed...)
	}
	e.Extensions = append(e.Extensions, x)
}

// Modes is the number of modes that all blocks list, repeats included.
func (e *EDID) Modes() int {
	modes := e.Established + len(e.Standard) + len(e.Detailed)
	for _, x := range e.Extensions {
		if x.CTA != nil {
			modes += len(x.CTA.VICs)
		}
	}
	return modes
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
