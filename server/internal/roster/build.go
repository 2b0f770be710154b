package roster

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A Known device is one that is enrolled.
type Known struct {
	ID      string
	Name    string
	Anchor  string              // hash of its hardware; empty where it has no identity
	Group   string              // that it is in now
	First   time.Time           // when it enrolled first
	Last    time.Time           // when an agent of it enrolled last: a re-image brings a new one
	Heard   time.Time           // when it was heard last; zero if never
	Members []device.Membership // groups that it was put into, earliest first; only where they were asked for
}

// A Roster is all that was imported, joined with the devices that are enrolled.
type Roster struct {
	Imports  []Import          // by kind and label
	People   map[string]Person // by id; where two imports have one, the later import's
	Holdings []device.Holding  // by device and time; no two of one device at once
	Groups   map[string]Group  // by name
	Property []Property        // by kind and pseudonym

	tickets   map[string][]Ticket         // by device
	travel    map[string][]Absence        // by person
	leave     map[string][]Absence        // by person
	held      map[string][]device.Holding // by device
	had       map[string][]device.Holding // by person
	sources   map[string]int64            // of a holding: the import that told it
	together  map[string]int              // by hash of an address: households whose laptops were shipped there
	unmatched map[int64]int               // by import: rows that name a device that is not enrolled
	entries   []Entry                     // that all this was made of
}

// Build joins what was imported with the devices that are enrolled. Where two
// imports speak of one person or group, the one counts that changed later: one that is
// read again each night as it was is no news.
func Build(imports []Import, entries []Entry, known []Known) (*Roster, error) {
	r := &Roster{Imports: slices.Clone(imports), People: map[string]Person{}, Groups: map[string]Group{},
		tickets: map[string][]Ticket{}, travel: map[string][]Absence{}, leave: map[string][]Absence{},
		held: map[string][]device.Holding{}, had: map[string][]device.Holding{}, sources: map[string]int64{}, unmatched: map[int64]int{}}
	slices.SortFunc(r.Imports, func(a, b Import) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Label, b.Label)) })
	order := map[int64]int{}
	for i, m := range slices.SortedFunc(slices.Values(imports), func(a, b Import) int {
		return cmp.Or(cmp.Compare(a.Change, b.Change), a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	}) {
		order[m.ID] = i
	}
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b Entry) int { return cmp.Compare(order[a.Import], order[b.Import]) })
	r.entries = entries
	b := builder{r: r, devices: newDirectory(known)}
	for _, e := range entries {
		if err := b.add(e); err != nil {
			return nil, fmt.Errorf("read a kept row of %s: %w", e.Kind, err)
		}
	}
	b.settle()
	return r, nil
}

// A directory finds devices by what imports call them.
type directory map[string]string

// newDirectory knows each device by its id, its anchor, and its name where no other has that.
func newDirectory(known []Known) directory {
	d, named := directory{}, map[string]int{}
	for _, k := range known {
		named[k.Name]++
	}
	for _, k := range known {
		if named[k.Name] == 1 && k.Name != "" {
			d[k.Name] = k.ID
		}
	}
	for _, k := range known {
		if k.Anchor != "" {
			d[k.Anchor] = k.ID
		}
	}
	for _, k := range known {
		d[k.ID] = k.ID
	}
	return d
}

type builder struct {
	r       *Roster
	devices directory
	byOwner []Ticket // that name a person
}

func read[T any](e Entry, into *T) (T, error) {
	err := json.Unmarshal(e.Words, into)
	return *into, err
}

