//go:build linux

package main

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A display is what a monitor, or what stands in its place, says of itself.
type display struct {
	maker           string // three letters
	product         uint16
	serial          uint32
	week, year      int
	basics          []byte // size, colours, old timings: bytes 20 to 53
	first           []byte // the preferred timing
	name, text      string
	blocks, further []byte // of the CTA extension: its data blocks, its timings
	flags           byte
}

// pikvmDisplay is PiKVM V4 Plus as a display (kvmd f14596e, configs/kvmd/edid/v4plus.hex).
func pikvmDisplay() display {
	full := timing(14850, 1920, 280, 88, 44, 1080, 45, 4, 5)
	return display{
		maker: "LNX", product: 0x7773, serial: 0x01010101, week: 35, year: 2016, name: "PiKVM V4 Plus", text: "CAFEBABE",
		basics: unhex("80351e780e 0565a756529c270f5054 3fed00 b300a9c0950090408180814081c0714f"), first: full,
		blocks: unhex("4b90041f13223e213d203c01 67030c001000802d 23097f07 83010000"), flags: 0x71,
		further: slices.Concat(full, timing(7425, 1280, 370, 110, 40, 720, 30, 5, 5), timing(14850, 1920, 720, 528, 44, 1080, 45, 4, 5),
			mm(timing(15400, 1920, 160, 48, 32, 1200, 35, 3, 6), 518, 324, 0x1a)),
	}
}

// disguised is the same behind a monitor's maker, numbers and names, as
// kvmd-edidconf --import-display-ids makes it.
func disguised() display {
	d, m := pikvmDisplay(), monitor()
	d.maker, d.product, d.serial, d.name, d.text = m.maker, m.product, m.serial, m.name, m.text
	return d
}

// monitor is an ordinary one of 24 inches.
func monitor() display {
	return display{
		maker: "DEL", product: 0xd0d9, serial: 0x43594c4c, week: 14, year: 2021, name: "DELL P2419H", text: "7K3LDY2",
		basics: unhex("a5351e783a 9d55a7564fa1260f5054 a54b00 714f8180a9c0d1c00101010101010101"),
		first:  timing(14850, 1920, 280, 88, 44, 1080, 45, 4, 5),
	}
}

const (
	firmware  = "/lib/firmware/lab.edid"
	parameter = "/sys/module/drm/parameters/edid_firmware"
)

// show puts a display on the laptop's connector, as plugging its cable in does:
// the graphics driver starts anew and is told to read what is there from a file.
func (b *bench) show(d display) error {
	b.atEnd(func() error { return errors.Join(os.Remove(firmware), startGraphics()) })
	if err := errors.Join(os.MkdirAll(filepath.Dir(firmware), 0o755), os.WriteFile(firmware, d.edid(), 0o644), startGraphics()); err != nil {
		return fmt.Errorf("show %s: %w", d.name, err)
	}
	return await("what the display says", func() bool { return string(content(connector()+"/edid")) == string(d.edid()) })
}

// startGraphics has the driver find its card and what is connected to it.
// Without the file it reads qemu's display.
func startGraphics() error {
	if err := os.WriteFile(parameter, []byte(filepath.Base(firmware)), 0); err != nil {
		return err
	}
	cards := names("/sys/bus/pci/drivers/bochs-drm/0000:*")
	if len(cards) == 0 {
		return errors.New("the graphics driver has no card")
	}
	driver, card := filepath.Dir(cards[0]), []byte(filepath.Base(cards[0]))
	if err := errors.Join(os.WriteFile(driver+"/unbind", card, 0), os.WriteFile(driver+"/bind", card, 0)); err != nil {
		return err
	}
	return await("the connector", func() bool { return connector() != "" })
}

// pull takes the cable out.
func (b *bench) pull() error {
	b.atEnd(startGraphics)
	return os.WriteFile(connector()+"/status", []byte("off"), 0)
}

// connector is the folder of the laptop's only one.
func connector() string {
	if connectors := names("/sys/class/drm/card*-Virtual-1"); len(connectors) > 0 {
		return connectors[0]
	}
	return ""
}

// edid writes it down (VESA E-EDID, release A; CTA-861 for the second block).
func (d display) edid() []byte {
	b := []byte{0, 255, 255, 255, 255, 255, 255, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(d.maker[0]-'@')<<10|uint16(d.maker[1]-'@')<<5|uint16(d.maker[2]-'@'))
	b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint16(b, d.product), d.serial)
	b = append(b, byte(d.week), byte(d.year-1990), 1, 3)
	b = slices.Concat(b, d.basics, d.first, described(0xff, d.text), unhex("000000fd00324b0f5211000a202020202020"), described(0xfc, d.name))
	if d.blocks == nil {
		return summed(append(b, 0))
	}
	return append(summed(append(b, 1)), summed(slices.Concat([]byte{2, 3, byte(4 + len(d.blocks)), d.flags}, d.blocks, d.further))...)
}

// timing is a detailed one on a screen of 527 by 296 mm; its clock is in units of 10 kHz.
func timing(clock, width, blank, offset, pulse, height, down, downOffset, downPulse int) []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(clock))
	b = append(b, byte(width), byte(blank), byte(width>>8<<4|blank>>8), byte(height), byte(down), byte(height>>8<<4|down>>8),
		byte(offset), byte(pulse), byte(downOffset<<4|downPulse), byte(offset>>8<<6|pulse>>8<<4), 0, 0, 0, 0, 0, 0)
	return mm(b, 527, 296, 0x1e)
}

func mm(timing []byte, across, down int, flags byte) []byte {
	timing[12], timing[13], timing[14], timing[17] = byte(across), byte(down), byte(across>>8<<4|down>>8), flags
	return timing
}

func described(kind byte, words string) []byte {
	return fmt.Appendf([]byte{0, 0, 0, kind, 0}, "%-13.13s", words+"\n")
}

// summed fills a block up to 128 bytes, the last of which makes their sum zero.
func summed(b []byte) []byte {
	b = append(b, make([]byte, 128-len(b))...)
	for _, c := range b[:127] {
		b[127] -= c
	}
	return b
}

// unhex reads bytes written in hexadecimal, with spaces where a reader wants them.
func unhex(digits string) []byte {
	b, _ := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	return b
}
