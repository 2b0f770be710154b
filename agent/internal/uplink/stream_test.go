package uplink

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/farmwatch/farmwatch/agent/internal/spool"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

func TestEverythingArrivesOnceAndInOrder(t *testing.T) {
	inBubble(t, func(w *world) {
		w.write(w.t, 200)
		w.start()
		w.write(w.t, 50)
		time.Sleep(3 * time.Minute)
		w.arrived()
		s := w.uplink.Status()
		if s.ConnectedSince.IsZero() || s.LastAck.IsZero() || s.Waiting != 0 || s.LastError != "" || s.ClockOffset != 0 {
			w.t.Errorf("status %+v", s)
		}
		if w.hellos.Load() != 1 || w.beats.Load() < 2 {
			w.t.Errorf("%d hellos and %d heartbeats in three minutes", w.hellos.Load(), w.beats.Load())
		}
	})
}

func TestCollectorAwayForAnHour(t *testing.T) {
	inBubble(t, func(w *world) {
		w.start()
		w.write(w.t, 5)
		time.Sleep(time.Second)
		w.arrived()
		w.pull()
		before := w.tries()
		for range 60 {
			time.Sleep(time.Minute)
			w.write(w.t, 3)
		}
		if tries := w.tries() - before; tries < 60 || tries > 150 {
			w.t.Errorf("%d tries in an hour, want about one in 40 s", tries)
		}
		if s := w.uplink.Status(); s.Waiting != 180 || !s.ConnectedSince.IsZero() || !strings.Contains(s.LastError, "could not be reached") {
			w.t.Errorf("status while away %+v", s)
		}
		w.plug()
		time.Sleep(61 * time.Second)
		w.arrived()
		if s := w.uplink.Status(); s.LastError != "" || s.Waiting != 0 {
			w.t.Errorf("status afterwards %+v", s)
		}
	})
}

func TestConnectionsKilledAtRandom(t *testing.T) {
	for seed := range uint64(4) {
		inBubble(t, func(w *world) {
			rng := rand.New(rand.NewPCG(seed, 4))
			w.cutAfter = 10 + rng.IntN(100)
			w.start()
			for range 100 {
				w.write(w.t, rng.IntN(10))
				switch rng.IntN(6) {
				case 0:
					w.cut()
				case 1:
					w.pull()
					time.Sleep(time.Duration(rng.IntN(3000)) * time.Millisecond)
					w.plug()
				default:
					time.Sleep(time.Duration(rng.IntN(2000)) * time.Millisecond)
				}
			}
			w.set(func() { w.cutAfter = 0 })
			time.Sleep(5 * time.Minute)
			w.arrived()
		})
	}
}

func TestRefusedEntryBecomesAGap(t *testing.T) {
	inBubble(t, func(w *world) {
		w.set(func() { w.poison = "poison" })
		w.write(w.t, 3)
		w.write(w.t, 1, "poison")
		w.write(w.t, 3)
		w.sent = slices.Delete(w.sent, 3, 4)
		w.start()
		time.Sleep(time.Minute)
		w.arrived()
		var gaps []*agentv1.Gap
		w.set(func() { gaps = w.epochs[w.order[0]].gaps })
		if len(gaps) != 1 || gaps[0].GetFrom() != 4 || gaps[0].GetTo() != 4 || gaps[0].GetReason() != spool.Refused {
			w.t.Errorf("gaps %v", gaps)
		}
	})
}

func TestCertificateIsRenewedAtTwoThirds(t *testing.T) {
	inBubble(t, func(w *world) {
		w.start()
		time.Sleep(3*time.Hour + 50*time.Minute)
		if w.renewals.Load() != 0 {
			w.t.Fatal("renewed too early")
		}
		w.write(w.t, 2)
		time.Sleep(15 * time.Minute)
		w.write(w.t, 2)
		time.Sleep(time.Minute)
		var saved []Identity
		w.set(func() { saved = slices.Clone(w.saved) })
		if w.renewals.Load() != 1 || len(saved) != 1 || saved[0].Key.Equal(w.identity.Key) || saved[0].DeviceID != "device-1" {
			w.t.Fatalf("%d renewals, saved %d", w.renewals.Load(), len(saved))
		}
		time.Sleep(10 * time.Hour) // far beyond the first certificate
		w.write(w.t, 2)
		time.Sleep(time.Minute)
		w.arrived()
		if s := w.uplink.Status(); w.renewals.Load() < 3 || s.LastError != "" {
			w.t.Errorf("%d renewals in 14 hours, status %+v", w.renewals.Load(), s)
		}
	}, 6*time.Hour)
}

func TestExpiredCertificateAsksForEnrolmentAndKeepsReports(t *testing.T) {
	inBubble(t, func(w *world) {
		w.start()
		w.pull()
		time.Sleep(7 * time.Hour)
		w.plug()
		w.write(w.t, 4)
		time.Sleep(2 * time.Minute)
		s := w.uplink.Status()
		if !s.NeedsEnrolment || s.Waiting != 4 || !strings.Contains(s.LastError, "enrol it again with a new token") || !strings.Contains(s.LastError, clock(w.identity.Certificate.NotAfter)) {
			w.t.Errorf("status %+v", s)
		}
		w.stop()
		w.plug()
		w.identity = w.enroll()
		w.start()
		time.Sleep(time.Minute)
		w.arrived()
	}, 6*time.Hour)
}

