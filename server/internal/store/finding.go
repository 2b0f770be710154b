package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

type findingQueries struct {
	SaveFinding, ListFindings, GetFinding      query
	ListSpells, ListFindingsNamed              query
	GetSpell, GetOpenSpell                     query
	InsertSpell, UpdateSpell                   query
	CloseSpellsOfDevice, CloseFindingsOfDevice query
}

// How much of one device is read at once. An honest one stays far below; a
// hostile one must not make a judgement, or a page about it, grow without end.
const (
	mostSpells   = 2000
	mostFindings = 1000
)

// apply makes a report the present: findings and their spells, facts, coverage.
func (t *Tx) apply(ctx context.Context, d device.Delivery, epochID int64) error {
	var earliest time.Time // from which on the past is another one than before
	for _, f := range d.Entry.Report.Findings {
		begin, err := t.saveFinding(ctx, d, epochID, f)
		if err != nil {
			return fmt.Errorf("finding %s: %w", f.UID, err)
		}
		if !begin.IsZero() && (earliest.IsZero() || begin.Before(earliest)) {
			earliest = begin
		}
	}
	if !earliest.IsZero() {
		if _, err := t.exec(ctx, t.q.UnsettlePast, d.DeviceID, micros(earliest.Add(-assess.Overlap))); err != nil {
			return err
		}
	}
	for _, f := range d.Entry.Report.Facts {
		if err := t.saveFacts(ctx, d, epochID, f); err != nil {
			return fmt.Errorf("facts of %s: %w", f.Class, err)
		}
	}
	for _, c := range d.Entry.Report.Coverage {
		if err := t.saveCoverage(ctx, d, epochID, c); err != nil {
			return fmt.Errorf("coverage of %s: %w", c.Class, err)
		}
	}
	return t.traits(ctx, d)
}

// saveFinding keeps what a report says of one finding, and says since when its past is
// another one; zero where nothing but the time it was there last is new.
func (t *Tx) saveFinding(ctx context.Context, d device.Delivery, epochID int64, f finding.Finding) (since time.Time, err error) {
	evidence, err := encodeRows(f.Evidence)
	if err != nil {
		return since, err
	}
	// An agent that restarts remembers which rows there were and not what they said: that replaces nothing.
	told := slices.ContainsFunc(f.Evidence, func(row finding.Observation) bool { return len(row.Columns) > 0 })
	first, last := d.Corrected(f.FirstSeen), d.Corrected(f.LastSeen)
	changed, err := t.exec(ctx, t.q.SaveFinding, d.DeviceID, f.UID, f.Rule, f.Title, string(f.Status), string(f.Severity), string(f.Confidence),
		micros(first), micros(last), micros(f.FirstSeen), micros(f.LastSeen), micros(d.ReceivedAt), epochID, evidence, told)
	if err != nil {
		return since, err
	}
	return t.saveSpell(ctx, d.DeviceID, f, news{first: first, last: last, stale: changed == 0, evidence: evidence})
}

// A spell as stored.
type spell struct {
	id             int64
	fromRaw        int64
	from, last, to time.Time
}

// news is what a finding says of its time, in event time. Stale ones came from
// an older life of the spool after newer ones were stored.
type news struct {
	first, last time.Time
	stale       bool
	evidence    string
}

// saveSpell lets a finding's news open, stretch or end a spell. A spell is
// named by the device's own first-seen time, which does not move when the
// measured clock offset does.
func (t *Tx) saveSpell(ctx context.Context, deviceID string, f finding.Finding, n news) (since time.Time, err error) {
	s, err := single(ctx, t, t.q.GetSpell, scanSpell, deviceID, f.UID, micros(f.FirstSeen))
	if errors.Is(err, ErrNotFound) {
		s, err = t.openSpell(ctx, deviceID, f, n)
	}
	switch {
	case errors.Is(err, ErrNotFound):
		var to time.Time
		if f.Status == finding.Closed || n.stale { // what came of it since, newer news have told
			to = n.last
		}
		_, err = t.exec(ctx, t.q.InsertSpell, deviceID, f.UID, micros(f.FirstSeen), micros(n.first), micros(n.last), micros(to), f.Rule, n.evidence)
		return n.first, err
	case err != nil:
		return since, err
	}
	before := s
	stretch(&s, f.Status, n)
	_, err = t.exec(ctx, t.q.UpdateSpell, s.id, micros(s.from), micros(s.last), micros(s.to))
	return s.since(before), err
}

