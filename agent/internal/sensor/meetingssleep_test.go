package sensor

import (
	"strings"
	"testing"
	"time"
)

// A meeting program that was left in a meeting when the lid was closed still has its
// pipes open in the morning: a night of sleep is no meeting in which nobody spoke.
func TestMeetingsDoNotLastThroughSleep(t *testing.T) {
	zoom := ps("30 1 /opt/zoom/zoom "+meetingURL) + mediaOf + soundOff
	at := func(d time.Duration) string { return uptimeOf(20*time.Hour + d) }
	s := newOwners().meetings()
	for _, d := range []time.Duration{0, time.Minute, 14 * time.Hour, 14*time.Hour + time.Minute} {
		if rows, _ := look(t, machine(t, zoom+at(d)), s); len(rows) != 1 || !strings.Contains(rows[0], "lasting=minutes") {
			t.Errorf("after %v: %q, want a meeting of minutes", d, rows)
		}
	}
}
