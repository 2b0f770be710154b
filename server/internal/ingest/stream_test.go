package ingest_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

func TestStream(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	s := a.hello("e1", 0)
	s.send(entry(1, report("f1", b.now())), entry(2, report("f2", b.now())), gap(3, 5, "spool_full"), entry(6, report("f3", b.now())))
	s.acked(6)
	if n := a.stored("e1"); n != 3 {
		t.Errorf("%d entries stored, want 3", n)
	}
	if b.wakes(a.id) == 0 {
		t.Error("nobody was told of the news")
	}
	findings := look(b, func(tx *store.Tx) ([]device.Finding, error) { return tx.Findings(t.Context(), a.id) })
	if len(findings) != 3 || findings[0].Evidence[0].Columns["port"] != "1-1" {
		t.Errorf("findings %+v", findings)
	}
	d, err := b.store.Device(t.Context(), a.id)
	if err != nil || d.AgentVersion != "1.2.3" || d.PresenceAt(b.now()) != device.Online {
		t.Errorf("device %+v, %v", d, err)
	}
}

func TestReconnect(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	sent := []*agentv1.ReportRequest{entry(1, report("f1", b.now())), entry(2, report("f2", b.now()))}
	s := a.hello("e1", 0)
	s.send(sent...)
	s.acked(2)
	again := a.hello("e1", 2)
	s.ends(codes.Aborted, "a newer stream of this device took over")
	again.send(sent...)
	again.send(entry(3, report("f3", b.now())))
	again.acked(3)
	if n := a.stored("e1"); n != 3 {
		t.Errorf("%d entries stored, want 3", n)
	}
	if fresh := a.hello("e2", 0); fresh == nil || len(a.gaps()) != 0 {
		t.Errorf("gaps %v", a.gaps())
	}
}

// TestSettle: an agent that ends its stream in order hears of all it sent.
func TestSettle(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	s := a.hello("e1", 0)
	const sent = 150
	for seq := range uint64(sent) {
		s.send(entry(seq+1, report("f1", b.now())))
	}
	if err := s.wire.CloseSend(); err != nil {
		t.Fatal(err)
	}
	s.acked(sent)
	if _, err := s.wire.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("the stream ended with %v", err)
	}
}

func TestHole(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	s := a.hello("e1", 0)
	s.send(entry(1, report("f1", b.now())), entry(4, report("f4", b.now())))
	s.ends(codes.FailedPrecondition, "number 4 came after 1: 2 to 3 are missing and no gap says why")
	s = a.hello("e1", 1)
	s.send(gap(2, 3, "corrupt"), entry(4, report("f4", b.now())))
	s.acked(4)
}

// TestPoison: what can never be taken is refused by its number, the rest goes on.
func TestPoison(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	s := a.hello("e1", 0)
	bad := report("f2", b.now())
	bad.Findings[0].Severity = "apocalyptic"
	s.send(entry(1, report("f1", b.now())), entry(2, bad), raw(3, []byte{0xff}), raw(4, make([]byte, 1<<20+1)), entry(5, report("f5", b.now())))
	refused := map[uint64]string{}
	for acked := uint64(0); acked < 5; {
		m := s.recv()
		if r := m.GetRefusal(); r != nil {
			refused[r.GetSeq()] = r.GetReason()
		}
		acked = max(acked, m.GetAck().GetSeq())
	}
	for seq, want := range map[uint64]string{2: `finding 1: unknown severity "apocalyptic"`, 3: "does not parse", 4: "1048577 bytes"} {
		if !strings.Contains(refused[seq], want) {
			t.Errorf("entry %d was refused with %q, want %q", seq, refused[seq], want)
		}
	}
	s.send(gap(2, 4, "refused"), entry(6, report("f6", b.now())))
	s.acked(6)
	if gaps := a.gaps(); len(gaps) != 3 || gaps[0].Reason != device.ReasonRefused {
		t.Errorf("gaps %v, want one for each refused entry", gaps)
	}
}

func TestFork(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	s := a.hello("e1", 0)
	s.send(entry(1, report("f1", b.now())))
	s.acked(1)
	clone := a.hello("e1", 1)
	clone.send(entry(1, report("other", b.now())), entry(2, report("f2", b.now())))
	clone.acked(2)
	if gaps := a.gaps(); len(gaps) != 1 || gaps[0].Reason != device.ReasonFork || gaps[0].From != 1 {
		t.Errorf("gaps %v, want the fork", gaps)
	}
}

