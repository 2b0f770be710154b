// Package assess turns what a device told into the two conclusions, keeps them
// current, and lets alerts follow them.
package assess

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Memory is how far back a judgement looks.
const Memory = 90 * 24 * time.Hour

// maxMoments bounds how many moments of the past one judgement looks at, so
// that a device with a month of news to tell costs no more than a moment.
const maxMoments = 128

// overlap is by how much the judged part of the past is judged again: two
// sensors of one device may tell of the same moment a little apart.
const overlap = 10 * time.Minute

// A Standing is the level of one conclusion about a device, as it is kept.
type Standing struct {
	catalogue.Assessment
	DeviceID   string
	DeviceName string
	Since      time.Time // since when the level is what it is, collector clock
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
	Seen      time.Time        // event time up to which the device's past was judged before
	Standings []Standing
	Alerts    []alert.Alert // its own, newest first: those of its site are not among them

	InService time.Time // since when it is in service: its hand-out; zero where nobody told
	Staging   []Span    // when it stood in a staging or repair group, in event time
	Missing   []string  // what could not be looked at or was not imported, in sentences
	// Covered names, by conclusion, the open alert of its site that tells the same
	// already: no second one is opened beside it, and one that is open goes on.
	Covered map[finding.Conclusion]string
}

// A Span is a stretch of event time. A zero To means that it lasts.
type Span struct{ From, To time.Time }

// Holds says whether a moment lies in the span: its begin does, its end does not.
func (s Span) Holds(at time.Time) bool { return !at.Before(s.From) && (s.To.IsZero() || at.Before(s.To)) }

// A Verdict is what one judgement changes. Without changes nothing is written.
type Verdict struct {
	Standings []Standing
	Alerts    []alert.Change
	Seen      time.Time
}

// Changes says whether there is anything in the verdict to be written.
func (v Verdict) Changes(p Past) bool {
	return len(v.Standings) > 0 || len(v.Alerts) > 0 || !v.Seen.Equal(p.Seen)
}

// Judge assesses a device as of now. What happened since the last judgement,
// while nobody heard of it, is judged at the time it happened: a laptop that
// was offline comes to the same alert as one that was not.
func Judge(c *catalogue.Catalogue, p Past, now time.Time, newID func() string) Verdict {
	v := Verdict{Seen: seen(p, now)}
	p.Spells = onOwnEvidence(c, p.Spells)
	permitted := newPermits(c, p)
	peaks := make(map[finding.Conclusion]catalogue.Assessment)
	for _, at := range moments(p, now) {
		for _, a := range c.Assess(history(p, permitted, at)) {
			if best, ok := peaks[a.Conclusion]; !ok || outweighs(a, best) {
				peaks[a.Conclusion] = a
			}
		}
	}
	for _, present := range c.Assess(history(p, permitted, now)) {
		peak, ok := peaks[present.Conclusion]
		if !ok || !outweighs(peak, present) {
			peak = present
		}
		if s, changed := stand(c, p, present, now); changed {
			v.Standings = append(v.Standings, s)
		}
		v.Alerts = append(v.Alerts, alert.Follow(about(p.Alerts, present.Conclusion), alert.Judgement{
			DeviceID: p.Device.ID, DeviceName: p.Device.Name, Peak: peak, Present: present, Sightings: sightings(p), Lapsed: permitted.lapsed(now), At: now,
		}, newID)...)
	}
	return v
}

func outweighs(a, b catalogue.Assessment) bool {
	if a.Level != b.Level {
		return a.Level.Rank() > b.Level.Rank()
	}
	return a.Score > b.Score
}

