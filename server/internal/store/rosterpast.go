package store

import (
	"context"
	"slices"
	"sync"

	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// imported adds to a past what was imported of the device: since when it is in
// service, when it was staged, what is missing, and what tickets permit.
func (t *Tx) imported(ctx context.Context, p *assess.Past, state string) error {
	known := roster.Known{ID: p.Device.ID, Name: p.Device.Name, Anchor: p.Device.Anchor, Group: p.Device.Group, First: p.Device.EnrolledAt, Members: p.Groups}
	r, err := t.rosterOf(ctx, state, known)
	if err != nil {
		return err
	}
	// A past has no clock but the laptop's last word, which a judgement is never far from.
	now := p.Device.LastSeen
	if now.IsZero() {
		now = p.Device.EnrolledAt
	}
	told := r.Past(known, p.Sanctions, now)
	p.InService, p.Missing = told.InService, append(p.Missing, told.Missing...)
	for _, s := range told.Staging {
		p.Staging = append(p.Staging, assess.Span(s))
	}
	p.Sanctions = append(p.Sanctions, told.Grants...)
	p.Tickets = append(p.Tickets, told.Windows...)
	return nil
}

// rosterOf is the part of the roster that a judgement of one device reads: who held
// it, the person's own row, tickets and the kinds of its groups.
func (t *Tx) rosterOf(ctx context.Context, state string, known roster.Known) (*roster.Roster, error) {
	if state == "" {
		return roster.Build(nil, nil, nil)
	}
	rows, err := t.roster.read(ctx, t, state)
	if err != nil {
		return nil, err
	}
	entries := slices.Concat(rows.named[known.ID], rows.named[known.Anchor])
	if byName := rows.named[known.Name]; len(byName) > 0 && known.Name != known.ID {
		var same int
		if err := t.one(ctx, t.q.CountDevicesNamed, []any{known.Name}, []any{&same}); err != nil {
			return nil, err
		}
		if same == 1 {
			entries = append(entries, byName...)
		} else {
			known.Name = "" // of several, none is meant
		}
	}
	held := map[string]bool{}
	for _, e := range entries {
		if e.Kind == roster.Devices && !held[e.Person] {
			held[e.Person] = true
			entries = append(entries, rows.about[e.Person]...)
		}
	}
	if len(known.Members) > 0 {
		entries = append(entries, rows.groups...)
	}
	return roster.Build(rows.imports, entries, []roster.Known{known})
}

// A rosterMemo holds the rows that judgements read, as they last were. Every report of
// every laptop asks for a few of them, and they change some times a day.
type rosterMemo struct {
	mu    sync.Mutex
	state string
	rows  rosterRows
}

// rosterRows are rows of imports by what they are about.
type rosterRows struct {
	imports []roster.Import

	named  map[string][]roster.Entry // by what they call a device: who holds it, tickets
	about  map[string][]roster.Entry // by person: their own row, tickets
	groups []roster.Entry
}

// read gives the rows as this transaction sees them. The state of the imports says
// whether they are those that are held.
func (m *rosterMemo) read(ctx context.Context, t *Tx, state string) (rosterRows, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state == state {
		return m.rows, nil
	}
	imports, err := all(ctx, t, t.q.ListRosterImports, scanImport)
	if err != nil {
		return rosterRows{}, err
	}
	rows := rosterRows{imports: imports, named: map[string][]roster.Entry{}, about: map[string][]roster.Entry{}}
	for _, kind := range []string{roster.People, roster.Devices, roster.Tickets, roster.Groups} {
		list, err := all(ctx, t, t.q.ListRosterRowsOfKind, scanEntry, kind)
		if err != nil {
			return rows, err
		}
		for _, e := range list {
			switch {
			case kind == roster.Groups:
				rows.groups = append(rows.groups, e)
			case e.Device != "":
				rows.named[e.Device] = append(rows.named[e.Device], e)
			default:
				rows.about[e.Person] = append(rows.about[e.Person], e)
			}
		}
	}
	for by := range rows.named {
		rows.named[by] = rows.named[by][:len(rows.named[by]):len(rows.named[by])] // whoever appends to it gets another one
	}
	m.state, m.rows = state, rows
	return rows, nil
}
