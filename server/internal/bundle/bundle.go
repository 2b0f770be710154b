// Package bundle makes what the collector may tell one agent: a fixed
// vocabulary, signed, with no words of people and nothing to run.
package bundle

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

// preamble begins what is signed, so that a signature of a bundle is one of
// nothing else.
const preamble = "farmwatch bundle v1\n"

// A Store knows what each device's bundle holds now, under a version that never goes back.
type Store interface {
	Bundle(ctx context.Context, deviceID string, now time.Time) (version uint64, open []presence.Question, err error)
}

// A Signer signs SHA-256 of a message and gives its key's certificate, DER.
type Signer interface {
	Sign(message []byte) (signature, certificate []byte, err error)
}

// A Maker makes bundles.
type Maker struct {
	store  Store
	signer Signer
	now    func() time.Time
}

// NewMaker makes a Maker.
func NewMaker(store Store, signer Signer, now func() time.Time) *Maker {
	return &Maker{store: store, signer: signer, now: now}
}

// Make makes a device's bundle with its version; nil when the device was told
// that version already. An empty bundle is one too: it ends what is asked.
func (m *Maker) Make(ctx context.Context, deviceID string, told uint64) (*agentv1.SignedBundle, uint64, error) {
	now := m.now()
	version, open, err := m.store.Bundle(ctx, deviceID, now)
	if err != nil {
		return nil, 0, fmt.Errorf("read what the bundle of device %s holds: %w", deviceID, err)
	}
	if told != 0 && version == told {
		return nil, version, nil
	}
	b := &agentv1.Bundle{DeviceId: deviceID, Version: version, IssuedAt: timestamppb.New(now)}
	for _, q := range open {
		b.PresenceChecks = append(b.PresenceChecks, asked(q))
	}
	content, err := proto.Marshal(b)
	if err != nil {
		return nil, 0, fmt.Errorf("write the bundle of device %s: %w", deviceID, err)
	}
	signature, certificate, err := m.signer.Sign(append([]byte(preamble), content...))
	if err != nil {
		return nil, 0, fmt.Errorf("sign the bundle of device %s: %w", deviceID, err)
	}
	return &agentv1.SignedBundle{Bundle: content, Signature: signature, Certificate: certificate}, version, nil
}

// asked leaves the reason, the alert and who asks behind.
func asked(q presence.Question) *agentv1.PresenceCheck {
	return &agentv1.PresenceCheck{Id: q.ID, AskedAt: timestamppb.New(q.AskedAt), DueAt: timestamppb.New(q.DueAt), Means: finding.MeansWords(q.Means)}
}
