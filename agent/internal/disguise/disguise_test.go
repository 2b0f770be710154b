// Package disguise_test proves what is left of a device that hides: every device
// we know, as it comes and as its owner may change it, on what each system tells.
package disguise_test

import (
	"slices"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A system is one of the three ways in which a machine is told.
type system struct {
	name  string
	taken func(parsetest.Machine) *txtar.Archive
}

var systems = []system{
	{"Linux", parsetest.Machine.Linux},
	{"Windows", parsetest.Machine.Windows},
	{"macOS", macOS},
}

// A disguise is what an owner changes. A donor is the genuine device whose
// identity the KVM takes, other the monitor whose identity or EDID its display takes.
type disguise struct {
	name, about                              string
	numbers, names, disks, renamed, replaced bool
	bare, rewritten, slow                    bool
}

var disguises = []disguise{
	{name: "as it comes"},
	{name: "numbers", numbers: true, about: "vendor, product and release number of a genuine keyboard or receiver"},
	{name: "names", names: true, about: "its maker's and product's name and its serial number"},
	{name: "display renamed", renamed: true, about: "an ordinary monitor's maker, product, serial number and name, as the products' tools write them; its timings stay"},
	{name: "display replaced", replaced: true, about: "the whole EDID of an ordinary monitor"},
	{name: "numbers, names", numbers: true, names: true},
	{name: "numbers, names, display renamed", numbers: true, names: true, renamed: true},
	{name: "everything", numbers: true, names: true, disks: true, replaced: true, about: "numbers, names, what its disks answer, and the whole EDID"},
	{name: "everything, hands only", numbers: true, names: true, disks: true, replaced: true, bare: true, about: "the same, and nothing left of it but a keyboard and a mouse that moves, where its settings allow that"},
	{name: "everything, rewritten", numbers: true, names: true, disks: true, replaced: true, rewritten: true, about: "everything, and its descriptions of its reports changed in a few bytes; where the KVM is a Linux computer, that is a file on it"},
	{name: "hands only, rewritten", numbers: true, names: true, disks: true, replaced: true, bare: true, rewritten: true, about: "both"},
	{name: "rewritten, slow", numbers: true, names: true, disks: true, replaced: true, rewritten: true, slow: true, about: "everything, rewritten, and connected at a keyboard's speed, to which a Linux computer can be set"},
}

// looked are the classes that hardware shows itself in; the others would find
// nothing in these machines and only take time.
var looked = []string{"usb_devices", "connected_displays", "input_devices"}

// A bench judges machines.
type bench struct {
	*facts
	catalogue *catalogue.Catalogue
	sensors   []sensor.Sensor
	donors    []usbFacts
}

func newBench(t *testing.T) *bench {
	t.Helper()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{facts: readFacts(t), catalogue: c}
	for _, s := range sensor.All() {
		if slices.Contains(looked, s.Class) {
			b.sensors = append(b.sensors, s)
		}
	}
	for _, d := range b.ordinary {
		if d.Donor {
			b.donors = append(b.donors, d.USB[0])
		}
	}
	return b
}

// A verdict is what a machine gives: the sensors' rows, the rules that fired,
// sorted and each once, and the highest level.
type verdict struct {
	rows  []finding.Observation
	rules []string
	level finding.Level
}

func (b *bench) judge(t *testing.T, archive *txtar.Archive) verdict {
	t.Helper()
	h, err := host.ReadRecording(archive)
	if err != nil {
		t.Fatalf("%v\n%s", err, txtar.Format(archive))
	}
	var v verdict
	for _, s := range b.sensors {
		if s.Watch != nil {
			_ = s.Watch(t.Context(), h) // ends with the recording
		}
		rows, coverage := sensor.Look(t.Context(), h, s)
		if coverage.State == finding.CoverageFailed {
			t.Errorf("sensor %s: %s", s.Class, coverage.Detail)
		}
		v.rows = append(v.rows, rows...)
	}
	var history catalogue.History
	for _, f := range detect.Detect(b.catalogue, v.rows) {
		history.Spells = append(history.Spells, catalogue.Spell{Finding: f})
		v.rules = append(v.rules, f.Rule)
	}
	slices.Sort(v.rules)
	v.rules, v.level = slices.Compact(v.rules), finding.LevelNone
	for _, a := range b.catalogue.Assess(history) {
		if a.Level.Rank() > v.level.Rank() {
			v.level = a.Level
		}
	}
	return v
}

// level is the lowest that a device reaches in a disguise, whichever genuine
// device it poses as and whichever of its displays it shows. It is empty where
// the disguise changes nothing that the device has.
func (b *bench) level(t *testing.T, d device, as disguise, on system) finding.Level {
	t.Helper()
	hands, shown := len(d.USB) > 0 || d.Bluetooth != nil, len(d.Displays) > 0
	changes := hands && (as.numbers || as.names) || shown && (as.renamed || as.replaced)
	if as.name != disguises[0].name && !changes {
		return ""
	}
	displays := d.Displays
	if !shown {
		displays = []string{"ordinary"}
	}
	lowest := finding.LevelHigh
	for _, donor := range b.donors {
		usb, possible := b.dress(d.USB, donor, as)
		if !possible {
			return ""
		}
		for _, name := range displays {
			m := b.machine(t, plugged{usb: usb, displays: []display{b.disguised(name, as)}})
			if level := b.judge(t, withBluetooth(on.taken(m), d.Bluetooth.dress(donor, as))).level; level.Rank() < lowest.Rank() {
				lowest = level
			}
		}
		if !as.numbers && !as.names {
			break // every donor would give the same
		}
	}
	return lowest
}

// dress gives the devices that type and point the identity of a genuine one.
func (b *bench) dress(usb []usbFacts, donor usbFacts, as disguise) (dressed []usbFacts, possible bool) {
	possible = !as.bare && (!as.rewritten || slices.ContainsFunc(usb, func(u usbFacts) bool { return u.Gadget }))
	for _, u := range usb {
		if slices.ContainsFunc(u.Functions, func(f function) bool { return f.Report != "" }) {
			if as.numbers {
				u.Vendor, u.Product, u.Release = donor.Vendor, donor.Product, donor.Release
			}
			if as.names {
				u.Maker, u.Name, u.Serial = donor.Maker, donor.Name, donor.Serial
			}
			if as.slow {
				u.Speed = "12"
			}
			if as.bare {
				u.Functions = slices.DeleteFunc(slices.Clone(u.Functions), func(f function) bool { return !b.plain(f) })
				possible = possible || b.moves(u.Functions) && (u.Gadget || !as.rewritten)
			}
		}
		u.Functions = slices.Clone(u.Functions)
		for i := range u.Functions {
			u.Functions[i].rewritten = as.rewritten
			if as.disks && u.Functions[i].Disk != "" {
				u.Functions[i].Disk = "Kingston" + "DataTraveler 3.0"
			}
		}
		dressed = append(dressed, u)
	}
	return dressed, possible
}

// plain says whether a function is one that ordinary keyboards and mice have too.
func (b *bench) plain(f function) bool {
	r, err := parse.ParseHID(b.reports[f.Report].Bytes)
	return f.Report != "" && err == nil && !r.AbsolutePointer
}

// moves says whether a mouse that moves is left beside the keyboard.
func (b *bench) moves(functions []function) bool {
	return slices.ContainsFunc(functions, func(f function) bool {
		r, err := parse.ParseHID(b.reports[f.Report].Bytes)
		return err == nil && r.RelativePointer
	})
}

func (b *bench) disguised(name string, as disguise) display {
	d, other := b.display(name), b.display("ordinary")
	switch {
	case as.replaced:
		return other
	case as.renamed:
		d.Identity = other.Identity
	}
	return d
}
