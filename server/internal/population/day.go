package population

import (
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A day is one laptop's day by the clock of where it stands: when it is awake and
// where, and what changes on it.
type day struct {
	fleet    *Fleet
	laptop   *laptop
	number   int       // from 1
	midnight time.Time // UTC, of the date
	none     bool      // it is not on, whatever habits say
	spans    []span
	changes  []change
}

// A span is a stretch of time during which a laptop is awake at one place.
type span struct {
	from, to time.Time
	at       *place
	via      line
}

// A change puts rows or takes them away.
type change struct {
	at   time.Time
	put  []finding.Observation
	take []string
}

// weekday says whether people work.
func (d *day) weekday() bool {
	w := d.midnight.Weekday()
	return w != time.Saturday && w != time.Sunday
}

// stands lets the laptop be awake at a place from an hour of its clock on, for so many hours.
func (d *day) stands(at *place, from, long float64, via ...line) {
	if d.none {
		return
	}
	r := d.laptop.random
	begin := d.clock(at.zone, from).Add(time.Duration(r.IntN(1500)) * time.Second)
	end := begin.Add(hours(long)).Add(-time.Duration(r.IntN(1200)) * time.Second)
	if n := len(d.spans); n > 0 && begin.Before(d.spans[n-1].to) {
		begin = d.spans[n-1].to.Add(time.Minute)
	}
	if !end.After(begin.Add(10 * time.Minute)) {
		return
	}
	s := span{from: begin, to: end, at: at, via: at.at(r, d.number)}
	if len(via) > 0 {
		s.via = via[0]
	}
	d.spans = append(d.spans, s)
}

func (d *day) clock(z zone, hour float64) time.Time {
	return d.midnight.Add(hours(hour)).Add(-time.Duration(z.offset) * time.Minute)
}

func (d *day) awake() bool { return len(d.spans) > 0 }

// zone is where the laptop stands first.
func (d *day) zone() zone { return d.spans[0].at.zone }

// is lets rows be there from so many hours after the laptop woke.
func (d *day) is(after float64, rows ...finding.Observation) {
	if d.awake() {
		d.changes = append(d.changes, change{at: d.spans[0].from.Add(hours(after)), put: rows})
	}
}

// gone lets rows be there no more.
func (d *day) gone(after float64, rows ...finding.Observation) {
	if !d.awake() {
		return
	}
	c := change{at: d.spans[0].from.Add(hours(after))}
	for _, row := range rows {
		c.take = append(c.take, row.UID)
	}
	d.changes = append(d.changes, c)
}

// during lets rows be there for a while.
func (d *day) during(after, long float64, rows ...finding.Observation) {
	d.is(after, rows...)
	d.gone(after+long, rows...)
}

// only lets rows be there while the laptop stands at places of a kind, as what is on a desk.
func (d *day) only(kind string, rows ...finding.Observation) {
	for i := range d.spans {
		s := &d.spans[i]
		c := change{at: s.from}
		if s.at.kind == kind {
			c.put = rows
		} else {
			for _, row := range rows {
				c.take = append(c.take, row.UID)
			}
		}
		d.changes = append(d.changes, c)
	}
}
