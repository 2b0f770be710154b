package assess

import (
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Memory is how far back a judgement looks from the moment that it judges.
const Memory = 90 * 24 * time.Hour

// A Standing is the level of one conclusion about a device, as it is kept.
type Standing struct {
	catalogue.Assessment
	DeviceID   string
	DeviceName string
	Since      time.Time // since when the level is what it is, event time
	JudgedAt   time.Time // when it last changed, collector clock
	Revision   string    // of the catalogue that judged
}

// A Past is all that one judgement looks at.
type Past struct {
	Device    device.Device
	Groups    []device.Membership // that it was put into, earliest first
	Spells    []device.Spell
	Sanctions []alert.Sanction // at least those that can speak of it
	Tickets   []alert.Window   // of the device
	// Heard is event time up to which the device has told what it saw, so that what
	// stands in no report did not happen; zero where nobody kept it. A laptop that
	// was offline has told of no more than its spool has delivered yet.
	Heard     time.Time
	Seen      time.Time // event time up to which its past was judged before, and nothing older came since
	Due       Due       // as the last judgement had it
	Standings []Standing
	Alerts    []alert.Alert // its own, newest first: those of its site are not among them

	Enrolled  time.Time // when it was enrolled first; a re-image does not make it new. Zero for Device.EnrolledAt
	InService time.Time // since when it is in service: its hand-out; zero where nobody told
	Staging   []Span    // when it stood in a staging or repair group, in event time
	Missing   []string  // what was not imported, in sentences
	Blind     []Blind   // what the laptop cannot look at now, in order of class
	// Covered names, by conclusion, the open alert of its site that tells the same
	// already: no second one is opened beside it, and one that is open goes on. When
	// the site's alert is closed, however that was, what the laptop shows by itself
	// still then opens an alert of its own: a decision on what joins some laptops is
	// none on what is plugged into one of them. What came and went meanwhile opens none.
	Covered map[finding.Conclusion]string
	Notices []Noticed // that the device is part of, or may become part of
}

// A Span is a stretch of event time. A zero To means that it lasts.
type Span struct{ From, To time.Time }

// Holds says whether a moment lies in the span: its begin does, its end does not.
func (s Span) Holds(at time.Time) bool {
	return !at.Before(s.From) && (s.To.IsZero() || at.Before(s.To))
}

// Due is when time alone can change a verdict: once the device has told of so much, or
// once the collector's clock says so, whichever comes first. Zero is never.
type Due struct{ Heard, Clock time.Time }

// Equal says whether two are the same moments.
func (d Due) Equal(o Due) bool { return d.Heard.Equal(o.Heard) && d.Clock.Equal(o.Clock) }

// heard is up to when the device told of itself; zero if it never did.
func (p *Past) heard() time.Time {
	if p.Heard.IsZero() {
		return p.Device.LastSeen
	}
	return p.Heard
}

// present is the moment that is judged as now: up to which the device has told of
// itself, or something was found of it here. Of what comes after nobody knows anything:
// a session does not last through the weekend because the laptop fell asleep in it.
func (p *Past) present(now time.Time) time.Time {
	at := p.heard()
	if at.IsZero() {
		return now
	}
	for _, s := range p.Spells {
		for _, t := range []time.Time{s.From, s.Last, s.To} {
			if t.After(at) {
				at = t
			}
		}
	}
	if at.After(now) { // the collector's clock was set back
		return now
	}
	return at
}

// newSince is since when the device is in service, as far as that is known.
func (p *Past) newSince() time.Time {
	switch {
	case !p.InService.IsZero():
		return p.InService
	case !p.Enrolled.IsZero():
		return p.Enrolled
	}
	return p.Device.EnrolledAt
}

// ready gives the past as it is judged: of evidence and coverage what the rules read, and spells cut
// where a staging begins or ends, so that what was found there is sanctioned and the
// same hardware after the hand-out is not.
func (p *Past) ready(c *catalogue.Catalogue) Past {
	r := *p
	r.Spells, r.Blind = onOwnEvidence(c, p.Spells), read(c, p.Blind)
	if len(p.Staging) > 0 {
		r.Spells = cut(r.Spells, p.Staging)
	}
	return r
}

// cut cuts spells at the ends of spans.
func cut(spells []device.Spell, spans []Span) []device.Spell {
	var list []device.Spell
	for _, s := range spells {
		var ends []time.Time
		for _, span := range spans {
			for _, t := range []time.Time{span.From, span.To} {
				if t.After(s.From) && (s.To.IsZero() || t.Before(s.To)) {
					ends = append(ends, t)
				}
			}
		}
		slices.SortFunc(ends, time.Time.Compare)
		for _, t := range slices.CompactFunc(ends, time.Time.Equal) {
			before := s
			before.To, s.From = t, t
			list = append(list, before)
		}
		list = append(list, s)
	}
	return list
}

// onOwnEvidence leaves of each finding's evidence the rows that its rule reads:
// what else stands beside them is not what a sanction's conditions are about.
func onOwnEvidence(c *catalogue.Catalogue, spells []device.Spell) []device.Spell {
	if !slices.ContainsFunc(spells, func(s device.Spell) bool { return len(s.Finding.Evidence) > 0 }) {
		return spells
	}
	spells = slices.Clone(spells)
	for i := range spells {
		f := &spells[i].Finding
		if len(f.Evidence) == 0 {
			continue
		}
		rules := c.RulesOf(f.Rule)
		f.Evidence = slices.DeleteFunc(slices.Clone(f.Evidence), func(row finding.Observation) bool {
			return !slices.ContainsFunc(rules, func(r *catalogue.Rule) bool { return r.Class == row.Class })
		})
	}
	return spells
}

// sightings tells of each finding when it was there last.
func sightings(p Past) map[string]alert.Sighting {
	byUID := make(map[string]alert.Sighting)
	for _, s := range p.Spells {
		if known, ok := byUID[s.Finding.UID]; ok && known.From.After(s.From) {
			continue
		}
		byUID[s.Finding.UID] = alert.Sighting{Title: s.Finding.Title, From: s.From, To: s.To, Last: s.Last}
	}
	return byUID
}
