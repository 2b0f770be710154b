package finding_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
)

var at = time.Date(2026, 11, 25, 9, 12, 0, 0, time.UTC)

func report() finding.Report {
	row := finding.Observation{Class: "usb_devices", UID: "u", Columns: map[string]string{"vendor_id": "1d6b"}}
	return finding.Report{
		At: at,
		Findings: []finding.Finding{{
			UID: "f", Rule: "kvm.default_identity", Title: "t", Status: finding.Open,
			Severity: finding.SeverityHigh, Confidence: finding.ConfidenceHigh,
			FirstSeen: at, LastSeen: at.Add(time.Minute), Evidence: []finding.Observation{row},
		}},
		Facts:    []finding.Facts{{Class: "usb_devices", Rows: []finding.Observation{row}}, {Class: "connected_displays"}},
		Coverage: []finding.Coverage{{Class: "usb_devices", State: finding.CoverageOK, Since: at}},
	}
}

func TestTheWireLosesNothing(t *testing.T) {
	bytes, err := proto.Marshal(finding.ToWire(report()))
	if err != nil {
		t.Fatal(err)
	}
	var wire agentv1.Report
	if err := proto.Unmarshal(bytes, &wire); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report(), finding.FromWire(&wire)); diff != "" {
		t.Errorf("over the wire and back (-want +got):\n%s", diff)
	}
}

func TestAnUnsetTimeStaysUnset(t *testing.T) {
	if got := finding.FromWire(finding.ToWire(finding.Report{})); !got.At.IsZero() {
		t.Errorf("an unset time became %s", got.At)
	}
}

func TestUID(t *testing.T) {
	if finding.UID("ab", "c") == finding.UID("a", "bc") || finding.UID("a") == finding.UID("a", "") {
		t.Error("two lists of parts share a name by concatenation")
	}
	if got := finding.UID("a", "b"); got != finding.UID("a", "b") || len(got) != 32 {
		t.Errorf("UID is %q, want the same 32 digits each time", got)
	}
}

func TestRanksOrder(t *testing.T) {
	if finding.LevelNone.Rank() >= finding.LevelWatch.Rank() || finding.LevelMedium.Rank() >= finding.LevelHigh.Rank() {
		t.Error("levels do not rank in their order")
	}
	if finding.Level("loud").Rank() != -1 {
		t.Error("an unknown level has a rank")
	}
}

func TestParseSaysWhatItWants(t *testing.T) {
	if _, err := finding.ParseSeverity("bad"); err == nil || !strings.Contains(err.Error(), `"bad"`) || !strings.Contains(err.Error(), "critical") {
		t.Errorf("got %v, want the word and the choices", err)
	}
	if level, err := finding.ParseLevel("watch"); err != nil || level != finding.LevelWatch {
		t.Errorf("got %v, %v", level, err)
	}
	if c, err := finding.ParseConfidence("low"); err != nil || c != finding.ConfidenceLow {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestByEvidence(t *testing.T) {
	// A finding here is its name and the rows it rests on.
	type claim struct{ name, rows string }
	all := []claim{{"a", "usb"}, {"b", "display"}, {"c", "usb"}, {"d", "usb display"}, {"e", "display"}}
	got := finding.ByEvidence(all, func(c claim) []string { return strings.Fields(c.rows) })
	want := [][]claim{{all[0], all[2]}, {all[1], all[4]}, {all[3]}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("groups %v, want %v", got, want)
	}
}

// FuzzFromWire: whatever bytes parse as a report become words without a panic.
func FuzzFromWire(f *testing.F) {
	seed, err := proto.Marshal(finding.ToWire(report()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{0x0a, 0x02, 0x08, 0x01})
	f.Fuzz(func(_ *testing.T, bytes []byte) {
		var wire agentv1.Report
		if proto.Unmarshal(bytes, &wire) == nil {
			finding.ToWire(finding.FromWire(&wire))
		}
	})
}
