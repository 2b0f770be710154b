package host

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A DeviceTree is a host whose devices a configuration manager knows, as
// Windows has one. Elsewhere devices are found among the files or by a tool.
type DeviceTree interface {
	// Devices are the nodes of USB, its input devices and disks, and of displays.
	Devices(ctx context.Context) ([]Device, error)
}

// Device is one node of the device tree. What Windows does not know stays empty.
type Device struct {
	Instance     string   // its id, e.g. `USB\VID_1D6B&PID_0104\CAFEBABE`
	Parent       string   // the instance above it
	Hardware     []string // ids that drivers are found by, the most exact first
	Compatible   []string // ids of its class, e.g. `USB\Class_03&SubClass_01&Prot_01`
	Described    string   // what the device itself reported to its bus as its name
	Manufacturer string   // of an input device what it says itself, else the word of its driver's INF
	Friendly     string   // its name as people are shown it
	Service      string   // its driver
	Location     string   // the first of its location paths, e.g. `PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(2)`
	Speed        string   // of its connection in Mbit/s, as its hub says
	Capabilities uint32   // CM_DEVCAP_*: 0x04 it can be taken out, 0x10 the instance ends with its own serial number
	Descriptors  []byte   // raw USB descriptors, where its hub handed them out
	Preparsed    []byte   // of an input device: what Windows made of its report descriptor
	EDID         []byte   // of a display

	// Output is how a display is fed: internal (the laptop's own panel), external,
	// indirect (a program sends its picture over USB or the air) or virtual (a
	// program made it and nothing is there). Empty when Windows does not say.
	Output     string
	OutputTold bool      // Output is a companion's word, which a program of the person may have made it say
	Installed  time.Time // when Windows met it first
	Arrived    time.Time // when it came, at the last start or later
	Removed    time.Time // when it went the time before
}

// displayOutputs are the ways of Device.Output.
var displayOutputs = []string{"", outputInternal, outputExternal, outputIndirect, outputVirtual}

const (
	outputInternal = "internal"
	outputExternal = "external"
	outputIndirect = "indirect"
	outputVirtual  = "virtual"
)

type deviceRow struct {
	Instance     string   `yaml:"instance"`
	Parent       string   `yaml:"parent,omitempty"`
	Hardware     []string `yaml:"hardware,omitempty"`
	Compatible   []string `yaml:"compatible,omitempty"`
	Described    string   `yaml:"described,omitempty"`
	Manufacturer string   `yaml:"manufacturer,omitempty"`
	Friendly     string   `yaml:"friendly,omitempty"`
	Service      string   `yaml:"service,omitempty"`
	Location     string   `yaml:"location,omitempty"`
	Speed        string   `yaml:"speed_mbps,omitempty"`
	Capabilities uint32   `yaml:"capabilities,omitempty"`
	Descriptors  hexBytes `yaml:"descriptors,omitempty"`
	Preparsed    hexBytes `yaml:"preparsed,omitempty"`
	EDID         hexBytes `yaml:"edid,omitempty"`

	Output     string    `yaml:"output,omitempty"`
	OutputTold bool      `yaml:"output_told,omitempty"`
	Installed  time.Time `yaml:"installed,omitempty"`
	Arrived    time.Time `yaml:"arrived,omitempty"`
	Removed    time.Time `yaml:"removed,omitempty"`
}

// hexBytes are bytes that a recording holds as hexadecimal digits.
type hexBytes []byte

// MarshalText writes the digits.
func (b hexBytes) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, b), nil }

// UnmarshalText reads digits, with any white space between.
func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(squeeze(text))
	return err
}

func (r deviceRow) device() (Device, error) {
	if r.Instance == "" {
		return Device{}, fmt.Errorf("no instance")
	}
	if !slices.Contains(displayOutputs, r.Output) {
		return Device{}, fmt.Errorf("output %q, want one of %q", r.Output, displayOutputs[1:])
	}
	return Device{
		Instance: r.Instance, Parent: r.Parent, Hardware: r.Hardware, Compatible: r.Compatible,
		Described: r.Described, Manufacturer: r.Manufacturer, Friendly: r.Friendly, Service: r.Service, Location: r.Location, Speed: r.Speed,
		Capabilities: r.Capabilities, Descriptors: r.Descriptors, Preparsed: r.Preparsed, EDID: r.EDID,
		Output: r.Output, OutputTold: r.OutputTold, Installed: r.Installed, Arrived: r.Arrived, Removed: r.Removed,
	}, nil
}

// Devices come from devices.yaml.
func (r *recording) Devices(context.Context) ([]Device, error) {
	rows, err := readRows(r.archive, "devices.yaml", deviceRow.device)
	return rows, r.orDenied("devices", err)
}

func (s scrubber) device(d Device) deviceRow {
	return deviceRow{
		Instance: s.instance(d.Instance), Parent: s.instance(d.Parent), Hardware: d.Hardware, Compatible: d.Compatible,
		Described: s.text(d.Described), Manufacturer: s.text(d.Manufacturer), Friendly: s.text(d.Friendly), Service: d.Service, Location: d.Location, Speed: d.Speed,
		Capabilities: d.Capabilities, Descriptors: d.Descriptors, Preparsed: d.Preparsed, EDID: s.edid(d.EDID),
		Output: d.Output, OutputTold: d.OutputTold, Installed: aboutWhen(d.Installed), Arrived: aboutWhen(d.Arrived), Removed: aboutWhen(d.Removed),
	}
}

// aboutWhen keeps the second of a time: finer than that, two recordings of one
// machine could be told to be of one machine.
func aboutWhen(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// instance replaces the serial number that an instance's last part is or, for a
// disk, begins with. Parts that Windows makes up begin with one digit and stay.
func (s scrubber) instance(id string) string {
	at := strings.LastIndexByte(id, '\\') + 1
	tail := id[at:]
	if own := s.serial(tail); own == tail { // one that all units of a product share
		return s.text(id)
	}
	if first, rest, parted := strings.Cut(tail, "&"); !parted {
		tail = s.serial(first)
	} else if len(first) > 3 {
		tail = s.serial(first) + "&" + rest
	}
	return s.text(id[:at]) + tail
}
