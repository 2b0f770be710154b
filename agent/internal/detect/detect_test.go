package detect_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// rules is a small catalogue written by hand: a device rule, a tool's rules and
// a rule on programs that belongs to no tool.
func rules() *catalogue.Catalogue {
	rule := func(id, class, column string, values ...string) catalogue.Rule {
		return catalogue.Rule{
			ID: id, Title: "Title of " + id, Class: class,
			Severity: finding.SeverityHigh, Confidence: finding.ConfidenceMedium,
			Match: catalogue.Match{Tests: []catalogue.Test{{Column: column, Modifier: "equals", Values: values}}},
		}
	}
	contacted := rule("tool.anydesk.contacted", "observed_names", "name", "anydesk.com")
	contacted.State, contacted.Match.Tests[0].Modifier = catalogue.StateContacted, "domain"
	return &catalogue.Catalogue{Rules: []catalogue.Rule{
		rule("kvm.composite", "usb_devices", "has_storage", "true"),
		contacted,
		rule("tool.x11vnc.controlled", "process_open_sockets", "file", "x11vnc"),
		rule("tool.x11vnc.installed", "packages", "name", "x11vnc"),
		rule("tool.x11vnc.installed", "startup_items", "name", "x11vnc"),
		rule("tool.x11vnc.running", "processes", "file", "x11vnc", "x11vnc-helper"),
		rule("tool.xpra.running", "processes", "script", "xpra"),
	}}
}

func row(class string, columns ...string) finding.Observation {
	o := finding.Observation{Class: class, Columns: map[string]string{}}
	key := []string{class}
	for i := 0; i+1 < len(columns); i += 2 {
		o.Columns[columns[i]] = columns[i+1]
		key = append(key, columns[i+1])
	}
	o.UID = finding.UID(key...)
	return o
}

