package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A stretch is a spell without its finding.
type stretch struct{ From, Last, To time.Time }

func stretches(spells []device.Spell) []stretch {
	var list []stretch
	for _, s := range spells {
		list = append(list, stretch{s.From, s.Last, s.To})
	}
	return list
}

func after(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }

func testSpells(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	steps := []struct {
		about       string
		status      finding.Status
		first, last int
		want        []stretch
	}{
		{"it opens", finding.Open, 0, 0, []stretch{{From: after(0), Last: after(0)}}},
		{"it is still there", finding.Open, 0, 10, []stretch{{From: after(0), Last: after(10)}}},
		{"a restarted agent finds it anew", finding.Open, 12, 12, []stretch{{From: after(0), Last: after(12)}}},
		{"it closes", finding.Closed, 12, 20, []stretch{{From: after(0), Last: after(20), To: after(20)}}},
		{"it comes again", finding.Open, 30, 31, []stretch{{after(0), after(20), after(20)}, {From: after(30), Last: after(31)}}},
		{"it goes again", finding.Closed, 30, 35, []stretch{{after(0), after(20), after(20)}, {after(30), after(35), after(35)}}},
		{"it came and went unheard", finding.Closed, 40, 41,
			[]stretch{{after(0), after(20), after(20)}, {after(30), after(35), after(35)}, {after(40), after(41), after(41)}}},
	}
	for i, step := range steps {
		b.expect(entry("e1", uint64(i+1), after(step.last), report(claim("f1", step.status, after(step.first), after(step.last)))), device.Stored, uint64(i+1))
		if diff := cmp.Diff(step.want, stretches(b.spells())); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", step.about, diff)
		}
	}
	late := look(b, func(v View) ([]device.Spell, error) { return v.Spells(t.Context(), "d1", after(36)) })
	if len(late) != 1 {
		t.Errorf("%d spells reach beyond minute 36, want 1", len(late))
	}
	f := look(b, func(v View) ([]device.Finding, error) { return v.Findings(t.Context(), "d1") })[0]
	if f.Status != finding.Closed || !f.FirstSeen.Equal(start) || f.Evidence[0].Columns["port"] != "1-1" {
		t.Errorf("the finding of the spells is %+v", f)
	}
	for rule, want := range map[string]int{"kvm.scsi_inquiry": 1, "kvm.other": 0} {
		asked := look(b, func(v View) ([]device.Spell, error) {
			return v.Spells(t.Context(), "d1", after(-100), "kvm.another", rule)
		})
		if len(asked) != 3 || len(asked[0].Finding.Evidence) != want {
			t.Errorf("with the evidence of %s: %+v", rule, asked)
		}
	}
}

func testClocks(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	ahead := entry("e1", 1, start, report(claim("f1", finding.Open, after(60), after(60))))
	ahead.Offset = time.Hour
	b.expect(ahead, device.Stored, 1)
	// Its clock is set back meanwhile: later news carry earlier times and are news all the same.
	b.expect(entry("e1", 2, after(5), report(claim("f1", finding.Closed, after(60), after(5)))), device.Stored, 2)
	if diff := cmp.Diff([]stretch{{after(0), after(5), after(5)}}, stretches(b.spells())); diff != "" {
		t.Errorf("spells in event time (-want +got):\n%s", diff)
	}
	f := look(b, func(v View) ([]device.Finding, error) { return v.Findings(t.Context(), "d1") })[0]
	if !f.FirstSeen.Equal(after(0)) || !f.FirstSeenRaw.Equal(after(60)) || f.Status != finding.Closed {
		t.Errorf("a finding keeps both times and the latest news, got %+v", f)
	}
	// Old news from an older spool do not undo newer ones.
	b.expect(entry("e0", 1, after(6), report(claim("f1", finding.Open, after(-50), after(-40)))), device.Stored, 1)
	f = look(b, func(v View) ([]device.Finding, error) { return v.Findings(t.Context(), "d1") })[0]
	if f.Status != finding.Closed || !f.LastSeen.Equal(after(5)) {
		t.Errorf("old news changed a finding to %+v", f)
	}
	// What it says is still to come cannot have been seen.
	future := entry("e1", 3, after(7), report(claim("f2", finding.Open, after(500), after(500))))
	b.expect(future, device.Stored, 3)
	want := []stretch{{after(-50), after(-40), after(-40)}, {after(0), after(5), after(5)}, {From: after(7), Last: after(7)}}
	if diff := cmp.Diff(want, stretches(b.spells())); diff != "" {
		t.Errorf("old news are over, what is to come begins when it was received (-want +got):\n%s", diff)
	}
	// Old news of an end do not end what newer ones tell is there.
	b.expect(entry("e0", 2, after(8), report(claim("f2", finding.Closed, after(-50), after(-45)))), device.Stored, 2)
	if s := b.spells(); len(s) != 4 || !s[3].To.IsZero() {
		t.Errorf("an old end ended a newer spell: %v", stretches(s))
	}
}

