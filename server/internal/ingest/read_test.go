package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

func sound() finding.Report {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	row := finding.Observation{Class: "usb_devices", UID: "0123", Columns: map[string]string{"product": "Größe"}}
	return finding.Report{
		At: at,
		Findings: []finding.Finding{{UID: "0123", Rule: "tool.any-desk.running", Title: "A title", Status: finding.Open,
			Severity: finding.SeverityLow, Confidence: finding.ConfidenceHigh, FirstSeen: at, LastSeen: at, Evidence: []finding.Observation{row}}},
		Facts:    []finding.Facts{{Class: "usb_devices", Rows: []finding.Observation{row}}},
		Coverage: []finding.Coverage{{Class: "usb_devices", State: finding.CoverageDenied, Detail: "run it as root", Since: at}},
	}
}

func wire(t testing.TB, r finding.Report) []byte {
	t.Helper()
	w, err := proto.Marshal(finding.ToWire(r))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestReadTakes(t *testing.T) {
	r, err := Read(wire(t, sound()))
	if err != nil || len(r.Findings) != 1 || r.Findings[0].Evidence[0].Columns["product"] != "Größe" {
		t.Errorf("read %+v, %v", r, err)
	}
	if _, err := Read(wire(t, finding.Report{At: sound().At})); err != nil {
		t.Errorf("an empty report: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	row := func(edit func(*finding.Observation)) func(*finding.Report) {
		return func(r *finding.Report) { edit(&r.Facts[0].Rows[0]) }
	}
	for name, test := range map[string]struct {
		edit func(*finding.Report)
		want string
	}{
		"no time":             {func(r *finding.Report) { r.At = time.Time{} }, "at is missing"},
		"the year 1999":       {func(r *finding.Report) { r.At = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC) }, "at is no time between"},
		"no uid":              {func(r *finding.Report) { r.Findings[0].UID = "" }, "finding 1: uid has 0 bytes"},
		"a rule with spaces":  {func(r *finding.Report) { r.Findings[0].Rule = "a b" }, `finding 1: rule "a b" holds ' '`},
		"the collector's uid": {func(r *finding.Report) { r.Findings[0].UID = device.CollectorUID("x") }, "is the collector's own"},
		"its facts":           {func(r *finding.Report) { r.Facts[0].Class = device.EgressClass }, `facts 1: class "egress" is the collector's own`},
		"its rows":            {row(func(o *finding.Observation) { o.Class = device.EgressClass }), `class "egress" is the collector's own`},
		"its coverage":        {func(r *finding.Report) { r.Coverage[0].Class = device.EgressClass }, `coverage 1: class "egress" is the collector's own`},
		"no status":           {func(r *finding.Report) { r.Findings[0].Status = "" }, `finding 1: unknown status ""`},
		"severity":            {func(r *finding.Report) { r.Findings[0].Severity = "bad" }, `finding 1: unknown severity "bad"`},
		"confidence":          {func(r *finding.Report) { r.Findings[0].Confidence = "sure" }, `finding 1: unknown confidence "sure"`},
		"never seen":          {func(r *finding.Report) { r.Findings[0].LastSeen = time.Time{} }, "finding 1: last_seen is missing"},
		"a long title":        {func(r *finding.Report) { r.Findings[0].Title = strings.Repeat("x", 2000) }, "finding 1: title has 2000 bytes"},
		"coverage":            {func(r *finding.Report) { r.Coverage[0].State = "blind" }, `coverage 1: unknown state "blind"`},
		"no class":            {func(r *finding.Report) { r.Facts[0].Class = "" }, "facts 1: class"},
		"a nameless column":   {row(func(o *finding.Observation) { o.Columns = map[string]string{"": "x"} }), "facts 1: row 1: column has 0 bytes"},
		"a long value":        {row(func(o *finding.Observation) { o.Columns = map[string]string{"a": strings.Repeat("x", 20_000)} }), `facts 1: row 1: column "a" has 20000 bytes`},
		"much evidence": {func(r *finding.Report) {
			for range 40 {
				r.Findings[0].Evidence = append(r.Findings[0].Evidence, finding.Observation{Class: "a", UID: "b",
					Columns: map[string]string{"a": strings.Repeat("x", 8<<10)}})
			}
		}, "finding 1: its evidence has"},
		"many columns": {row(func(o *finding.Observation) {
			for i := range 101 {
				o.Columns[fmt.Sprint("c", i)] = "x"
			}
		}), "columns, at most 100"},
		"many findings": {func(r *finding.Report) {
			for range 2000 {
				r.Findings = append(r.Findings, r.Findings[0])
			}
		}, "2001 findings"},
		"many rows": {func(r *finding.Report) {
			r.Facts[0].Rows = make([]finding.Observation, 20_001)
		}, "more than 20000 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sound()
			test.edit(&r)
			_, err := Read(wire(t, r))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// FuzzRead: whatever comes, it is refused in words or taken as what the store can keep.
func FuzzRead(f *testing.F) {
	f.Add(wire(f, sound()))
	f.Add(wire(f, finding.Report{At: sound().At}))
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, w []byte) {
		r, err := Read(w)
		if err != nil {
			if err.Error() == "" {
				t.Error("refused without a word")
			}
			return
		}
		if r.At.IsZero() {
			t.Error("taken without a time")
		}
		for _, found := range r.Findings {
			if found.Severity.Rank() < 0 || found.Confidence.Rank() < 0 || found.FirstSeen.IsZero() {
				t.Errorf("taken: %+v", found)
			}
		}
		if _, err := Read(wire(t, r)); err != nil {
			t.Errorf("what was taken once is refused as it was read: %v", err)
		}
	})
}
