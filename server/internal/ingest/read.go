package ingest

import (
	"fmt"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Bounds of one report. They are far above what an agent sends and keep what a
// stranger sends from growing in memory and on disk.
const (
	maxReport   = 1 << 20
	maxFindings = 2000
	maxClasses  = 200
	maxRows     = 20_000
	maxColumns  = 100
	maxName     = 128
	maxTitle    = 1 << 10
	maxValue    = 16 << 10
	maxEvidence = 256 << 10 // bytes of one finding's evidence
)

// Times of a report lie between these; others are no clock's.
var (
	earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Read reads a report as it came and says in words where it breaks a rule.
func Read(wire []byte) (finding.Report, error) {
	if len(wire) > maxReport {
		return finding.Report{}, fmt.Errorf("the report has %d bytes, at most %d are taken", len(wire), maxReport)
	}
	var w agentv1.Report
	if err := proto.Unmarshal(wire, &w); err != nil {
		return finding.Report{}, fmt.Errorf("the report does not parse: %w", err)
	}
	if err := validate(&w); err != nil {
		return finding.Report{}, err
	}
	return finding.FromWire(&w), nil
}

func validate(w *agentv1.Report) error {
	if err := moment("at", w.GetAt(), true); err != nil {
		return err
	}
	switch {
	case len(w.GetFindings()) > maxFindings:
		return fmt.Errorf("%d findings, at most %d are taken", len(w.GetFindings()), maxFindings)
	case len(w.GetFacts()) > maxClasses:
		return fmt.Errorf("facts of %d classes, at most %d are taken", len(w.GetFacts()), maxClasses)
	case len(w.GetCoverage()) > maxClasses:
		return fmt.Errorf("coverage of %d classes, at most %d are taken", len(w.GetCoverage()), maxClasses)
	}
	rows := maxRows
	for i, f := range w.GetFindings() {
		if err := validateFinding(f, &rows); err != nil {
			return fmt.Errorf("finding %d: %w", i+1, err)
		}
	}
	for i, f := range w.GetFacts() {
		if err := first(theirs("class", f.GetClass()), validateRows(f.GetRows(), &rows)); err != nil {
			return fmt.Errorf("facts %d: %w", i+1, err)
		}
	}
	for i, c := range w.GetCoverage() {
		if err := validateCoverage(c); err != nil {
			return fmt.Errorf("coverage %d: %w", i+1, err)
		}
	}
	return nil
}

func validateFinding(f *agentv1.Finding, rows *int) error {
	return first(
		theirs("uid", f.GetUid()),
		word("rule", f.GetRule()),
		text("title", f.GetTitle(), maxTitle),
		known("status", finding.Status(f.GetStatus()), finding.Open, finding.Closed),
		errorOf(finding.ParseSeverity(f.GetSeverity())),
		errorOf(finding.ParseConfidence(f.GetConfidence())),
		moment("first_seen", f.GetFirstSeen(), true),
		moment("last_seen", f.GetLastSeen(), true),
		validateRows(f.GetEvidence(), rows),
		validateEvidence(f.GetEvidence()),
	)
}

func validateEvidence(rows []*agentv1.Observation) error {
	size := 0
	for _, row := range rows {
		size += proto.Size(row)
	}
	if size > maxEvidence {
		return fmt.Errorf("its evidence has %d bytes, at most %d are taken", size, maxEvidence)
	}
	return nil
}

func validateCoverage(c *agentv1.Coverage) error {
	return first(
		theirs("class", c.GetClass()),
		known("state", finding.CoverageState(c.GetState()), finding.CoverageOK, finding.CoverageAbsent, finding.CoverageUnsupported,
			finding.CoverageDenied, finding.CoverageFailed),
		text("detail", c.GetDetail(), maxTitle),
		moment("since", c.GetSince(), false),
	)
}

// validateRows takes the rows it meets from how many are left for the report.
func validateRows(list []*agentv1.Observation, left *int) error {
	if *left -= len(list); *left < 0 {
		return fmt.Errorf("more than %d rows in one report", maxRows)
	}
	for i, row := range list {
		err := first(theirs("class", row.GetClass()), word("uid", row.GetUid()))
		if err == nil && len(row.GetColumns()) > maxColumns {
			err = fmt.Errorf("%d columns, at most %d are taken", len(row.GetColumns()), maxColumns)
		}
		for name, value := range row.GetColumns() {
			err = first(err, word("column", name), text("column "+quote(name), value, maxValue))
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return nil
}

// word is a name: there, short, and of letters that need no escaping anywhere.
func word(what, s string) error {
	if s == "" || len(s) > maxName {
		return fmt.Errorf("%s has %d bytes, want 1 to %d", what, len(s), maxName)
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.', r == '-', r == ':', r == '/', r == '*':
		default:
			return fmt.Errorf("%s %s holds %q", what, quote(s), r)
		}
	}
	return nil
}

// theirs is a word that agents may say: what the collector works out is not theirs to tell.
func theirs(what, s string) error {
	if device.OfCollector(s) {
		return fmt.Errorf("%s %s is the collector's own", what, quote(s))
	}
	return word(what, s)
}

func text(what, s string, limit int) error {
	switch {
	case len(s) > limit:
		return fmt.Errorf("%s has %d bytes, at most %d are taken", what, len(s), limit)
	case !utf8.ValidString(s):
		return fmt.Errorf("%s is not UTF-8", what)
	}
	return nil
}

func known[T ~string](what string, s T, words ...T) error {
	for _, w := range words {
		if s == w {
			return nil
		}
	}
	return fmt.Errorf("unknown %s %s, want one of %v", what, quote(string(s)), words)
}

func moment(what string, t *timestamppb.Timestamp, needed bool) error {
	switch {
	case t == nil && needed:
		return fmt.Errorf("%s is missing", what)
	case t == nil:
		return nil
	case t.CheckValid() != nil || t.AsTime().Before(earliest) || t.AsTime().After(latest):
		return fmt.Errorf("%s is no time between the years %d and %d", what, earliest.Year(), latest.Year())
	}
	return nil
}

// first gives the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func errorOf[T any](_ T, err error) error { return err }

// quote shows a stranger's word, cut where it grows long.
func quote(s string) string {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return fmt.Sprintf("%q", s)
}
