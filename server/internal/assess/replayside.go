package assess

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// mostReplayed bounds the moments of one device that are compared, the last ones: about
// one of every ten minutes of 30 days. Beyond, one device that reports without a rest
// would take the time of all others; that it was cut is said.
const mostReplayed = 4096

// breath is after how many moments it is looked whether anybody still waits for the replay.
const breath = 256

// compare judges both pasts at the moments of both. Cut is since when it compares, where
// that is later than the window begins.
func (r *Replay) compare(ctx context.Context, p, would Past, touched bool, out *replayed) error {
	known := newSide(r.before, p, r.to)
	other := known
	if touched || len(would.Notices) != len(p.Notices) {
		other = newSide(r.after, would, r.to)
	}
	var at []time.Time
	at, out.cut = r.moments(known.timeline, other.timeline)
	for i, t := range at {
		if i%breath == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		known.look(t)
		if other != known {
			other.look(t)
		}
	}
	inboxes := [2]*inbox{r.inbox(known, p), r.inbox(other, would)}
	if len(out.began) > 0 {
		out.inbox = inboxes[1].slim(other.alarms)
	}
	for i, peak := range known.peaks {
		after := other.peaks[i]
		c := ReplayChange{DeviceID: p.Device.ID, DeviceName: p.Device.Name, Conclusion: peak.Conclusion, Before: peak, After: after,
			NowBefore: known.track[len(at)-1][i].Level, NowAfter: other.track[len(at)-1][i].Level,
			Added: linesOnlyIn(after, peak), Dropped: linesOnlyIn(peak, after), At: firstApart(at, known.track, other.track, i)}
		c.alarms, c.alarming = [2]alarm{inboxes[0].of(known.alarms[i], c.Conclusion, known.tells), inboxes[1].of(other.alarms[i], c.Conclusion, other.tells)}, other.alarms[i]
		c.stands(about(p.Alerts, c.Conclusion), r.from)
		if c.same() {
			c.Before, c.After = slim(c.Before), slim(c.After)
		}
		out.changes = append(out.changes, c)
	}
	return nil
}

func (r *Replay) inbox(s *side, p Past) *inbox {
	return &inbox{past: p, lapsed: s.lapsed(), from: r.from, now: r.to}
}

// slim leaves of an inbox what speaks of what alarms, for when the whole fleet is known.
func (d *inbox) slim(all []alarming) *inbox {
	uids := map[string]bool{}
	for _, a := range all {
		for _, one := range a {
			for _, e := range one.what.Ledger {
				for _, uid := range strings.Fields(e.Finding) {
					uids[uid] = true
				}
			}
		}
	}
	if len(uids) == 0 {
		return nil
	}
	p := d.past
	d.past = Past{Device: p.Device, Alerts: p.Alerts, Notices: p.Notices, Covered: p.Covered, Seen: p.Seen}
	for _, s := range p.Spells {
		if uids[s.Finding.UID] || strings.HasSuffix(s.Finding.Rule, "."+catalogue.StateTenant) {
			d.past.Spells = append(d.past.Spells, s)
		}
	}
	return d
}

// slim leaves of an assessment what is counted.
func slim(a catalogue.Assessment) catalogue.Assessment {
	return catalogue.Assessment{Conclusion: a.Conclusion, Level: a.Level, Score: a.Score}
}

// A side is what one catalogue says of a past, moment by moment.
type side struct {
	*timeline
	track  [][]brief
	peaks  []catalogue.Assessment
	alarms []alarming
	tells  *noticing
}

// brief is what of an assessment is kept of each moment.
type brief struct {
	Level finding.Level
	Score int
}

func newSide(c *catalogue.Catalogue, p Past, now time.Time) *side {
	return &side{timeline: newTimeline(c, p, now), tells: newNoticing(c, p, now)}
}

func (s *side) look(t time.Time) {
	all := s.assess(t)
	line := make([]brief, len(all))
	for i, a := range all {
		line[i] = brief{a.Level, a.Score}
		if i >= len(s.peaks) {
			s.peaks, s.alarms = append(s.peaks, a), append(s.alarms, nil)
		} else if outweighs(a, s.peaks[i]) {
			s.peaks[i] = a
		}
		s.alarms[i].saw(t, a)
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

// linesOnlyIn gives the lines of a ledger that the other has not, or with other points.
func linesOnlyIn(a, b catalogue.Assessment) []catalogue.LedgerEntry {
	return slices.DeleteFunc(slices.Clone(a.Ledger), func(e catalogue.LedgerEntry) bool {
		return slices.ContainsFunc(b.Ledger, func(o catalogue.LedgerEntry) bool { return o.Rule == e.Rule && o.Points == e.Points })
	})
}