// TestClock: an hour ahead is an hour taken off, and the raw time is kept.
func TestClock(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	s := a.call()
	ahead := b.now().Add(time.Hour)
	s.send(hello("e1", ahead), entry(1, report("f1", ahead)))
	if s.recv().GetWelcome().GetCollectorTime().AsTime().Sub(b.now()).Abs() > time.Minute {
		t.Error("the welcome does not say what the collector's clock says")
	}
	s.acked(1)
	f := look(b, func(tx *store.Tx) ([]device.Finding, error) { return tx.Findings(t.Context(), a.id) })[0]
	if f.FirstSeen.Sub(b.now()).Abs() > 5*time.Second || !f.FirstSeenRaw.Equal(ahead.UTC().Truncate(time.Microsecond)) {
		t.Errorf("first seen %s, raw %s", f.FirstSeen, f.FirstSeenRaw)
	}
	s.send(heartbeat(b.now().Add(-time.Minute)), entry(2, report("f2", b.now())))
	s.acked(2)
	d, err := b.store.Device(t.Context(), a.id)
	if err != nil || (d.ClockOffset+time.Minute).Abs() > 5*time.Second {
		t.Errorf("clock offset %s, %v; want a minute behind", d.ClockOffset, err)
	}
}

// TestReplay sends what a bad network makes of a spool: repeats, steps back and
// new connections at random. Every entry is stored once, as if sent in order.
func TestReplay(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	random := rand.New(rand.NewPCG(7, 7))
	at := b.now()
	const last = 60
	messages := make([]*agentv1.ReportRequest, last+1)
	for seq := uint64(1); seq <= last; seq++ {
		messages[seq] = entry(seq, report("f1", at.Add(time.Duration(seq)*time.Millisecond)))
	}
	for acked := uint64(0); acked < last; {
		s := a.hello("e1", acked)
		next := 1 + random.Uint64N(acked+1)
		until := min(acked+1+random.Uint64N(9), last)
		for ; next <= until; next++ {
			s.send(messages[next])
			if back := random.Uint64N(4); next > back && back > 1 {
				s.send(messages[next-back])
			}
		}
		s.acked(until)
		acked = until
	}
	if n := a.stored("e1"); n != last || len(a.gaps()) != 0 {
		t.Errorf("%d entries and gaps %v, want %d and none", n, a.gaps(), last)
	}
	f := look(b, func(tx *store.Tx) ([]device.Finding, error) { return tx.Findings(t.Context(), a.id) })
	if want := at.Add(last * time.Millisecond).UTC().Truncate(time.Microsecond); len(f) != 1 || !f[0].LastSeenRaw.Equal(want) {
		t.Errorf("findings %+v, want one as last told at %s", f, want)
	}
}

func TestRefusedMessages(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	none := &agentv1.ReportRequest{}
	for name, test := range map[string]struct {
		messages []*agentv1.ReportRequest
		want     string
	}{
		"an entry before Hello": {[]*agentv1.ReportRequest{entry(1, finding.Report{})}, "the first message of a stream is Hello"},
		"two Hellos":            {[]*agentv1.ReportRequest{hello("e", b.now()), hello("e", b.now())}, "a second Hello"},
		"no epoch":              {[]*agentv1.ReportRequest{hello("", b.now())}, "epoch"},
		"a strange epoch":       {[]*agentv1.ReportRequest{hello("a b", b.now())}, `"a b" holds ' '`},
		"no clock":              {[]*agentv1.ReportRequest{{Message: &agentv1.ReportRequest_Hello{Hello: &agentv1.Hello{Epoch: "e"}}}}, "agent_time is missing"},
		"a mad clock":           {[]*agentv1.ReportRequest{hello("e", time.Unix(0, 0))}, "agent_time is no time between"},
		"number 0":              {[]*agentv1.ReportRequest{hello("e", b.now()), raw(0, nil)}, "the number 0"},
		"a number too large":    {[]*agentv1.ReportRequest{hello("e", b.now()), raw(1<<63, nil)}, "the number 9223372036854775808"},
		"a gap backwards":       {[]*agentv1.ReportRequest{hello("e", b.now()), gap(5, 4, "corrupt")}, "from 5 to 4"},
		"a gap without reason":  {[]*agentv1.ReportRequest{hello("e", b.now()), gap(1, 1, "")}, `the reason ""`},
		"a gap as a fork":       {[]*agentv1.ReportRequest{hello("e", b.now()), gap(1, 1, "fork")}, `the reason "fork"`},
		"a mad heartbeat":       {[]*agentv1.ReportRequest{hello("e", b.now()), heartbeat(time.Unix(0, 0))}, "Heartbeat: agent_time"},
		"nothing":               {[]*agentv1.ReportRequest{hello("e", b.now()), none}, "does not know"},
	} {
		t.Run(name, func(*testing.T) {
			s := a.call()
			s.send(test.messages...)
			s.ends(codes.InvalidArgument, test.want)
		})
	}
}

func TestRenew(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	csr, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{}, a.key)
	if err != nil {
		t.Fatal(err)
	}
	response, err := a.client.Renew(context.Background(), &agentv1.RenewRequest{Csr: csr})
	if err != nil {
		t.Fatal(err)
	}
	a.client = agentv1.NewAgentServiceClient(b.dial(response.GetCertificate(), a.key))
	a.hello("e1", 0)
	if _, err := a.client.Renew(context.Background(), &agentv1.RenewRequest{Csr: []byte("x")}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a malformed request gives %v", err)
	}
}
