package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

// question is one to device d1, open for an hour.
func question(id string, at time.Time) presence.Question {
	return presence.Question{ID: id, DeviceID: "d1", DeviceName: "laptop d1", Means: []finding.Means{finding.BuiltinKeyboard, finding.Lid},
		Reason: "Two KVM findings", AskedBy: "ana", AskedAt: at, DueAt: at.Add(time.Hour), Told: presence.Answer{State: presence.Waiting}}
}

// answers is a report that tells of questions; each reads id=state.
func answers(of ...string) finding.Report {
	facts := finding.Facts{Class: presence.Class}
	for _, one := range of {
		id, state, _ := strings.Cut(one, "=")
		facts.Rows = append(facts.Rows, finding.Observation{Class: presence.Class, UID: id, Columns: map[string]string{
			"check": id, "state": state, "answered_by": "lid", "answered_after_ms": "4200", "answered_from": "lid switch"}})
	}
	return finding.Report{Facts: []finding.Facts{facts}}
}

func (b *bench) ask(q presence.Question) {
	b.Helper()
	if _, err := b.Ask(b.Context(), q); err != nil {
		b.Fatalf("ask %s: %v", q.ID, err)
	}
}

// question reads one question of d1 back.
func (b *bench) question(id string) presence.Question {
	b.Helper()
	list, err := b.Questions(b.Context(), "d1", "")
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range list {
		if q.ID == id {
			return q
		}
	}
	b.Fatalf("no question %s among %v", id, list)
	return presence.Question{}
}

func testPresence(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.enrol("d2", "a2")
	b.ask(question("q1", after(0)))
	if diff := cmp.Diff(question("q1", after(0)), b.question("q1")); diff != "" {
		t.Errorf("what is asked is kept (-want +got):\n%s", diff)
	}
	other := question("q2", after(1))
	for name, test := range map[string]struct {
		edit func(*presence.Question)
		want error
	}{
		"while one is open": {func(*presence.Question) {}, alert.ErrConflict},
		"of no device":      {func(q *presence.Question) { q.DeviceID = "nobody" }, device.ErrNotFound},
		"for no alert":      {func(q *presence.Question) { q.DeviceID, q.Alert = "d2", "nothing" }, alert.ErrInvalid},
	} {
		q := other
		test.edit(&q)
		if _, err := b.Ask(t.Context(), q); !errors.Is(err, test.want) {
			t.Errorf("a question %s: %v", name, err)
		}
	}
	if _, err := b.WithdrawQuestion(t.Context(), "q1", "ana", after(2)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.WithdrawQuestion(t.Context(), "q1", "ana", after(3)); !errors.Is(err, alert.ErrConflict) {
		t.Errorf("withdrawn twice: %v", err)
	}
	if _, err := b.WithdrawQuestion(t.Context(), "nothing", "ana", after(3)); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("withdrawing nothing: %v", err)
	}
	b.ask(question("q3", after(4)))
	if _, err := b.RemoveDevice(t.Context(), "d1", "root", after(5)); err != nil {
		t.Fatal(err)
	}
	if s := b.question("q3").Standing(after(6)); s.State != presence.Withdrawn || !s.ClosedAt.Equal(after(5)) {
		t.Errorf("a removed device is asked on: %+v", s)
	}
	if _, err := b.Ask(t.Context(), question("q4", after(7))); !errors.Is(err, alert.ErrConflict) {
		t.Errorf("a removed device is asked: %v", err)
	}
}

// testManyAsk: of many who ask at one moment, one does.
func testManyAsk(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	refused := make(chan error, 8)
	for i := range cap(refused) {
		go func() {
			_, err := b.Ask(t.Context(), question(fmt.Sprint("q", i), after(0)))
			refused <- err
		}()
	}
	asked := 0
	for range cap(refused) {
		if err := <-refused; err == nil {
			asked++
		} else if !errors.Is(err, alert.ErrConflict) {
			t.Error(err)
		}
	}
	if asked != 1 {
		t.Errorf("%d questions were asked at once", asked)
	}
}

