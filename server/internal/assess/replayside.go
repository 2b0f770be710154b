package assess

import (
	"context"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// mostReplayed bounds the moments of one device that are compared, the last ones: about
// one of every ten minutes of 30 days. Beyond, one device that reports without a rest
// would take the time of all others; that it was cut is said.
const mostReplayed = 4096

// breath is after how many moments it is looked whether anybody still waits for the replay.
const breath = 256

// compare judges both pasts at the moments of both. Cut is since when it compares, where
// that is later than the window begins.
func (r *Replay) compare(ctx context.Context, p, would Past, touched bool) (changes []ReplayChange, cut time.Time, err error) {
	known := &side{timeline: newTimeline(r.before, p, r.to)}
	other := known
	if touched {
		other = &side{timeline: newTimeline(r.after, would, r.to)}
	}
	at, cut := r.moments(known.timeline, other.timeline)
	for i, t := range at {
		if i%breath == 0 && ctx.Err() != nil {
			return nil, cut, ctx.Err()
		}
		known.look(t)
		if touched {
			other.look(t)
		}
	}
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
	return changes, cut, nil
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

// moments are those within the window at which either past can change, and its end. Cut
// is the first of them where there were more than are compared.
func (r *Replay) moments(known, other *timeline) (at []time.Time, cut time.Time) {
	if !r.from.Before(known.present) {
		return []time.Time{known.present}, cut
	}
	at = append([]time.Time{r.from}, known.moments(r.from, known.present)...)
	if other != known {
		at = append(at, other.moments(r.from, known.present)...)
		slices.SortFunc(at, time.Time.Compare)
		at = slices.CompactFunc(at, time.Time.Equal)
	}
	if len(at) > mostReplayed {
		at = at[len(at)-mostReplayed:]
		cut = at[0]
	}
	return append(at, known.present), cut
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
