package host

import (
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
