package catalogue

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Device is one KVM, capture chip, peripheral or look-alike: one file below
// devices/. Identity is how a row claims to be it; Genuine is what every
// genuine one shows.
type Device struct {
	ID       string
	Name     string
	Kind     string // kvm, enterprise, capture, peripheral, hub, gadget, vm, jiggler
	Class    string
	Identity Match
	Genuine  Match
	Notes    []string
	Sources  []string
}

type deviceFile struct {
	ID       string     `yaml:"id"`
	Name     string     `yaml:"name"`
	Kind     string     `yaml:"kind"`
	Class    string     `yaml:"class"`
	Identity *yaml.Node `yaml:"identity"`
	Genuine  *yaml.Node `yaml:"genuine"`
	Notes    []string   `yaml:"notes"`
	Sources  []string   `yaml:"sources"`
}

var deviceKinds = []string{"kvm", "enterprise", "capture", "peripheral", "hub", "gadget", "vm", "jiggler"}

// contradiction is the word by which a rule asks for rows that claim to be a
// known device and do not look like one.
const contradiction = "contradiction"

func (l *loader) loadDevices(c *Catalogue) {
	for _, name := range l.files("devices") {
		var d deviceFile
		f := l.read(name, &d)
		if f.root != nil {
			l.vetDevice(f, &d)
			c.Devices = append(c.Devices, Device{
				ID: d.ID, Name: d.Name, Kind: d.Kind, Class: d.Class, Notes: d.Notes, Sources: d.Sources,
				Identity: l.match(f, d.Identity, d.Class, "identity"), Genuine: l.match(f, d.Genuine, d.Class, "genuine"),
			})
		}
		l.keep(f)
	}
	slices.SortStableFunc(c.Devices, func(a, b Device) int { return strings.Compare(a.ID, b.ID) })
	l.devices = c.Devices
}

func (l *loader) vetDevice(f *yamlFile, d *deviceFile) {
	required(f, map[string]string{"id": d.ID, "name": d.Name, "kind": d.Kind, "class": d.Class})
	l.claim(f, "device", d.ID)
	if d.ID != "" && d.ID != f.stem() {
		f.at("id", "id %q does not fit the file's name, want %s.yaml", d.ID, d.ID)
	}
	if d.Kind != "" && !slices.Contains(deviceKinds, d.Kind) {
		f.at("kind", "unknown kind %q, want one of %s", d.Kind, strings.Join(deviceKinds, ", "))
	}
	if d.Identity == nil {
		f.mistake(1, "identity is missing: say how a row claims to be this device")
	}
	if len(d.Sources) == 0 {
		f.at("sources", "sources is missing: say where the facts were read")
	}
	if d.Class != "" {
		l.vetClass(f, "class", d.Class)
	}
}

// deviceMatches turns the devices that a rule asks for into branches of its match.
func (l *loader) deviceMatches(f *yamlFile, r *ruleFile) []Match {
	var branches []Match
	for _, d := range l.devices {
		switch {
		case d.Class != r.Class:
		case r.Devices == contradiction:
			branches = append(branches, d.contradictions()...)
		case r.Devices == d.Kind:
			branches = append(branches, d.Identity)
		}
	}
	if len(branches) == 0 {
		f.at("devices", "no device fits %q, want contradiction or one of %s, and a device of class %s", r.Devices, strings.Join(deviceKinds, ", "), r.Class)
	}
	return branches
}

// contradictions are the ways a row can claim to be the device and differ from
// it. A column that the machine would not show is no contradiction.
func (d *Device) contradictions() []Match {
	var list []Match
	for _, t := range d.Genuine.Tests {
		m := Match{Tests: slices.Clone(d.Identity.Tests), Any: d.Identity.Any, Not: slices.Clone(d.Identity.Not)}
		if t.Modifier != "exists" {
			m.Tests = append(m.Tests, Test{Column: t.Column, Modifier: "exists", Values: []string{"true"}})
		}
		m.Not = append(m.Not, Match{Tests: []Test{t}})
		list = append(list, m)
	}
	return list
}
