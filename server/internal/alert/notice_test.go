package alert

import (
	"errors"
	"testing"
	"time"
)

func TestDecideNotice(t *testing.T) {
	at := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	analyst, why := Actor{"ada", Analyst}, "the provider moves to this product, says change 4711"
	for name, c := range map[string]struct {
		by       Actor
		decision Decision
		comment  string
		want     error
	}{
		"expected":           {analyst, Expected, why, nil},
		"unexpected":         {analyst, Unexpected, why, nil},
		"an auditor":         {Actor{"bob", Auditor}, Expected, why, ErrDenied},
		"no such decision":   {analyst, "perhaps", why, ErrInvalid},
		"not decided at all": {analyst, Undecided, why, ErrInvalid},
		"without a word":     {analyst, Expected, "  ok               ", ErrInvalid},
		"a book":             {analyst, Expected, string(make([]byte, MaxComment+1)), ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := Notice{ID: "notice-1"}.Decide(c.by, c.decision, c.comment, at)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err != nil && n.Decision != Undecided || err == nil && (n.Decision != c.decision || n.DecidedBy != c.by.Name || !n.DecidedAt.Equal(at)) {
				t.Errorf("the notice is %+v", n)
			}
			if err == nil && n.Holds() != (c.decision == Expected) {
				t.Errorf("a notice that is %s holds: %v", n.Decision, n.Holds())
			}
		})
	}
}

func TestGather(t *testing.T) {
	at := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	a := Alert{ID: "a1", State: New, Version: 3}
	if !a.Untouched() || (Alert{State: New, Assignee: "ada"}).Untouched() || (Alert{State: InProgress}).Untouched() {
		t.Error("an alert is untouched while it is new and nobody's")
	}
	c := a.Gather(Notice{ID: "notice-1"}, at)
	if c.Alert.State != Closed || c.Alert.CloseReason != Duplicate || !c.Alert.ClosedAt.Equal(at) || c.Alert.Version != 4 || len(c.Timeline) != 1 {
		t.Errorf("the alert is closed as %+v", c)
	}
}