// moments lists when, before now, something of the unjudged news may have
// stood at its strongest: as each spell began and just before it ended. A
// device tells its past in order, so what lies well before the judged part was
// judged; a long past is not judged over again with every word it adds.
func moments(p Past, now time.Time) []time.Time {
	var at []time.Time
	judged := p.Seen.Add(-overlap)
	add := func(t time.Time) {
		if t.Before(now) && (p.Seen.IsZero() || t.After(judged)) {
			at = append(at, t)
		}
	}
	for _, s := range p.Spells {
		add(s.From)
		if !s.To.IsZero() && s.To.After(s.From) {
			add(s.To.Add(-time.Microsecond))
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	at = slices.CompactFunc(at, time.Time.Equal)
	return at[max(0, len(at)-maxMoments):]
}

// history is the past as it could be known at a moment: what had not begun is
// not in it, what had not ended is open. News received by then count even if
// the device's clock runs a little ahead of ours.
func history(p Past, permitted *permits, at time.Time) catalogue.History {
	h := catalogue.History{At: at, EnrolledAt: p.Device.EnrolledAt}
	for _, s := range p.Spells {
		from, to, heard := s.From, s.To, !s.Finding.ReceivedAt.After(at)
		if from.After(at) {
			if !heard {
				continue
			}
			from = at
		}
		when := at
		switch {
		case to.After(at) && heard:
			to = at
		case to.After(at):
			to = time.Time{}
		case !to.IsZero():
			when = to
		}
		may := permitted.of(s, when)
		h.Spells = append(h.Spells, catalogue.Spell{
			Finding: s.Finding.Finding, From: from, To: to, Sanctioned: may.Sanctioned, Lapsed: may.Lapsed, ForeignTenant: may.ForeignTenant,
		})
	}
	return h
}

// onOwnEvidence leaves of each finding's evidence the rows that its rule reads:
// what else stands beside them is not what a sanction's conditions are about.
func onOwnEvidence(c *catalogue.Catalogue, spells []device.Spell) []device.Spell {
	spells = slices.Clone(spells)
	for i := range spells {
		f := &spells[i].Finding
		rules := c.RulesOf(f.Rule)
		f.Evidence = slices.DeleteFunc(slices.Clone(f.Evidence), func(row finding.Observation) bool {
			return !slices.ContainsFunc(rules, func(r *catalogue.Rule) bool { return r.Class == row.Class })
		})
	}
	return spells
}

// seen is up to when the device has told, in event time. A clock that runs
// ahead does not reach beyond now.
func seen(p Past, now time.Time) time.Time {
	latest := p.Seen
	for _, s := range p.Spells {
		for _, t := range []time.Time{s.Last, s.To} {
			if t.After(latest) {
				latest = t
			}
		}
	}
	if latest.After(now) {
		return now
	}
	return latest
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

func about(all []alert.Alert, c finding.Conclusion) []alert.Alert {
	var some []alert.Alert
	for _, a := range all {
		if a.Conclusion == c {
			some = append(some, a)
		}
	}
	return some
}

// stand gives the standing to keep, and whether it differs from the kept one.
func stand(c *catalogue.Catalogue, p Past, a catalogue.Assessment, now time.Time) (Standing, bool) {
	s := Standing{Assessment: a, DeviceID: p.Device.ID, DeviceName: p.Device.Name, Since: now, JudgedAt: now, Revision: c.Revision}
	i := slices.IndexFunc(p.Standings, func(k Standing) bool { return k.Conclusion == a.Conclusion })
	if i < 0 {
		return s, true
	}
	kept := p.Standings[i]
	if kept.Level == a.Level {
		s.Since = kept.Since
	}
	return s, kept.Revision != c.Revision || !equal(kept.Assessment, a)
}

func equal(a, b catalogue.Assessment) bool {
	return a.Level == b.Level && a.Score == b.Score && a.Title == b.Title && a.NextStep == b.NextStep &&
		a.Explain == b.Explain && bytes.Equal(EncodeLedger(a.Ledger), EncodeLedger(b.Ledger))
}

// EncodeLedger writes a ledger as it is kept and shown.
func EncodeLedger(l []catalogue.LedgerEntry) []byte {
	if l == nil {
		l = []catalogue.LedgerEntry{}
	}
	text, err := json.Marshal(l)
	if err != nil { // four plain fields cannot fail to be written
		return []byte("[]")
	}
	return text
}
