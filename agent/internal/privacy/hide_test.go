package privacy

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestNamesOfPeopleAreTakenOut(t *testing.T) {
	g := testGate(t, testKey)
	g.Hide("ann", "Ann", "Anna Smith", "smith", "o'neil", "ubuntu", "Admin", "x", "", strings.Repeat("long", 100), "anns-laptop")
	for in, want := range map[string]string{
		"ann-backup.py":                "[…]-backup.py",
		"ANN2":                         "[…]2",
		"scanner of annual plans":      "scanner of annual plans",
		"Report of Anna Smith (Smith)": "Report of […] ([…])",
		"Anns-Laptop.local":            "[…].local",
		"o'neil_tunnel":                "[…]_tunnel",
		"Ubuntu admin x":               "Ubuntu admin x",
		"ann ann":                      "[…] […]",
		"":                             "",
	} {
		if got := g.nameless(in); got != want {
			t.Errorf("nameless(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestHiddenNamesAreBounded(t *testing.T) {
	g := testGate(t, testKey)
	for n := range 10 * maxHidden {
		g.Hide(fmt.Sprintf("name-%d", n))
	}
	if len(g.hidden) != maxHidden {
		t.Errorf("%d names are remembered, want %d", len(g.hidden), maxHidden)
	}
}

// Only what a person may have named is searched: the word is a name in one column
// and a vendor's in the next.
func TestNamesAreTakenOutOfNamedColumnsOnly(t *testing.T) {
	g, err := NewGate([]sensor.Sensor{{Class: "usb_devices", Facts: true, Columns: []sensor.Column{
		{Name: "product", Sensitivity: sensor.Public, Named: true}, {Name: "driver", Sensitivity: sensor.Public},
	}}}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	g.Hide("Carla")
	o, _ := g.Row(row("product", "Pixel of carla", "driver", "carla-hcd"))
	if o.Columns["product"] != "Pixel of […]" || o.Columns["driver"] != "carla-hcd" {
		t.Errorf("left as %q", o.Columns)
	}
	f := aFinding(finding.SeverityHigh, row("product", "x"))
	f.Title = "the title of Carla"
	c, _ := cleared(t, g, finding.Report{Findings: []finding.Finding{f}, Coverage: []finding.Coverage{
		{Class: "usb_devices", State: finding.CoverageFailed, Detail: "the session of carla ended"},
	}})
	if bytes.Contains(bytes.ToLower(c.Wire()), []byte("carla")) {
		t.Errorf("left: %q", c.Wire())
	}
}

func FuzzNameless(f *testing.F) {
	f.Add("ann-backup", "ann")
	f.Add("İstanbul", "i")
	f.Fuzz(func(t *testing.T, s, name string) {
		g := testGate(t, testKey)
		g.Hide(name)
		got := g.nameless(s)
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Fatalf("nameless(%q) without %q = %q", s, name, got)
		}
	})
}

// The advice must survive that evidence shows a program of root.
func TestAdviceSurvives(t *testing.T) {
	g := testGate(t, testKey)
	const advice = "hidden: run as root, or grant CAP_SYS_PTRACE"
	_, got := cleared(t, g, finding.Report{
		Findings: []finding.Finding{aFinding(finding.SeverityHigh, row("user", "root"))},
		Coverage: []finding.Coverage{{Class: "usb_devices", State: finding.CoverageDenied, Detail: advice}},
	})
	if got.Coverage[0].Detail != advice {
		t.Errorf("left as %q", got.Coverage[0].Detail)
	}
}
