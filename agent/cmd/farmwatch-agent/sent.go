package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// shown is how many reports are kept for the worker to read.
const shown = 50

// witness keeps a copy of the last reports exactly as they went out, beside the
// spool that sends them, so that the worker can read what left the laptop.
type witness struct {
	engine.Spool
	dir string
	log func(error)
}

// Append spools the report; a copy that cannot be kept is no reason not to send it.
func (w witness) Append(c privacy.Cleared) (uint64, error) {
	seq, err := w.Spool.Append(c)
	if err == nil {
		if err := w.keep(seq, c.Wire()); err != nil {
			w.log(err)
		}
	}
	return seq, err
}

func (w witness) keep(seq uint64, wire []byte) error {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return fmt.Errorf("keep a copy of report %d: %w", seq, err)
	}
	if err := os.WriteFile(w.path(seq), wire, 0o600); err != nil {
		_ = os.Remove(w.path(seq)) // half a report says less than none
		return fmt.Errorf("keep a copy of report %d: %w", seq, err)
	}
	if seq > shown {
		if err := os.Remove(w.path(seq - shown)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forget report %d: %w", seq-shown, err)
		}
	}
	return nil
}

func (w witness) path(seq uint64) string {
	return filepath.Join(w.dir, fmt.Sprintf("%012d.report", seq))
}

func privacyLastCommand(w world) *cobra.Command {
	var number int
	c := &cobra.Command{
		Use: "last", Short: "The last reports, exactly as they left this laptop", Args: cobra.NoArgs,
	}
	settings := settingsFlags(c)
	c.Flags().IntVarP(&number, "number", "n", 5, "how many reports")
	c.RunE = func(*cobra.Command, []string) error {
		conf, err := settings.load(w)
		if err != nil {
			return err
		}
		text, err := lastReports(filepath.Join(conf.StateDir, "sent"), number)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(w.out, text)
		return err
	}
	return c
}

func lastReports(dir string, number int) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.report"))
	if err != nil {
		return "", err
	}
	if len(files) == 0 {
		return fmt.Sprintf("Nothing has left by the agent that keeps its copies in %s; --state names another one's folder.\n", dir), nil
	}
	slices.SortFunc(files, byAge)
	var b strings.Builder
	for _, file := range files[max(0, len(files)-number):] {
		bytes, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read a sent report: %w", err)
		}
		var wire agentv1.Report
		if err := proto.Unmarshal(bytes, &wire); err != nil {
			fmt.Fprintf(&b, "the copy %s cannot be read, since the agent ended while writing it\n", file)
			continue
		}
		name := strings.TrimLeft(strings.TrimSuffix(filepath.Base(file), ".report"), "0")
		writeReport(&b, name, len(bytes), finding.FromWire(&wire))
	}
	return b.String(), nil
}

// byAge orders files by when they were written: numbers begin anew with every life of the spool.
func byAge(a, b string) int {
	ai, errA := os.Stat(a)
	bi, errB := os.Stat(b)
	if errA != nil || errB != nil {
		return strings.Compare(a, b)
	}
	if c := ai.ModTime().Compare(bi.ModTime()); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

func writeReport(b *strings.Builder, name string, size int, r finding.Report) {
	fmt.Fprintf(b, "report %s of %s, %d bytes\n", name, r.At.UTC().Format("2006-01-02 15:04:05 MST"), size)
	for _, f := range r.Findings {
		fmt.Fprintf(b, "  finding  %s, %s: %s\n", f.Rule, f.Status, f.Title)
		writeRows(b, f.Evidence)
	}
	for _, facts := range r.Facts {
		fmt.Fprintf(b, "  facts    %s, rows: %d\n", facts.Class, len(facts.Rows))
		writeRows(b, facts.Rows)
	}
	for _, c := range r.Coverage {
		fmt.Fprintf(b, "  coverage %s: %s %s\n", c.Class, c.State, c.Detail)
	}
}

func writeRows(b *strings.Builder, rows []finding.Observation) {
	for _, row := range rows {
		b.WriteString(wrap(pairs(row.Columns), 11, textWidth))
	}
}