func TestLostAnswerToAnEnrolmentIsAskedForAgain(t *testing.T) {
	inBubble(t, func(w *world) {
		w.set(func() { w.lose = 2 })
		w.identity = w.enroll()
		if w.enrolled.Load() != 2 { // the first one is the world's own
			w.t.Errorf("enrolled %d times", w.enrolled.Load())
		}
		w.start()
	})
}

func TestRemovedDeviceIsToldSo(t *testing.T) {
	inBubble(t, func(w *world) {
		w.set(func() {
			w.refuse = status.Error(codes.Unauthenticated, "this device was removed from the collector: enrol it again with a new token")
		})
		w.start()
		time.Sleep(time.Minute)
		if s := w.uplink.Status(); !s.NeedsEnrolment || s.LastError != "this device was removed from the collector: enrol it again with a new token" {
			w.t.Errorf("status %+v", s)
		}
		w.set(func() { w.refuse = nil })
		time.Sleep(2 * time.Minute)
		if s := w.uplink.Status(); s.NeedsEnrolment || s.LastError != "" {
			w.t.Errorf("status afterwards %+v", s)
		}
	})
}

func TestClockAnHourOffIsMeasured(t *testing.T) {
	for _, skew := range []time.Duration{50 * time.Minute, -50 * time.Minute} {
		inBubble(t, func(w *world) {
			w.skew = skew
			w.write(w.t, 1)
			w.start()
			time.Sleep(time.Minute)
			w.arrived()
			if s := w.uplink.Status(); s.ClockOffset != skew {
				w.t.Errorf("offset %s, want %s", s.ClockOffset, skew)
			}
		})
	}
}

func TestClockAMonthAheadDoesNotRenewOverAndOver(t *testing.T) {
	inBubble(t, func(w *world) {
		w.skew = 31 * 24 * time.Hour
		w.write(w.t, 1)
		w.start()
		time.Sleep(6 * time.Hour)
		w.arrived()
		if s := w.uplink.Status(); w.renewals.Load() > 1 || s.NeedsEnrolment || s.ConnectedSince.IsZero() || s.LastError != "" {
			w.t.Errorf("%d renewals, status %+v", w.renewals.Load(), s)
		}
	})
}

func TestClockBeforeTheCollectorsCertificate(t *testing.T) {
	inBubble(t, func(w *world) {
		w.skew = -3 * time.Hour
		w.write(w.t, 1)
		w.start()
		time.Sleep(time.Minute)
		if s := w.uplink.Status(); !strings.Contains(s.LastError, "is not valid yet") || s.Waiting != 1 {
			w.t.Errorf("status %+v", s)
		}
	})
}

func TestAnotherAuthorityIsNotTrusted(t *testing.T) {
	inBubble(t, func(w *world) {
		w.identity.Authorities = append(w.identity.Authorities[:0:0], newAuthority(w.t, w.began).cert)
		w.write(w.t, 1)
		w.start()
		time.Sleep(time.Minute)
		if s := w.uplink.Status(); !strings.Contains(s.LastError, "none of its known authorities vouches for") || w.hellos.Load() != 0 {
			w.t.Errorf("status %+v after %d hellos", s, w.hellos.Load())
		}
	})
}

func TestSilentCollectorIsLeft(t *testing.T) {
	inBubble(t, func(w *world) {
		w.set(func() { w.noAcks = true })
		w.write(w.t, 3)
		w.start()
		time.Sleep(4 * time.Minute)
		w.set(func() { w.noAcks = false })
		time.Sleep(2 * time.Minute)
		if s := w.uplink.Status(); w.hellos.Load() < 2 || s.Waiting != 0 {
			w.t.Errorf("%d hellos, status %+v", w.hellos.Load(), s)
		}
		w.arrived()
	})
}

func TestWindowIsBounded(t *testing.T) {
	inBubble(t, func(w *world) {
		w.set(func() { w.noAcks = true })
		w.write(w.t, 3*windowItems)
		w.start()
		time.Sleep(time.Minute / 2)
		if n := len(w.stored()); n != windowItems {
			w.t.Errorf("%d entries came unacknowledged, want %d", n, windowItems)
		}
	})
}

func TestCollectorThatKnowsMoreBeginsANewEpoch(t *testing.T) {
	inBubble(t, func(w *world) {
		w.set(func() { w.epochs[w.spool.Epoch()], w.order = &epoch{acked: 40}, []string{w.spool.Epoch()} })
		w.write(w.t, 5)
		w.start()
		time.Sleep(time.Second)
		w.arrived()
		w.set(func() {
			if len(w.order) != 2 || w.epochs[w.order[0]].acked != 40 {
				w.t.Errorf("epochs %v", w.order)
			}
		})
	})
}

func TestStoppingWaitsForTheLastAcknowledgement(t *testing.T) {
	inBubble(t, func(w *world) {
		w.start()
		w.write(w.t, 20)
		synctest.Wait()
		w.stop()
		if s := w.spool.Stats(); s.Depth != 0 {
			w.t.Errorf("%d reports wait after an orderly end", s.Depth)
		}
		w.plug()
		w.start()
	})
}
