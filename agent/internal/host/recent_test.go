package host

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestRecentReadsOnceForWhoAskTogether(t *testing.T) {
	at, asked := time.Unix(1000, 0), 0
	o := Options{Now: func() time.Time { return at }, Keep: recentFor}
	ask := func() ([]int, error) { asked++; return []int{asked}, nil }
	var r recent[int]
	for _, step := range []struct {
		later time.Duration
		want  int
	}{{0, 1}, {recentFor / 2, 1}, {recentFor, 2}, {-time.Hour, 3}, {0, 3}} {
		at = at.Add(step.later)
		if rows, _ := r.get(o, ask); rows[0] != step.want {
			t.Errorf("%s later: answer %d, want %d", step.later, rows[0], step.want)
		}
	}
}

// TestWhoHasNoTimeSpeaksForNobody: that one asker's time was over is not handed on.
func TestWhoHasNoTimeSpeaksForNobody(t *testing.T) {
	o := Options{Now: func() time.Time { return time.Unix(1000, 0) }, Keep: recentFor}
	for failure, asks := range map[error]int{
		fmt.Errorf("list sockets: %w", context.DeadlineExceeded): 2,
		context.Canceled:            2,
		errors.New("no such table"): 1, // which the others would be told as well
	} {
		asked := 0
		var r recent[int]
		for range 2 {
			_, err := r.get(o, func() ([]int, error) { asked++; return nil, failure })
			if !errors.Is(err, failure) {
				t.Errorf("%v became %v", failure, err)
			}
		}
		if asked != asks {
			t.Errorf("after %v the machine was asked %d times, want %d", failure, asked, asks)
		}
	}
}