func (b *builder) add(e Entry) error {
	switch e.Kind {
	case People:
		p, err := read(e, &Person{})
		p.Import = e.Import
		b.r.People[p.ID] = p
		return err
	case Devices:
		h, err := read(e, &Handout{})
		b.hold(h, e.Import)
		return err
	case Tickets:
		t, err := read(e, &Ticket{})
		t.Import = e.Import
		b.ticket(t)
		return err
	case Travel, Leave:
		a, err := read(e, &Absence{})
		a.Import = e.Import
		away := b.r.travel
		if e.Kind == Leave {
			away = b.r.leave
		}
		away[a.Person] = append(away[a.Person], a)
		return err
	case Groups:
		g, err := read(e, &Group{})
		g.Import = e.Import
		b.r.Groups[g.Name] = g
		return err
	case Docks:
		p, err := read(e, &Property{})
		p.Import = e.Import
		b.r.Property = append(b.r.Property, p)
		return err
	}
	return fmt.Errorf("there is no kind %q", e.Kind)
}

func (b *builder) hold(h Handout, source int64) {
	id, known := b.devices[h.Device]
	if !known {
		b.r.unmatched[source]++
		return
	}
	one := device.Holding{DeviceID: id, PersonID: h.Person, From: h.From, To: h.To}
	b.r.held[id] = append(b.r.held[id], one)
	b.r.sources[holdingKey(one)] = source
}

func holdingKey(h device.Holding) string {
	return h.DeviceID + "\x00" + h.PersonID + "\x00" + h.From.Format(time.RFC3339)
}

func (b *builder) ticket(t Ticket) {
	if t.Device == "" {
		b.byOwner = append(b.byOwner, t)
		return
	}
	id, known := b.devices[t.Device]
	if !known {
		b.r.unmatched[t.Import]++
		return
	}
	t.Device = id
	b.r.tickets[id] = append(b.r.tickets[id], t)
}

// settle orders what was added, so that the order of imports and rows changes nothing more.
func (b *builder) settle() {
	r := b.r
	for id, list := range r.held {
		r.held[id] = inTurn(list)
		r.Holdings = append(r.Holdings, r.held[id]...)
	}
	slices.SortFunc(r.Holdings, func(a, b device.Holding) int {
		return cmp.Or(cmp.Compare(a.DeviceID, b.DeviceID), a.From.Compare(b.From))
	})
	for _, h := range r.Holdings {
		r.had[h.PersonID] = append(r.had[h.PersonID], h)
	}
	for _, t := range b.byOwner {
		for _, h := range r.had[t.Person] {
			if one, ok := during(t, h); ok {
				r.tickets[h.DeviceID] = append(r.tickets[h.DeviceID], one)
			}
		}
	}
	for _, list := range r.tickets {
		slices.SortFunc(list, func(a, b Ticket) int {
			return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Ticket, b.Ticket), cmp.Compare(a.Tool, b.Tool), a.To.Compare(b.To))
		})
	}
	for _, away := range []map[string][]Absence{r.travel, r.leave} {
		for _, list := range away {
			slices.SortFunc(list, func(a, b Absence) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
		}
	}
	slices.SortFunc(r.Property, func(a, b Property) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Pseudonym, b.Pseudonym))
	})
	r.together = households(r.People)
}

// inTurn orders holdings of one device: nobody holds it once the next person does.
func inTurn(list []device.Holding) []device.Holding {
	slices.SortFunc(list, func(a, b device.Holding) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To), cmp.Compare(a.PersonID, b.PersonID))
	})
	list = slices.CompactFunc(list, func(a, b device.Holding) bool {
		return a.PersonID == b.PersonID && a.From.Equal(b.From) && a.To.Equal(b.To)
	})
	for i := range len(list) - 1 {
		if next := list[i+1].From; list[i].To.IsZero() || list[i].To.After(next) {
			list[i].To = next
		}
	}
	return slices.DeleteFunc(list, func(h device.Holding) bool { return !h.To.IsZero() && !h.To.After(h.From) })
}

// during is the part of a ticket about a person in which they held a device.
func during(t Ticket, h device.Holding) (Ticket, bool) {
	t.Device = h.DeviceID
	if h.From.After(t.From) {
		t.From = h.From
	}
	if !h.To.IsZero() && h.To.Before(t.To) {
		t.To = h.To
	}
	return t, t.To.After(t.From)
}
