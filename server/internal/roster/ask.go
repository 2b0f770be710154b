package roster

import (
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Empty says whether nothing at all was imported.
func (r *Roster) Empty() bool { return len(r.Imports) == 0 }

// Has says whether anything of a kind was imported.
func (r *Roster) Has(kind string) bool {
	return slices.ContainsFunc(r.Imports, func(m Import) bool { return m.Kind == kind })
}

// Unmatched is how many rows of an import name a device that is not enrolled.
func (r *Roster) Unmatched(importID int64) int { return r.unmatched[importID] }

// Entries are the rows that an import holds.
func (r *Roster) Entries(importID int64) []Entry {
	var list []Entry
	for _, e := range r.entries {
		if e.Import == importID {
			list = append(list, e)
		}
	}
	return list
}

// Strangers is how many entries name a person that no import of people has: ids that
// are written another way in one list than in the other explain nothing.
func (r *Roster) Strangers(entries []Entry) int {
	if !r.Has(People) {
		return 0
	}
	n := 0
	for _, e := range entries {
		if _, known := r.People[e.Person]; e.Kind != People && e.Person != "" && !known {
			n++
		}
	}
	return n
}

// Source is the import that holds something.
func (r *Roster) Source(id int64) (Import, bool) {
	i := slices.IndexFunc(r.Imports, func(m Import) bool { return m.ID == id })
	if i < 0 {
		return Import{}, false
	}
	return r.Imports[i], true
}

// Persons lists everybody who was imported or holds a laptop, by id.
func (r *Roster) Persons() []device.Person {
	var list []device.Person
	for id, p := range r.People {
		list = append(list, device.Person{ID: id, Household: p.Household, Group: p.Group, WorkerType: workerType(p)})
	}
	for id := range r.had {
		if _, known := r.People[id]; !known {
			list = append(list, device.Person{ID: id, WorkerType: "unknown"})
		}
	}
	slices.SortFunc(list, func(a, b device.Person) int { return strings.Compare(a.ID, b.ID) })
	return list
}

func workerType(p Person) string {
	if p.WorkerType == "" {
		return "unknown"
	}
	return p.WorkerType
}

// HolderAt is who held a device at a moment.
func (r *Roster) HolderAt(deviceID string, at time.Time) (person string, ok bool) {
	h, ok := r.holding(deviceID, at)
	return h.PersonID, ok
}

func (r *Roster) holding(deviceID string, at time.Time) (device.Holding, bool) {
	for _, h := range r.held[deviceID] {
		if !h.From.After(at) && (h.To.IsZero() || at.Before(h.To)) {
			return h, true
		}
	}
	return device.Holding{}, false
}

// GroupKind is the kind of a group of devices; empty where nobody said.
func (r *Roster) GroupKind(group string) string { return r.Groups[group].Kind }

// Tickets are those about a device, or about whoever held it then, by time.
func (r *Roster) Tickets(deviceID string) []Ticket { return r.tickets[deviceID] }
