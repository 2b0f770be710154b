package privacy

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
)

var testKey = bytes.Repeat([]byte{7}, 32)

func testSensors() []sensor.Sensor {
	columns := []sensor.Column{
		{Name: "port", Key: true, Sensitivity: sensor.Public},
		{Name: "product", Sensitivity: sensor.Public},
		{Name: "serial", Sensitivity: sensor.Pseudonym},
		{Name: "user", Sensitivity: sensor.Pseudonym},
		{Name: "path", Sensitivity: sensor.Local},
	}
	return []sensor.Sensor{
		{Class: "usb_devices", Facts: true, Columns: columns},
		{Class: "processes", Columns: columns},
	}
}

func testGate(t testing.TB, key []byte) *Gate {
	t.Helper()
	g, err := NewGate(testSensors(), key)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func cleared(t testing.TB, g *Gate, r finding.Report) (Cleared, finding.Report) {
	t.Helper()
	c, err := g.Clear(r)
	if err != nil {
		t.Fatal(err)
	}
	var w agentv1.Report
	if err := proto.Unmarshal(c.Wire(), &w); err != nil {
		t.Fatalf("wire does not parse: %v", err)
	}
	return c, finding.FromWire(&w)
}

func row(columns ...string) finding.Observation {
	o := finding.Observation{Class: "usb_devices", UID: "uid-1", Columns: map[string]string{}}
	for i := 0; i < len(columns); i += 2 {
		o.Columns[columns[i]] = columns[i+1]
	}
	return o
}

func aFinding(severity finding.Severity, evidence ...finding.Observation) finding.Finding {
	return finding.Finding{
		UID: "f-1", Rule: "kvm.default_identity", Title: "A KVM with its default name", Status: finding.Open,
		Severity: severity, Confidence: finding.ConfidenceHigh, Evidence: evidence,
	}
}

func TestGateLetsPassWhatIsDeclared(t *testing.T) {
	g := testGate(t, testKey)
	_, got := cleared(t, g, finding.Report{
		At: time.Unix(100, 0).UTC(),
		Facts: []finding.Facts{
			{Class: "usb_devices", Rows: []finding.Observation{row("port", "1-1", "serial", "CAFE", "path", "/home/ann", "novel", "x", "product", "")}},
			{Class: "processes", Rows: []finding.Observation{{Class: "processes"}}},
			{Class: "nowhere", Rows: []finding.Observation{{Class: "nowhere"}}},
		},
	})
	want := finding.Report{At: time.Unix(100, 0).UTC(), Facts: []finding.Facts{{Class: "usb_devices", Rows: []finding.Observation{{
		Class: "usb_devices", UID: g.hash("uid-1"), Columns: map[string]string{"port": "1-1", "serial": g.Pseudonym("CAFE")},
	}}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("passed report (-want +got):\n%s", diff)
	}
	drops := []Dropped{
		{"", "", Undeclared, 1},
		{"processes", "", Undeclared, 1},
		{"usb_devices", "", Undeclared, 1},
		{"usb_devices", "path", Kept, 1},
	}
	if diff := cmp.Diff(drops, g.Dropped()); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

func TestPseudonymsCompareEqualAcrossClassesAndOnlyUnderOneKey(t *testing.T) {
	g, other := testGate(t, testKey), testGate(t, bytes.Repeat([]byte{8}, 32))
	_, got := cleared(t, g, finding.Report{Findings: []finding.Finding{aFinding(finding.SeverityLow,
		row("serial", "same"), finding.Observation{Class: "processes", UID: "uid-2", Columns: map[string]string{"user": "same"}})}})
	evidence := got.Findings[0].Evidence
	if evidence[0].Columns["serial"] != evidence[1].Columns["user"] {
		t.Error("the same value has two pseudonyms")
	}
	if p := g.Pseudonym("same"); len(p) != 34 || !strings.HasPrefix(p, "p:") || p == other.Pseudonym("same") {
		t.Errorf("pseudonym %q, want p: and 32 digits that depend on the key", p)
	}
}

func TestGateRefusesAShortKey(t *testing.T) {
	if _, err := NewGate(nil, make([]byte, 16)); err == nil || !strings.Contains(err.Error(), "16 bytes, want 32") {
		t.Errorf("got %v", err)
	}
}

func TestUrgent(t *testing.T) {
	g := testGate(t, testKey)
	for severity, want := range map[finding.Severity]bool{
		finding.SeverityInformational: false, finding.SeverityLow: false, finding.SeverityMedium: true,
		finding.SeverityHigh: true, finding.SeverityCritical: true,
	} {
		if c, _ := cleared(t, g, finding.Report{Findings: []finding.Finding{aFinding(severity)}}); c.Urgent() != want {
			t.Errorf("%s: urgent is %v, want %v", severity, c.Urgent(), want)
		}
	}
	if c, _ := cleared(t, g, finding.Report{}); c.Wire() == nil || c.Urgent() {
		t.Error("an empty report is a cleared one too, and not urgent")
	}
}

func TestMalformedWordsStay(t *testing.T) {
	g := testGate(t, testKey)
	spoil := []func(*finding.Finding){
		func(f *finding.Finding) { f.UID = "" },
		func(f *finding.Finding) { f.Rule = "Ann's rule" },
		func(f *finding.Finding) { f.Status = "ajar" },
		func(f *finding.Finding) { f.Severity = "/home/ann" },
		func(f *finding.Finding) { f.Confidence = "" },
	}
	for i, change := range spoil {
		f := aFinding(finding.SeverityHigh)
		change(&f)
		if _, got := cleared(t, g, finding.Report{Findings: []finding.Finding{f}}); len(got.Findings) != 0 {
			t.Errorf("%d: a malformed finding left: %+v", i, got.Findings)
		}
	}
	_, got := cleared(t, g, finding.Report{Coverage: []finding.Coverage{
		{Class: "usb_devices", State: "ann"}, {Class: "ann", State: finding.CoverageOK}, {Class: "usb_devices", State: finding.CoverageOK},
	}})
	if len(got.Coverage) != 1 {
		t.Errorf("coverage that left: %+v, want one", got.Coverage)
	}
}

func TestBounds(t *testing.T) {
	g := testGate(t, testKey)
	many := make([]finding.Observation, MaxRows+10)
	for i := range many {
		many[i] = row("port", "1")
	}
	_, got := cleared(t, g, finding.Report{
		Facts:    []finding.Facts{{Class: "usb_devices", Rows: many}},
		Findings: []finding.Finding{aFinding(finding.SeverityLow, many[:MaxEvidence+1]...)},
	})
	if n, e := len(got.Facts[0].Rows), len(got.Findings[0].Evidence); n != MaxRows || e != MaxEvidence {
		t.Errorf("%d rows and %d pieces of evidence left, want %d and %d", n, e, MaxRows, MaxEvidence)
	}
	_, got = cleared(t, g, finding.Report{Facts: []finding.Facts{{Class: "usb_devices", Rows: []finding.Observation{
		row("product", strings.Repeat("é", 400)), row("product", "a\xff\x00\u202eb")}}}})
	if v := got.Facts[0].Rows[0].Columns["product"]; len(v) != MaxValue || !utf8.ValidString(v) {
		t.Errorf("a long value left with %d bytes", len(v))
	}
	if v := got.Facts[0].Rows[1].Columns["product"]; v != "a\ufffd\ufffd\ufffdb" {
		t.Errorf("a broken value left as %q", v)
	}
}

func TestAReportThatIsTooLargeGivesWay(t *testing.T) {
	g := testGate(t, testKey)
	long := strings.Repeat("x", MaxValue)
	r := finding.Report{Findings: []finding.Finding{}}
	for i := range 1000 {
		f := aFinding(finding.SeverityLow)
		if i == 999 {
			f.Severity = finding.SeverityCritical
		}
		for range MaxEvidence {
			f.Evidence = append(f.Evidence, row("port", long, "product", long))
		}
		f.Title = strings.Repeat("t", MaxText)
		r.Findings = append(r.Findings, f)
	}
	rows := make([]finding.Observation, MaxRows)
	for i := range rows {
		rows[i] = row("port", long, "product", long)
	}
	r.Facts = []finding.Facts{{Class: "usb_devices"}, {Class: "usb_devices", Rows: rows}}
	c, got := cleared(t, g, r)
	if len(c.Wire()) > MaxReport || !c.Urgent() {
		t.Errorf("%d bytes left, urgent %v", len(c.Wire()), c.Urgent())
	}
	if len(got.Findings) == 0 || len(got.Findings[0].Evidence) == 0 {
		t.Error("findings and their first evidence should outlast facts")
	}
}

// TestNothingPrivateLeaves clears random reports in which every local and every
// pseudonymous value, every UID and everything undeclared carries a mark.
func TestNothingPrivateLeaves(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		r := randomReport(rng)
		g := testGate(t, testKey)
		g.Hide("MARK-host")
		c, _ := cleared(t, g, r)
		if at := bytes.Index(c.Wire(), []byte("MARK")); at >= 0 {
			t.Fatalf("seed %d: private text left: %q", seed, c.Wire()[max(0, at-20):min(len(c.Wire()), at+40)])
		}
		other := testGate(t, testKey)
		other.Hide("MARK-host")
		if again, _ := cleared(t, other, r); !bytes.Equal(again.Wire(), c.Wire()) {
			t.Fatalf("seed %d: two gates with one key wrote different bytes", seed)
		}
	}
}

func randomReport(rng *rand.Rand) finding.Report {
	mark := func(kind string) string { return fmt.Sprintf("MARK%s%dMARK", kind, rng.IntN(50)) }
	randomRow := func() finding.Observation {
		o := finding.Observation{Class: []string{"usb_devices", "processes", mark("class")}[rng.IntN(3)], UID: mark("uid"), Columns: map[string]string{}}
		for _, c := range []string{"port", "product"} {
			o.Columns[c] = fmt.Sprint(rng.Uint64())
		}
		for _, c := range []string{"serial", "user", "path", "undeclared", mark("column")} {
			if rng.IntN(2) == 0 {
				o.Columns[c] = mark(c)
			}
		}
		return o
	}
	rows := func() []finding.Observation {
		var all []finding.Observation
		for range rng.IntN(5) {
			all = append(all, randomRow())
		}
		return all
	}
	r := finding.Report{At: time.Unix(rng.Int64N(1<<32), 0)}
	for range rng.IntN(4) {
		f := aFinding(finding.SeverityHigh, rows()...)
		f.UID = mark("finding")
		r.Findings = append(r.Findings, f)
	}
	for range rng.IntN(4) {
		r.Facts = append(r.Facts, finding.Facts{Class: []string{"usb_devices", "processes", mark("facts")}[rng.IntN(3)], Rows: rows()})
	}
	details := []string{
		"open /home/MARK/x: permission denied", "read \"MARK\" of that", "ask MARK@example.org", `C:\Users\MARK\x`,
		"the host is MARK-host", "address 10.2.3.4MARK.5", "", "/etc/NetworkManager/system-connections/MARK",
	}
	for _, o := range append(r.Facts, finding.Facts{}) {
		for _, x := range o.Rows {
			for c, v := range x.Columns {
				if c == "path" || c == "serial" {
					details = append(details, "cannot read "+v+" now")
				}
			}
		}
	}
	for range rng.IntN(5) {
		r.Coverage = append(r.Coverage, finding.Coverage{Class: "processes", State: finding.CoverageFailed, Detail: details[rng.IntN(len(details))]})
	}
	return r
}

func FuzzGate(f *testing.F) {
	f.Add("1-1", "serial-1", "/home/ann", "open /home/ann: denied", "title", "usb_devices")
	f.Add("a\xffb", "\x00", "''", "\"unclosed", "“x", "processes")
	f.Fuzz(func(t *testing.T, public, pseudonym, local, detail, title, class string) {
		o := finding.Observation{Class: class, UID: "uid" + local, Columns: map[string]string{"product": public, "serial": pseudonym + "\x01S", "path": local + "\x01L", local: "\x01U"}}
		one := aFinding(finding.SeverityHigh, o)
		one.Title = title
		r := finding.Report{
			Findings: []finding.Finding{one}, Facts: []finding.Facts{{Class: class, Rows: []finding.Observation{o}}},
			Coverage: []finding.Coverage{{Class: class, State: finding.CoverageDenied, Detail: detail}},
		}
		c, _ := cleared(t, testGate(t, testKey), r)
		for _, end := range []string{"\x01S", "\x01L", "\x01U"} {
			// no text with a control character leaves, so these can only be lengths and tags of the wire itself
			var w agentv1.Report
			if err := proto.Unmarshal(c.Wire(), &w); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(fmt.Sprint(finding.FromWire(&w)), end) {
				t.Fatalf("%q left", end)
			}
		}
		if again, _ := cleared(t, testGate(t, testKey), r); !bytes.Equal(again.Wire(), c.Wire()) {
			t.Fatal("the same report gave different bytes")
		}
	})
}
