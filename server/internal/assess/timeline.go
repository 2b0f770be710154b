package assess

import (
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A timeline is a past made ready to be judged at many moments.
type timeline struct {
	catalogue *catalogue.Catalogue
	past      Past // with spells as they are judged
	permitted *permits
	now       time.Time // collector clock
	present   time.Time // event time
	judged    map[int64][]catalogue.Assessment

	ready *catalogue.Prepared // of the spells that are remembered
	begin time.Time           // the moment for which they were made ready
	still time.Time           // until when they stay the same
	kept  []int               // which they are
	told  []alert.Permit      // what ready was told of each
}

func newTimeline(c *catalogue.Catalogue, p Past, now time.Time) *timeline {
	l := &timeline{catalogue: c, now: now, present: p.present(now).Truncate(time.Microsecond), judged: map[int64][]catalogue.Assessment{}}
	l.past = p.ready(c)
	l.permitted = newPermits(c, l.past)
	return l
}

// at assesses the past as of a moment, and remembers it.
func (l *timeline) at(t time.Time) []catalogue.Assessment {
	known, ok := l.judged[t.UnixMicro()]
	if !ok {
		known = l.assess(t)
		l.judged[t.UnixMicro()] = known
	}
	return known
}

// assess gives what the catalogue says of history(t), byte for byte, and makes ready
// only what differs from the moment before.
func (l *timeline) assess(t time.Time) []catalogue.Assessment {
	return l.lookFrom(t).At(t)
}

// lookFrom makes the past ready to be looked at from a moment.
func (l *timeline) lookFrom(t time.Time) *catalogue.Prepared {
	l.remember(t)
	for n, i := range l.kept {
		if !l.permitted.any {
			break
		}
		s := &l.past.Spells[i]
		if !l.permitted.speaks[i] || s.From.After(t) {
			continue
		}
		may := l.permitted.at(i, t, l.clock(t))
		if may != l.told[n] {
			l.told[n] = may
			l.ready.Permit(n, may.Sanctioned, may.Lapsed, may.ForeignTenant, may.Unticketed)
		}
	}
	return l.ready
}

// remember makes ready what can matter at a moment: of what ended before, what somebody
// still asks for. A laptop of many spells is judged by few of them.
func (l *timeline) remember(t time.Time) {
	if l.ready != nil && !t.Before(l.begin) && !t.After(l.still) {
		return
	}
	h := catalogue.History{EnrolledAt: l.past.newSince(), Missing: l.past.lacking(t)}
	l.kept, l.begin, l.still = l.kept[:0], t, t.Add(Memory)
	for _, b := range l.past.Blind {
		if from := b.said(); from.After(t) && !from.After(l.still) {
			l.still = from.Add(-time.Microsecond)
		}
	}
	for i := range l.past.Spells {
		s := &l.past.Spells[i]
		if !s.To.IsZero() {
			if s.To.Add(l.permitted.matters(l.catalogue, s.Finding.Rule).after(s, h.EnrolledAt)).Before(t) {
				continue
			}
			if until := s.To.Add(Memory); until.Before(l.still) {
				l.still = until
			}
		}
		l.kept = append(l.kept, i)
	}
	h.Spells = make([]catalogue.Spell, len(l.kept))
	for n, i := range l.kept {
		s := &l.past.Spells[i]
		h.Spells[n] = catalogue.Spell{Finding: s.Finding.Finding, From: s.From, To: s.To}
	}
	l.told = make([]alert.Permit, len(l.kept))
	l.ready = l.catalogue.Prepare(h)
}

// clock is when what is open at a moment is weighed by sanctions: now where it is the
// present, since a sanction of this minute speaks of a laptop that is asleep.
func (l *timeline) clock(t time.Time) time.Time {
	if t.Equal(l.present) {
		return l.now
	}
	return t
}

// HistoryOf is what the standings of a past rest on, judged at a time of the collector's
// clock: the catalogue of their revision gives the same of it, byte for byte.
func HistoryOf(c *catalogue.Catalogue, p Past, now time.Time) catalogue.History {
	l := newTimeline(c, p, now)
	return l.history(l.present)
}

// history is the past as it was at a moment: what had begun by then, and had not ended
// longer before than anybody remembers. It is all that the moment's assessment rests on.
func (l *timeline) history(t time.Time) catalogue.History {
	return historyBy(l.past, l.permitted, t, l.clock(t))
}

func history(p Past, permitted *permits, at time.Time) catalogue.History {
	return historyBy(p, permitted, at, at)
}

func historyBy(p Past, permitted *permits, at, clock time.Time) catalogue.History {
	h := catalogue.History{At: at, EnrolledAt: p.newSince(), Missing: p.lacking(at)}
	for i, s := range p.Spells {
		if s.From.After(at) || !s.To.IsZero() && s.To.Before(at.Add(-Memory)) {
			continue
		}
		may := permitted.at(i, at, clock)
		if s.To.After(at) {
			s.To = time.Time{}
		}
		h.Spells = append(h.Spells, catalogue.Spell{
			Finding: s.Finding.Finding, From: s.From, To: s.To, Sanctioned: may.Sanctioned, Lapsed: may.Lapsed, ForeignTenant: may.ForeignTenant, Unticketed: may.Unticketed,
		})
	}
	return h
}

// moments lists, in order, when after one moment and before another an assessment can
// change though nothing lasts any longer: just before and as each edge is passed.
// Between two of them it changes only by what lasts, as between says.
func (l *timeline) moments(after, until time.Time) []time.Time {
	var at []time.Time
	add := func(t time.Time) {
		if t.After(after) && t.Before(until) {
			at = append(at, t)
		}
	}
	l.edges(after, until, func(t time.Time) {
		add(t.Add(-time.Microsecond))
		add(t)
	})
	slices.SortFunc(at, time.Time.Compare)
	return slices.CompactFunc(at, time.Time.Equal)
}

// mostBetween is at how many moments a judgement looks between two edges. They are fewer:
// each is when something has lasted for as long as some condition asks, or no longer has.
const mostBetween = 64

// between lists when, between two moments at which nothing came or went, time alone can
// change an assessment. What lasts is mostly there still just before the next edge; but
// what leaves a window at the same time can end what only just began to hold.
func (l *timeline) between(before, after time.Time) []time.Time {
	var at []time.Time
	for range mostBetween {
		if after.Sub(before) <= time.Microsecond {
			break
		}
		next := l.lookFrom(before).Next(before)
		if next.IsZero() || !next.Before(after) {
			break
		}
		at = append(at, next)
		before = next
	}
	return at
}

// walk lists the first of the moments, edges and those between, at which a judgement looks
// after one moment and before another: all of them where they are no more than enough.
func (l *timeline) walk(after, until time.Time, enough int) []time.Time {
	var at []time.Time
	for _, edge := range append(l.moments(after, until), until) {
		if !after.IsZero() { // before the first nothing lasts
			at = append(at, l.between(after, edge)...)
		}
		if len(at) > enough || edge.Equal(until) {
			break
		}
		at = append(at, edge)
		after = edge
	}
	return at
}

// edges gives when what is found, or what is permitted, comes, goes or leaves the time
// that somebody asks for. Those outside of the two moments may be left out.
func (l *timeline) edges(after, until time.Time, give func(time.Time)) {
	first := until
	for i := range l.past.Spells {
		s := &l.past.Spells[i]
		if s.From.Before(first) {
			first = s.From
		}
		give(s.From)
		if !s.To.IsZero() {
			give(s.To)
			give(s.To.Add(Memory + time.Microsecond))
		}
		for _, w := range l.permitted.matters(l.catalogue, s.Finding.Rule).windows {
			give(s.From.Add(w))
			if !s.To.IsZero() {
				give(s.To.Add(w + time.Microsecond))
			}
		}
	}
	for _, b := range l.past.Blind {
		give(b.said())
	}
	for _, span := range l.past.Staging {
		give(span.From)
		give(span.To)
	}
	if after.Before(first) {
		after = first.Add(-time.Microsecond)
	}
	l.permitted.edges(after, until, give)
}

// dueWithin is how far ahead hours are looked at for when they turn next.
const dueWithin = 8 * 24 * time.Hour

// due says when time alone can change the verdict.
func (l *timeline) due() Due {
	d := Due{Heard: l.lookFrom(l.present).Next(l.present)}
	sooner := func(due *time.Time, t, than time.Time) {
		if t.After(than) && (due.IsZero() || t.Before(*due)) {
			*due = t
		}
	}
	l.edges(l.present, l.present.Add(dueWithin), func(t time.Time) { sooner(&d.Heard, t, l.present) })
	l.permitted.edges(l.now, l.now.Add(dueWithin), func(t time.Time) { sooner(&d.Clock, t, l.now) })
	return d
}

// lapsed tells of each finding that is there now when its sanction ended.
func (l *timeline) lapsed() map[string]time.Time {
	if !l.permitted.any {
		return nil
	}
	ends := map[string]time.Time{}
	for i := range l.past.Spells {
		s := &l.past.Spells[i]
		if !s.To.IsZero() || !l.permitted.speaks[i] {
			continue
		}
		if p := l.permitted.at(i, l.present, l.now); p.Lapsed {
			ends[s.Finding.UID] = p.LapsedAt
		}
	}
	return ends
}

// staged says whether a spell, cut where stagings begin and end, lies in one.
func (p *Past) staged(s *device.Spell) bool {
	return slices.ContainsFunc(p.Staging, func(span Span) bool { return span.Holds(s.From) })
}
