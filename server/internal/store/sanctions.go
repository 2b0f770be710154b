package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
)

type sanctionQueries struct {
	ListSanctions, ListSanctionsAbout, GetSanction, CountLiveSanctions query
	InsertSanction, RevokeSanction, SupersedeSanction                  query
	InsertTicket, ListTickets                                          query
}

// Bounds of what is kept and read at once.
const (
	mostSanctions = 2000 // in force or to come
	mostTickets   = 1000 // open now or later, and those of one device that a judgement looks at
)

// Sanctions lists every version of every sanction, newest first, those that ended too.
func (t *Tx) Sanctions(ctx context.Context) ([]alert.Sanction, error) {
	return all(ctx, t, t.q.ListSanctions, scanSanction)
}

// Sanctions lists every version of every sanction, newest first, those that ended too.
func (s *SQLite) Sanctions(ctx context.Context) (list []alert.Sanction, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err = t.Sanctions(ctx)
		return err
	})
	return list, err
}

// permitted reads what sanctions say of a device since a moment.
func (t *Tx) permitted(ctx context.Context, p *assess.Past, o outset, since time.Time) (err error) {
	if o.sanctions {
		// One that lapsed some time before is still a lapse then.
		if p.Sanctions, err = all(ctx, t, t.q.ListSanctionsAbout, scanSanction, p.Device.ID, since.Add(-alert.LongestLapse).UnixMicro()); err != nil {
			return err
		}
	}
	if o.tickets {
		if p.Tickets, err = all(ctx, t, t.q.ListTickets, scanTicket, since.UnixMicro(), p.Device.ID, mostTickets); err != nil {
			return err
		}
	}
	if o.groups {
		p.Groups, err = t.memberships(ctx, p.Device.ID)
	}
	return err
}

// AddSanctions keeps new sanctions, and new versions of those there are, notes
// each decision, and lets every device they touch be judged again, all or none.
// A version that is not the next one was made of terms that changed meanwhile.
// action is what the audit log calls it.
func (s *SQLite) AddSanctions(ctx context.Context, action string, list ...alert.Sanction) error {
	return s.Tx(ctx, func(t *Tx) error {
		for _, n := range list {
			if err := t.addSanction(ctx, n, action); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *Tx) addSanction(ctx context.Context, n alert.Sanction, action string) error {
	about := map[string]any{"version": n.Version, "after": wordsOf(n), "where": conditions(n)}
	before, err := single(ctx, t, t.q.GetSanction, scanSanction, n.Name)
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return err
	case before.Version != n.Version-1:
		return &alert.Refusal{Cause: alert.ErrConflict, Sentence: fmt.Sprintf("the sanction %s was changed meanwhile; look at it and apply again", n.Name)}
	case err == nil:
		about["before"] = wordsOf(before)
		if _, err := t.exec(ctx, t.q.SupersedeSanction, before.ID, micros(n.StartsAt)); err != nil {
			return err
		}
		if err := t.soilFor(ctx, before); err != nil {
			return err
		}
	}
	if err := t.roomForSanction(ctx, n.CreatedAt); err != nil {
		return err
	}
	if err := t.insertSanction(ctx, n); err != nil {
		return err
	}
	if err := t.soilFor(ctx, n); err != nil {
		return err
	}
	return t.note(ctx, n.CreatedAt, n.CreatedBy, action, "sanction/"+n.ID, about)
}

func (t *Tx) roomForSanction(ctx context.Context, now time.Time) error {
	var live int
	if err := t.one(ctx, t.q.CountLiveSanctions, []any{micros(now)}, []any{&live}); err != nil {
		return err
	}
	if live >= mostSanctions {
		return &alert.Refusal{Cause: alert.ErrConflict, Sentence: fmt.Sprintf("there are %d sanctions in force already; revoke some, or put devices into groups", live)}
	}
	return nil
}

func (t *Tx) insertSanction(ctx context.Context, n alert.Sanction) error {
	tenants, err := json.Marshal(append([]alert.Tenant{}, n.Tenants...))
	if err != nil {
		return err
	}
	where, err := json.Marshal(conditions(n))
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, t.q.InsertSanction, n.ID, n.Name, n.Version, list(n.Tools), string(where), string(tenants), list(n.Devices), list(n.Groups),
		n.Conditions.ApprovedAtConsole, n.Conditions.Ticket, n.Conditions.Hours.String(), n.Owner, n.Approver, n.SecondApprover,
		n.Justification, n.Ticket, n.CreatedBy, micros(n.CreatedAt), micros(n.StartsAt), micros(n.ExpiresAt))
	return err
}

// RevokeSanction ends a sanction now, by its id or its name; ErrNotFound if there is none.
func (s *SQLite) RevokeSanction(ctx context.Context, idOrName string, by string, at time.Time) (n alert.Sanction, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		if n, err = single(ctx, t, t.q.GetSanction, scanSanction, idOrName); err != nil {
			return err
		}
		if n, err = n.Revoke(at); err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.RevokeSanction, n.ID, micros(at)); err != nil {
			return err
		}
		if err := t.soilFor(ctx, n); err != nil {
			return err
		}
		return t.note(ctx, at, by, "sanction.revoke", "sanction/"+n.ID, map[string]any{"before": wordsOf(n), "where": conditions(n)})
	})
	return n, err
}

