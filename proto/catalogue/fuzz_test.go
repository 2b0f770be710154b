package catalogue_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// FuzzLoad feeds the loader one hostile file at a time. It must give a
// catalogue or mistakes that all say where, and what it gives must match.
func FuzzLoad(f *testing.F) {
	files := []string{"classes.yaml", ruleName, toolName, deviceName, scaleName, compositeName}
	for i, text := range []string{goodClasses, goodRule, goodTool, goodDevice, goodScale, goodComposite} {
		f.Add(uint8(i), text)
	}
	f.Add(uint8(1), ruleWithDevices)
	f.Add(uint8(1), "a: &a [*a]")
	f.Add(uint8(5), strings.Repeat("when: {not: ", 40))
	f.Add(uint8(1), strings.Replace(goodRule, "vendor_id: 1d6b", "vendor_id|re: '(a+)+$'", 1))
	place := regexp.MustCompile(`^[a-z0-9_./]+:\d+: .`)
	f.Fuzz(func(t *testing.T, file uint8, text string) {
		fsys := written()
		fsys[files[int(file)%len(files)]] = &fstest.MapFile{Data: []byte(text)}
		c, err := catalogue.Load(fsys)
		if err != nil {
			assertPlaces(t, err, place)
			return
		}
		row := finding.Observation{Class: "usb_devices", Columns: map[string]string{"vendor_id": text, "speed_mbps": "12", "has_storage": "true"}}
		for _, r := range c.RulesFor(row.Class) {
			r.Matches(row)
		}
		c.Assess(catalogue.History{At: now, Spells: []catalogue.Spell{spell("kvm.default_identity", 1, 0)}})
	})
}

func assertPlaces(t *testing.T, err error, place *regexp.Regexp) {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatalf("not a list of mistakes: %v", err)
	}
	for _, mistake := range joined.Unwrap() {
		if !place.MatchString(mistake.Error()) {
			t.Fatalf("a mistake without a place: %v", mistake)
		}
	}
}

// FuzzMatch holds the look-up to what trying every rule says, for any text in
// any column.
func FuzzMatch(f *testing.F) {
	f.Add("processes", "file", "x11vnc")
	f.Add("processes", "path", "/opt/a/b/x11vnc")
	f.Add("packages", "name", "ANYDESK")
	f.Add("usb_devices", "interfaces", "03/01/01 03/00/00")
	f.Add("processes", "file", "\xff\u0130K")
	f.Add("observed_names", "name", "relay-0a1b2c3d.net.anydesk.com")
	f.Add("observed_names", "name", "..NET.anydesk.com..")
	f.Add("observed_names", "name", "x.\u212a.services.vnc.com")
	c, err := catalogue.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	rules := map[string][]*catalogue.Rule{}
	for _, r := range c.EveryRule() {
		rules[r.Class] = append(rules[r.Class], r)
	}
	f.Fuzz(func(t *testing.T, class, column, value string) {
		row := finding.Observation{Class: class, Columns: map[string]string{column: value}}
		found := map[string]bool{}
		for _, r := range c.Matching(row) {
			found[r.ID] = true
		}
		for _, r := range rules[class] {
			if r.Matches(row) != found[r.ID] {
				t.Fatalf("%s: tried alone %v, looked up %v for %q", r.ID, r.Matches(row), found[r.ID], value)
			}
		}
	})
}

// FuzzToolFile feeds the loader one tool's file. What it takes has weights and
// places that hold, and matches rows of every class without harm.
func FuzzToolFile(f *testing.F) {
	f.Add(goodTool)
	for _, line := range []string{
		`{type: signer, value: "Example*", match: glob, flags: [shared, viewer], weight: 0.1, source: [U]}`,
		`{type: unit, value: "x@.service", source: [D]}`, `{type: library, value: libx.so.1, match: prefix, source: [M]}`,
		`{type: process, value: "?", match: glob, with: [a], source: [M]}`, `{type: banner, value: nx, source: [M]}`,
	} {
		f.Add(strings.Replace(goodTool, "artefacts:\n", "role: both\nartefacts:\n  - "+line+"\n", 1))
	}
	classes := []string{"processes", "listening_ports", "process_open_sockets", "program_conduct", "packages", "startup_items", "observed_names"}
	columns := []string{"name", "file", "path", "signer", "unit", "libraries", "package", "beside", "port", "banner", "product"}
	f.Fuzz(func(t *testing.T, text string) {
		fsys := written()
		fsys[toolName] = &fstest.MapFile{Data: []byte(text)}
		c, err := catalogue.Load(fsys)
		if err != nil {
			assertPlaces(t, err, placed)
			return
		}
		for _, a := range c.Tools[0].Artefacts {
			if a.Weight < 0 || a.Weight > 1 || a.Value == "" || len(a.Source) == 0 {
				t.Fatalf("loaded %+v", a)
			}
			row := finding.Observation{Columns: map[string]string{"flags": text, "direction": "inbound", "state": "established"}}
			for _, column := range columns {
				row.Columns[column] = a.Value
			}
			for _, row.Class = range classes {
				for _, r := range c.Matching(row) {
					r.Recognised(row)
					r.ConfidenceOf(row)
				}
			}
		}
	})
}