func testAnswers(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.enrol("d2", "a2")
	b.ask(question("q1", after(0)))
	foreign := question("q2", after(0))
	foreign.DeviceID = "d2"
	b.ask(foreign)
	b.expect(entry("e1", 1, after(1), answers("q1=shown", "q2=answered", "q9=answered", "=shown")), device.Stored, 1)
	b.expect(entry("e1", 2, after(2), answers("q1=answered")), device.Stored, 2)
	want := question("q1", after(0))
	want.Told = presence.Answer{State: presence.Answered, Means: finding.Lid, After: 4200 * time.Millisecond, From: "lid switch", At: after(2)}
	b.expect(entry("e1", 3, after(3), answers()), device.Stored, 3) // the row goes, the answer stays
	b.expect(entry("e1", 4, after(4), answers("q1=cannot_ask")), device.Stored, 4)
	b.expect(entry("e0", 1, after(-9), answers("q1=shown")), device.Stored, 1)
	if diff := cmp.Diff(want, b.question("q1")); diff != "" {
		t.Errorf("the answer (-want +got):\n%s", diff)
	}
	all, err := b.Questions(t.Context(), "", "")
	if err != nil || len(all) != 2 {
		t.Fatalf("questions %v, %v: rows asked some", all, err)
	}
	theirs, err := b.Questions(t.Context(), "laptop d2", "")
	if err != nil || len(theirs) != 1 || theirs[0].Told.State != presence.Waiting {
		t.Errorf("another device's rows answered: %+v, %v", theirs, err)
	}
	if _, err := b.Questions(t.Context(), "nobody", ""); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("questions to no device: %v", err)
	}
	b.ask(question("q3", after(5)))
	for i, state := range []string{"shown", "waiting", "shown", "other_way", "shown", "answered"} { // a word only goes forward
		b.expect(entry("e1", uint64(5+i), after(6+i), answers("q3="+state)), device.Stored, uint64(5+i))
	}
	if q := b.question("q3"); q.Told.State != presence.OtherWay || !q.Told.At.Equal(after(9)) {
		t.Errorf("the last word: %+v", q.Told)
	}
	b.ask(question("q4", after(12)))
	b.expect(entry("e0", 2, after(-8), answers("q4=shown", "q4=answered")), device.Stored, 2) // another spool, by an older clock
	if q := b.question("q4"); q.Told.State != presence.Answered {
		t.Errorf("an older spool's word: %+v", q.Told)
	}
	const away = 40 * 24 * 60
	b.ask(question("q5", after(24*60)))
	b.expect(entry("e1", 11, after(away), answers("q5=answered")), device.Stored, 11)
	if q := b.question("q5"); q.Told.State != presence.Answered || !q.Told.At.Equal(after(away)) {
		t.Errorf("the word of a laptop that was away for weeks: %+v", q.Told)
	}
}

func testBundles(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	var last uint64
	// bundle wants a version that did not go back, or that rose, and the ids it holds.
	bundle := func(about string, at time.Time, rises bool, ids ...string) {
		t.Helper()
		version, open, err := b.Bundle(t.Context(), "d1", at)
		var held []string
		for _, q := range open {
			held = append(held, q.ID)
		}
		if err != nil || version < last || rises != (version > last) || fmt.Sprint(held) != fmt.Sprint(ids) {
			t.Errorf("%s: version %d after %d, holds %v, %v; want %v", about, version, last, held, err, ids)
		}
		last = version
	}
	bundle("enrolled", after(0), true)
	bundle("again", after(1), false)
	b.ask(question("q1", after(2)))
	bundle("asked", after(2), true, "q1")
	b.enrol("d1", "a1b")
	bundle("enrolled again", after(3), false, "q1")
	told := entry("e1", 1, after(4), answers("q1=shown"))
	told.AgentID = "a1b"
	b.expect(told, device.Stored, 1)
	bundle("shown", after(4), false, "q1")
	bundle("over", after(62), false)
	if _, err := b.WithdrawQuestion(t.Context(), "q1", "ana", after(5)); err != nil {
		t.Fatal(err)
	}
	bundle("withdrawn", after(5), true)
	for _, at := range []time.Time{after(6), after(-600)} { // also where the clock was set back
		if err := b.RaiseBundles(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		bundle("started", at, true)
	}
	if _, _, err := b.Bundle(t.Context(), "nobody", after(0)); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("of no device: %v", err)
	}
}
