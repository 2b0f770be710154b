package uplink

import (
	"context"
	"errors"
	"fmt"
	"time"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

const renewPause = time.Hour // between two renewals, whatever became of the first

// errRenewed ends a stream so that the next one is under a new certificate.
var errRenewed = errors.New("the certificate is being renewed")

// renewalDue says whether two thirds of the certificate's life are over. One
// that has ended is tried too: which clock is right is the collector's to say.
func (u *Uplink) renewalDue() bool {
	now := u.options.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	// A pause longer than the longest was set before the clock went back.
	if pause := u.renewAfter.Sub(now); pause > 0 && pause <= renewPause {
		return false
	}
	c := u.identity.Certificate
	due := c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) * 2 / 3)
	return !u.collectorTime(now).Before(due)
}

// collectorTime is what the collector's clock says, as far as the difference was
// measured: it is the one by which certificates are made and judged.
func (u *Uplink) collectorTime(now time.Time) time.Time { return now.Add(-u.status.ClockOffset) }

// renew exchanges the certificate for one with a new key. The new identity is on
// the disk before it is used; the old one holds until its end, so a crash in
// between locks nobody out.
func (u *Uplink) renew(ctx context.Context, l *link) error {
	now := u.options.Now()
	u.mu.Lock()
	next := u.identity
	u.renewAfter = now.Add(renewPause)
	u.mu.Unlock()
	key, request, err := newRequest(u.options.random())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*dialTimeout)
	defer cancel()
	response, err := agentv1.NewAgentServiceClient(l).Renew(ctx, &agentv1.RenewRequest{Csr: request})
	if err != nil {
		return l.explain(err)
	}
	next.Key = key
	if err := next.adopt(response.GetCertificate(), response.GetAuthorities()); err != nil {
		return fmt.Errorf("the collector at %s renewed a certificate that does not hold: %w", l.address, err)
	}
	if u.options.Save != nil {
		if err := u.options.Save(next); err != nil {
			return err
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.identity = next
	u.options.Log.Info("certificate renewed", "certificate.not_after", next.Certificate.NotAfter)
	return nil
}
