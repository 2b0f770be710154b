package simulate

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"time"
)

// importKinds are the kinds of what a company may tell of its people and things.
var importKinds = []string{"people", "devices", "tickets", "travel", "leave", "groups", "docks"}

// A PlanImport is one file as the collector takes it.
type PlanImport struct {
	Kind string    `json:"kind"`
	From time.Time `json:"from"` // when it is imported; each replaces the one before of its kind
	CSV  string    `json:"csv"`
}

// peopleHead are the columns of who works here; what is forbidden may name one.
var peopleHead = []string{"person", "start_date", "worker_type", "group", "household", "declared_place", "shipped_to", "shipped_to_changed", "shipped_to_address", "phone", "credential"}

// table is a file of one kind.
type table struct {
	kind string
	rows [][]string // the first is its head
}

// imports writes what the company tells. Columns that hold nothing at all are
// left out, and so are those that drop names: "context.phone".
func (p *play) imports(drop []string) []PlanImport {
	if len(p.People) == 0 {
		return nil
	}
	kinds := p.Company.Imports
	if len(kinds) == 0 {
		kinds = importKinds
	}
	var all []PlanImport
	for _, t := range []table{p.peopleTable(p.starts()), p.devicesTable(), p.travelTable("travel"), p.travelTable("leave"), p.groupsTable(), p.docksTable()} {
		if slices.Contains(kinds, t.kind) && len(t.rows) > 1 { // nobody imports a file that says nothing
			all = append(all, PlanImport{Kind: t.kind, From: p.starts(), CSV: t.csv(drop)})
		}
	}
	if slices.Contains(kinds, "people") {
		for _, at := range p.moves() {
			all = append(all, PlanImport{Kind: "people", From: at, CSV: p.peopleTable(at).csv(drop)})
		}
	}
	if slices.Contains(kinds, "tickets") {
		all = append(all, p.tickets(drop)...)
	}
	slices.SortStableFunc(all, func(a, b PlanImport) int { return a.From.Compare(b.From) })
	return all
}

func (t table) csv(drop []string) string {
	keep := make([]int, 0, len(t.rows[0]))
	for i, name := range t.rows[0] {
		said := i == 0 || len(t.rows) == 1 || slices.ContainsFunc(t.rows[1:], func(row []string) bool { return row[i] != "" })
		if said && !slices.Contains(drop, "context."+name) {
			keep = append(keep, i)
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, row := range t.rows {
		cells := make([]string, 0, len(keep))
		for _, i := range keep {
			cells = append(cells, row[i])
		}
		_ = w.Write(cells) // memory takes everything
	}
	w.Flush()
	return b.String()
}

// holders are the people of the file, each with those that stand for many laptops' own.
func (p *play) holders() map[string]Person {
	all := map[string]Person{}
	for name, person := range p.People {
		all[name] = person
	}
	for _, c := range p.laptops {
		group, _ := p.deviceOf(c.name)
		if base := p.Devices[group].Person; base != "" && c.person != base {
			all[c.person] = p.People[base]
			delete(all, base)
		}
	}
	return all
}

// moves are when people's list says another place than before.
func (p *play) moves() []time.Time {
	var all []time.Time
	for _, one := range p.People {
		for _, m := range one.Moves {
			all = append(all, p.moment(m.At))
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// declared is where somebody says they work, as the list has it at a moment.
func (p *play) declared(one Person, at time.Time) string {
	place := one.DeclaredPlace
	for _, m := range one.Moves {
		if !p.moment(m.At).After(at) {
			place = m.DeclaredPlace
		}
	}
	return place
}

// peopleTable is the list as it is at a moment.
func (p *play) peopleTable(at time.Time) table {
	t := table{"people", [][]string{peopleHead}}
	all := p.holders()
	for _, name := range sortedKeys(all) {
		one := all[name]
		if one.Unlisted {
			continue
		}
		t.rows = append(t.rows, []string{name, p.date(one.Start), one.WorkerType, one.Team, one.Household, p.declared(one, at), one.ShippedTo,
			p.date(one.ShippedChanged), one.ShippedAddress, one.Phone, one.Credential})
	}
	return t
}

func (p *play) devicesTable() table {
	t := table{"devices", [][]string{{"device", "person", "handed_out", "returned"}}}
	all := p.holders()
	for _, c := range p.laptops {
		if c.person != "" {
			t.rows = append(t.rows, []string{c.host, c.person, p.instant(all[c.person].HandedOut), ""})
		}
	}
	return t
}

func (p *play) travelTable(kind string) table {
	t := table{kind, [][]string{{"person", "from", "to"}}}
	if kind == "travel" {
		t.rows[0] = append(t.rows[0], "place")
	}
	all := p.holders()
	for _, name := range sortedKeys(all) {
		stretches := all[name].Leave
		if kind == "travel" {
			stretches = all[name].Travel
		}
		for _, s := range stretches {
			row := []string{name, p.date(s.From), p.date(s.To), s.Place}
			t.rows = append(t.rows, row[:len(t.rows[0])])
		}
	}
	return t
}

func (p *play) groupsTable() table {
	t := table{"groups", [][]string{{"group", "kind"}}}
	for _, g := range p.Company.Groups {
		t.rows = append(t.rows, []string{g.Group, g.Kind})
	}
	return t
}

func (p *play) docksTable() table {
	t := table{"docks", [][]string{{"kind", "serial", "label", "place"}}}
	for _, d := range p.Company.Docks {
		serial := braces.ReplaceAllStringFunc(d.Serial, func(word string) string {
			switch kind, of, _ := strings.Cut(strings.Trim(word, "{}"), ":"); kind {
			case "router":
				return p.mac("router", of)
			case "point":
				return p.mac("access point", of)
			case "serial":
				return p.serial(of)
			}
			return word
		})
		t.rows = append(t.rows, []string{d.Kind, serial, d.Label, d.Place})
	}
	return t
}

// tickets are imported anew whenever one more is told of.
func (p *play) tickets(drop []string) []PlanImport {
	head := []string{"device", "ticket", "from", "to", "tool"}
	moments := map[time.Time]bool{p.starts(): true}
	for _, t := range p.Company.Tickets {
		if t.Told != "" {
			moments[p.moment(t.Told)] = true
		}
	}
	var all []PlanImport
	for at := range moments {
		t := table{"tickets", [][]string{head}}
		for _, one := range p.Company.Tickets {
			if one.Told != "" && p.moment(one.Told).After(at) {
				continue
			}
			for _, c := range p.laptops {
				if group, _ := p.deviceOf(c.name); c.name == one.Device || group == one.Device {
					t.rows = append(t.rows, []string{c.host, one.Number, p.instant(one.From), p.instant(one.Until), one.Tool})
				}
			}
		}
		if len(t.rows) > 1 {
			all = append(all, PlanImport{Kind: t.kind, From: at, CSV: t.csv(drop)})
		}
	}
	return all
}

// moment is when a text of a file that was found right is.
func (p *play) moment(text string) time.Time {
	m, err := parseMoment(text)
	if err != nil {
		return time.Time{} // Read refuses it
	}
	return p.when(m)
}

func (p *play) date(text string) string {
	if text == "" {
		return ""
	}
	return p.moment(text).Format(time.DateOnly)
}

func (p *play) instant(text string) string {
	if text == "" {
		return ""
	}
	return p.moment(text).UTC().Format(time.RFC3339)
}
