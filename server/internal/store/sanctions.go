package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
)

type sanctionQueries struct {
	ListSanctions, GetSanction, InsertSanction, RevokeSanction query
}

// Sanctions lists every sanction, newest first, those that ended too.
func (t *Tx) Sanctions(ctx context.Context) ([]alert.Sanction, error) {
	return all(ctx, t, t.q.ListSanctions, scanSanction)
}

// Sanctions lists every sanction, newest first, those that ended too.
func (s *SQLite) Sanctions(ctx context.Context) (list []alert.Sanction, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err = t.Sanctions(ctx)
		return err
	})
	return list, err
}

// CreateSanction keeps a sanction, notes the decision, and lets every device
// it touches be judged again, in one transaction.
func (s *SQLite) CreateSanction(ctx context.Context, n alert.Sanction) error {
	return s.Tx(ctx, func(t *Tx) error {
		if n.Device != "" {
			if _, err := t.Device(ctx, n.Device); err != nil {
				return err
			}
		}
		where, err := json.Marshal(conditions(n))
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.InsertSanction, n.ID, n.Tool, n.Device, n.Justification, n.CreatedBy,
			micros(n.CreatedAt), micros(n.StartsAt), micros(n.ExpiresAt), string(where)); err != nil {
			return err
		}
		if err := t.soilFor(ctx, n); err != nil {
			return err
		}
		return t.note(ctx, n.CreatedAt, n.CreatedBy, "sanction.create", "sanction/"+n.ID, map[string]any{
			"tool": n.Tool, "device": n.Device, "where": conditions(n), "justification": n.Justification,
			"starts_at": n.StartsAt.UTC().Format(time.RFC3339), "expires_at": n.ExpiresAt.UTC().Format(time.RFC3339),
		})
	})
}

// RevokeSanction ends a sanction now; ErrNotFound if there is none.
func (s *SQLite) RevokeSanction(ctx context.Context, id string, by string, at time.Time) (n alert.Sanction, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		if n, err = single(ctx, t, t.q.GetSanction, scanSanction, id); err != nil {
			return err
		}
		if n, err = n.Revoke(at); err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.RevokeSanction, id, micros(at)); err != nil {
			return err
		}
		if err := t.soilFor(ctx, n); err != nil {
			return err
		}
		return t.note(ctx, at, by, "sanction.revoke", "sanction/"+id, map[string]any{"tool": n.Tool, "device": n.Device, "where": conditions(n)})
	})
	return n, err
}

func (t *Tx) soilFor(ctx context.Context, n alert.Sanction) error {
	if n.Device == "" {
		return t.MarkAllDirty(ctx)
	}
	return t.MarkDirty(ctx, n.Device)
}

func scanSanction(row scanner) (alert.Sanction, error) {
	var n alert.Sanction
	var where []byte
	if err := row.Scan(&n.ID, &n.Tool, &n.Device, &n.Justification, &n.CreatedBy,
		moment{&n.CreatedAt}, moment{&n.StartsAt}, moment{&n.ExpiresAt}, moment{&n.RevokedAt}, &where); err != nil {
		return n, err
	}
	if err := json.Unmarshal(where, &n.Where); err != nil {
		return n, fmt.Errorf("read the conditions of sanction %s: %w", n.ID, err)
	}
	return n, nil
}

// conditions are a sanction's, in a list also where there are none.
func conditions(n alert.Sanction) []alert.Condition { return append([]alert.Condition{}, n.Where...) }

// conditioned lists the rules whose evidence a judgement has to look at.
func conditioned(sanctions []alert.Sanction) []string {
	var rules []string
	for _, n := range sanctions {
		if len(n.Where) > 0 {
			rules = append(rules, n.Tool)
		}
	}
	return rules
}
