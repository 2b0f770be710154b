package parse

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// A Mode is a resolution and its refresh rate.
type Mode struct {
	Width, Height int
	Interlaced    bool
	MilliHertz    int
	KiloHertz     int // the pixel clock; zero where the timing does not tell it
	WidthMM       int // of the picture; zero where the timing does not tell it
	HeightMM      int
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

// establishedTimings counts the modes of 1994 that are one bit each.
func establishedTimings(b []byte) int {
	return bits.OnesCount8(b[0]) + bits.OnesCount8(b[1]) + bits.OnesCount8(b[2]&0x80)
}

// standardTimings reads two-byte timings; 01 01 marks an unused one.
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

// detailedTiming reads an 18-byte timing; a pixel clock of zero makes it something else.
func detailedTiming(d []byte) (Mode, bool) {
	clock := int64(binary.LittleEndian.Uint16(d)) * 10_000
	if clock == 0 {
		return Mode{}, false
	}
	width, height := int(d[2])|int(d[4]&0xf0)<<4, int(d[5])|int(d[7]&0xf0)<<4
	across, down := width+(int(d[3])|int(d[4]&0x0f)<<8), height+(int(d[6])|int(d[7]&0x0f)<<8)
	mode := newMode(width, height, across, down, clock, d[17]&0x80 != 0)
	mode.WidthMM, mode.HeightMM = int(d[12])|int(d[14]&0xf0)<<4, int(d[13])|int(d[14]&0x0f)<<8
	return mode, width > 0 && height > 0
}

// newMode computes the refresh rate from the clock and all pixels, visible or
// not, across and down.
func newMode(width, height, across, down int, clock int64, interlaced bool) Mode {
	mode := Mode{Width: width, Height: height, Interlaced: interlaced, KiloHertz: int(clock / 1000)}
	if total := int64(across) * int64(down); total > 0 {
		mode.MilliHertz = int((clock*1000 + total/2) / total)
	}
	if interlaced { // a field holds every second line
		mode.Height *= 2
	}
	return mode
}
