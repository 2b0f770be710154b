package store

import (
	"context"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// imported adds to a past what was imported of the device: since when it is in
// service, when it was staged, what is missing, and what tickets permit.
func (t *Tx) imported(ctx context.Context, p *assess.Past) error {
	imports, err := all(ctx, t, t.q.ListRosterImports, scanImport)
	if err != nil {
		return err
	}
	known := roster.Known{ID: p.Device.ID, Name: p.Device.Name, Anchor: p.Device.Anchor, Group: p.Device.Group, Members: p.Groups}
	r, err := t.rosterOf(ctx, imports, known)
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
func (t *Tx) rosterOf(ctx context.Context, imports []roster.Import, known roster.Known) (*roster.Roster, error) {
	has := map[string]bool{}
	for _, m := range imports {
		has[m.Kind] = true
	}
	var entries []roster.Entry
	if has[roster.Devices] || has[roster.Tickets] {
		names, err := t.rosterNames(ctx, &known)
		if err != nil {
			return nil, err
		}
		if entries, err = all(ctx, t, t.q.ListRosterRowsOfDevice, scanEntry, list(names)); err != nil {
			return nil, err
		}
	}
	var persons []string
	for _, e := range entries {
		if e.Kind == roster.Devices {
			persons = append(persons, e.Person)
		}
	}
	if len(persons) > 0 && (has[roster.People] || has[roster.Tickets]) {
		more, err := all(ctx, t, t.q.ListRosterRowsOfPersons, scanEntry, list(persons))
		if err != nil {
			return nil, err
		}
		entries = append(entries, more...)
	}
	if len(known.Members) > 0 && has[roster.Groups] {
		groups, err := all(ctx, t, t.q.ListRosterRowsOfKind, scanEntry, roster.Groups)
		if err != nil {
			return nil, err
		}
		entries = append(entries, groups...)
	}
	return roster.Build(imports, entries, []roster.Known{known})
}

// rosterNames are what imports can call a device: its id, its anchor, and its name
// where no other device has that; else it loses it.
func (t *Tx) rosterNames(ctx context.Context, known *roster.Known) ([]string, error) {
	names := []string{known.ID}
	if known.Anchor != "" {
		names = append(names, known.Anchor)
	}
	var same int
	if err := t.one(ctx, t.q.CountDevicesNamed, []any{known.Name}, []any{&same}); err != nil {
		return nil, err
	}
	if same != 1 {
		known.Name = ""
		return names, nil
	}
	return append(names, known.Name), nil
}

// CountriesStood hands out, by device and day from a day on, the countries in which
// each device stood, as far as addresses tell.
func (s *SQLite) CountriesStood(ctx context.Context, since string, take func(deviceID string, stood roster.Stood)) error {
	return s.Read(ctx, func(t *Tx) error {
		_, err := all(ctx, t, t.q.ListCountriesStood, func(row scanner) (none struct{}, err error) {
			var id, countries string
			var stood roster.Stood
			if err := row.Scan(&id, &stood.Day, &countries); err != nil {
				return none, err
			}
			stood.Countries = strings.Split(countries, ",")
			take(id, stood)
			return none, nil
		}, since)
		return err
	})
}

// forgetRosterOf deletes what imports say of a device that was removed, and says how
// many rows.
func (t *Tx) forgetRosterOf(ctx context.Context, d device.Device) (int64, error) {
	names := []string{d.ID}
	if d.Anchor != "" {
		names = append(names, d.Anchor)
	}
	var same int
	if err := t.one(ctx, t.q.CountDevicesNamed, []any{d.Name}, []any{&same}); err != nil {
		return 0, err
	}
	if same == 0 { // no other that is enrolled bears its name
		names = append(names, d.Name)
	}
	return t.exec(ctx, t.q.DeleteRosterRowsOfDevice, list(names))
}

// DeviceRoster gives the roster and one device as it knows it. ErrNotFound if there is no such device.
func (s *SQLite) DeviceRoster(ctx context.Context, idOrName string) (r *roster.Roster, known roster.Known, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		d, err := t.DeviceNamed(ctx, idOrName)
		if err != nil {
			return err
		}
		known = roster.Known{ID: d.ID, Name: d.Name, Anchor: d.Anchor, Group: d.Group, Heard: d.LastSeen}
		var first, last time.Time
		if err := t.one(ctx, t.q.GetAgentTimes, []any{d.ID}, []any{moment{&first}, moment{&last}}); err != nil {
			return err
		}
		known.First, known.Last = first, last
		if known.Members, err = t.memberships(ctx, d.ID); err != nil {
			return err
		}
		r, err = t.Roster(ctx) // whom else a laptop was shipped beside is said as well
		return err
	})
	return r, known, err
}