// OpenTicket opens a sanction on a device; ErrNotFound if there is no such
// sanction. What it may not open it refuses.
func (s *SQLite) OpenTicket(ctx context.Context, w alert.Window) error {
	return s.Tx(ctx, func(t *Tx) error {
		n, err := single(ctx, t, t.q.GetSanction, scanSanction, w.Sanction)
		if err != nil {
			return err
		}
		d, err := t.Device(ctx, w.Device)
		if err != nil {
			return err
		}
		if err := n.ValidWindow(w, d.Group); err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.InsertTicket, w.ID, n.Name, d.ID, w.Ticket, micros(w.From), micros(w.To), w.OpenedBy); err != nil {
			return err
		}
		if err := t.MarkDirty(ctx, d.ID); err != nil {
			return err
		}
		return t.note(ctx, w.From, w.OpenedBy, "sanction.ticket", "sanction/"+n.ID, map[string]any{
			"name": n.Name, "device": d.ID, "ticket": w.Ticket, "opens_at": w.From.UTC().Format(time.RFC3339), "closes_at": w.To.UTC().Format(time.RFC3339),
		})
	})
}

// Tickets lists the tickets that are open at a moment or later, newest first.
func (s *SQLite) Tickets(ctx context.Context, at time.Time) (windows []alert.Window, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		windows, err = all(ctx, t, t.q.ListTickets, scanTicket, at.UnixMicro(), "", mostTickets)
		return err
	})
	return windows, err
}

// soilFor lets every device that a sanction may speak of be judged again.
func (t *Tx) soilFor(ctx context.Context, n alert.Sanction) error {
	if n.Everywhere() {
		return t.MarkAllDirty(ctx)
	}
	for _, id := range n.Devices {
		if err := t.MarkDirty(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func scanSanction(row scanner) (alert.Sanction, error) {
	var n alert.Sanction
	var tools, where, tenants, devices, groups []byte
	var hours string
	if err := row.Scan(&n.ID, &n.Name, &n.Version, &tools, &where, &tenants, &devices, &groups,
		&n.Conditions.ApprovedAtConsole, &n.Conditions.Ticket, &hours, &n.Owner, &n.Approver, &n.SecondApprover, &n.Justification, &n.Ticket,
		&n.CreatedBy, moment{&n.CreatedAt}, moment{&n.StartsAt}, moment{&n.ExpiresAt}, moment{&n.RevokedAt}, moment{&n.ReplacedAt}); err != nil {
		return n, err
	}
	err := errors.Join(json.Unmarshal(tools, &n.Tools), json.Unmarshal(where, &n.Where), json.Unmarshal(tenants, &n.Tenants),
		json.Unmarshal(devices, &n.Devices), json.Unmarshal(groups, &n.Groups))
	if err == nil {
		n.Conditions.Hours, err = alert.ParseHours(hours)
	}
	if err != nil {
		return n, fmt.Errorf("read the terms of sanction %s: %w", n.ID, err)
	}
	return n, nil
}

func scanTicket(row scanner) (alert.Window, error) {
	var w alert.Window
	err := row.Scan(&w.ID, &w.Sanction, &w.Device, &w.Ticket, moment{&w.From}, moment{&w.To}, &w.OpenedBy)
	return w, err
}

// conditions are a sanction's, in a list also where there are none.
func conditions(n alert.Sanction) []alert.Condition { return append([]alert.Condition{}, n.Where...) }

// wordsOf is a sanction as the audit log keeps it.
func wordsOf(n alert.Sanction) map[string]any {
	return map[string]any{
		"name": n.Name, "tools": n.Tools, "tenants": append([]alert.Tenant{}, n.Tenants...), "devices": append([]string{}, n.Devices...), "groups": append([]string{}, n.Groups...),
		"approved_at_console": n.Conditions.ApprovedAtConsole, "ticket_required": n.Conditions.Ticket, "hours": n.Conditions.Hours.String(),
		"owner": n.Owner, "approver": n.Approver, "second_approver": n.SecondApprover, "justification": n.Justification, "ticket": n.Ticket,
		"starts_at": n.StartsAt.UTC().Format(time.RFC3339), "expires_at": n.ExpiresAt.UTC().Format(time.RFC3339),
	}
}
