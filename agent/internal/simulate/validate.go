package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A validator gathers what is wrong with a scenario.
type validator struct {
	s        *Scenario
	kits     *Kits
	mistakes []error
}

func (v *validator) say(path []any, format string, args ...any) {
	v.mistakes = append(v.mistakes, fmt.Errorf("%s:%d: %s", v.s.file, v.s.lines.at(path...), fmt.Sprintf(format, args...)))
}

// word asks of a word that it is one of some.
func (v *validator) word(path []any, what, word string, known ...string) {
	if !slices.Contains(known, word) {
		v.say(path, "%s is %q, none of %s", what, word, strings.Join(known, ", "))
	}
}

// moment asks of a text that it is a moment, or nothing.
func (v *validator) moment(path []any, text string) {
	if text == "" {
		return
	}
	if _, err := parseMoment(text); err != nil {
		v.say(path, "%v", err)
	}
}

func at(path ...any) []any { return path }

func (v *validator) all() {
	s := v.s
	if s.Title == "" || s.About == "" || s.Source == "" {
		v.say(at("id"), "title, about and source are to be said")
	}
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" {
		v.say(at("zone"), "zone %q is none of the time zones there are", s.Zone)
	}
	if _, ok := weekdays[s.Begins]; !ok {
		v.say(at("begins"), "begins is %q; write a weekday in small letters", s.Begins)
	}
	if s.Days < 0 || s.Days > 400 || s.Tick < 0 || s.Tick > 24*time.Hour {
		v.say(at("days"), "days are 0 to 400, and a tick is 24h at most")
	}
	if _, _, err := s.Vary.limits(); err != nil {
		v.say(at("vary", "times"), "%v", err)
	}
	v.people()
	v.places()
	v.devices()
	for i, p := range s.Sanctions {
		v.sanction(at("sanctions", i), p)
	}
	for i, e := range s.Timeline {
		v.entry(at("timeline", i), e)
	}
	v.expectations()
	v.words()
	v.ends()
}

func (v *validator) people() {
	for name, p := range v.s.People {
		path := at("people", name)
		for _, text := range []string{p.Start, p.ShippedChanged, p.HandedOut} {
			v.moment(path, text)
		}
		if p.WorkerType != "" {
			v.word(append(path, "worker_type"), "worker_type", p.WorkerType, "employee", "contractor", "agency")
		}
		for i, m := range p.Moves {
			if v.moment(path, m.At); m.At == "" || m.DeclaredPlace == "" {
				v.say(append(path, "moves", i), "at and declared_place are to be said")
			}
		}
		for _, stretch := range slices.Concat(p.Travel, p.Leave) {
			v.moment(path, stretch.From)
			v.moment(path, stretch.To)
		}
	}
	for i, t := range v.s.Company.Tickets {
		path := at("company", "tickets", i)
		v.subject(append(path, "device"), t.Device)
		for _, text := range []string{t.From, t.Until, t.Told} {
			v.moment(path, text)
		}
	}
	for i, d := range v.s.Company.Groups {
		v.word(at("company", "groups", i, "kind"), "kind", d.Kind, "staging", "repair", "room", "office", "normal")
	}
	for i, d := range v.s.Company.Docks {
		v.word(at("company", "docks", i, "kind"), "kind", d.Kind, "usb", "display", "gateway", "access_point")
		v.word(at("company", "docks", i, "place"), "place", d.Place, "", "company", "staging", "repair", "room", "public")
	}
	for i, kind := range v.s.Company.Imports {
		v.word(at("company", "imports", i), "a kind of import", kind, importKinds...)
	}
}

// networks are the classes of networks, as the collector tells them apart.
var networks = []string{"residential", "business", "mobile", "satellite", "education", "vpn", "hosting", "sase", "relay", "corporate", "unknown"}

func (v *validator) places() {
	for name, p := range v.s.Places {
		path := at("places", name)
		if len(p.Network) == 0 || len(p.Country) == 0 {
			v.say(path, "network and country are to be said")
		}
		for _, n := range p.Network {
			v.word(append(path, "network"), "network", n, networks...)
		}
		for _, c := range p.Country {
			if len(c) != 2 || strings.ToUpper(c) != c {
				v.say(append(path, "country"), "country is %q, want two capitals", c)
			}
		}
		v.word(append(path, "egress"), "egress", p.Egress, "", "corporate", "vpn_exit", "relay")
		if p.RoundTrip < 0 || p.RoundTrip > 0 && v.s.Collector == "" {
			v.say(append(path, "round_trip"), "a round trip is judged from where the collector stands, which is to be said: collector: US")
		}
	}
}

