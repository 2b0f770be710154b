package bundle_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/bundle"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

type kept struct {
	version uint64
	open    []presence.Question
	err     error
}

func (k kept) Bundle(context.Context, string, time.Time) (uint64, []presence.Question, error) {
	return k.version, k.open, k.err
}

type pen struct{ err error }

func (p pen) Sign(message []byte) ([]byte, []byte, error) {
	return message, []byte("certificate"), p.err
}

func TestMake(t *testing.T) {
	q := presence.Question{ID: "q1", DeviceID: "d1", Alert: "the alert", Means: []finding.Means{finding.Lid, finding.PowerPlug},
		Reason: "the reason", AskedBy: "ana", AskedAt: noon, DueAt: noon.Add(time.Hour)}
	m := bundle.NewMaker(kept{version: 7, open: []presence.Question{q}}, pen{}, func() time.Time { return noon })
	signed, version, err := m.Make(t.Context(), "d1", 0)
	if err != nil || version != 7 || string(signed.GetCertificate()) != "certificate" {
		t.Fatalf("got %v, version %d, %v", signed, version, err)
	}
	if want := "farmwatch bundle v1\n" + string(signed.GetBundle()); string(signed.GetSignature()) != want {
		t.Errorf("signed was %q, want %q", signed.GetSignature(), want)
	}
	for _, private := range []string{q.Reason, q.Alert, q.AskedBy} {
		if strings.Contains(string(signed.GetBundle()), private) {
			t.Errorf("the bundle tells %q", private)
		}
	}
	var b agentv1.Bundle
	if err := proto.Unmarshal(signed.GetBundle(), &b); err != nil {
		t.Fatal(err)
	}
	p := b.GetPresenceChecks()[0]
	if b.GetDeviceId() != "d1" || b.GetVersion() != 7 || !b.GetIssuedAt().AsTime().Equal(noon) || p.GetId() != "q1" || strings.Join(p.GetMeans(), " ") != "lid power_plug" ||
		!p.GetAskedAt().AsTime().Equal(noon) || !p.GetDueAt().AsTime().Equal(noon.Add(time.Hour)) {
		t.Errorf("the bundle is %v", &b)
	}
}

func TestMakeNothing(t *testing.T) {
	clock := func() time.Time { return noon }
	if signed, version, err := bundle.NewMaker(kept{version: 7}, pen{}, clock).Make(t.Context(), "d1", 7); signed != nil || version != 7 || err != nil {
		t.Errorf("what was told is told again: %v, %d, %v", signed, version, err)
	}
	if signed, _, err := bundle.NewMaker(kept{version: 8}, pen{}, clock).Make(t.Context(), "d1", 7); signed == nil || err != nil {
		t.Errorf("an empty bundle: %v, %v; it ends what is asked", signed, err)
	}
	broken := errors.New("broken")
	for _, m := range []*bundle.Maker{bundle.NewMaker(kept{err: broken}, pen{}, clock), bundle.NewMaker(kept{}, pen{err: broken}, clock)} {
		if _, _, err := m.Make(t.Context(), "d1", 0); !errors.Is(err, broken) || !strings.Contains(err.Error(), "d1") {
			t.Errorf("got %v", err)
		}
	}
}
