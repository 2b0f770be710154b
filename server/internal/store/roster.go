package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

type rosterQueries struct {
	ListRosterImports, GetRosterImport, InsertRosterImport, RenewRosterImport                   query
	TouchRosterImports, DeleteRosterImport, DeleteRosterRows, DeleteRosterRow, InsertRosterRow  query
	ListRosterRows, ListRosterRowsOfKind, ListRosterRowsOfImport                                query
	DeleteRosterRowsOfDevice, ForgetRosterRows, ListDevicesCalled, ListNamesHeldBy              query
	ListDevicesOfGroups, ListRosterDevices, GetAgentTimes, ListMembershipsOfAll, GetRosterState query
	CountDevicesNamed, ListCountriesStood, ForgetRowsOfClass                                    query
}

// ReplaceImport puts entries in the place of those that an import of this kind and
// label held, and lets the devices be judged again that it says something else of. Where
// they say what was said already, only who imported them and when changes. It gives the
// import as it is now, and as it was; one without ID was not there. Where somebody has
// compared the entries with what is there, as it was seen then, they take the place of
// that and of nothing else: of two that are compared with the same, one is a conflict.
func (s *SQLite) ReplaceImport(ctx context.Context, m roster.Import, entries []roster.Entry, seen *roster.Import) (now, before roster.Import, err error) {
	if !roster.LabelFits(m.Label) {
		return now, before, &alert.Refusal{Cause: alert.ErrInvalid, Sentence: fmt.Sprintf("an import has a label of 1 to %d bytes", roster.MostLabel)}
	}
	m.Rows, m.Digest = len(entries), roster.Digest(entries)
	err = s.Tx(ctx, func(t *Tx) (err error) {
		now = m
		if before, err = single(ctx, t, t.q.GetRosterImport, scanImport, m.Kind, m.Label); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if seen != nil && (seen.ID != before.ID || seen.Change != before.Change) {
			return &alert.Refusal{Cause: alert.ErrConflict, Sentence: fmt.Sprintf("the import %s of %s changed while the file was compared with it; import it again", m.Label, m.Kind)}
		}
		now.ID = before.ID
		changes := before.ID == 0 || before.Digest != m.Digest
		if changes {
			if now.ID, err = t.replaceImport(ctx, before, m, entries); err != nil {
				return err
			}
		}
		if _, err := t.exec(ctx, t.q.RenewRosterImport, now.ID, m.Rows, m.Digest, m.By, micros(m.At), changes); err != nil {
			return err
		}
		return t.note(ctx, m.At, m.By, "context.import", "context/"+m.Kind+"/"+m.Label, map[string]any{
			"rows": m.Rows, "rows_before": before.Rows, "digest": m.Digest, "changed": changes,
		})
	})
	return now, before, err
}

// replaceImport writes what differs: a list of a large company changes by a few rows a
// day, and what laptops tell waits for this transaction.
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
	unknown, err := t.unknownSoFar(ctx, m.Kind)
	if err != nil {
		return 0, err
	}
	if id = old.ID; id == 0 {
		if err := t.one(ctx, t.q.InsertRosterImport, []any{m.Kind, m.Label, m.Rows, m.Digest, m.By, micros(m.At)}, []any{&id}); err != nil {
			return 0, err
		}
	}
	changed, err := t.writeRows(ctx, id, m.Kind, entries)
	if err != nil {
		return 0, err
	}
	if unknown {
		return id, t.MarkAllDirty(ctx)
	}
	return id, t.soilNamed(ctx, m.Kind, changed)
}

// unknownSoFar says whether a judgement of any device says that something is not known
// which a first import of a kind tells of.
func (t *Tx) unknownSoFar(ctx context.Context, kind string) (bool, error) {
	imports, err := all(ctx, t, t.q.ListRosterImports, scanImport)
	if err != nil || len(imports) == 0 {
		return true, err
	}
	one := kind == roster.Tickets || kind == roster.Travel || kind == roster.Leave
	return one && !slices.ContainsFunc(imports, func(m roster.Import) bool { return m.Kind == kind }), nil
}

