package parse

import (
	"encoding/binary"
	"fmt"
)

// A CTA is an extension block after CTA-861: what a display takes in over HDMI.
type CTA struct {
	Revision     int
	BasicAudio   bool // it takes plain stereo sound
	YCbCr444     bool
	YCbCr422     bool
	Native       int      // how many of its detailed timings are native
	VICs         []byte   // numbers of its modes in CTA-861's table, without the native mark
	NativeVICs   []byte   // those of them that are marked native
	VICs420      []byte   // those that it takes with halved colour in both directions, alone or too
	AudioFormats []string // lpcm, ac3 … in order; from CTA-861's table of audio formats
	Speakers     uint32   // allocation: one bit per pair or single speaker
	HDMI         *HDMI    // nil where it has no HDMI vendor block
	HDMIForum    bool     // it has HDMI 2's vendor block
	MaxTMDS      int      // MHz, by either vendor block; zero where none tells
	Colorimetry  uint16   // one bit per colour space
	HDR          bool     // it takes at least one HDR transfer function
	Detailed     []Mode
}

// HDMI is the vendor block of HDMI 1.
type HDMI struct {
	Address string // place in the tree of HDMI devices, e.g. "1.0.0.0": input 1 of the display itself
}

const (
	ouiHDMI      = 0x000c03
	ouiHDMIForum = 0xc45dd8
)

// ParseCTA reads one block of 128 bytes. Beside an error stands what was
// understood before the place that it names.
func ParseCTA(b []byte) (CTA, error) {
	if len(b) != edidBlock || b[0] != 0x02 {
		return CTA{}, fmt.Errorf("CTA block: %d bytes, want %d that begin with 02", len(b), edidBlock)
	}
	c := CTA{Revision: int(b[1])}
	timings := int(b[2])
	if timings == 0 { // neither data blocks nor timings
		timings = edidBlock - 1
	}
	if timings < 4 || timings > edidBlock-1 {
		return c, fmt.Errorf("CTA block: detailed timings at offset %d, want 4 to %d", timings, edidBlock-1)
	}
	if c.Revision >= 2 {
		c.BasicAudio, c.YCbCr444, c.YCbCr422, c.Native = b[3]&0x40 != 0, b[3]&0x20 != 0, b[3]&0x10 != 0, int(b[3]&0x0f)
	}
	for offset := timings; offset+18 < edidBlock; offset += 18 {
		mode, ok := detailedTiming(b[offset : offset+18])
		if !ok {
			break
		}
		c.Detailed = append(c.Detailed, mode)
	}
	if c.Revision < 3 || b[2] == 0 {
		return c, nil
	}
	return c, c.readBlocks(b[:timings])
}

// readBlocks reads the data blocks, which begin at offset 4: three bits of
// kind, five of length, payload.
func (c *CTA) readBlocks(b []byte) error {
	for offset := 4; offset < len(b); {
		length := int(b[offset] & 0x1f)
		if left := len(b) - offset - 1; length > left {
			return fmt.Errorf("CTA block: data block at offset %d has %d bytes, %d are left", offset, length, left)
		}
		payload := b[offset+1 : offset+1+length]
		switch b[offset] >> 5 {
		case 1:
			c.readAudio(payload)
		case 2:
			c.readVideo(payload)
		case 3:
			c.readVendor(payload)
		case 4:
			c.Speakers = bits24(payload)
		case 7:
			c.readExtended(payload)
		}
		offset += 1 + length
	}
	return nil
}

// bits24 is a little-endian number of up to three bytes.
func bits24(b []byte) uint32 {
	var n uint32
	for i, octet := range b[:min(len(b), 3)] {
		n |= uint32(octet) << (8 * i)
	}
	return n
}

// readAudio reads the short audio descriptors, three bytes each. Format 15
// says that the third byte holds one of the newer formats.
func (c *CTA) readAudio(b []byte) {
	names := [...]string{"", "lpcm", "ac3", "mpeg1", "mp3", "mpeg2", "aac", "dts", "atrac", "dsd", "eac3", "dts_hd", "truehd", "dst", "wma_pro", "extended"}
	for ; len(b) >= 3; b = b[3:] {
		name := names[b[0]>>3&0x0f]
		if name != "" {
			c.AudioFormats = append(c.AudioFormats, name)
		}
	}
}

// readVideo reads the modes. Up to 64 the highest bit marks a native one;
// above 192 it belongs to the number.
func (c *CTA) readVideo(b []byte) {
	for _, code := range b {
		if code&0x7f == 0 {
			continue // reserved
		}
		if code > 128 && code <= 192 {
			code &= 0x7f
			c.NativeVICs = append(c.NativeVICs, code)
		}
		c.VICs = append(c.VICs, code)
	}
}

func (c *CTA) readVendor(b []byte) {
	if len(b) < 5 {
		return
	}
	switch bits24(b) {
	case ouiHDMI:
		address := binary.BigEndian.Uint16(b[3:])
		c.HDMI = &HDMI{Address: fmt.Sprintf("%d.%d.%d.%d", address>>12, address>>8&15, address>>4&15, address&15)}
		if len(b) >= 7 {
			c.MaxTMDS = max(c.MaxTMDS, int(b[6])*5)
		}
	case ouiHDMIForum:
		c.HDMIForum = true
		c.MaxTMDS = max(c.MaxTMDS, int(b[4])*5)
	}
}

// readExtended reads the data blocks whose kind is in their first byte.
func (c *CTA) readExtended(b []byte) {
	if len(b) < 2 {
		return
	}
	kind, b := b[0], b[1:]
	switch kind {
	case 0x05:
		c.Colorimetry = uint16(bits24(b[:min(len(b), 2)]))
	case 0x06:
		c.HDR = b[0]&0x3e != 0 // bit 0 is the ordinary range
	case 0x0e: // modes that come with halved colour only
		c.VICs420 = append(c.VICs420, b...)
	case 0x0f: // a bit for each of the modes listed before
		for i, code := range c.VICs[:min(len(c.VICs), 8*len(b))] {
			if b[i/8]>>(i%8)&1 != 0 {
				c.VICs420 = append(c.VICs420, code)
			}
		}
	case 0x79: // HDMI Forum's block without its number
		c.HDMIForum = true
	}
}
