package alert

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func TestMoves(t *testing.T) {
	fresh := Alert{ID: "a", State: New, Level: finding.LevelMedium, Version: 3}
	high := Alert{ID: "a", State: InProgress, Level: finding.LevelHigh, Assignee: "bo", Version: 3}
	closed := Alert{ID: "a", State: Closed, CloseReason: BenignOwnEquipment, ClosedAt: noon.Add(-time.Hour), Level: finding.LevelHigh, Version: 3}
	ana := Actor{"ana", Analyst}
	long := "Seen on the bench, it is the KVM of the lab."
	tests := []struct {
		name  string
		alert Alert
		move  Move
		cause error  // nil: it must pass
		says  string // part of the sentence, or of the timeline
		state State
	}{
		{"acknowledge new", fresh, Move{Action: Acknowledge, By: ana, Etag: "3"}, nil, "Acknowledged", InProgress},
		{"take over", high, Move{Action: Acknowledge, By: ana, Etag: "3"}, nil, "Taken over from bo", InProgress},
		{"acknowledge own", high, Move{Action: Acknowledge, By: Actor{"bo", Admin}, Etag: "3"}, ErrConflict, "already have", ""},
		{"acknowledge closed", closed, Move{Action: Acknowledge, By: ana, Etag: "3"}, ErrConflict, "reopen it", ""},
		{"auditor", fresh, Move{Action: Acknowledge, By: Actor{"ed", Auditor}, Etag: "3"}, ErrDenied, "auditor", ""},
		{"auditor comments", fresh, Move{Action: Remark, By: Actor{"ed", Auditor}, Comment: "hm"}, ErrDenied, "auditor", ""},
		{"nobody", fresh, Move{Action: Close, Etag: "3"}, ErrDenied, "", ""},
		{"stale", fresh, Move{Action: Acknowledge, By: ana, Etag: "2"}, ErrConflict, "changed since you read it", ""},
		{"no etag", fresh, Move{Action: Acknowledge, By: ana}, ErrInvalid, "no etag", ""},
		{"close without reason", fresh, Move{Action: Close, By: ana, Etag: "3"}, ErrInvalid, "needs a reason", ""},
		{"close with nonsense", fresh, Move{Action: Close, By: ana, Etag: "3", Reason: "meh"}, ErrInvalid, "not a reason", ""},
		{"close medium", fresh, Move{Action: Close, By: ana, Etag: "3", Reason: "security_test"}, nil, "Closed as security_test", Closed},
		{"close high, short", high, Move{Action: Close, By: ana, Etag: "3", Reason: "duplicate", Comment: "dup"}, ErrInvalid, "at least 20", ""},
		{"close high, only spaces", high, Move{Action: Close, By: ana, Etag: "3", Reason: "duplicate", Comment: strings.Repeat(" ", 30)}, ErrInvalid, "yours has 0", ""},
		{"close high, long", high, Move{Action: Close, By: ana, Etag: "3", Reason: "benign_own_equipment", Comment: long}, nil, long, Closed},
		{"close medium, insufficient", fresh, Move{Action: Close, By: ana, Etag: "3", Reason: "insufficient_evidence"}, ErrInvalid, "at least 20", ""},
		{"close medium, false positive", fresh, Move{Action: Close, By: ana, Etag: "3", Reason: "false_positive_data", Comment: "short"}, ErrInvalid, "at least 20", ""},
		{"close closed", closed, Move{Action: Close, By: ana, Etag: "3", Reason: "duplicate", Comment: long}, ErrConflict, "already closed as benign_own_equipment", ""},
		{"reopen", closed, Move{Action: Reopen, By: ana, Etag: "3", Comment: "it is back"}, nil, "closed as benign_own_equipment on 2026-11-25", InProgress},
		{"reopen open", high, Move{Action: Reopen, By: ana, Etag: "3"}, ErrConflict, "not closed (it is in progress, with bo, level high)", ""},
		{"comment needs no etag", high, Move{Action: Remark, By: ana, Comment: "asked her"}, nil, "asked her", InProgress},
		{"empty comment", high, Move{Action: Remark, By: ana, Comment: " "}, ErrInvalid, "empty", ""},
		{"endless comment", high, Move{Action: Remark, By: ana, Comment: strings.Repeat("x", MaxComment+1)}, ErrInvalid, "4001 characters", ""},
		{"unknown", high, Move{Action: "sell", By: ana, Etag: "3"}, ErrInvalid, "sell", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.move.At = noon
			c, err := tt.move.Apply(tt.alert)
			if tt.cause != nil {
				if !errors.Is(err, tt.cause) || !strings.Contains(err.Error(), tt.says) {
					t.Fatalf("Apply = %v, want %v saying %q", err, tt.cause, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.Alert.State != tt.state || c.Alert.Version != 4 || !c.Alert.UpdatedAt.Equal(noon) {
				t.Errorf("alert = %+v", c.Alert)
			}
			var told []string
			for _, e := range c.Timeline {
				if e.Actor != tt.move.By.Name || !e.At.Equal(noon) {
					t.Errorf("entry = %+v", e)
				}
				told = append(told, e.Text)
			}
			if !strings.Contains(strings.Join(told, "|"), tt.says) {
				t.Errorf("timeline %q does not say %q", told, tt.says)
			}
		})
	}
}

func TestAReopenedAlertForgetsItsReasonOnlyInItsState(t *testing.T) {
	ana := Actor{"ana", Analyst}
	a := Alert{State: Closed, CloseReason: SecurityTest, ClosedAt: noon, Version: 1}
	c, err := Move{Action: Reopen, By: ana, At: noon, Etag: "1"}.Apply(a)
	if err != nil {
		t.Fatal(err)
	}
	if c.Alert.CloseReason != "" || !c.Alert.ClosedAt.IsZero() || c.Alert.Assignee != "ana" {
		t.Errorf("reopened alert = %+v", c.Alert)
	}
	if !strings.Contains(c.Timeline[0].Text, "security_test") {
		t.Errorf("the timeline lost the reason: %q", c.Timeline[0].Text)
	}
}

func TestEveryReasonIsEitherSettledOrNot(t *testing.T) {
	settled := 0
	for _, r := range Reasons() {
		if r.settles() {
			settled++
		}
	}
	if settled != 5 || len(Reasons()) != 9 {
		t.Errorf("%d of %d reasons settle", settled, len(Reasons()))
	}
}

func TestParseRole(t *testing.T) {
	for _, r := range Roles() {
		if got, err := ParseRole(string(r)); err != nil || got != r {
			t.Errorf("ParseRole(%s) = %s, %v", r, got, err)
		}
	}
	if _, err := ParseRole("root"); !errors.Is(err, ErrInvalid) {
		t.Errorf("ParseRole(root) = %v", err)
	}
}