// writeRows makes the rows of an import those given, and gives the entries that came or went.
func (t *Tx) writeRows(ctx context.Context, id int64, kind string, entries []roster.Entry) (changed []roster.Entry, err error) {
	type kept struct {
		id int64
		roster.Entry
	}
	rows, err := all(ctx, t, t.q.ListRosterRowsOfImport, func(row scanner) (k kept, err error) {
		err = row.Scan(&k.id, &k.Device, &k.Person, &k.Words)
		return k, err
	}, id)
	if err != nil {
		return nil, err
	}
	going := make(map[string]kept, len(rows))
	for _, k := range rows {
		going[string(k.Words)] = k
	}
	for _, e := range entries {
		if _, there := going[string(e.Words)]; there {
			delete(going, string(e.Words))
			continue
		}
		if _, err := t.exec(ctx, t.q.InsertRosterRow, id, kind, e.Device, e.Person, string(e.Words)); err != nil {
			return nil, err
		}
		changed = append(changed, e)
	}
	for _, k := range going {
		if _, err := t.exec(ctx, t.q.DeleteRosterRow, k.id); err != nil {
			return nil, err
		}
		changed = append(changed, k.Entry)
	}
	return changed, nil
}

// soilNamed lets the devices be judged again that entries of a kind are about. Journeys,
// leave and property a judgement does not read itself: who makes rows of them tells of what changed.
func (t *Tx) soilNamed(ctx context.Context, kind string, entries []roster.Entry) error {
	var names, persons []string
	for _, e := range entries {
		if e.Device != "" {
			names = append(names, e.Device)
		} else {
			persons = append(persons, e.Person)
		}
	}
	found := t.q.ListDevicesCalled
	switch kind {
	case roster.Travel, roster.Leave, roster.Docks:
		return nil
	case roster.Groups:
		found = t.q.ListDevicesOfGroups
	}
	held, err := all(ctx, t, t.q.ListNamesHeldBy, scanText, list(persons))
	if err != nil {
		return err
	}
	ids, err := all(ctx, t, found, scanText, list(append(names, held...)))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := t.MarkDirty(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// RemoveImports takes the imports of a kind away, the one with a label or all of
// them, with everything that was made of them, and gives them as they were. ErrNotFound
// if there is none.
func (s *SQLite) RemoveImports(ctx context.Context, kind, label, by string, at time.Time) (removed []roster.Import, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		removed = nil
		imports, err := all(ctx, t, t.q.ListRosterImports, scanImport)
		if err != nil {
			return err
		}
		for _, m := range imports {
			if m.Kind != kind || label != "" && m.Label != label {
				continue
			}
			if err := t.removeImport(ctx, m, by, at); err != nil {
				return err
			}
			removed = append(removed, m)
		}
		if len(removed) == 0 {
			return ErrNotFound
		}
		// What was made of it says the same in other words; it is made anew of what is left.
		if _, err := t.exec(ctx, t.q.ForgetRowsOfClass, roster.Class); err != nil {
			return err
		}
		return t.MarkAllDirty(ctx)
	})
	return removed, err
}

func (t *Tx) removeImport(ctx context.Context, m roster.Import, by string, at time.Time) error {
	if _, err := t.exec(ctx, t.q.DeleteRosterRows, m.ID); err != nil {
		return err
	}
	if _, err := t.exec(ctx, t.q.DeleteRosterImport, m.ID); err != nil {
		return err
	}
	return t.note(ctx, at, by, "context.remove", "context/"+m.Kind+"/"+m.Label, map[string]any{"rows": m.Rows})
}

// ForgetRoster deletes what imports say of tickets, journeys, leave and laptops that
// were over before a moment, and says how many rows.
func (s *SQLite) ForgetRoster(ctx context.Context, before, at time.Time) (total int64, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		if total, err = t.exec(ctx, t.q.ForgetRosterRows, before.UTC().Format(time.RFC3339)); err != nil || total == 0 {
			return err
		}
		if _, err := t.exec(ctx, t.q.TouchRosterImports); err != nil {
			return err
		}
		return t.note(ctx, at, audit.Console, "context.forget", "context", map[string]any{"over_before": before.UTC().Format(time.RFC3339), "rows": total})
	})
	return total, err
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
	gone, err := t.exec(ctx, t.q.DeleteRosterRowsOfDevice, list(names))
	if err == nil && gone > 0 {
		_, err = t.exec(ctx, t.q.TouchRosterImports)
	}
	return gone, err
}

func scanImport(row scanner) (m roster.Import, err error) {
	err = row.Scan(&m.ID, &m.Kind, &m.Label, &m.Rows, &m.Digest, &m.By, moment{&m.At}, &m.Change)
	return m, err
}

func scanEntry(row scanner) (e roster.Entry, err error) {
	err = row.Scan(&e.Import, &e.Kind, &e.Device, &e.Person, &e.Words)
	if err == nil && len(e.Words) == 0 {
		err = fmt.Errorf("a kept row of %s is empty", e.Kind)
	}
	return e, err
}

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}
