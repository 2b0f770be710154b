package assess

import (
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Foresight is what a sanction would have done about one device.
type Foresight struct {
	Findings int           // that it would have permitted and nothing else did
	Hidden   []alert.Alert // that would not have been
}

// Foresee says what a sanction would have done in the time that a judgement
// looks back on, had it been in force all the while and a ticket open whenever
// one is required: at most so much, never more. What else is in force now, or is
// to be, counts as if it had been, too: else what hides an alert could be divided
// among two sanctions of which neither does.
func Foresee(c *catalogue.Catalogue, p Past, draft alert.Sanction, now time.Time, others ...alert.Sanction) Foresight {
	p = p.ready(c)
	p.Sanctions = slices.DeleteFunc(slices.Clone(p.Sanctions), alert.Sanction.Grant) // it ends within a day, and must not clear the way for what lasts
	before := newPermits(c, p)
	alone := newPermits(c, p.under(now, draft))
	after := newPermits(c, p.under(now, append(standing(p.Sanctions, draft, now), append(others, draft)...)...))

	since := now.Add(-Memory)
	fresh := map[string]bool{}
	for _, s := range p.Spells {
		at := ended(s, now)
		if !at.Before(since) && alone.of(s, at).Sanctioned && !before.of(s, at).Sanctioned {
			fresh[s.Finding.UID] = true
		}
	}
	f := Foresight{Findings: len(fresh)}
	for _, a := range p.Alerts {
		told := !a.OpenedAt.Before(since) || a.State != alert.Closed
		touched := slices.ContainsFunc(a.Findings, func(uid string) bool { return fresh[uid] })
		if told && touched && hidden(c, p, a, before, after, now) {
			f.Hidden = append(f.Hidden, a)
		}
	}
	return f
}

// under is the past with more sanctions, as if those had always been in force with a ticket open.
func (p Past) under(now time.Time, more ...alert.Sanction) Past {
	p.Sanctions = slices.Clone(p.Sanctions)
	for _, s := range more {
		s.StartsAt, s.ExpiresAt, s.RevokedAt, s.ReplacedAt = time.Time{}, now.Add(time.Hour), time.Time{}, time.Time{}
		s.Conditions.Ticket = false
		p.Sanctions = append(p.Sanctions, s)
	}
	return p
}

// standing are the sanctions in force beside a draft, without the version that it replaces.
func standing(all []alert.Sanction, draft alert.Sanction, now time.Time) []alert.Sanction {
	return slices.DeleteFunc(slices.Clone(all), func(s alert.Sanction) bool { return !s.InForce(now) || s.Name == draft.Name })
}

// hidden says whether what an alert rests on would have alarmed nobody.
func hidden(c *catalogue.Catalogue, p Past, a alert.Alert, before, after *permits, now time.Time) bool {
	alarmed := false
	for _, at := range momentsOf(p, a, now) {
		if alarms(c, history(p, after, at), a.Conclusion) {
			return false
		}
		alarmed = alarmed || alarms(c, history(p, before, at), a.Conclusion)
	}
	return alarmed
}

func alarms(c *catalogue.Catalogue, h catalogue.History, conclusion finding.Conclusion) bool {
	return slices.ContainsFunc(c.Assess(h), func(a catalogue.Assessment) bool {
		return a.Conclusion == conclusion && a.Level.Rank() >= finding.LevelMedium.Rank()
	})
}

// momentsOf are those at which what an alert rests on stood at its strongest.
func momentsOf(p Past, a alert.Alert, now time.Time) []time.Time {
	var at []time.Time
	for _, s := range p.Spells {
		if slices.Contains(a.Findings, s.Finding.UID) {
			at = append(at, s.From, ended(s, now).Add(-time.Microsecond))
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	at = slices.CompactFunc(at, time.Time.Equal)
	return at[max(0, len(at)-mostMoments):]
}

func ended(s device.Spell, now time.Time) time.Time {
	if s.To.IsZero() || s.To.After(now) {
		return now
	}
	return s.To
}
