package detect_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/proto/finding"
)

var start = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// found is a finding about a program with the given process numbers.
func found(rule string, pids ...string) finding.Finding {
	f := finding.Finding{UID: finding.UID(rule), Rule: rule, Status: finding.Open}
	for _, pid := range pids {
		f.Evidence = append(f.Evidence, row("processes", "pid", pid))
	}
	return f
}

// told writes what Update reported as "rule status rows first last", with times
// in seconds since the start.
func told(changed []finding.Finding) string {
	var lines []string
	for _, f := range changed {
		lines = append(lines, fmt.Sprintf("%s %s %d %v %v", f.Rule, f.Status, len(f.Evidence),
			f.FirstSeen.Sub(start).Seconds(), f.LastSeen.Sub(start).Seconds()))
	}
	return strings.Join(lines, "; ")
}

func TestTracker(t *testing.T) {
	type round struct {
		after time.Duration // since the start
		found []finding.Finding
		blind map[string]bool
		want  string
	}
	all, part := map[string]bool{"processes": true}, map[string]bool{"processes": false}
	tests := map[string][]round{
		"opens, stays silent, closes": {
			{0, []finding.Finding{found("a", "1")}, nil, "a open 1 0 0"},
			{2 * time.Second, []finding.Finding{found("a", "1")}, nil, ""},
			{4 * time.Second, nil, nil, "a closed 1 0 2"},
			{6 * time.Second, nil, nil, ""},
		},
		"opens anew after it closed": {
			{0, []finding.Finding{found("a", "1")}, nil, "a open 1 0 0"},
			{2 * time.Second, nil, nil, "a closed 1 0 0"},
			{9 * time.Second, []finding.Finding{found("a", "1")}, nil, "a open 1 9 9"},
		},
		"is renewed": {
			{0, []finding.Finding{found("a", "1")}, nil, "a open 1 0 0"},
			{599 * time.Second, []finding.Finding{found("a", "1")}, nil, ""},
			{600 * time.Second, []finding.Finding{found("a", "1")}, nil, "a open 1 0 600"},
			{1199 * time.Second, []finding.Finding{found("a", "1")}, nil, ""},
			{1201 * time.Second, []finding.Finding{found("a", "1")}, nil, "a open 1 0 1201"},
		},
		"a change of evidence is told": {
			{0, []finding.Finding{found("a", "1")}, nil, "a open 1 0 0"},
			{60 * time.Second, []finding.Finding{found("a", "1", "2")}, nil, "a open 2 0 60"},
			{120 * time.Second, []finding.Finding{found("a", "1", "2")}, nil, ""},
		},
		"a storm of changes is told once a minute and its end is not lost": {
			{0, []finding.Finding{found("a", "1")}, nil, "a open 1 0 0"},
			{2 * time.Second, []finding.Finding{found("a", "2")}, nil, ""},
			{4 * time.Second, []finding.Finding{found("a", "3")}, nil, ""},
			{60 * time.Second, []finding.Finding{found("a", "3", "4")}, nil, "a open 2 0 60"},
			{62 * time.Second, []finding.Finding{found("a", "5")}, nil, ""},
			{130 * time.Second, []finding.Finding{found("a", "5")}, nil, "a open 1 0 130"},
		},
		"a change that was taken back is not told": {
			{0, []finding.Finding{found("a", "1")}, nil, "a open 1 0 0"},
			{2 * time.Second, []finding.Finding{found("a", "2")}, nil, ""},
			{70 * time.Second, []finding.Finding{found("a", "1")}, nil, ""},
		},
		"a blind class keeps its findings open": {
			{0, []finding.Finding{found("a", "1")}, nil, "a open 1 0 0"},
			{2 * time.Second, nil, all, ""},
			{9000 * time.Second, nil, all, ""},
			{9002 * time.Second, nil, nil, "a closed 1 0 0"},
		},
		"another class's blindness does not": {
			{0, []finding.Finding{found("a", "1")}, nil, "a open 1 0 0"},
			{2 * time.Second, nil, map[string]bool{"packages": true}, "a closed 1 0 0"},
		},
		"a blind look adds evidence and takes none away": {
			{0, []finding.Finding{found("a", "1", "2")}, nil, "a open 2 0 0"},
			{61 * time.Second, []finding.Finding{found("a", "2", "3")}, all, "a open 3 0 61"},
			{122 * time.Second, []finding.Finding{found("a", "3")}, nil, "a open 1 0 122"},
		},
		"what was seen clearly may be hidden by fog": {
			{0, []finding.Finding{found("a", "1")}, nil, "a open 1 0 0"},
			{2 * time.Second, nil, part, ""},
			{4 * time.Second, []finding.Finding{found("a", "1")}, part, ""},
			{6 * time.Second, nil, part, ""},
			{8 * time.Second, nil, nil, "a closed 1 0 4"},
		},
		"what was seen through fog is gone when the same fog does not show it": {
			{0, []finding.Finding{found("a", "1", "2")}, part, "a open 2 0 0"},
			{61 * time.Second, []finding.Finding{found("a", "1")}, part, "a open 1 0 61"},
			{63 * time.Second, nil, all, ""},
			{65 * time.Second, nil, part, "a closed 1 0 61"},
		},
		"several are sorted": {
			{0, []finding.Finding{found("b", "1"), found("a", "1")}, nil, "a open 1 0 0; b open 1 0 0"},
			{2 * time.Second, []finding.Finding{found("c", "1"), found("b", "1")}, nil, "a closed 1 0 0; c open 1 2 2"},
		},
		"a clock set back silences nothing": {
			{time.Hour, []finding.Finding{found("a", "1")}, nil, "a open 1 3600 3600"},
			{0, []finding.Finding{found("a", "1")}, nil, "a open 1 3600 0"},
			{600 * time.Second, []finding.Finding{found("a", "1")}, nil, "a open 1 3600 600"},
		},
	}
	for name, rounds := range tests {
		t.Run(name, func(t *testing.T) {
			tracker := detect.NewTracker(10 * time.Minute)
			for i, r := range rounds {
				if got := told(tracker.Update(start.Add(r.after), r.found, r.blind)); got != r.want {
					t.Errorf("round %d: told %q, want %q", i, got, r.want)
				}
			}
		})
	}
}

