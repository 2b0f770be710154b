package sensor

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
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

// A laptop on which nobody meets is looked at every two seconds: nothing is asked of it
// but its processes, which others list at the same moment.
func TestMeetingsAskNothingOfAQuietLaptop(t *testing.T) {
	text := "-- platform.yaml --\nos: darwin\nchassis: laptop\n"
	quiet := &countedPower{Host: machine(t, text+ps("30 1 /usr/bin/true"))}
	s := newOwners().meetings()
	for range 3 {
		if rows, coverage := look(t, quiet, s); len(rows) > 0 || coverage.State != finding.CoverageOK {
			t.Errorf("rows %q, coverage %+v", rows, coverage)
		}
	}
	if quiet.asked > 0 {
		t.Errorf("power was asked for %d times", quiet.asked)
	}
	meets := &countedPower{Host: machine(t, text+ps("30 1 /Applications/zoom.us.app/Contents/MacOS/zoom.us"))}
	if rows, _ := look(t, meets, s); len(rows) != 1 || meets.asked != 1 {
		t.Errorf("rows %q, power asked for %d times", rows, meets.asked)
	}
	if rows, _ := look(t, quiet, s); len(rows) > 0 {
		t.Errorf("afterwards %q", rows)
	}
}

// countedPower counts how often it is asked for power, by which Macs tell how long they run.
type countedPower struct {
	host.Host
	asked int
}

func (c *countedPower) Power(context.Context) (host.Power, error) {
	c.asked++
	return host.Power{Uptime: time.Hour}, nil
}
