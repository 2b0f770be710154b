package uplink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/spool"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func newSpool(t testing.TB) *spool.Spool {
	t.Helper()
	s, err := spool.Open(&memory{files: map[string][]byte{}}, spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// writer puts numbered reports into a spool and knows what must arrive.
type writer struct {
	gate  *privacy.Gate
	spool *spool.Spool
	sent  []string
}

func newWriter(t testing.TB, s *spool.Spool) *writer {
	t.Helper()
	g, err := privacy.NewGate(nil, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return &writer{gate: g, spool: s}
}

func (w *writer) write(t testing.TB, n int, words ...string) {
	t.Helper()
	for range n {
		c, err := w.gate.Clear(finding.Report{Findings: []finding.Finding{{
			UID: fmt.Sprint(len(w.sent)), Rule: "a.rule", Title: strings.Join(words, " "),
			Status: finding.Open, Severity: finding.SeverityHigh, Confidence: finding.ConfidenceHigh,
		}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.spool.Append(c); err != nil {
			t.Fatal(err)
		}
		w.sent = append(w.sent, string(c.Wire()))
	}
}

// world is an agent and a collector in a bubble with its own clock, joined by a
// wire in memory that can be pulled out.
type world struct {
	*collector
	*writer
	t        *testing.T
	uplink   *Uplink
	identity Identity
	saved    []Identity
	began    time.Time
	skew     time.Duration // of the agent's clock
	take     *Bundles

	mu     sync.Mutex
	wire   *bufconn.Listener // nil while the collector is away
	conns  []net.Conn
	dials  int
	cancel context.CancelFunc
	done   chan error
}

func newWorld(t *testing.T, life time.Duration) *world {
	w := &world{t: t, began: time.Now(), done: make(chan error, 1)}
	w.collector = newCollector(t, time.Now)
	w.life = life
	s := newSpool(t)
	w.writer = newWriter(t, s)
	w.plug()
	w.identity = w.enroll()
	return w
}

func (w *world) enroll() Identity {
	w.t.Helper()
	identity, err := Enroll(w.t.Context(), EnrollConfig{Server: "collector.example", Token: w.ca.token(), Now: time.Now, Dial: w.dial})
	if err != nil {
		w.t.Fatal(err)
	}
	return identity
}

func (w *world) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	w.mu.Lock()
	wire := w.wire
	w.dials++
	w.mu.Unlock()
	if wire == nil {
		return nil, &net.OpError{Op: "dial", Err: fmt.Errorf("the wire is pulled out")}
	}
	conn, err := wire.DialContext(ctx)
	if err == nil {
		w.mu.Lock()
		w.conns = append(w.conns, conn)
		w.mu.Unlock()
	}
	return conn, err
}

// plug puts a collector behind the wire; what it stored before is still there.
func (w *world) plug() {
	wire := bufconn.Listen(1 << 20)
	w.serve(w.t, wire, w.began.Add(-time.Hour), w.began.Add(10*365*24*time.Hour), "collector.example")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wire = wire
}

func (w *world) tries() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dials
}

func (w *world) pull() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wire.Close()
	w.wire = nil
	w.cutLocked()
}

func (w *world) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cutLocked()
}

func (w *world) cutLocked() {
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

func (w *world) start() {
	ctx, cancel := context.WithCancel(w.t.Context())
	w.cancel = cancel
	w.uplink = New(w.identity, w.spool, Options{
		Now: func() time.Time { return time.Now().Add(w.skew) }, Dial: w.dial, Bundles: w.take,
		Save: func(i Identity) error {
			w.set(func() { w.saved = append(w.saved, i) })
			return nil
		},
	})
	go func() { w.done <- w.uplink.Run(ctx) }()
	synctest.Wait()
}

func (w *world) stop() {
	w.cancel()
	if err := <-w.done; !errors.Is(err, context.Canceled) {
		w.t.Errorf("Run ended with %v", err)
	}
	w.mu.Lock()
	if w.wire != nil {
		w.wire.Close()
	}
	w.cutLocked()
	w.mu.Unlock()
}

// arrived demands that everything written is stored, once and in order.
func (w *world) arrived() {
	w.t.Helper()
	if got := w.stored(); !slices.Equal(got, w.sent) {
		w.t.Fatalf("%d entries are stored, %d were written; in order: %v", len(got), len(w.sent), slices.Equal(got[:min(len(got), len(w.sent))], w.sent[:min(len(got), len(w.sent))]))
	}
}

func inBubble(t *testing.T, run func(w *world), life ...time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, append(life, 30*24*time.Hour)[0])
		run(w)
		w.stop()
	})
}
