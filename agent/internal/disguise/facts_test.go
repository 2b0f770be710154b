package disguise_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// facts are what testdata tells of devices, from which every representation is built.
type facts struct {
	displays map[string]display
	reports  map[string]report
	kvms     []device
	ordinary []device
}

// A device is one thing a person plugs in, which may be several on USB and a display.
type device struct {
	ID, Name, Source, Why string
	Counted               *bool // whether the goals count it; they do unless it says false
	Displays              []string
	USB                   []usbFacts
	Bluetooth             *bluetooth
	Donor                 bool     // a genuine device whose identity a disguise may take
	Machine               string   // the recorded machine that is built of it
	About                 []string // what that machine's first lines say
	Finds                 []string // rules that fire on it, for the few that are not silent
	Level                 string
}

// usbFacts are one device on USB. Numbers are hexadecimal digits as the tools of
// each system write them, power is in mA and speed in Mbit/s.
type usbFacts struct {
	Vendor, Product, Release string
	Maker, Name, Serial      string
	Power                    int
	Attributes, Speed, Class string
	Gadget                   bool
	Behind                   bool // the hub before it
	Functions                []function
}

// A function is one interface: class, subclass and protocol, and what makes it up.
type function struct {
	Is     string // e.g. 03/01/01
	Name   string
	Report string // its report descriptor, by name
	HID    string // version of the input standard, four digits
	Packet int    // longest packet to the laptop
	Out    int    // longest packet from it; 0 where there is none
	Disk   string // what its disk calls itself: eight columns of vendor, sixteen of product, then the revision

	rewritten bool // its owner changed the report descriptor
}

type report struct {
	Source string
	Packet int
	Hash   string
	Bytes  octets
}

// octets are bytes written in hexadecimal, white space aside.
type octets []byte

func (o *octets) UnmarshalText(text []byte) error {
	decoded, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	*o = decoded
	return err
}

func readFacts(t *testing.T) *facts {
	t.Helper()
	f := &facts{}
	for name, into := range map[string]any{"displays": &f.displays, "reports": &f.reports, "kvms": &f.kvms, "lookalikes": &f.ordinary} {
		text, err := os.ReadFile("testdata/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		decoder.KnownFields(true)
		if err := decoder.Decode(into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return f
}

// A plugged is what one case puts into the laptop: devices, and the EDIDs on its sockets.
type plugged struct {
	usb      []usbFacts
	displays []display
}

// machine makes of it what the builders of all three systems take. The laptop's
// own panel is always there.
func (f *facts) machine(t *testing.T, p plugged) parsetest.Machine {
	t.Helper()
	m := parsetest.Machine{Displays: []parsetest.Display{{Connector: "card0-eDP-1", EDID: f.edid(t, f.display("panel"))}}}
	hub := ""
	for i, u := range p.usb {
		port := fmt.Sprintf("1-%d", i+1)
		if u.Behind {
			port = hub + ".1"
		}
		if strings.HasPrefix(u.Class, "09") {
			hub = port
		}
		m.Devices = append(m.Devices, f.usb(port, u))
	}
	for i, d := range p.displays {
		m.Displays = append(m.Displays, parsetest.Display{Connector: fmt.Sprintf("card0-HDMI-A-%d", i+1), EDID: f.edid(t, d)})
	}
	return m
}

func (f *facts) usb(port string, u usbFacts) parsetest.USBDevice {
	class := triplet(u.Class)
	d := parsetest.USBDevice{
		Port: port, Vendor: number(u.Vendor), Product: number(u.Product), Release: number(u.Release), Class: class[0], SubClass: class[1], Protocol: class[2],
		Maker: u.Maker, Name: u.Name, Serial: u.Serial, Speed: u.Speed, MaxPower: u.Power, Attributes: byte(number(u.Attributes)),
	}
	for _, one := range u.Functions {
		d.Functions = append(d.Functions, f.function(u.Gadget, one))
	}
	return d
}

// drivers are what Linux binds to an interface, by its class.
var drivers = map[byte]string{0x01: "snd-usb-audio", 0x02: "cdc_ncm", 0x03: "usbhid", 0x08: "usb-storage", 0x09: "hub", 0x0e: "uvcvideo", 0xe0: "rndis_host"}

func (f *facts) function(gadget bool, one function) parsetest.USBFunction {
	is, r := triplet(strings.ReplaceAll(one.Is, "/", "")), f.reports[one.Report]
	if one.rewritten && len(r.Bytes) > 0 {
		r.Bytes = rewritten(r.Bytes)
	}
	made := parsetest.USBFunction{
		Class: is[0], SubClass: is[1], Protocol: is[2], Name: one.Name, Driver: drivers[is[0]],
		Release: number(one.HID), Report: r.Bytes, Packet: one.Packet, OutPacket: one.Out,
	}
	if one.Disk != "" {
		made.Packet, made.OutPacket = 512, 512
		disk, revision := fmt.Sprintf("%-24s", one.Disk), "1.00"
		if len(disk) > 24 {
			revision = disk[24:]
		}
		made.Disks = []parsetest.USBDisk{{Vendor: strings.TrimSpace(disk[:8]), Product: strings.TrimSpace(disk[8:24]), Revision: revision, Optical: strings.Contains(disk, "Optical")}}
	}
	switch {
	case gadget && one.Report != "":
		made.Name, made.Release, made.Packet = "HID Interface", 0x0101, r.Packet
	case gadget && one.Disk != "":
		made.Name = "Mass Storage"
	}
	return made
}

// rewritten is a report descriptor after the least that hides it: positions end
// one earlier, and it begins with an item that changes nothing.
func rewritten(b octets) octets {
	return append(octets{0x05, 0x01}, bytes.ReplaceAll(b, []byte{0x26, 0xff, 0x7f}, []byte{0x26, 0xfe, 0x7f})...)
}

// number reads hexadecimal digits, as facts write numbers; none is zero.
func number(digits string) uint16 {
	n, _ := strconv.ParseUint(digits, 16, 16)
	return uint16(n)
}

// triplet is class, subclass and protocol, six digits.
func triplet(digits string) [3]byte {
	b, _ := hex.DecodeString(digits)
	return [3]byte(append(b, 0, 0, 0))
}

func (d *device) counted() bool { return d.Counted == nil || *d.Counted }
