package catalogue_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A tool put over a catalogue has its derived rules, and what names no tool of the
// catalogue says so of it no more; the catalogue below stays.
func TestOverlayOfATool(t *testing.T) {
	c := embedded(t)
	tool := "id: newdesk\nname: NewDesk\ncategory: remote-desktop\nartefacts:\n  - {type: process, value: newdeskhost, os: linux, source: [M]}\n  - {type: domain, value: newdesk.example, match: suffix, source: [L]}\nmachines: [plain-laptop.txtar]\nlookalikes: [plain-laptop.txtar]\n"
	over, err := catalogue.Overlay(c, fstest.MapFS{"tools/newdesk.yaml": file(tool)})
	if err != nil {
		t.Fatal(err)
	}
	row := finding.Observation{Class: "processes", Columns: map[string]string{"name": "newdeskhost", "file": "newdeskhost", "pid": "7"}}
	fires := func(c *catalogue.Catalogue) (ids string) {
		for _, r := range c.Matching(row) {
			ids += r.ID + " "
		}
		return ids
	}
	if !strings.Contains(fires(over), "tool.newdesk.") || strings.Contains(fires(c), "newdesk") {
		t.Errorf("with the tool it is %q, without %q", fires(over), fires(c))
	}
	if len(over.Tools) != len(c.Tools)+1 {
		t.Errorf("there are %d tools over %d", len(over.Tools), len(c.Tools))
	}
	// A program that shows another maker's tool cannot show a second one.
	theirs := strings.Replace(tool, "value: newdeskhost", "value: x11vnc", 1)
	if _, err := catalogue.Overlay(c, fstest.MapFS{"tools/newdesk.yaml": file(theirs)}); err == nil || !strings.Contains(err.Error(), "tools/newdesk.yaml:5: ") {
		t.Errorf("a program of two tools: %v", err)
	}
}

// A device of a new name is met by the rules that name its kind and are put over beside it.
func TestOverlayOfADevice(t *testing.T) {
	below, err := catalogue.Load(written())
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(goodRule, "match:")
	_, explain, _ := strings.Cut(rest, "explain:")
	rule := before + "devices: kvm\nexplain:" + explain
	over, err := catalogue.Overlay(below, fstest.MapFS{ruleName: file(rule),
		"devices/newkvm.yaml": file("id: newkvm\nname: NewKVM\nkind: kvm\nclass: usb_devices\nidentity: {vendor_id: \"4321\"}\nsources: [measured]\n")})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := over.Rule("kvm.default_identity")
	if !strings.Contains(strings.Join(valuesOf(r.Match), " "), "4321") || len(over.Devices) != len(below.Devices)+1 {
		t.Errorf("the rule matches %+v among %d devices", r.Match, len(over.Devices))
	}
}

func valuesOf(m catalogue.Match) (values []string) {
	for _, test := range m.Every() {
		values = append(values, test.Values...)
	}
	return values
}
