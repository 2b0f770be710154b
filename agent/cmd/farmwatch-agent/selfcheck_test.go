package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestSelfcheckIsOfThisMachineAlone(t *testing.T) {
	if code, _, errs := agent(t, "selfcheck"); code != exitUsage || !strings.Contains(errs, "--live") {
		t.Errorf("without --live it ends with %d: %s", code, errs)
	}
	if code, _, _ := agent(t, "selfcheck", "--live", "--recording", "laptop.txtar"); code != exitUsage {
		t.Errorf("a recording is tried, ends with %d", code)
	}
	nowhere := filepath.Join(t.TempDir(), "none", "file")
	if code, out, errs := agent(t, "selfcheck", "--live", "--output", nowhere); code != 1 || out != "" || !strings.Contains(errs, "--output") {
		t.Errorf("where nothing can be written it ends with %d after saying %q: %s", code, out, errs)
	}
}

// TestSelfcheckTriesEverySensor on the machine that runs the tests.
func TestSelfcheckTriesEverySensor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "laptop.txtar")
	var out, errs bytes.Buffer
	code := execute(t.Context(), world{args: []string{"selfcheck", "--live", "--output", file}, out: &out, err: &errs, now: time.Now})
	said := out.String()
	if code != 0 && (code != exitFailed || !strings.Contains(said, "costly")) { // a machine that runs all tests at once is slow
		t.Errorf("ends with %d: %s\n%s", code, errs.String(), said)
	}
	for _, s := range sensor.All() {
		if !strings.Contains(said, " "+s.Class+" ") {
			t.Errorf("says nothing of %s", s.Class)
		}
	}
	for _, want := range []string{"Nothing is changed, nothing is sent", "of CPU and", "Wrote " + file} {
		if !strings.Contains(said, want) {
			t.Errorf("does not say %q:\n%s", want, said)
		}
	}
	if text, err := os.ReadFile(file); err != nil || !bytes.Contains(text[:2000], []byte("processes: ok, ")) {
		t.Errorf("the recording does not say how the sensors did: %v %.300s", err, text)
	}
	if code, _, errs := agent(t, "scan", "--recording", file); code != 0 {
		t.Errorf("what was written is no recording: %s", errs)
	}
}

func TestSelfcheckSaysWhatBrokeAndWhatIsTooCostly(t *testing.T) {
	some := sensor.All()[:5]
	trials := []trial{
		{sensor: some[0], coverage: finding.Coverage{State: finding.CoverageOK}, rows: make([]finding.Observation, 5)},
		{sensor: some[1], coverage: finding.Coverage{State: finding.CoverageFailed, Detail: "it fell over"}},
		{sensor: some[2], coverage: finding.Coverage{State: finding.CoverageDenied, Detail: "not for you"}, rows: make([]finding.Observation, 1), tools: 2},
		{sensor: some[3], coverage: finding.Coverage{State: finding.CoverageOK}, again: spent{cpu: 2 * mostCPU, wall: 1500 * time.Millisecond}},
		{sensor: some[4], coverage: finding.Coverage{State: finding.CoverageUnsupported, Detail: "no such thing here"}},
	}
	var b strings.Builder
	for _, t := range trials {
		writeTrial(&b, "linux", t)
	}
	writeTotals(&b, trials, spent{3 * time.Second, time.Second}, 30<<20)
	for _, want := range []string{
		"… and 3 more", "BROKE ", "not seen: it fell over", "in part ", "ran 2 programs", "COSTLY ", "too costly: a look may use 250 ms of CPU", "blind ",
		"5 sensors: 1 BROKE, 1 COSTLY, 1 blind, 1 in part, 1 saw.", "All of it took 3.0 s, 1.0 s of CPU and 30 MB of memory, and ran 2 programs.",
		"needs more rights", some[1].Class + ": broke. Please report this", some[3].Class + ": costly.",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("does not say %q:\n%s", want, b.String())
		}
	}
}
