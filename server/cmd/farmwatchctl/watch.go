package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func alertsWatchCommand(p *program) *cobra.Command {
	var count int
	c := &cobra.Command{
		Use:   "watch",
		Short: "Print every alert as it changes, until Ctrl-C; -o json prints one object a line",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if p.format == "yaml" || p.format == "csv" {
				return usage("watch prints as a table or, with -o json, one object a line")
			}
			conn, err := p.connect()
			if err != nil {
				return err
			}
			return p.watch(c.Context(), conn, count)
		},
	}
	c.Flags().IntVar(&count, "count", 0, "end after so many changes; 0 is never")
	return c
}

// watch connects again when the stream breaks, and says so: what changed
// meanwhile is for alerts list to tell.
func (p *program) watch(ctx context.Context, conn *connection, count int) error {
	wait := time.Second
	for {
		left, err := p.watchOnce(ctx, conn, count, func() { wait = time.Second })
		if ctx.Err() != nil || err == nil {
			return nil //nolint:nilerr // who ends a watch has seen enough; that is no error
		}
		if connect.CodeOf(err) != connect.CodeUnavailable && connect.CodeOf(err) != connect.CodeUnknown {
			return err
		}
		count = left
		if _, err := fmt.Fprintf(p.err, "farmwatchctl: %s; connecting again in %s, alerts list tells what changed meanwhile\n", sentence(err), wait); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, 30*time.Second)
	}
}

// watchOnce prints from one stream; a nil error means that it was enough.
func (p *program) watchOnce(ctx context.Context, conn *connection, count int, heard func()) (left int, err error) {
	stream, err := conn.alerts.WatchAlerts(ctx, connect.NewRequest(&consolev1.WatchAlertsRequest{}))
	if err != nil {
		return count, err
	}
	defer func() { _ = stream.Close() }() // its error is the stream's, told by Err
	for stream.Receive() {
		heard()
		a := stream.Msg().GetAlert()
		if a == nil {
			continue
		}
		if err := p.printChange(a); err != nil {
			return count, err
		}
		if count--; count == 0 {
			return 0, nil
		}
	}
	if err := stream.Err(); err != nil {
		return count, err
	}
	return count, connect.NewError(connect.CodeUnavailable, fmt.Errorf("the stream ended"))
}

func (p *program) printChange(a *consolev1.Alert) error {
	if p.format == "json" {
		var b bytes.Buffer
		if err := encode(&b, a.ProtoReflect()); err != nil {
			return err
		}
		b.WriteByte('\n')
		_, err := p.out.Write(spelled(b.Bytes()))
		return err
	}
	line := p.fit(clean(fmt.Sprintf("%s  %-6s %3d  %-11s  %s  %s  %s", clock(a.GetUpdatedAt()), a.GetLevel(), a.GetScore(), a.GetState(),
		a.GetSubject().GetName(), a.GetId(), a.GetTitle())))
	_, err := fmt.Fprintln(p.out, p.paintLevel(a.GetLevel(), line))
	return err
}
