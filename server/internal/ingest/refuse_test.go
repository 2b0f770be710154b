package ingest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/ingest"
)

func TestStrangers(t *testing.T) {
	b, other := newBench(t), newBench(t)
	foreign := other.enrol("one")
	for name, test := range map[string]struct {
		agent func(t *testing.T) *agent
		want  string
	}{
		"no certificate": {func(*testing.T) *agent {
			return &agent{bench: b, client: agentv1.NewAgentServiceClient(b.dial(nil, nil))}
		}, "no device certificate"},
		"another collector's": {func(*testing.T) *agent {
			return &agent{bench: b, client: agentv1.NewAgentServiceClient(b.dial(foreign.certificate, foreign.key))}
		}, "not one of this collector"},
		"removed": {func(t *testing.T) *agent {
			a := b.enrol("removed")
			if _, err := b.store.RemoveDevice(t.Context(), a.id, "root", b.now()); err != nil {
				t.Fatal(err)
			}
			return a
		}, "was removed"},
		"superseded": {func(*testing.T) *agent {
			a := b.enrol("superseded")
			b.enrol("superseded")
			return a
		}, "enrolled again by another installation"},
	} {
		t.Run(name, func(t *testing.T) {
			a := test.agent(t)
			a.call().ends(codes.Unauthenticated, test.want)
			if _, err := a.client.Renew(context.Background(), &agentv1.RenewRequest{}); status.Code(err) != codes.Unauthenticated {
				t.Errorf("Renew gives %v", err)
			}
		})
	}
}

func TestExpired(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	living := a.hello("e1", 0)
	b.move(31 * 24 * time.Hour)
	living.send(entry(1, report("f1", b.now())))
	living.ends(codes.Unauthenticated, "ended at")
	if n := a.stored("e1"); n != 0 {
		t.Errorf("%d entries are stored after the certificate ended", n)
	}
	a.call().ends(codes.Unauthenticated, "enrol the device again with a new token")
}

// TestOutcast: a device that is removed while it streams is cut, with Cut at
// once and without it at its next word.
func TestOutcast(t *testing.T) {
	b := newBench(t)
	for _, cut := range []bool{true, false} {
		a := b.enrol("one")
		s := a.hello("e1", 0)
		if _, err := b.store.RemoveDevice(t.Context(), a.id, "root", b.now()); err != nil {
			t.Fatal(err)
		}
		if cut {
			b.server.Cut(a.id)
		} else {
			s.send(entry(1, report("f1", b.now())))
		}
		s.ends(codes.Unauthenticated, "was removed")
		if n := a.stored("e1"); n != 0 {
			t.Errorf("%d entries of a removed device are stored", n)
		}
	}
}

func TestLimits(t *testing.T) {
	b := newBench(t, func(o *ingest.Options) {
		o.Limits.Streams = 1
		o.Limits.HelloTimeout = 300 * time.Millisecond
	})
	one, two := b.enrol("one"), b.enrol("two")
	mute := one.call()
	mute.ends(codes.DeadlineExceeded, "no Hello came")
	s := one.hello("e1", 0)
	two.call().ends(codes.ResourceExhausted, "already serves 1 agents")
	s.send(raw(1, make([]byte, 4<<20)))
	s.ends(codes.ResourceExhausted, "")
	for b.server.Streams() > 0 {
		time.Sleep(time.Millisecond)
	}
	two.hello("e1", 0)
}

// TestRate: a stream that sends too fast is slowed, not cut, and loses nothing.
func TestRate(t *testing.T) {
	b := newBench(t, func(o *ingest.Options) { o.Limits.Entries, o.Limits.Burst = 100, 5 })
	s := b.enrol("one").hello("e1", 0)
	began := time.Now()
	for seq := range uint64(25) {
		s.send(entry(seq+1, report("f1", b.now())))
	}
	s.acked(25)
	if took := time.Since(began); took < 150*time.Millisecond {
		t.Errorf("20 entries beyond the burst took %s at 100 a second", took)
	}
}

