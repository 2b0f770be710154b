// Command hammer puts numbered reports through the gate, the spool and the
// uplink of an enrolled agent, and keeps a journal of what it was promised. The
// kill test ends it at random moments and then compares journal and collector.
//
// It takes the state folder of the agent. The journal, in the folder, has a line
// "try NAME" before each report and "done NAME" once the spool has it. After
// SIGTERM or an interrupt it adds no more and ends when the collector has everything.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/spool"
	"github.com/farmwatch/farmwatch/agent/internal/uplink"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const pause = 5 * time.Millisecond // between two reports

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: hammer STATE-FOLDER")
		os.Exit(2)
	}
	if err := hammer(os.Args[1], time.Now); err != nil {
		fmt.Fprintln(os.Stderr, "hammer:", err)
		os.Exit(1)
	}
}

func hammer(state string, now func() time.Time) error {
	identity, err := uplink.LoadIdentity(state)
	if err != nil {
		return err
	}
	gate, err := privacy.NewGate(nil, identity.PseudonymKey)
	if err != nil {
		return err
	}
	folder, err := spool.Folder(filepath.Join(state, "spool"))
	if err != nil {
		return err
	}
	queue, err := spool.Open(folder, spool.Options{})
	if err != nil {
		return err
	}
	journal, err := os.OpenFile(filepath.Join(state, "journal"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the folder is what the caller named
	if err != nil {
		return err
	}
	link := uplink.New(identity, queue, uplink.Options{AgentVersion: "hammer", Now: now})
	sent := make(chan error, 1)
	linked, cut := context.WithCancel(context.Background())
	go func() { sent <- link.Run(linked) }()

	stop, forget := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer forget()
	err = write(stop, now, gate, queue, journal)
	for err == nil && queue.Stats().Depth > 0 {
		time.Sleep(pause)
	}
	cut()
	if ended := <-sent; !errors.Is(ended, context.Canceled) {
		err = errors.Join(err, ended)
	}
	return errors.Join(err, queue.Close(), journal.Close())
}

func write(stop context.Context, now func() time.Time, gate *privacy.Gate, queue *spool.Spool, journal *os.File) error {
	life := now().UnixNano()
	for n := 0; stop.Err() == nil; n++ {
		name := fmt.Sprintf("hammer.%d.%d", life, n)
		if _, err := fmt.Fprintln(journal, "try", name); err != nil {
			return err
		}
		at := now()
		cleared, err := gate.Clear(finding.Report{At: at, Findings: []finding.Finding{{
			UID: "hammer", Rule: name, Title: "A numbered report", Status: finding.Open,
			Severity: finding.SeverityLow, Confidence: finding.ConfidenceLow, FirstSeen: at, LastSeen: at,
		}}})
		if err != nil {
			return err
		}
		if _, err := queue.Append(cleared); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(journal, "done", name); err != nil {
			return err
		}
		time.Sleep(pause)
	}
	return nil
}
