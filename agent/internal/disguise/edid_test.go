package disguise_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// A display is what an EDID says, field by field; see testdata/displays.yaml.
type display struct {
	Source, Full, Base, Like string
	Identity                 identity
	Made                     [2]int
	Version                  [2]byte
	Basics, Colour           octets
	Established, Standard    octets
	Descriptors              []string
	Promises                 *int // extension blocks, where it has others than it says
	ZeroSums                 bool `yaml:"zero_sums"`
	Extension                *extension
}

// An identity is what a product's own tool lets people change.
type identity struct{ Maker, Product, Serial, Name, Text string }

type extension struct {
	Revision byte
	Flags    octets
	Blocks   []octets
	Timings  []string
}

// display finds one by name, with the one it is like underneath.
func (f *facts) display(name string) display {
	d := f.displays[name]
	if d.Like != "" {
		own := d.Identity
		d = f.displays[d.Like]
		d.Identity, d.Full, d.Base = own, "", ""
	}
	return d
}

func (f *facts) edid(t *testing.T, d display) []byte {
	t.Helper()
	b, err := d.bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bytes makes the EDID.
func (d *display) bytes() ([]byte, error) {
	b := append(make([]byte, 0, 256), 0, 255, 255, 255, 255, 255, 255, 0)
	b = append(b, d.Identity.number()...)
	b = append(b, byte(d.Made[0]), byte(d.Made[1]-1990), d.Version[0], d.Version[1])
	for _, part := range []octets{d.Basics, d.Colour, d.Established, d.Standard} {
		b = append(b, part...)
	}
	for _, text := range d.Descriptors {
		one, err := d.descriptor(text)
		if err != nil {
			return nil, err
		}
		b = append(b, one...)
	}
	promised := 0
	if d.Extension != nil {
		promised = 1
	}
	if d.Promises != nil {
		promised = *d.Promises
	}
	if b = append(b, byte(promised), 0); len(b) != 128 {
		return nil, fmt.Errorf("the first block has %d bytes", len(b))
	}
	if d.Extension != nil {
		block, err := d.extension()
		if err != nil {
			return nil, err
		}
		b = append(b, block...)
	}
	for at := 0; at < len(b) && !d.ZeroSums; at += 128 {
		for _, c := range b[at : at+127] {
			b[at+127] -= c
		}
	}
	return b, nil
}

// number is the maker in five bits a letter, the product and the serial number.
func (i identity) number() []byte {
	var maker uint16
	for _, letter := range i.Maker {
		maker = maker<<5 | uint16(letter-'A'+1)
	}
	product, _ := strconv.ParseUint(i.Product, 16, 16)
	serial, _ := strconv.ParseUint(i.Serial, 16, 32)
	b := binary.BigEndian.AppendUint16(nil, maker)
	b = binary.LittleEndian.AppendUint16(b, uint16(product))
	return binary.LittleEndian.AppendUint32(b, uint32(serial))
}

// descriptor makes the 18 bytes that one line stands for.
func (d *display) descriptor(text string) ([]byte, error) {
	kind, rest, _ := strings.Cut(text, " ")
	switch kind {
	case "name":
		return textual(0xfc, d.Identity.Name), nil
	case "serial":
		return textual(0xff, d.Identity.Text), nil
	case "text":
		return textual(0xfe, rest), nil
	case "raw":
		return hex.DecodeString(rest)
	case "range":
		var from, to, low, high, clock byte
		var tail string
		if _, err := fmt.Sscan(rest, &from, &to, &low, &high, &clock, &tail); err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		after, err := hex.DecodeString(tail)
		return append([]byte{0, 0, 0, 0xfd, 0, from, to, low, high, clock}, after...), err
	case "timing":
		return timing(rest)
	}
	return nil, fmt.Errorf("%s: unknown kind of descriptor", text)
}

func textual(tag byte, text string) []byte {
	b := append([]byte{0, 0, 0, tag, 0}, text...)
	if len(b) < 18 {
		b = append(b, '\n')
	}
	for len(b) < 18 {
		b = append(b, ' ')
	}
	return b[:18]
}

func timing(text string) ([]byte, error) {
	var clock, width, blank, offset, pulse, height, vblank, voffset, vpulse, across, down int
	var flags string
	if _, err := fmt.Sscan(text, &clock, &width, &blank, &offset, &pulse, &height, &vblank, &voffset, &vpulse, &across, &down, &flags); err != nil {
		return nil, fmt.Errorf("timing %s: %w", text, err)
	}
	last, err := strconv.ParseUint(flags, 16, 8)
	b := binary.LittleEndian.AppendUint16(nil, uint16(clock/10))
	return append(b,
		byte(width), byte(blank), byte(width>>4&0xf0|blank>>8), byte(height), byte(vblank), byte(height>>4&0xf0|vblank>>8),
		byte(offset), byte(pulse), byte(voffset<<4|vpulse&15), byte(offset>>2&0xc0|pulse>>4&0x30|voffset>>2&0x0c|vpulse>>4),
		byte(across), byte(down), byte(across>>4&0xf0|down>>8), 0, 0, byte(last)), err
}

func (d *display) extension() ([]byte, error) {
	b := []byte{2, d.Extension.Revision, 0, d.Extension.Flags[0]}
	for _, block := range d.Extension.Blocks {
		b = append(b, block...)
	}
	b[2] = byte(len(b))
	for _, text := range d.Extension.Timings {
		one, err := d.descriptor(text)
		if err != nil {
			return nil, err
		}
		b = append(b, one...)
	}
	return append(b, make([]byte, 128-len(b))...), nil
}

// TestDisplays: what the builder makes is known by the hashes under which the
// original is known, and by nothing else that was copied.
func TestDisplays(t *testing.T) {
	f := readFacts(t)
	for name := range f.displays {
		d := f.display(name)
		b, err := d.bytes()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, err := parse.ParseEDID(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d.Full != "" && (e.MaskedHash != d.Full || e.MaskedBase != d.Base) {
			t.Errorf("%s: hashes %s and %s, want %s and %s", name, e.MaskedHash, e.MaskedBase, d.Full, d.Base)
		}
	}
	for name, r := range f.reports {
		if hid, err := parse.ParseHID(r.Bytes); err != nil || r.Hash != "" && hid.Hash != r.Hash {
			t.Errorf("report %s: hash %s, want %s, error %v", name, hid.Hash, r.Hash, err)
		}
	}
}
