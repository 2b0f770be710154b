package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/report"
)

func reportCommand(p *program) *cobra.Command {
	var period, output string
	create := &cobra.Command{
		Use:     "create",
		Short:   "Make the assurance pack of a month and save it",
		Example: "  farmwatchctl report create --period 2026-11 --output november.zip",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conn, err := p.connect()
			if err != nil {
				return err
			}
			return p.createReport(c.Context(), conn, period, output)
		},
	}
	create.Flags().StringVar(&period, "period", "", "a month, e.g. 2026-11")
	create.Flags().StringVar(&output, "output", "", "where to save it (default: the pack's own name, here)")
	requireFlag(create, "period")
	verify := &cobra.Command{
		Use: "verify PACK.zip", Short: "Hold a pack against its manifest; needs no server", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return p.verifyReport(args[0]) },
	}
	return group("report", "Make and check assurance packs", create, verify)
}

// createReport writes the pack beside its place and moves it there when it is
// whole and holds what it lists.
func (p *program) createReport(ctx context.Context, conn *connection, period, output string) error {
	stream, err := conn.reports.CreateReport(ctx, connect.NewRequest(&consolev1.CreateReportRequest{Period: period}))
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }() // its error is the stream's, told by Err
	folder := "."
	if output != "" {
		folder = filepath.Dir(output)
	}
	beside, err := os.CreateTemp(folder, ".farmwatch-report-*")
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	defer func() { _ = os.Remove(beside.Name()) }() // once it is renamed there is nothing left to remove
	name := ""
	for stream.Receive() {
		name = stream.Msg().GetFileName()
		if _, err := beside.Write(stream.Msg().GetPiece()); err != nil {
			return errors.Join(fmt.Errorf("write the pack: %w", err), beside.Close())
		}
	}
	if err := errors.Join(stream.Err(), beside.Sync()); err != nil {
		return errors.Join(err, beside.Close())
	}
	m, err := verifyFile(beside)
	if err = errors.Join(err, beside.Close()); err != nil {
		return err
	}
	if output == "" {
		output = filepath.Base(filepath.Clean("/" + name)) // the server names the file, not the folder
	}
	if err := os.Rename(beside.Name(), output); err != nil {
		return fmt.Errorf("save the pack: %w", err)
	}
	return p.reportLine(output, m)
}

func (p *program) verifyReport(path string) error {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return failed{exitNotFound, fmt.Errorf("there is no file %s", path)}
		}
		return fmt.Errorf("read the pack: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	m, err := verifyFile(f)
	if err != nil {
		return failed{exitFailed, fmt.Errorf("%s: %w", path, err)}
	}
	return p.reportLine(path, m)
}

func verifyFile(f *os.File) (report.Manifest, error) {
	about, err := f.Stat()
	if err != nil {
		return report.Manifest{}, err
	}
	return report.Verify(f, about.Size())
}

func (p *program) reportLine(path string, m report.Manifest) error {
	_, err := fmt.Fprintf(p.out, "%s: the pack of %s is whole: %s, each as its manifest says; audit log of %s, root %s\n",
		path, clean(m.Period), counted(len(m.Files), "file"), counted(m.Audit.Size, "record"), clean(m.Audit.Root))
	return err
}