// TestSteadyTrackerFollowsNobodysHours: of a day on which somebody works and rests,
// and of one on which a machine never stops, the same is told.
func TestSteadyTrackerFollowsNobodysHours(t *testing.T) {
	tell := func(works func(minute int) bool) (all []string, tracker *detect.Tracker) {
		tracker = detect.NewTracker(10 * time.Minute)
		tracker.Steady(24 * time.Hour)
		for minute := range 20 * 60 {
			var now []finding.Finding
			if works(minute) {
				now = append(now, found("a", fmt.Sprint(minute/15))) // what the row says changes with what is done
			}
			if words := told(tracker.Update(start.Add(time.Duration(minute)*time.Minute), now, nil)); words != "" {
				all = append(all, words)
			}
		}
		return all, tracker
	}
	person, tracker := tell(func(minute int) bool { return minute < 180 || minute > 240 && minute < 500 })
	machine, _ := tell(func(int) bool { return true })
	if diff := cmp.Diff(person, machine); diff != "" || len(person) != 120 {
		t.Errorf("%d times told (-person +machine):\n%s", len(person), diff)
	}
	for hours, want := range map[int]string{32: "", 33: "a closed 1 0 118800"} { // it was last seen after 8.3 hours
		after := tracker
		for _, restart := range []int{20, 26, hours} {
			open := after.Open()
			after = detect.NewTracker(10 * time.Minute)
			after.Steady(24 * time.Hour)
			after.Restore(open)
			if got := told(after.Update(start.Add(time.Duration(restart)*time.Hour), nil, nil)); restart < hours && got != "" || restart == hours && got != want {
				t.Errorf("restarted after %d hours it tells %q, want %q in the end", restart, got, want)
			}
		}
	}
}

func TestTrackerRestore(t *testing.T) {
	before := detect.NewTracker(10 * time.Minute)
	before.Update(start, []finding.Finding{found("a", "1"), found("b", "1")}, nil)
	after := detect.NewTracker(10 * time.Minute)
	after.Restore(before.Open())
	if diff := cmp.Diff(before.Open(), after.Open()); diff != "" {
		t.Errorf("restored findings differ (-before +after):\n%s", diff)
	}
	got := told(after.Update(start.Add(5*time.Second), []finding.Finding{found("b", "1")}, nil))
	if want := "a closed 1 0 0"; got != want {
		t.Errorf("after the restart told %q, want %q", got, want)
	}
}

func TestBlind(t *testing.T) {
	coverage := []finding.Coverage{
		{Class: "whole", State: finding.CoverageOK},
		{Class: "denied", State: finding.CoverageDenied},
		{Class: "partly denied", State: finding.CoverageDenied},
		{Class: "broken half way", State: finding.CoverageFailed},
		{Class: "absent", State: finding.CoverageAbsent},
		{Class: "not judged yet", State: finding.CoverageOK, Late: true},
	}
	rows := []finding.Observation{row("whole"), row("partly denied"), row("broken half way"), row("not judged yet")}
	want := map[string]bool{"denied": true, "partly denied": false, "broken half way": true, "absent": true, "not judged yet": false}
	if diff := cmp.Diff(want, detect.Blind(coverage, rows)); diff != "" {
		t.Errorf("blind classes (-want +got):\n%s", diff)
	}
}

// For any course of things: what Update tells, played back, is what is open; a
// finding opens before it closes; and nothing closes while its class is blind.
func TestTrackerTellsTheWholeStory(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		tracker, told := detect.NewTracker(time.Minute), map[string]bool{}
		for at := start; at.Before(start.Add(5 * time.Minute)); at = at.Add(time.Duration(random.IntN(40)) * time.Second) {
			var now []finding.Finding
			for _, rule := range []string{"a", "b", "c"} {
				if random.IntN(2) == 0 {
					now = append(now, found(rule, fmt.Sprint(random.IntN(3))))
				}
			}
			blind := map[string]bool{}
			if random.IntN(3) == 0 {
				blind["processes"] = random.IntN(2) == 0
			}
			for _, f := range tracker.Update(at, now, blind) {
				if f.Status == finding.Closed && (!told[f.UID] || blind["processes"]) {
					t.Fatalf("%s closed although it was not open, or its class was blind", f.Rule)
				}
				told[f.UID] = f.Status == finding.Open
			}
			open := 0
			for _, isOpen := range told {
				if isOpen {
					open++
				}
			}
			if open != len(tracker.Open()) {
				t.Fatalf("told of %d open findings, %d are open", open, len(tracker.Open()))
			}
		}
	}
}
