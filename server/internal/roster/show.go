package roster

import (
	"cmp"
	"strconv"
	"time"
)

// A Fact is one thing that is known of a device and whoever holds it now.
type Fact struct {
	Name   string
	Value  string
	Import int64 // that said so; 0 where the collector knows it itself
}

// shown is how long after it was over a ticket, a journey or leave is still shown.
const shown = 30 * day

// Facts lists what is known of a device at a moment: what is shown is all there is.
func (r *Roster) Facts(about Known, at time.Time) []Fact {
	var list []Fact
	add := func(source int64, name, value string) {
		if value != "" {
			list = append(list, Fact{name, value, source})
		}
	}
	h, held := r.holding(about.ID, at)
	if held {
		source := r.sources[holdingKey(h)]
		add(source, "person", h.PersonID)
		add(source, "handed_out", written(h.From))
		r.factsOf(r.People[h.PersonID], add)
	}
	add(0, "enrolled", written(about.First))
	if about.Last.After(about.First) {
		add(0, "enrolled_again", written(about.Last))
	}
	if about.Group != "" {
		g := r.Groups[about.Group]
		add(g.Import, "group_of_devices", about.Group+" ("+cmp.Or(g.Kind, "of no kind that was imported")+")")
	}
	for _, t := range r.tickets[about.ID] {
		if at.Sub(t.To) < shown {
			add(t.Import, "ticket", t.Ticket+" "+stretch(t.From, t.To)+also(" for ", t.Tool))
		}
	}
	if !held {
		return list
	}
	for _, a := range r.travel[h.PersonID] {
		if at.Sub(a.To) < shown {
			add(a.Import, "journey", stretch(a.From, a.To)+also(" to ", a.Place.String()))
		}
	}
	for _, a := range r.leave[h.PersonID] {
		if at.Sub(a.To) < shown {
			add(a.Import, "leave", stretch(a.From, a.To))
		}
	}
	return list
}

// factsOf are those of the import of people.
func (r *Roster) factsOf(p Person, add func(source int64, name, value string)) {
	say := func(name, value string) { add(p.Import, name, value) }
	say("start_date", written(p.Start))
	say("worker_type", p.WorkerType)
	say("team", p.Group)
	say("household", p.Household)
	say("declared_place", p.Declared.String())
	if p.Before.Country != "" {
		say("declared_before", p.Before.String()+" until "+written(p.Since))
	}
	say("shipped_to", p.ShippedTo.String())
	say("shipped_to_changed", written(p.ShippedChanged))
	if p.Address != "" {
		text := "kept as a keyed hash"
		if n := r.together[p.Address]; n > 1 {
			text += ", the same for " + strconv.Itoa(n) + " households"
		}
		say("shipped_to_address", text)
	}
	say("phone", string(p.Phone))
	say("credential", p.Credential)
}

func also(before, value string) string {
	if value == "" {
		return ""
	}
	return before + value
}

// stretch is a span as people write it: the last day of whole days counts.
func stretch(from, to time.Time) string {
	if last := to.Add(-day); from.Equal(from.Truncate(day)) && to.Equal(to.Truncate(day)) {
		if last.Equal(from) {
			return "on " + written(from)
		}
		to = last
	}
	return written(from) + " to " + written(to)
}

// written is a time as people write it: a day where it is one.
func written(at time.Time) string {
	switch {
	case at.IsZero():
		return ""
	case at.Equal(at.Truncate(day)):
		return at.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339)
}

// Lacking says what of a device is not known, in sentences.
func (r *Roster) Lacking(about Known, at time.Time) []string { return r.Past(about, nil, at).Missing }
