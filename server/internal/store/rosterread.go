package store

import (
	"context"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// Roster gives all that is imported, joined with the devices that are enrolled.
func (s *SQLite) Roster(ctx context.Context) (r *roster.Roster, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		r, err = t.Roster(ctx)
		return err
	})
	return r, err
}

// Roster gives all that is imported, joined with the devices that are enrolled.
func (t *Tx) Roster(ctx context.Context) (*roster.Roster, error) {
	imports, err := all(ctx, t, t.q.ListRosterImports, scanImport)
	if err != nil {
		return nil, err
	}
	entries, err := all(ctx, t, t.q.ListRosterRows, scanEntry)
	if err != nil {
		return nil, err
	}
	known, err := t.rosterDevices(ctx)
	if err != nil {
		return nil, err
	}
	return roster.Build(imports, entries, known)
}

// RosterState changes whenever imports, the devices they name or their groups do.
func (s *SQLite) RosterState(ctx context.Context) (state string, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		return t.one(ctx, t.q.GetRosterState, nil, []any{&state})
	})
	return state, err
}

// RosterDevices lists the enrolled devices as the roster knows them, by id, with their groups.
func (s *SQLite) RosterDevices(ctx context.Context) (list []roster.Known, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err = t.rosterDevices(ctx)
		return err
	})
	return list, err
}

func (t *Tx) rosterDevices(ctx context.Context) ([]roster.Known, error) {
	list, err := all(ctx, t, t.q.ListRosterDevices, func(row scanner) (k roster.Known, err error) {
		err = row.Scan(&k.ID, &k.Name, &k.Anchor, &k.Group, moment{&k.Heard}, moment{&k.First}, moment{&k.Last})
		return k, err
	})
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(list))
	for i, k := range list {
		at[k.ID] = i
	}
	_, err = all(ctx, t, t.q.ListMembershipsOfAll, func(row scanner) (none struct{}, err error) {
		var id string
		var m device.Membership
		if err := row.Scan(&id, &m.Group, moment{&m.Since}); err != nil {
			return none, err
		}
		if i, enrolled := at[id]; enrolled {
			list[i].Members = append(list[i].Members, m)
		}
		return none, nil
	})
	return list, err
}

// CountriesStood hands out, by device and day from a day on, the countries in which
// each device stood, as far as addresses tell, and between when.
func (s *SQLite) CountriesStood(ctx context.Context, since string, take func(deviceID string, stood roster.Stood)) error {
	return s.Read(ctx, func(t *Tx) error {
		_, err := all(ctx, t, t.q.ListCountriesStood, func(row scanner) (none struct{}, err error) {
			var id, countries string
			var stood roster.Stood
			if err := row.Scan(&id, &stood.Day, &countries, moment{&stood.From}, moment{&stood.To}); err != nil {
				return none, err
			}
			stood.Countries = strings.Split(countries, ",")
			take(id, stood)
			return none, nil
		}, since)
		return err
	})
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
