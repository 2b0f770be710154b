package ingest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/ingest"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

// bundle receives the next message, which has to be a bundle that holds, and
// gives what it asks.
func (s *stream) bundle() (version uint64, asks []string) {
	s.Helper()
	signed := s.recv().GetBundle()
	c, err := x509.ParseCertificate(signed.GetCertificate())
	if err != nil {
		s.Fatalf("no bundle came: %v", err)
	}
	roots := x509.NewCertPool()
	for _, der := range s.authority.Certificates() {
		if a, err := x509.ParseCertificate(der); err == nil {
			roots.AddCert(a)
		}
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	if _, err := c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: s.now(), KeyUsages: usages}); err != nil {
		s.Fatal(err)
	}
	digest := sha256.Sum256(append([]byte("farmwatch bundle v1\n"), signed.GetBundle()...))
	if key, ok := c.PublicKey.(*ecdsa.PublicKey); !ok || !ecdsa.VerifyASN1(key, digest[:], signed.GetSignature()) {
		s.Fatal("the signature does not hold")
	}
	var b agentv1.Bundle
	if err := proto.Unmarshal(signed.GetBundle(), &b); err != nil || b.GetDeviceId() != s.id {
		s.Fatalf("bundle %v, %v", &b, err)
	}
	for _, p := range b.GetPresenceChecks() {
		asks = append(asks, p.GetId())
	}
	return b.GetVersion(), asks
}

func (a *agent) ask(id string) {
	a.Helper()
	_, err := a.store.Ask(context.Background(), presence.Question{ID: id, DeviceID: a.id, Means: finding.AllMeans(), Reason: "Two KVM findings",
		AskedBy: "ana", AskedAt: a.now(), DueAt: a.now().Add(time.Hour)})
	if err != nil {
		a.Fatal(err)
	}
	a.server.Tell(a.id)
}

// answers is a report that tells of a question.
func answers(id, state string, at time.Time) finding.Report {
	return finding.Report{At: at, Facts: []finding.Facts{{Class: presence.Class, Rows: []finding.Observation{{Class: presence.Class, UID: id,
		Columns: map[string]string{"check": id, "state": state, "answered_by": "lid"}}}}}}
}

// TestBundle: it comes after Welcome, though it is empty, and whenever it
// changed; what is answered is not asked again, also not by a later stream.
func TestBundle(t *testing.T) {
	b := newBench(t)
	a, other := b.enrol("one"), b.enrol("two")
	quiet := other.hello("e1", 0)
	if _, asks := quiet.bundle(); asks != nil {
		t.Errorf("nobody asked, and the bundle holds %v", asks)
	}
	s := a.hello("e1", 0)
	var last uint64
	expect := func(about string, s *stream, rises bool, want ...string) {
		t.Helper()
		version, asks := s.bundle()
		if version < last || rises != (version > last) || !slices.Equal(asks, want) {
			t.Errorf("%s: version %d after %d asks %v, want %v", about, version, last, asks, want)
		}
		last = version
	}
	expect("at first", s, true)
	a.ask("q1")
	expect("asked", s, true, "q1")
	b.server.Tell(a.id) // nothing changed: nothing comes
	s.send(entry(1, answers("q1", "shown", b.now())))
	s.acked(1)
	expect("another stream", a.hello("e1", 1), false, "q1")
	s = a.hello("e1", 1)
	expect("the next stream", s, false, "q1")
	s.send(entry(2, answers("q1", "answered", b.now())))
	s.acked(2)
	expect("answered", s, true)
	a.ask("q2")
	expect("asked again", s, true, "q2")
	if _, err := b.store.WithdrawQuestion(t.Context(), "q2", "ana", b.now()); err != nil {
		t.Fatal(err)
	}
	b.server.Tell(a.id)
	expect("withdrawn", s, true)
	b.server.Tell("nobody")
	s.send(entry(3, report("f1", b.now())))
	s.acked(3)
	quiet.send(entry(1, report("f1", b.now())))
	if m := quiet.recv(); m.GetAck().GetSeq() != 1 {
		t.Errorf("another device was told %v", m)
	}
}

// A dry pen does not write until it has ink.
type dryPen struct {
	ingest.Bundles
	ink atomic.Bool
}

func (p *dryPen) Make(ctx context.Context, deviceID string, told uint64) (*agentv1.SignedBundle, uint64, error) {
	if !p.ink.Load() {
		return nil, 0, errors.New("out of ink")
	}
	return p.Bundles.Make(ctx, deviceID, told)
}

// TestNoBundle: reports do not wait for a bundle that cannot be made, and it
// comes once it can.
func TestNoBundle(t *testing.T) {
	pen := &dryPen{}
	b := newBench(t, func(o *ingest.Options) { pen.Bundles, o.Bundles = o.Bundles, pen })
	a := b.enrol("one")
	a.ask("q1")
	s := a.hello("e1", 0)
	s.send(entry(1, answers("q1", "shown", b.now())), entry(2, report("f1", b.now())))
	s.acked(2)
	pen.ink.Store(true)
	s.send(heartbeat(b.now()))
	if _, asks := s.bundle(); !slices.Equal(asks, []string{"q1"}) {
		t.Errorf("the bundle that came late asks %v", asks)
	}
}

// TestOlderAgent: to an agent that was built before there were bundles, one is
// a message of no kind, and no mistake.
func TestOlderAgent(t *testing.T) {
	wire, err := proto.Marshal(&agentv1.ReportResponse{Message: &agentv1.ReportResponse_Bundle{Bundle: &agentv1.SignedBundle{Bundle: []byte("b")}}})
	if err != nil {
		t.Fatal(err)
	}
	// The field's number is the first byte; to this build, 15 is as unknown as 4 is to an older one.
	wire[0] = 15<<3 | wire[0]&7
	var m agentv1.ReportResponse
	if err := proto.Unmarshal(wire, &m); err != nil || m.GetMessage() != nil {
		t.Errorf("an unknown message is %v, %v", m.GetMessage(), err)
	}
}
