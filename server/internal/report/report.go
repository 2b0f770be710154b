// Package report makes assurance packs: one ZIP per period that an auditor can
// read without farmwatch and check without trusting it.
package report

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

// A Snapshot is what a pack is made of: the store at one moment, about one period.
type Snapshot struct {
	Devices   []device.Device // removed ones too
	Coverage  []device.CoverageDay
	Gaps      []device.Gap
	Alerts    []Case // those that were not closed at some time of the period
	Findings  []device.Finding
	Sanctions []alert.Sanction
	Presence  []presence.Question // those that were asked or due in the period
	Audit     []audit.Record
	Tree      audit.Tree // over the whole log, not only the period's records

	Verdicts []Verdict            // of laptops and sites at the end of the period
	Sites    []assess.SiteDossier // as they were joined at the last look
	Looked   time.Time            // when that was; zero before the first
	Context  []Import             // what the company told at the end of the period
	Notices  []Notice             // those that spoke or waited in the period, as decided at its end
}

// A Case is an alert with what happened to it, oldest first.
type Case struct {
	alert.Alert
	Timeline []alert.Entry
}

// A Store gives snapshots and notes that a pack was made. What is judged of laptops and
// sites is read right after the snapshot.
type Store interface {
	Judgements
	Surroundings
	NoteReport(ctx context.Context, period, by string, at time.Time) error
	// Snapshot reads one moment of the store, about from (included) to (not included).
	Snapshot(ctx context.Context, from, to time.Time) (Snapshot, error)
}

// A Maker makes packs of what is stored now.
type Maker struct {
	store   Store
	known   *catalogue.Catalogue // in force: judges what has changed since a period
	version string               // of farmwatch
	now     func() time.Time
}

// NewMaker reads from a store, and judges by the catalogue in force how laptops stood at
// the end of a period that have changed since. Its revision and the version tell an
// auditor by which rules and by which program a pack came to be.
func NewMaker(store Store, known *catalogue.Catalogue, version string, now func() time.Time) *Maker {
	return &Maker{store: store, known: known, version: version, now: now}
}

// Create makes the pack of a period, e.g. "2026-11", and gives its file name.
// That it was made, and by whom, is in the audit log and so in the pack.
func (m *Maker) Create(ctx context.Context, period, by string, to io.Writer) (string, error) {
	now := m.now().UTC()
	p, err := ParsePeriod(period, now)
	if err != nil {
		return "", err
	}
	if err := m.store.NoteReport(ctx, period, by, now); err != nil {
		return "", fmt.Errorf("note the report in the audit log: %w", err)
	}
	s, err := m.store.Snapshot(ctx, p.From, p.To)
	if err != nil {
		return "", fmt.Errorf("read what the report is made of: %w", err)
	}
	about := About{Period: p, AsOf: now, Version: m.version, Revision: m.known.Revision}
	if err := m.gather(ctx, about, &s); err != nil {
		return "", fmt.Errorf("read what was judged by the end of %s: %w", period, err)
	}
	if err := Write(to, about, s); err != nil {
		return "", fmt.Errorf("write the pack of %s: %w", period, err)
	}
	return "farmwatch-assurance-" + period + ".zip", nil
}

// A Period is one month in UTC.
type Period struct {
	Name string    // 2026-11
	From time.Time // included
	To   time.Time // not included
}

// ParsePeriod reads a month that has begun.
func ParsePeriod(s string, now time.Time) (Period, error) {
	from, err := time.Parse("2006-01", s)
	if err != nil {
		return Period{}, &alert.Refusal{Cause: alert.ErrInvalid, Sentence: fmt.Sprintf("%q is no period; a period is a month, e.g. %s", s, now.UTC().Format("2006-01"))}
	}
	if from.After(now) {
		return Period{}, &alert.Refusal{Cause: alert.ErrInvalid, Sentence: fmt.Sprintf("%s has not begun yet (the collector's clock says %s)", s, now.UTC().Format(time.RFC3339))}
	}
	return Period{Name: s, From: from, To: from.AddDate(0, 1, 0)}, nil
}

// About says what a pack is of. The same About and the same Snapshot give the
// same bytes.
type About struct {
	Period   Period
	AsOf     time.Time // when the snapshot was taken, collector clock
	Version  string
	Revision string
}

// over says whether the period had ended when the pack was made.
func (a About) over() bool { return !a.AsOf.Before(a.Period.To) }

// within says whether something was there by the end of the period, or of what has
// passed of it.
func (a About) within(t time.Time) bool { return before(t, a.end()) }

// end is when the period ended; zero where it had not.
func (a About) end() time.Time {
	if a.over() {
		return a.Period.To
	}
	return time.Time{}
}

// before says whether something was before an end; there is none where it is zero.
func before(t, end time.Time) bool { return end.IsZero() || t.Before(end) }

// lastDay is the last day of the period that has begun.
func (a About) lastDay() time.Time {
	last := a.Period.To.Add(-time.Nanosecond)
	if a.AsOf.Before(last) {
		last = a.AsOf
	}
	return last.UTC().Truncate(24 * time.Hour)
}
