package simulate

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/agent/internal/spool"
	"github.com/farmwatch/farmwatch/agent/internal/uplink"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// Options are where laptops report, and how.
type Options struct {
	Server  string // host:port of the collector
	Token   string // enrolment token, for as many laptops as there are
	State   string // folder for their spools
	Version string // of the agent
	Proxied bool   // connections begin with a PROXY header that names the laptop's public address
	Now     func() time.Time
	Log     *slog.Logger // nil is silent
}

// A laptop is one agent: all of it is real but what its sensors see.
type laptop struct {
	*scene
	id       string
	options  *Options
	now      func() time.Time // by which it looks
	identity uplink.Identity
	wake     waker // wakes sensors, where they look at their own pace
	engine   *engine.Engine
	spool    *spool.Spool
	link     *uplink.Uplink
	counted  *counter

	cut  context.CancelFunc // ends the connection; nil while there is none
	done chan struct{}      // closed when it has ended
	from netip.Addr         // public address of the connection
}

// enrol gives a laptop its identity and makes its agent. It looks at the time that
// now tells; certificates and connections are of the time of the options.
func enrol(ctx context.Context, s *scene, sensors []sensor.Sensor, o *Options, now func() time.Time) (*laptop, error) {
	l := &laptop{scene: s, options: o, now: now, wake: waker{classes: make(chan string, 64)}}
	l.from = s.address()
	id, err := uplink.Enroll(ctx, uplink.EnrollConfig{
		Server: o.Server, Token: o.Token, Now: o.Now, Dial: l.dial,
		Host: uplink.Host{Name: s.host, OS: s.os, OSVersion: s.systemVersion(), Arch: s.arch(), AgentVersion: o.Version,
			Anchor: finding.UID("hardware", s.play.serial("hardware", s.name))},
	})
	if err != nil {
		return nil, fmt.Errorf("enrol %s: %w", s.name, err)
	}
	l.identity, l.id = id, id.DeviceID
	return l, l.assemble(sensors)
}

// embedded is the catalogue, read once for all laptops: nobody changes it.
var embedded = sync.OnceValues(catalogue.Embedded)

// assemble makes the agent's parts.
func (l *laptop) assemble(sensors []sensor.Sensor) error {
	known, err := embedded()
	if err != nil {
		return err
	}
	gate, err := privacy.NewGate(sensors, l.identity.PseudonymKey)
	if err != nil {
		return err
	}
	folder, err := spool.Folder(filepath.Join(l.options.State, l.id))
	if err != nil {
		return err
	}
	if l.spool, err = spool.Open(folder, spool.Options{}); err != nil {
		return err
	}
	l.counted = &counter{Spool: l.spool}
	l.engine = engine.New(engine.Options{
		Host: l.wake, Sensors: l.sensors(sensors), Catalogue: known, Gate: gate, Spool: l.counted, Now: l.now, Rules: l.without.rule,
	})
	l.link = uplink.New(l.identity, l.spool, uplink.Options{
		AgentVersion: l.options.Version, BootID: "simulated", Now: l.options.Now, Dial: l.dial, Log: l.options.Log,
	})
	return nil
}

// connected says whether it has a connection, as it should have.
func (l *laptop) reachable() bool { return !l.offline && !l.off }

// connect joins the laptop to the collector from where it stands, or takes it
// away, as its scene says.
func (l *laptop) connect(ctx context.Context) {
	address := l.address()
	if l.cut != nil && (!l.reachable() || address != l.from) {
		l.disconnect()
	}
	if l.cut == nil && l.reachable() {
		l.from = address
		ctx, cut := context.WithCancel(ctx)
		done := make(chan struct{})
		l.cut, l.done = cut, done
		go func() {
			defer close(done)
			_ = l.link.Run(ctx) // it ends when it is cut, and what broke before stands in its status
		}()
	}
}

// disconnect ends the connection in order.
func (l *laptop) disconnect() {
	if l.cut == nil {
		return
	}
	l.cut()
	<-l.done
	l.cut = nil
}

// close ends all of it.
func (l *laptop) close() error {
	l.disconnect()
	return l.spool.Close()
}

// settled waits until the collector has everything and, where a laptop is
// connected, knows of it.
func (l *laptop) settled(ctx context.Context) error {
	if !l.reachable() {
		return nil
	}
	for {
		status := l.link.Status()
		if status.NeedsEnrolment {
			return fmt.Errorf("%s is no longer enrolled: %s", l.name, status.LastError)
		}
		if status.Waiting == 0 && !status.ConnectedSince.IsZero() {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s waits for the collector, which has not taken %d reports: %s: %w", l.name, status.Waiting, status.LastError, ctx.Err())
		case <-time.After(200 * time.Microsecond):
		}
	}
}

// address is the public one from which it calls.
func (s *scene) address() netip.Addr { return s.play.addressOf(s.name, s.place) }

func (s *scene) systemVersion() string { return s.columnOf("system", "os_version") }
func (s *scene) arch() string          { return s.columnOf("system", "arch") }

// columnOf is what the first row of a class says in a column.
func (s *scene) columnOf(class, column string) string {
	if len(s.rows[class]) == 0 {
		return ""
	}
	return s.rows[class][0].Columns[column]
}

// A waker is a host of which nothing is asked, since sensors see a scene; it says
// only that one had better look now.
type waker struct {
	host.Host
	classes chan string
}

// Wake gives the classes that changed.
func (w waker) Wake(context.Context) (<-chan string, error) { return w.classes, nil }

// A counter counts what goes into a spool.
type counter struct {
	engine.Spool
	reports, bytes atomic.Int64
}

// Append counts what it hands on.
func (c *counter) Append(r privacy.Cleared) (uint64, error) {
	c.reports.Add(1)
	c.bytes.Add(int64(len(r.Wire())))
	return c.Spool.Append(r)
}
