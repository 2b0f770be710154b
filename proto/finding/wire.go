package finding

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

// ToWire turns a report into its form on the wire. It is, with FromWire, the
// only conversion between the words and the wire.
func ToWire(r Report) *agentv1.Report {
	w := &agentv1.Report{At: stamp(r.At)}
	for _, f := range r.Findings {
		w.Findings = append(w.Findings, &agentv1.Finding{
			Uid: f.UID, Rule: f.Rule, Title: f.Title,
			Status: string(f.Status), Severity: string(f.Severity), Confidence: string(f.Confidence),
			FirstSeen: stamp(f.FirstSeen), LastSeen: stamp(f.LastSeen), Evidence: rowsToWire(f.Evidence),
		})
	}
	for _, f := range r.Facts {
		w.Facts = append(w.Facts, &agentv1.Facts{Class: f.Class, Rows: rowsToWire(f.Rows)})
	}
	for _, c := range r.Coverage {
		w.Coverage = append(w.Coverage, &agentv1.Coverage{
			Class: c.Class, State: string(c.State), Detail: c.Detail, Since: stamp(c.Since),
		})
	}
	return w
}

// FromKept reads a report as it came over the wire and was kept.
func FromKept(text []byte) (Report, error) {
	var w agentv1.Report
	if err := proto.Unmarshal(text, &w); err != nil {
		return Report{}, fmt.Errorf("read a kept report: %w", err)
	}
	return FromWire(&w), nil
}

// FromWire turns a report on the wire back into words. It judges nothing:
// whoever takes reports from a stranger validates them first.
func FromWire(w *agentv1.Report) Report {
	r := Report{At: moment(w.GetAt())}
	for _, f := range w.GetFindings() {
		r.Findings = append(r.Findings, Finding{
			UID: f.GetUid(), Rule: f.GetRule(), Title: f.GetTitle(),
			Status: Status(f.GetStatus()), Severity: Severity(f.GetSeverity()), Confidence: Confidence(f.GetConfidence()),
			FirstSeen: moment(f.GetFirstSeen()), LastSeen: moment(f.GetLastSeen()), Evidence: rowsFromWire(f.GetEvidence()),
		})
	}
	for _, f := range w.GetFacts() {
		r.Facts = append(r.Facts, Facts{Class: f.GetClass(), Rows: rowsFromWire(f.GetRows())})
	}
	for _, c := range w.GetCoverage() {
		r.Coverage = append(r.Coverage, Coverage{
			Class: c.GetClass(), State: CoverageState(c.GetState()), Detail: c.GetDetail(), Since: moment(c.GetSince()),
		})
	}
	return r
}

func rowsToWire(rows []Observation) []*agentv1.Observation {
	var w []*agentv1.Observation
	for _, o := range rows {
		w = append(w, &agentv1.Observation{Class: o.Class, Uid: o.UID, Columns: o.Columns})
	}
	return w
}

func rowsFromWire(w []*agentv1.Observation) []Observation {
	var rows []Observation
	for _, o := range w {
		rows = append(rows, Observation{Class: o.GetClass(), UID: o.GetUid(), Columns: o.GetColumns()})
	}
	return rows
}

// stamp leaves an unset time unset, so that it stays unset on the other side.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func moment(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
