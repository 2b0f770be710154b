// Command seed fills a collector's store for the browser tests: laptops of seven people,
// five of which have stood behind one router for twelve days, with the same KVM met at
// two of them, and two dozen more on which Syncro appeared yesterday and the day before.
// What is concluded of it, the collector concludes itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: seed FILE.db")
		os.Exit(2)
	}
	if err := seed(context.Background(), os.Args[1], time.Now().UTC()); err != nil {
		fmt.Fprintln(os.Stderr, "seed:", err)
		os.Exit(1)
	}
}

// days is how long the laptops have told of themselves.
const days = 12

func seed(ctx context.Context, file string, now time.Time) (err error) {
	s, err := store.Open(ctx, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for i, name := range []string{"lap-berlin-014", "lap-oslo-002", "lap-riga-031", "lap-lyon-007", "lap-graz-001", "lap-porto-009", "lap-turku-020"} {
		l := laptop{id: fmt.Sprintf("seed-%d", i+1), name: name, router: "p:5ea1ed00000000000000000000000001", kvm: i < 2}
		if i >= 5 { // these two live elsewhere
			l.router = fmt.Sprintf("p:5ea1ed0000000000000000000000010%d", i)
		}
		if err := l.live(ctx, s, now); err != nil {
			return fmt.Errorf("seed %s: %w", name, err)
		}
	}
	return rollout(ctx, s, now)
}

// rolled is on how many laptops the new product appeared.
const rolled = 24

// rollout lets laptops that have nothing else in common get one product, an hour after one another.
func rollout(ctx context.Context, s *store.SQLite, now time.Time) error {
	for i := range rolled {
		l := laptop{id: fmt.Sprintf("seed-rollout-%d", i+1), name: fmt.Sprintf("lap-kiel-%03d", 101+i), router: fmt.Sprintf("p:5ea1ed000000000000000000000002%02d", i),
			rmm: now.Add(time.Duration(i-2*rolled) * time.Hour)}
		if err := l.live(ctx, s, now); err != nil {
			return fmt.Errorf("seed %s: %w", l.name, err)
		}
	}
	return nil
}

type laptop struct {
	id, name, router string
	kvm              bool
	rmm              time.Time // since when the product of the roll-out runs there; zero: never
	told             uint64
}

// live enrols the laptop and lets it tell the same day after day.
func (l *laptop) live(ctx context.Context, s *store.SQLite, now time.Time) error {
	d := device.Device{ID: l.id, AgentID: "agent-" + l.id, Name: l.name, OS: "linux", OSVersion: "Debian 12", Arch: "amd64", AgentVersion: "v0.0.0-seed",
		EnrolledAt: now.AddDate(0, 0, -days)}
	if err := s.Enrolment(ctx, func(tx enroll.Tx) error { return tx.SaveEnrolment(ctx, d, "seed") }); err != nil {
		return err
	}
	for at := d.EnrolledAt.Add(time.Hour); at.Before(now); at = at.Add(3 * time.Hour) {
		if err := l.tell(ctx, s, at); err != nil {
			return err
		}
	}
	return nil
}

func (l *laptop) tell(ctx context.Context, s *store.SQLite, at time.Time) error {
	r := finding.Report{At: at, Facts: []finding.Facts{
		{Class: "network_interfaces", Rows: []finding.Observation{{Class: "network_interfaces", UID: "wlan", Columns: map[string]string{
			"name": "wlp2s0", "kind": "wifi", "up": "true", "default_route": "true", "gateway": l.router, "gateway_oui": "b8d812"}}}},
		{Class: "usb_devices", Rows: l.usb()},
	}, Coverage: []finding.Coverage{{Class: "usb_devices", State: finding.CoverageOK, Since: at}, {Class: "observed_names", State: finding.CoverageDenied, Detail: "The agent may not capture packets.", Since: at}}}
	if l.kvm {
		r.Findings = []finding.Finding{{UID: "kvm-" + l.id, Rule: "kvm.default_identity", Title: "A USB device has the identity that a KVM ships with", Status: finding.Open,
			Severity: finding.SeverityHigh, Confidence: finding.ConfidenceHigh, FirstSeen: at.Add(-time.Hour), LastSeen: at, Evidence: l.usb()}}
	}
	if !l.rmm.IsZero() && at.After(l.rmm) {
		r.Findings = append(r.Findings, l.syncro(at))
	}
	wire, err := proto.Marshal(finding.ToWire(r))
	if err != nil {
		return err
	}
	l.told++
	_, err = s.Record(ctx, []device.Delivery{{DeviceID: l.id, AgentID: "agent-" + l.id, Epoch: "seed", ReceivedAt: at, Entry: &device.Entry{Seq: l.told, Wire: wire, Report: r}}})
	return err
}

func (l *laptop) syncro(at time.Time) finding.Finding {
	return finding.Finding{UID: "syncro-" + l.id, Rule: "tool.syncro.running", Title: "Syncro is running", Status: finding.Open, Severity: finding.SeverityMedium,
		Confidence: finding.ConfidenceHigh, FirstSeen: l.rmm, LastSeen: at, Evidence: []finding.Observation{{Class: "processes", UID: "syncro", Columns: map[string]string{
			"pid": "4711", "name": "Syncro.Service.exe", "tool": "syncro"}}}}
}

func (l *laptop) usb() []finding.Observation {
	if !l.kvm {
		return nil
	}
	return []finding.Observation{{Class: "usb_devices", UID: "usb-1-1", Columns: map[string]string{
		"port": "1-1", "vendor_id": "1d6b", "product_id": "0104", "manufacturer": "PiKVM", "product": "PiKVM Composite Device", "serial": "p:5ea1ed00000000000000000000000999", "serial_kind": "plain",
		"has_boot_keyboard": "true", "has_absolute_pointer": "true", "has_storage": "true"}}}
}
