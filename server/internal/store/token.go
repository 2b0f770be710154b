package store

import (
	"context"
	"errors"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

type tokenQueries struct {
	InsertToken, GetToken, ListTokens, UseToken, RevokeToken query
}

// CreateToken keeps a new token.
func (t *Tx) CreateToken(ctx context.Context, k enroll.Token) error {
	_, err := t.exec(ctx, t.q.InsertToken, k.ID, k.SecretHash, k.Description, k.UsesTotal, k.UsesLeft,
		micros(k.CreatedAt), k.CreatedBy, micros(k.ExpiresAt), k.Group)
	return err
}

// Token finds a token by its id.
func (t *Tx) Token(ctx context.Context, id string) (enroll.Token, error) {
	return single(ctx, t, t.q.GetToken, scanToken, id)
}

// Tokens lists every token, newest first.
func (t *Tx) Tokens(ctx context.Context) ([]enroll.Token, error) {
	return all(ctx, t, t.q.ListTokens, scanToken)
}

// AgentByKey finds the device whose agent enrolled with this token and key and was not superseded.
func (t *Tx) AgentByKey(ctx context.Context, tokenID string, keyHash []byte) (device.Device, error) {
	return single(ctx, t, t.q.GetDeviceByKey, scanDevice, tokenID, keyHash)
}

// UseToken takes one use; false says that none is left.
func (t *Tx) UseToken(ctx context.Context, id string) (bool, error) {
	changed, err := t.exec(ctx, t.q.UseToken, id)
	return changed == 1, err
}

// RevokeToken ends a token; ending it again changes nothing.
func (t *Tx) RevokeToken(ctx context.Context, id string, at time.Time) error {
	changed, err := t.exec(ctx, t.q.RevokeToken, id, micros(at))
	if err == nil && changed == 0 {
		return ErrNotFound
	}
	return err
}

// SaveEnrolment writes a device with its new agent. An agent it had is
// superseded, and what that one held open ends as it was heard last: its
// installation is gone, and whatever is still there the new one tells again. What
// it told of the present is of an earlier life and goes as well. Since that lets go
// of evidence, it is noted with the token that allowed it.
func (t *Tx) SaveEnrolment(ctx context.Context, d device.Device, tokenID string) error {
	about := map[string]any{"name": d.Name, "agent": d.AgentID}
	before, err := t.Device(ctx, d.ID)
	switch {
	case err == nil:
		about["instead_of"] = before.AgentID
	case !errors.Is(err, ErrNotFound):
		return err
	}
	if _, err := t.exec(ctx, t.q.SaveDevice, d.ID, d.Anchor, d.AgentID, d.Certificate, d.Name, d.OS, d.OSVersion, d.Arch,
		d.AgentVersion, micros(d.EnrolledAt)); err != nil {
		return err
	}
	if _, err := t.exec(ctx, t.q.SupersedeAgents, d.ID, micros(d.EnrolledAt)); err != nil {
		return err
	}
	if before.ID != "" {
		if err := t.endLife(ctx, before, d); err != nil {
			return err
		}
	}
	if _, err := t.exec(ctx, t.q.InsertAgent, d.AgentID, d.ID, tokenID, micros(d.EnrolledAt)); err != nil {
		return err
	}
	if d.Group != before.Group {
		if err := t.setGroup(ctx, d.ID, d.Group, d.EnrolledAt); err != nil {
			return err
		}
		about["group"] = d.Group
	}
	return t.note(ctx, d.EnrolledAt, "token/"+tokenID, "device.enroll", "device/"+d.ID, about)
}

// endLife ends what the installation before told of a device. Weeks in a drawer before a
// re-image are no weeks in which anything was there.
func (t *Tx) endLife(ctx context.Context, before, now device.Device) error {
	heard := before.LastSeen
	if heard.IsZero() || heard.After(now.EnrolledAt) {
		heard = now.EnrolledAt
	}
	if _, err := t.exec(ctx, t.q.CloseSpellsOfDevice, now.ID, micros(heard)); err != nil {
		return err
	}
	if _, err := t.exec(ctx, t.q.UnsettlePast, now.ID, micros(heard.Add(-assess.Overlap))); err != nil {
		return err
	}
	if _, err := t.exec(ctx, t.q.CloseFindingsOfDevice, now.ID); err != nil {
		return err
	}
	for _, q := range []query{t.q.ForgetFactsOfLife, t.q.ForgetCoverageOfLife} {
		if _, err := t.exec(ctx, q, now.ID, device.CollectorEpoch); err != nil {
			return err
		}
	}
	return nil
}

// SaveCertificate notes a certificate and makes it the one in force for its device.
func (t *Tx) SaveCertificate(ctx context.Context, deviceID string, c enroll.Certificate) error {
	if _, err := t.exec(ctx, t.q.InsertCertificate, c.Serial, c.AgentID, c.KeyHash, micros(c.NotBefore), micros(c.NotAfter), micros(c.IssuedAt)); err != nil {
		return err
	}
	changed, err := t.exec(ctx, t.q.PutCertificateInForce, deviceID, c.AgentID, c.Serial)
	if err == nil && changed == 0 {
		return ErrNotFound
	}
	return err
}

func scanToken(row scanner) (enroll.Token, error) {
	var k enroll.Token
	err := row.Scan(&k.ID, &k.SecretHash, &k.Description, &k.UsesTotal, &k.UsesLeft,
		moment{&k.CreatedAt}, &k.CreatedBy, moment{&k.ExpiresAt}, moment{&k.RevokedAt}, &k.Group)
	return k, err
}

// Enrolment runs one enrolment, all or nothing.
func (s *SQLite) Enrolment(ctx context.Context, do func(enroll.Tx) error) error {
	return s.Tx(ctx, func(t *Tx) error { return do(t) })
}

// CreateToken keeps a new token and notes who made it.
func (s *SQLite) CreateToken(ctx context.Context, k enroll.Token) error {
	return s.Tx(ctx, func(t *Tx) error {
		if err := t.CreateToken(ctx, k); err != nil {
			return err
		}
		return t.note(ctx, k.CreatedAt, k.CreatedBy, "token.create", "token/"+k.ID, map[string]any{
			"description": k.Description, "uses": k.UsesTotal, "expires_at": k.ExpiresAt.UTC().Format(time.RFC3339), "group": k.Group,
		})
	})
}

// RevokeToken ends a token on the server's own command line; ErrNotFound if there is none.
func (s *SQLite) RevokeToken(ctx context.Context, id string, at time.Time) error {
	_, err := s.WithdrawToken(ctx, id, audit.Console, at)
	return err
}

// WithdrawToken ends a token and notes who did; ErrNotFound if there is none.
func (s *SQLite) WithdrawToken(ctx context.Context, id, by string, at time.Time) (k enroll.Token, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		if err := t.RevokeToken(ctx, id, at); err != nil {
			return err
		}
		if k, err = t.Token(ctx, id); err != nil {
			return err
		}
		return t.note(ctx, at, by, "token.revoke", "token/"+id, map[string]any{"description": k.Description})
	})
	return k, err
}

// Tokens lists every token, newest first.
func (s *SQLite) Tokens(ctx context.Context) (list []enroll.Token, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err = t.Tokens(ctx)
		return err
	})
	return list, err
}
