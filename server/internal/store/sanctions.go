package store

import (
	"context"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

type sanctionQueries struct {
	ListSanctions, GetSanction, InsertSanction, RevokeSanction query
}

// Sanctions lists every sanction, newest first, those that ended too.
func (t *Tx) Sanctions(ctx context.Context) ([]alert.Sanction, error) {
	return all(ctx, t, t.q.ListSanctions, scanSanction)
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
		if _, err := t.exec(ctx, t.q.InsertSanction, n.ID, n.Tool, n.Device, n.Justification, n.CreatedBy,
			micros(n.CreatedAt), micros(n.StartsAt), micros(n.ExpiresAt)); err != nil {
			return err
		}
		if err := t.soilFor(ctx, n); err != nil {
			return err
		}
		return t.note(ctx, n.CreatedAt, n.CreatedBy, "sanction.create", "sanction/"+n.ID, map[string]any{
			"tool": n.Tool, "device": n.Device, "justification": n.Justification,
			"starts_at": n.StartsAt.UTC().Format(time.RFC3339), "expires_at": n.ExpiresAt.UTC().Format(time.RFC3339),
		})
	})
}

// RevokeSanction ends a sanction now; ErrNotFound if there is none.
func (s *SQLite) RevokeSanction(ctx context.Context, id string, by alert.Actor, at time.Time) (n alert.Sanction, err error) {
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
		return t.note(ctx, at, by.Name, "sanction.revoke", "sanction/"+id, map[string]any{"tool": n.Tool, "device": n.Device})
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
	err := row.Scan(&n.ID, &n.Tool, &n.Device, &n.Justification, &n.CreatedBy,
		moment{&n.CreatedAt}, moment{&n.StartsAt}, moment{&n.ExpiresAt}, moment{&n.RevokedAt})
	return n, err
}

// IssueToken keeps a new enrolment token and notes the decision.
func (s *SQLite) IssueToken(ctx context.Context, k enroll.Token) error {
	return s.Tx(ctx, func(t *Tx) error {
		if err := t.CreateToken(ctx, k); err != nil {
			return err
		}
		return t.note(ctx, k.CreatedAt, k.CreatedBy, "token.create", "token/"+k.ID, map[string]any{
			"description": k.Description, "uses": k.UsesTotal, "expires_at": k.ExpiresAt.UTC().Format(time.RFC3339),
		})
	})
}

// WithdrawToken ends an enrolment token and notes the decision; ErrNotFound if there is none.
func (s *SQLite) WithdrawToken(ctx context.Context, id string, by alert.Actor, at time.Time) (k enroll.Token, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		if err := t.RevokeToken(ctx, id, at); err != nil {
			return err
		}
		if k, err = t.Token(ctx, id); err != nil {
			return err
		}
		return t.note(ctx, at, by.Name, "token.revoke", "token/"+id, map[string]any{"description": k.Description})
	})
	return k, err
}