func testReimage(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.expect(entry("e1", 1, after(-10), report(claim("f1", finding.Open, after(-10), after(-10)))), device.Stored, 1)
	b.enrol("d1", "a2")
	if diff := cmp.Diff([]stretch{{after(-10), after(-10), after(-10)}}, stretches(b.spells())); diff != "" {
		t.Errorf("what a gone installation held open ends (-want +got):\n%s", diff)
	}
	b.expect(entry("e1", 2, start, finding.Report{}), device.Outcast, 0)
	b.forgetsTheInstallation(t)
	again := entry("e2", 1, after(1), report(claim("f1", finding.Open, after(1), after(1))))
	again.AgentID = "a2"
	b.expect(again, device.Stored, 1)
	if n := len(b.spells()); n != 2 {
		t.Errorf("%d spells, want the new installation's own beside the old", n)
	}
}

// forgetsTheInstallation: what the gone installation told of the present is of an earlier
// life, and nobody knows of the time in which it was silent.
func (b *bench) forgetsTheInstallation(t *testing.T) {
	b.enrol("d2", "b1")
	usb := []finding.Facts{{Class: "usb_devices", Rows: []finding.Observation{{Class: "usb_devices", UID: "1-1", Columns: map[string]string{"port": "1-1"}}}}}
	told := entry("e2", 1, after(-60), finding.Report{Facts: usb, Findings: report(claim("f1", finding.Open, after(-70), after(-60))).Findings,
		Coverage: []finding.Coverage{{Class: "sockets", State: finding.CoverageOK, Since: after(-60)}}})
	told.DeviceID, told.AgentID = "d2", "b1"
	b.expect(told, device.Stored, 1)
	heard := device.Delivery{DeviceID: "d2", AgentID: "b1", Epoch: "e2", ReceivedAt: after(-40), Heard: &device.Heard{}}
	b.record(heard)
	b.enrol("d2", "b2")
	spells := look(b, func(v View) ([]device.Spell, error) { return v.Spells(t.Context(), "d2", time.Time{}) })
	if diff := cmp.Diff([]stretch{{after(-70), after(-60), after(-40)}}, stretches(spells)); diff != "" {
		t.Errorf("it ends when its installation was heard last, and not weeks later on the bench (-want +got):\n%s", diff)
	}
	facts := look(b, func(v View) ([]device.Facts, error) { return v.Facts(t.Context(), "d2") })
	coverage := look(b, func(v View) ([]device.Coverage, error) { return v.Coverage(t.Context(), "d2") })
	if len(facts) > 0 || len(coverage) > 0 {
		t.Errorf("of the earlier life there are still facts %v and coverage %v", facts, coverage)
	}
}

func testFacts(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	row := func(port string) finding.Report {
		return finding.Report{Facts: []finding.Facts{{Class: "usb_devices",
			Rows: []finding.Observation{{Class: "usb_devices", UID: port, Columns: map[string]string{"port": port}}}}}}
	}
	b.expect(entry("e1", 1, after(0), row("1-1")), device.Stored, 1)
	b.expect(entry("e1", 2, after(1), row("1-2")), device.Stored, 2)
	b.expect(entry("e0", 1, after(-1), row("old")), device.Stored, 1)
	facts := look(b, func(v View) ([]device.Facts, error) { return v.Facts(t.Context(), "d1") })
	want := []device.Facts{{Facts: row("1-2").Facts[0], At: after(1), ReceivedAt: after(1)}}
	if diff := cmp.Diff(want, facts); diff != "" {
		t.Errorf("facts replace what was told before (-want +got):\n%s", diff)
	}
}

