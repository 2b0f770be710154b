package assess

import (
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// mostReplayed bounds the moments of one device that are compared: about one of
// every hour and a half of 30 days.
const mostReplayed = 512

// compare judges both pasts at the moments of both.
func (r *Replay) compare(p, would Past, touched bool) []ReplayChange {
	known := &side{timeline: newTimeline(r.before, p, r.to)}
	other := known
	if touched {
		other = &side{timeline: newTimeline(r.after, would, r.to)}
	}
	at := r.moments(known.timeline, other.timeline)
	for _, t := range at {
		known.look(t)
		if touched {
			other.look(t)
		}
	}
	var changes []ReplayChange
	for i, peak := range known.peaks {
		after := other.peaks[i]
		c := ReplayChange{DeviceID: p.Device.ID, DeviceName: p.Device.Name, Conclusion: peak.Conclusion, Before: peak, After: after,
			NowBefore: known.track[len(at)-1][i].Level, NowAfter: other.track[len(at)-1][i].Level,
			Added: linesOnlyIn(after, peak), Dropped: linesOnlyIn(peak, after), At: firstApart(at, known.track, other.track, i)}
		alarmed, alarms := alarming(peak), alarming(after)
		c.Opened = alarms && !alarmed && p.Covered[c.Conclusion] == "" && !slices.ContainsFunc(about(p.Alerts, c.Conclusion), unclosed)
		c.NotOpened = alarmed && !alarms
		changes = append(changes, c)
	}
	return changes
}

// A side is what one catalogue says of a past, moment by moment.
type side struct {
	*timeline
	track [][]brief
	peaks []catalogue.Assessment
}

// brief is what of an assessment is kept of each moment.
type brief struct {
	Level finding.Level
	Score int
}

func (s *side) look(t time.Time) {
	all := s.assess(t)
	line := make([]brief, len(all))
	for i, a := range all {
		line[i] = brief{a.Level, a.Score}
		switch {
		case i >= len(s.peaks):
			s.peaks = append(s.peaks, a)
		case outweighs(a, s.peaks[i]):
			s.peaks[i] = a
		}
	}
	s.track = append(s.track, line)
}

// moments are those within the window at which either past can change, and its end.
func (r *Replay) moments(known, other *timeline) []time.Time {
	if !r.from.Before(known.present) {
		return []time.Time{known.present}
	}
	at := append([]time.Time{r.from}, known.moments(r.from, known.present)...)
	if other != known {
		at = append(at, other.moments(r.from, known.present)...)
		slices.SortFunc(at, time.Time.Compare)
		at = slices.CompactFunc(at, time.Time.Equal)
	}
	return append(at[max(0, len(at)-mostReplayed):], known.present)
}

// firstApart is the first moment at which levels differ, or else scores.
func firstApart(at []time.Time, a, b [][]brief, i int) time.Time {
	var scored time.Time
	for n, t := range at {
		switch x, y := a[n][i], b[n][i]; {
		case x.Level != y.Level:
			return t
		case x.Score != y.Score && scored.IsZero():
			scored = t
		}
	}
	return scored
}

func alarming(a catalogue.Assessment) bool { return a.Level.Rank() >= finding.LevelMedium.Rank() }

func unclosed(a alert.Alert) bool { return a.State != alert.Closed }

// linesOnlyIn gives the lines of a ledger that the other has not, or with other points.
func linesOnlyIn(a, b catalogue.Assessment) []catalogue.LedgerEntry {
	return slices.DeleteFunc(slices.Clone(a.Ledger), func(e catalogue.LedgerEntry) bool {
		return slices.ContainsFunc(b.Ledger, func(o catalogue.LedgerEntry) bool { return o.Rule == e.Rule && o.Points == e.Points })
	})
}