func (v *validator) place(path []any, name string) {
	if _, ok := v.s.Places[name]; !ok {
		v.say(path, "there is no place %q", name)
	}
}

func (v *validator) devices() {
	for name, d := range v.s.Devices {
		path := at("devices", name)
		if _, err := parseMoment(d.Enrolled); err != nil {
			v.say(append(path, "enrolled"), "%v", err)
		}
		v.place(append(path, "place"), d.Place)
		if len(d.OS) == 0 {
			v.say(path, "os is to be said")
		}
		for _, os := range d.OS {
			v.word(append(path, "os"), "os", os, sensor.Systems...)
			if len(v.kits.brands(Base, os, "", d.Laptop)) == 0 {
				v.say(append(path, "laptop"), "no laptop of %v has %s", []string(d.Laptop), os)
			}
		}
		if _, ok := v.s.People[d.Person]; d.Person != "" && !ok {
			v.say(append(path, "person"), "there is no person %q", d.Person)
		}
	}
}

func (v *validator) subject(path []any, name string) {
	if _, ok := v.s.deviceOf(name); !ok {
		v.say(path, "there is no device %q", name)
	}
}

func (v *validator) sanction(path []any, p Sanction) {
	if p.Name == "" || len(p.Tools) == 0 || len(p.Devices)+len(p.Groups) == 0 || p.Justification == "" {
		v.say(path, "name, tools, devices or groups, and justification are to be said")
	}
	for _, d := range p.Devices {
		v.subject(append(path, "devices"), d)
	}
	v.moment(append(path, "from"), p.From)
	v.moment(append(path, "until"), p.Until)
}

func (v *validator) expectations() {
	for i, e := range v.s.Concluded {
		path := at("concluded", i)
		if (e.Subject == "") == (len(e.Site) == 0) {
			v.say(path, "say a subject or a site")
		}
		for _, d := range e.Site {
			v.subject(append(path, "site"), d)
		}
		if e.Subject != "" {
			v.subject(append(path, "subject"), e.Subject)
		}
		v.word(append(path, "conclusion"), "conclusion", e.Conclusion, string(finding.RemotelyControlled), string(finding.InFarm))
		v.word(append(path, "level"), "level", e.Level, "watch", "medium", "high")
		v.deadline(append(path, "by"), e.By)
	}
	for i, b := range v.s.Never {
		path := at("never", i)
		if b.Subject != "every" {
			v.subject(append(path, "subject"), b.Subject)
		}
		v.word(append(path, "conclusion"), "conclusion", b.Conclusion, "", string(finding.RemotelyControlled), string(finding.InFarm))
		v.word(append(path, "above"), "above", b.Above, "none", "watch", "medium")
		for key, text := range map[string]string{"until": b.Until, "from": b.From} {
			if text != "" {
				v.deadline(append(slices.Clone(path), key), text)
			}
		}
	}
}

// ends looks at what has to be there when the scenario is over.
func (v *validator) ends() {
	for i, n := range v.s.Notices {
		if n.Subject == "" || n.AtLeast < 1 {
			v.say(at("notices", i), "subject and at_least are to be said")
		}
	}
	if a := v.s.Alerts; a != nil {
		for _, name := range a.Open {
			v.subject(at("alerts", "open"), name)
		}
		if a.AtMost < len(a.Open) {
			v.say(at("alerts", "at_most"), "at_most is %d, and %d are to be open", a.AtMost, len(a.Open))
		}
	}
	for i, f := range v.s.Forbidden {
		if kit, ok := strings.CutPrefix(f, "kit."); ok {
			v.word(at("forbidden", i), "a kit", kit, slices.Sorted(maps.Keys(v.kits.byName))...)
		}
	}
	if v.s.Identical && len(v.s.Forbidden) == 0 {
		v.say(at("identical"), "identical needs something that is forbidden")
	}
}

func (v *validator) deadline(path []any, text string) {
	name, _, _, err := parseBy(text)
	if err != nil || text == "" {
		v.say(path, "%q is no moment, nor an entry's name and how long after: unattended + 30m", text)
		return
	}
	if name != "" && !slices.ContainsFunc(v.s.Timeline, func(e Entry) bool { return e.Name == name }) {
		v.say(path, "no entry of the timeline is called %q", name)
	}
}

// systems are those that a device of the file may have.
func (v *validator) systems(name string) []string {
	if name == "all" {
		all := map[string]bool{}
		for _, d := range v.s.Devices {
			for _, os := range d.OS {
				all[os] = true
			}
		}
		return slices.Sorted(maps.Keys(all))
	}
	group, _ := v.s.deviceOf(name)
	return v.s.Devices[group].OS
}
