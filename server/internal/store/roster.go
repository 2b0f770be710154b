package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

type rosterQueries struct {
	ListRosterImports, GetRosterImport, InsertRosterImport, RenewRosterImport, DeleteRosterImport query
	DeleteRosterRows, InsertRosterRow, ListRosterRows, ListRosterRowsOfKind                       query
	ListRosterRowsOfDevice, ListRosterRowsOfPersons, DeleteRosterRowsOfDevice, ForgetRosterRows   query
	ListRosterDevices, GetAgentTimes, ListMembershipsOfAll, CountDevicesNamed, GetRosterState     query
	ListCountriesStood, ForgetRowsOfClass                                                         query
}

// ReplaceImport puts entries in the place of those that an import of this kind and
// label held, and lets the devices be judged again that it says something else of. Where they say what was said
// already, only who imported them and when changes. It gives the import as it is now,
// and as it was; one without ID was not there.
func (s *SQLite) ReplaceImport(ctx context.Context, m roster.Import, entries []roster.Entry) (now, before roster.Import, err error) {
	if m.Label == "" || len(m.Label) > 128 {
		return now, before, &alert.Refusal{Cause: alert.ErrInvalid, Sentence: "an import has a label of 1 to 128 bytes"}
	}
	m.Rows, m.Digest = len(entries), roster.Digest(entries)
	err = s.Tx(ctx, func(t *Tx) error {
		now, before = m, roster.Import{}
		old, err := single(ctx, t, t.q.GetRosterImport, scanImport, m.Kind, m.Label)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		before = old
		about := map[string]any{"rows": m.Rows, "rows_before": old.Rows, "digest": m.Digest, "changed": old.Digest != m.Digest}
		if old.ID != 0 && old.Digest == m.Digest {
			now.ID = old.ID
			_, err = t.exec(ctx, t.q.RenewRosterImport, old.ID, m.By, micros(m.At))
		} else {
			err = t.soiling(ctx, m.At, func() (err error) {
				now.ID, err = t.replaceImport(ctx, old, m, entries)
				return err
			})
		}
		if err != nil {
			return err
		}
		return t.note(ctx, m.At, m.By, "context.import", "context/"+m.Kind+"/"+m.Label, about)
	})
	return now, before, err
}

func (t *Tx) replaceImport(ctx context.Context, old, m roster.Import, entries []roster.Entry) (id int64, err error) {
	if m.Kind == roster.People {
		were, err := all(ctx, t, t.q.ListRosterRowsOfKind, scanEntry, roster.People)
		if err != nil {
			return 0, err
		}
		if entries, err = roster.Carry(entries, were, m.At); err != nil {
			return 0, err
		}
	}
	if err := t.deleteImport(ctx, old.ID); err != nil {
		return 0, err
	}
	if err := t.one(ctx, t.q.InsertRosterImport, []any{m.Kind, m.Label, m.Rows, m.Digest, m.By, micros(m.At)}, []any{&id}); err != nil {
		return 0, err
	}
	for _, e := range entries {
		if _, err := t.exec(ctx, t.q.InsertRosterRow, id, m.Kind, e.Device, e.Person, string(e.Words)); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// soiling changes what is imported, and lets the devices be judged again of which it
// then says something else. Rows of their own are made by who looks at all of them.
func (t *Tx) soiling(ctx context.Context, now time.Time, change func() error) error {
	before, err := t.Roster(ctx)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := t.Roster(ctx)
	if err != nil {
		return err
	}
	known, err := t.rosterDevices(ctx)
	if err != nil {
		return err
	}
	for _, id := range roster.Changed(before, after, known, now) {
		if err := t.MarkDirty(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) deleteImport(ctx context.Context, id int64) error {
	if _, err := t.exec(ctx, t.q.DeleteRosterRows, id); err != nil {
		return err
	}
	_, err := t.exec(ctx, t.q.DeleteRosterImport, id)
	return err
}

// RemoveImports takes the imports of a kind away, the one with a label or all of
// them, with everything that was made of them, and gives them as they were. ErrNotFound
// if there is none.
func (s *SQLite) RemoveImports(ctx context.Context, kind, label, by string, at time.Time) (removed []roster.Import, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		return t.soiling(ctx, at, func() (err error) {
			removed, err = t.removeImports(ctx, kind, label, by, at)
			return err
		})
	})
	return removed, err
}

func (t *Tx) removeImports(ctx context.Context, kind, label, by string, at time.Time) (removed []roster.Import, err error) {
	imports, err := all(ctx, t, t.q.ListRosterImports, scanImport)
	if err != nil {
		return nil, err
	}
	for _, m := range imports {
		if m.Kind != kind || label != "" && m.Label != label {
			continue
		}
		if err := t.deleteImport(ctx, m.ID); err != nil {
			return nil, err
		}
		if err := t.note(ctx, at, by, "context.remove", "context/"+m.Kind+"/"+m.Label, map[string]any{"rows": m.Rows}); err != nil {
			return nil, err
		}
		removed = append(removed, m)
	}
	if len(removed) == 0 {
		return nil, ErrNotFound
	}
	// What was made of it says the same in other words; it is made anew of what is left.
	_, err = t.exec(ctx, t.q.ForgetRowsOfClass, roster.Class)
	return removed, err
}

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

// ForgetRoster deletes what imports say of tickets, journeys, leave and laptops that
// were over before a moment, and says how many rows.
func (s *SQLite) ForgetRoster(ctx context.Context, before, at time.Time) (total int64, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		if total, err = t.exec(ctx, t.q.ForgetRosterRows, before.UTC().Format(time.RFC3339)); err != nil || total == 0 {
			return err
		}
		return t.note(ctx, at, audit.Console, "context.forget", "context", map[string]any{"over_before": before.UTC().Format(time.RFC3339), "rows": total})
	})
	return total, err
}

func scanImport(row scanner) (m roster.Import, err error) {
	err = row.Scan(&m.ID, &m.Kind, &m.Label, &m.Rows, &m.Digest, &m.By, moment{&m.At})
	return m, err
}

func scanEntry(row scanner) (e roster.Entry, err error) {
	err = row.Scan(&e.Import, &e.Kind, &e.Device, &e.Person, &e.Words)
	if err == nil && len(e.Words) == 0 {
		err = fmt.Errorf("a kept row of %s is empty", e.Kind)
	}
	return e, err
}