func TestDetect(t *testing.T) {
	tests := map[string]struct {
		rows []finding.Observation
		want []string // "rule rows"
	}{
		"nothing fits":   {rows: []finding.Observation{row("processes", "pid", "1", "file", "init")}},
		"no rows at all": {},
		"each device is a finding of its own": {
			rows: []finding.Observation{
				row("usb_devices", "port", "1-1", "has_storage", "true"),
				row("usb_devices", "port", "1-2", "has_storage", "true"),
				row("usb_devices", "port", "1-3", "has_storage", "false"),
			},
			want: []string{"kvm.composite 1", "kvm.composite 1"},
		},
		"a program with many processes is one finding": {
			rows: []finding.Observation{
				row("processes", "pid", "10", "file", "x11vnc"),
				row("processes", "pid", "11", "file", "x11vnc"),
				row("processes", "pid", "12", "file", "x11vnc-helper"),
			},
			want: []string{"tool.x11vnc.running 2", "tool.x11vnc.running 1"},
		},
		"a tool's names are one finding, however many a page makes up": {
			rows: []finding.Observation{
				row("observed_names", "name", "a.anydesk.com", "kind", "dns"),
				row("observed_names", "name", "a.anydesk.com", "kind", "tls"),
				row("observed_names", "name", "b.anydesk.com", "kind", "dns"),
				row("observed_names", "name", "notanydesk.com", "kind", "dns"),
			},
			want: []string{"tool.anydesk.contacted 3"},
		},
		"a script is its own program": {
			rows: []finding.Observation{
				row("processes", "pid", "10", "file", "python3.11", "script", "xpra"),
				row("processes", "pid", "11", "file", "python3.9", "script", "xpra"),
			},
			want: []string{"tool.xpra.running 2"},
		},
		"one rule on two classes gives two findings": {
			rows: []finding.Observation{row("packages", "name", "x11vnc"), row("startup_items", "name", "x11vnc")},
			want: []string{"tool.x11vnc.installed 1", "tool.x11vnc.installed 1"},
		},
		"a repeated row is one piece of evidence": {
			rows: []finding.Observation{row("packages", "name", "x11vnc"), row("packages", "name", "x11vnc")},
			want: []string{"tool.x11vnc.installed 1"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := map[string]int{}
			for _, f := range detect.Detect(rules(), test.rows) {
				got[fmt.Sprintf("%s %d", f.Rule, len(f.Evidence))]++
				if f.Title == "" || f.Status != finding.Open || f.Severity != finding.SeverityHigh || !f.FirstSeen.IsZero() {
					t.Errorf("finding %+v lacks what its rule says, or has a time", f)
				}
			}
			want := map[string]int{}
			for _, w := range test.want {
				want[w]++
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// A tool that is restarted is the same finding, and so is one whose name alone
// is known.
func TestDetectNamesAProgramAndNotItsNumber(t *testing.T) {
	before := detect.Detect(rules(), []finding.Observation{row("processes", "pid", "10", "file", "x11vnc")})
	after := detect.Detect(rules(), []finding.Observation{row("processes", "pid", "99", "file", "x11vnc")})
	if before[0].UID != after[0].UID {
		t.Errorf("UID changed from %s to %s with the process number", before[0].UID, after[0].UID)
	}
	other := detect.Detect(rules(), []finding.Observation{row("processes", "pid", "10", "file", "x11vnc-helper")})
	if before[0].UID == other[0].UID {
		t.Error("two programs share a UID")
	}
}

func TestDetectBoundsEvidence(t *testing.T) {
	var rows []finding.Observation
	for i := range 1000 {
		rows = append(rows, row("process_open_sockets", "pid", "7", "file", "x11vnc", "remote_address", strconv.Itoa(i)))
	}
	found := detect.Detect(rules(), rows)
	if len(found) != 1 || len(found[0].Evidence) != finding.EvidenceLimit {
		t.Fatalf("%d findings, %d rows in the first, want 1 and %d", len(found), len(found[0].Evidence), finding.EvidenceLimit)
	}
}

// Whatever order the rows come in, and however often one is repeated, the
// findings are the same.
func TestDetectIgnoresOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		rows := randomRows(random)
		want := detect.Detect(rules(), rows)
		shuffled := append(append([]finding.Observation(nil), rows...), rows[:len(rows)/3]...)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if diff := cmp.Diff(want, detect.Detect(rules(), shuffled)); diff != "" {
			t.Fatalf("shuffled rows give other findings (-want +got):\n%s", diff)
		}
	}
}

func randomRows(random *rand.Rand) []finding.Observation {
	files := []string{"x11vnc", "x11vnc-helper", "python3", "sshd"}
	var rows []finding.Observation
	for range random.IntN(60) {
		file := files[random.IntN(len(files))]
		pid := strconv.Itoa(random.IntN(40))
		switch random.IntN(4) {
		case 0:
			rows = append(rows, row("processes", "pid", pid, "file", file))
		case 1:
			rows = append(rows, row("process_open_sockets", "pid", pid, "file", file, "remote_address", strconv.Itoa(random.IntN(30))))
		case 2:
			rows = append(rows, row("usb_devices", "port", pid, "has_storage", strconv.FormatBool(random.IntN(2) == 0)))
		default:
			// The same thing told in two ways: the UID is equal, a column is not.
			o := row("packages", "name", "x11vnc")
			o.Columns["count"] = pid
			rows = append(rows, o)
		}
	}
	return rows
}

// Detect must not change the rows it is given: facts are sent from them too.
func TestDetectLeavesRowsAlone(t *testing.T) {
	rows := []finding.Observation{
		row("processes", "pid", "12", "file", "x11vnc"), row("processes", "pid", "11", "file", "x11vnc"), row("processes", "pid", "10", "file", "x11vnc"),
	}
	before := append([]finding.Observation(nil), rows...)
	detect.Detect(rules(), rows)
	if diff := cmp.Diff(before, rows); diff != "" {
		t.Errorf("rows changed (-before +after):\n%s", diff)
	}
}

func BenchmarkDetect(b *testing.B) {
	c := rules()
	var rows []finding.Observation
	for i := range 400 {
		rows = append(rows, row("processes", "pid", strconv.Itoa(i), "file", "program"+strconv.Itoa(i)))
	}
	for b.Loop() {
		detect.Detect(c, rows)
	}
}