func testCoverage(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	tell := func(state finding.CoverageState, at time.Time) finding.Report {
		return finding.Report{Coverage: []finding.Coverage{{Class: "sockets", State: state, Detail: "why", Since: at}}}
	}
	const day = 24 * 60
	b.expect(entry("e1", 1, after(0), tell(finding.CoverageOK, after(0))), device.Stored, 1)
	b.expect(entry("e1", 2, after(day), tell(finding.CoverageDenied, after(day))), device.Stored, 2)
	b.expect(entry("e1", 3, after(day+1), tell(finding.CoverageOK, after(day+1))), device.Stored, 3)
	b.expect(entry("e1", 4, after(2*day), tell(finding.CoverageFailed, after(2*day))), device.Stored, 4)
	now := look(b, func(v View) ([]device.Coverage, error) { return v.Coverage(t.Context(), "d1") })
	want := []device.Coverage{{Coverage: finding.Coverage{Class: "sockets", State: finding.CoverageFailed, Detail: "why", Since: after(2 * day)},
		ReceivedAt: after(2 * day)}}
	if diff := cmp.Diff(want, now); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]assess.Blind{{Class: "sockets", State: finding.CoverageFailed, Since: after(2 * day)}}, b.pastOf("d1").Blind); diff != "" {
		t.Errorf("what it does not see (-want +got):\n%s", diff)
	}
	days := look(b, func(v View) ([]device.CoverageDay, error) {
		return v.CoverageDays(t.Context(), after(-day), after(3*day))
	})
	c := func(day string, worst, last finding.CoverageState, heard bool) device.CoverageDay {
		return device.CoverageDay{DeviceID: "d1", Class: "sockets", Day: day, Worst: worst, Last: last, Heard: heard}
	}
	wantDays := []device.CoverageDay{
		c("2026-11-02", finding.CoverageOK, finding.CoverageOK, true),
		c("2026-11-03", finding.CoverageDenied, finding.CoverageOK, true),
		c("2026-11-04", finding.CoverageFailed, finding.CoverageFailed, true),
		c("2026-11-05", finding.CoverageFailed, finding.CoverageFailed, false),
	}
	if diff := cmp.Diff(wantDays, days); diff != "" {
		t.Errorf("coverage by day (-want +got):\n%s", diff)
	}
	later := look(b, func(v View) ([]device.CoverageDay, error) {
		return v.CoverageDays(t.Context(), after(day), after(day))
	})
	if diff := cmp.Diff(wantDays[1:2], later); diff != "" {
		t.Errorf("coverage of one day (-want +got):\n%s", diff)
	}
	carried := look(b, func(v View) ([]device.CoverageDay, error) {
		return v.CoverageDays(t.Context(), after(3*day), after(3*day))
	})
	if diff := cmp.Diff(wantDays[3:], carried); diff != "" {
		t.Errorf("coverage carried into a day (-want +got):\n%s", diff)
	}
	b.seesAgain(t, tell)
}

// seesAgain: a laptop that starts anew each day does not begin to be blind each day. But
// once it has seen, it does.
func (b *bench) seesAgain(t *testing.T, tell func(finding.CoverageState, time.Time) finding.Report) {
	const day = 24 * 60
	for i, say := range []struct {
		state finding.CoverageState
		at    int
		since []time.Time
	}{
		{finding.CoverageFailed, 4 * day, []time.Time{after(2 * day)}}, {finding.CoverageOK, 4*day + 1, nil},
		{finding.CoverageFailed, 4*day + 2, []time.Time{after(4*day + 2)}}, {finding.CoverageDenied, 4*day + 3, []time.Time{after(4*day + 3)}},
	} {
		b.expect(entry("e2", uint64(i+1), after(say.at), tell(say.state, after(say.at))), device.Stored, uint64(i+1))
		var since []time.Time
		for _, blind := range b.pastOf("d1").Blind {
			since = append(since, blind.Since)
		}
		if diff := cmp.Diff(say.since, since); diff != "" {
			t.Errorf("%s: since when it does not see (-want +got):\n%s", say.state, diff)
		}
	}
}
