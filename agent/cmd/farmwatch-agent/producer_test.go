//go:build e2e

package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/agent/internal/spool"
	"github.com/farmwatch/farmwatch/agent/internal/uplink"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// producerOrders makes this test binary a producer, so that a test can kill one.
const producerOrders = "FARMWATCH_TEST_PRODUCER"

func TestMain(m *testing.M) {
	text := os.Getenv(producerOrders)
	if text == "" {
		os.Exit(m.Run())
	}
	var o orders
	err := json.Unmarshal([]byte(text), &o)
	if err == nil {
		err = produce(o)
	}
	if err != nil {
		fmt.Println("the producer ends:", err)
		os.Exit(1)
	}
}

// orders say what one life of the producer does. It is the agent from the gate
// on, with the identity that farmwatch-agent enroll left in State, and appends
// numbered reports as the engine would.
type orders struct {
	State    string
	Life     uint64        // how often it was started
	Base     time.Time     // of the times in the reports
	Every    time.Duration // between reports
	Most     uint64        // reports to append
	Bytes    int64         // of the spool; 0 is as many as an agent has
	Patience time.Duration // how long it waits for the collector to have them all, once it is told to end
}

// The lines that a producer writes: one about each report whose Append returned,
// which is on the disk before the next report is made, and one about each news
// of the collector's acknowledgements. The words of spool and uplink stand
// between these lines, in the order in which they were said.
const (
	taken = "taken %s %d %d %d connected %t\n"
	acked = "acked %d\n"
)

// burst is how many reports are appended without a pause, so that several are
// on their way at once.
const burst = 10

// produce appends and sends until it is told to end.
func produce(o orders) error {
	log := slog.New(slog.NewTextHandler(os.Stdout, nil))
	identity, err := uplink.Keeper{Folder: o.State}.Load()
	if err != nil {
		return err
	}
	folder, err := spool.Folder(filepath.Join(o.State, "spool"))
	if err != nil {
		return err
	}
	queue, err := spool.Open(folder, spool.Options{MaxBytes: o.Bytes, Log: log})
	if err != nil {
		return err
	}
	link := uplink.New(identity, queue, uplink.Options{AgentVersion: "e2e", BootID: "e2e", Now: time.Now, Log: log})
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	sending, cut := context.WithCancel(context.Background())
	defer cut()
	sent := make(chan error, 1)
	go func() { sent <- link.Run(sending) }()
	go sayAcked(sending, queue)
	if err := appendReports(ctx, o, identity.PseudonymKey, queue, link); err != nil {
		return err
	}
	<-ctx.Done()
	for end := time.Now().Add(o.Patience); time.Now().Before(end) && queue.Stats().Depth > 0; {
		time.Sleep(10 * time.Millisecond)
	}
	cut()
	<-sent
	return queue.Close()
}

// appendReports appends one report after the other and says so, until it has
// appended the most or is told to end.
func appendReports(ctx context.Context, o orders, key []byte, queue *spool.Spool, link *uplink.Uplink) error {
	gate, err := privacy.NewGate(sensor.All(), key)
	if err != nil {
		return err
	}
	for n := uint64(1); n <= o.Most && ctx.Err() == nil; n++ {
		cleared, err := gate.Clear(numbered(o.Base, o.Life, n))
		if err != nil {
			return err
		}
		seq, err := queue.Append(cleared)
		if err != nil {
			return err
		}
		fmt.Printf(taken, queue.Epoch(), seq, o.Life, n, !link.Status().ConnectedSince.IsZero())
		if err := os.Stdout.Sync(); err != nil {
			return err
		}
		if n%burst == 0 {
			time.Sleep(burst * o.Every)
		}
	}
	return nil
}

// sayAcked says at once how far the collector acknowledged.
func sayAcked(ctx context.Context, queue *spool.Spool) {
	for said := uint64(0); ctx.Err() == nil; time.Sleep(time.Millisecond) {
		if now := queue.Stats().Acked; now > said {
			said = now
			fmt.Printf(acked, said)
		}
	}
}

// findings is how many findings the reports renew, one each, in turn.
const findings = 7

// numbered is the n-th report of a life: always the same one. Its title and its
// rows say which it is. Most are small; some are several pages of memory long,
// so that a kill can strike in the middle of writing one.
func numbered(base time.Time, life, n uint64) finding.Report {
	at := base.Add(time.Duration(life*1000+n) * time.Millisecond)
	name := title(life, n)
	row := finding.Observation{Class: "usb_devices", UID: "port", Columns: map[string]string{
		"port": "1-1", "vendor_id": "1d6b", "product_id": "0104", "product": name, "serial": fmt.Sprint("serial ", n)}}
	rows := []finding.Observation{row}
	for extra := range n * n % 61 * (n % 2) {
		rows = append(rows, finding.Observation{Class: "usb_devices", UID: fmt.Sprint("port", extra), Columns: map[string]string{
			"port": fmt.Sprint("1-1.", extra), "product": name + strings.Repeat("·", 200)}})
	}
	severity := finding.SeverityLow
	if n%3 == 0 {
		severity = finding.SeverityHigh
	}
	return finding.Report{
		At: at,
		Findings: []finding.Finding{{
			UID: fmt.Sprint("finding ", n%findings), Rule: "kvm.default_identity", Title: name, Status: finding.Open, Severity: severity,
			Confidence: finding.ConfidenceHigh, FirstSeen: base, LastSeen: at, Evidence: []finding.Observation{row},
		}},
		Facts:    []finding.Facts{{Class: "usb_devices", Rows: rows}},
		Coverage: []finding.Coverage{{Class: "usb_devices", State: finding.CoverageOK, Since: base}},
	}
}

func title(life, n uint64) string { return fmt.Sprintf("report %d of life %d", n, life) }
