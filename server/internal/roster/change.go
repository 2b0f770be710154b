package roster

import (
	"reflect"
	"time"
)

// Changed lists the devices of which a roster says something else to a judgement
// than the one before it did, by id: the others need not be judged again.
func Changed(before, after *Roster, known []Known, now time.Time) []string {
	var ids []string
	for _, k := range known {
		if !reflect.DeepEqual(before.weighed(k, now), after.weighed(k, now)) {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// A weight is all of a roster that a judgement of one device reads.
type weight struct {
	past    Past
	tickets []Ticket
}

func (r *Roster) weighed(k Known, now time.Time) weight {
	w := weight{past: r.Past(k, nil, now)}
	for _, t := range r.tickets[k.ID] {
		t.Import = 0 // which import said so changes nothing
		w.tickets = append(w.tickets, t)
	}
	return w
}