// TestAllowance: a device cannot fill the disk by calling again and again, nor
// have certificates made without end.
func TestAllowance(t *testing.T) {
	b := newBench(t, func(o *ingest.Options) { o.Limits.Daily, o.Limits.Renewals = 3*256, 1 })
	a, other := b.enrol("one"), b.enrol("two")
	for seq := range uint64(3) {
		s := a.hello("e1", seq)
		s.send(entry(seq+1, report("f1", b.now())))
		s.acked(seq + 1)
	}
	s := a.hello("e1", 3)
	s.send(entry(4, report("f1", b.now())))
	time.Sleep(100 * time.Millisecond)
	if n := a.stored("e1"); n != 3 {
		t.Errorf("%d entries are stored, want the 3 that the day allows", n)
	}
	same := other.hello("e1", 0)
	same.send(entry(1, report("f1", b.now())))
	same.acked(1)
	if _, err := a.client.Renew(context.Background(), &agentv1.RenewRequest{}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("the first renewal gives %v", err)
	}
	if _, err := a.client.Renew(context.Background(), &agentv1.RenewRequest{}); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("the second renewal gives %v", err)
	}
}

func TestClose(t *testing.T) {
	b := newBench(t)
	a := b.enrol("one")
	s := a.hello("e1", 0)
	b.server.Close()
	s.ends(codes.Unavailable, "stopping")
	a.call().ends(codes.Unavailable, "stopping")
}

// A shaky store does to deliveries what a test wants before or after the real one sees them.
type shaky struct {
	ingest.Store
	before func([]device.Delivery) error
	after  func([]device.Delivery) error
}

func (s *shaky) Record(ctx context.Context, deliveries []device.Delivery) ([]device.Receipt, error) {
	if err := s.before(deliveries); err != nil {
		return nil, err
	}
	receipts, err := s.Store.Record(ctx, deliveries)
	if err == nil {
		err = s.after(deliveries)
	}
	return receipts, err
}

func fine([]device.Delivery) error { return nil }

func hasEntry(deliveries []device.Delivery, seq uint64) bool {
	return slices.ContainsFunc(deliveries, func(d device.Delivery) bool { return d.Entry != nil && d.Entry.Seq == seq })
}

// TestKilledBeforeAck: the collector dies after the commit and before the
// acknowledgement. The agent sends again and nothing is there twice.
func TestKilledBeforeAck(t *testing.T) {
	broken := true
	b := newBench(t, func(o *ingest.Options) {
		o.Store = &shaky{Store: o.Store, before: fine, after: func(d []device.Delivery) error {
			if broken && hasEntry(d, 2) {
				broken = false
				return device.ErrFull // ends the stream without a receipt, as death does
			}
			return nil
		}}
	})
	a := b.enrol("one")
	s := a.hello("e1", 0)
	s.send(entry(1, report("f1", b.now())))
	s.acked(1)
	second := entry(2, report("f2", b.now()))
	s.send(second)
	s.ends(codes.ResourceExhausted, "")
	s = a.hello("e1", 2) // it is on the disk, and Welcome says so
	s.send(second, entry(3, report("f3", b.now())))
	s.acked(3)
	if n := a.stored("e1"); n != 3 || len(a.gaps()) != 0 {
		t.Errorf("%d entries, gaps %v", n, a.gaps())
	}
}

// TestFullDisk: nothing is acknowledged that is not stored, and it goes on by itself.
func TestFullDisk(t *testing.T) {
	full := true
	b := newBench(t, func(o *ingest.Options) {
		o.Store = &shaky{Store: o.Store, after: fine, before: func(d []device.Delivery) error {
			if full && hasEntry(d, 1) {
				full = false
				return device.ErrFull
			}
			return nil
		}}
	})
	a := b.enrol("one")
	s := a.hello("e1", 0)
	s.send(entry(1, report("f1", b.now())))
	s.ends(codes.ResourceExhausted, "the collector's disk is full")
	s = a.hello("e1", 0)
	s.send(entry(1, report("f1", b.now())))
	s.acked(1)
}

// TestOneBreaksAlone: a delivery that the store cannot take does not take others with it.
func TestOneBreaksAlone(t *testing.T) {
	var cursed string
	b := newBench(t, func(o *ingest.Options) {
		o.Store = &shaky{Store: o.Store, after: fine, before: func(d []device.Delivery) error {
			for _, one := range d {
				if one.DeviceID == cursed && one.Entry != nil {
					return errors.New("a page is damaged")
				}
			}
			return nil
		}}
	})
	good, bad := b.enrol("good"), b.enrol("bad")
	cursed = bad.id
	for range 5 {
		s, victim := good.hello("e1", uint64(good.stored("e1"))), bad.hello("e1", 0)
		next := uint64(good.stored("e1") + 1)
		victim.send(entry(1, report("f1", b.now())))
		s.send(entry(next, report("f1", b.now())))
		s.acked(next)
		victim.ends(codes.Unavailable, "could not store")
	}
}