// since is from when on a spell tells something else than it did before.
func (s spell) since(before spell) time.Time {
	switch {
	case s.from.Before(before.from):
		return s.from
	case s.to.Equal(before.to):
		return time.Time{}
	case before.to.IsZero():
		return s.to
	}
	return before.to
}

// openSpell finds the open spell that news under another first-seen time
// belongs to: an agent that restarted tells what it finds as new, though it
// was there all along. News that end before the spell began are of another one.
func (t *Tx) openSpell(ctx context.Context, deviceID string, f finding.Finding, n news) (spell, error) {
	s, err := single(ctx, t, t.q.GetOpenSpell, scanSpell, deviceID, f.UID)
	if err == nil && (f.Status == finding.Closed || n.stale) && n.last.Before(s.from) {
		return spell{}, ErrNotFound
	}
	return s, err
}

// stretch applies news to a spell. Stale news can only lengthen it.
func stretch(s *spell, status finding.Status, n news) {
	if n.first.Before(s.from) {
		s.from = n.first
	}
	if n.last.After(s.last) {
		s.last = n.last
	}
	switch {
	case !s.to.IsZero() && n.last.After(s.to) && (status == finding.Closed || n.stale):
		s.to = n.last
	case n.stale:
	case status == finding.Closed && s.to.IsZero():
		s.to = s.last
	case status == finding.Open && n.last.After(s.to):
		s.to = time.Time{}
	}
}

func scanSpell(row scanner) (spell, error) {
	var s spell
	err := row.Scan(&s.id, &s.fromRaw, moment{&s.from}, moment{&s.last}, moment{&s.to})
	return s, err
}

// Findings lists the findings of a device: open ones first, then the latest, at most mostFindings.
func (t *Tx) Findings(ctx context.Context, deviceID string) ([]device.Finding, error) {
	return all(ctx, t, t.q.ListFindings, scanFinding, deviceID, mostFindings)
}

// Finding finds one finding of a device.
func (t *Tx) Finding(ctx context.Context, deviceID, uid string) (device.Finding, error) {
	return single(ctx, t, t.q.GetFinding, scanFinding, deviceID, uid)
}

func scanFinding(row scanner) (device.Finding, error) {
	var f device.Finding
	var evidence []byte
	if err := row.Scan(&f.DeviceID, &f.UID, &f.Rule, &f.Title, &f.Status, &f.Severity, &f.Confidence,
		moment{&f.FirstSeen}, moment{&f.LastSeen}, moment{&f.FirstSeenRaw}, moment{&f.LastSeenRaw}, moment{&f.ReceivedAt}, &evidence); err != nil {
		return f, err
	}
	var err error
	f.Evidence, err = decodeRows(evidence)
	return f, err
}

// A storedRow is an observation as the store keeps it.
type storedRow struct {
	Class   string            `json:"class"`
	UID     string            `json:"uid"`
	Columns map[string]string `json:"columns"`
}

func encodeRows(rows []finding.Observation) (string, error) {
	stored := make([]storedRow, 0, len(rows))
	for _, row := range rows {
		stored = append(stored, storedRow(row))
	}
	text, err := json.Marshal(stored)
	return string(text), err
}

func decodeRows(text []byte) ([]finding.Observation, error) {
	if string(text) == "[]" {
		return []finding.Observation{}, nil
	}
	var stored []storedRow
	if err := json.Unmarshal(text, &stored); err != nil {
		return nil, fmt.Errorf("read stored rows: %w", err)
	}
	rows := make([]finding.Observation, 0, len(stored))
	for _, row := range stored {
		rows = append(rows, finding.Observation(row))
	}
	return rows, nil
}
