package api

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// stamp leaves an unset time unset.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func subject(id, name string) *consolev1.Subject {
	return &consolev1.Subject{Kind: aDevice, Id: id, Name: name}
}

func alertOut(a alert.Alert) *consolev1.Alert {
	about, device := subject(a.DeviceID, a.DeviceName), (*consolev1.Subject)(nil)
	if a.SiteID != "" {
		about, device = siteSubject(a.SiteID, a.SiteName), about
	}
	return &consolev1.Alert{
		Id: a.ID, Subject: about, Device: device, Conclusion: string(a.Conclusion), Level: string(a.Level), Score: int32(a.Score),
		Title: a.Title, State: string(a.State), Assignee: a.Assignee, CloseReason: string(a.CloseReason),
		OpenedAt: stamp(a.OpenedAt), LastSeen: stamp(a.LastSeen), UpdatedAt: stamp(a.UpdatedAt), Active: a.Active, Etag: a.Etag(),
	}
}

func (s *Server) caseOut(c assess.Case) *consolev1.AlertDetail {
	words := c.Assessment.Explain
	d := &consolev1.AlertDetail{
		Alert: alertOut(c.Alert), Why: words.Why, Alternatives: words.Alternatives, Change: words.Change,
		NextStep: c.Assessment.NextStep, Ledger: ledgerOut(c.Assessment.Ledger), Findings: s.findingsOut(c.Evidence),
	}
	for _, e := range c.Timeline {
		d.Timeline = append(d.Timeline, &consolev1.TimelineEntry{At: stamp(e.At), Kind: string(e.Kind), Text: e.Text, Actor: e.Actor})
	}
	return d
}

func ledgerOut(l []catalogue.LedgerEntry) []*consolev1.LedgerEntry {
	var out []*consolev1.LedgerEntry
	for _, e := range l {
		out = append(out, &consolev1.LedgerEntry{Reason: e.Reason, Points: int32(e.Points), Rule: e.Rule, Finding: e.Finding})
	}
	return out
}

func (s *Server) findingsOut(list []device.Finding) []*consolev1.Finding {
	var out []*consolev1.Finding
	for _, f := range list {
		m := &consolev1.Finding{
			Uid: f.UID, Rule: f.Rule, Title: f.Title, Status: string(f.Status), Severity: string(f.Severity), Confidence: string(f.Confidence),
			FirstSeen: stamp(f.FirstSeen), LastSeen: stamp(f.LastSeen), ReceivedAt: stamp(f.ReceivedAt), Evidence: rowsOut(f.Evidence),
		}
		// An agent may be older than the catalogue: its rule can be gone.
		if r, known := s.Catalogue.Rule(f.Rule); known {
			m.Explain, m.Check, m.Techniques = explained(r.Explain), r.Explain.Check, r.Techniques
		}
		out = append(out, m)
	}
	return out
}

// explained is what a rule says of itself: what it means, and what else it can mean.
func explained(e catalogue.Explain) string {
	if e.Alternatives == "" {
		return e.Why
	}
	return e.Why + "\n\nWhat else explains it: " + e.Alternatives
}

func rowsOut(rows []finding.Observation) []*consolev1.Observation {
	var out []*consolev1.Observation
	for _, o := range rows {
		out = append(out, &consolev1.Observation{Class: o.Class, Uid: o.UID, Columns: o.Columns})
	}
	return out
}

func standingOut(s assess.Standing) *consolev1.Assessment {
	return assessmentOut(subject(s.DeviceID, s.DeviceName), s.Assessment, s.Since)
}

func deviceOut(o assess.Overview, now time.Time) *consolev1.Device {
	return &consolev1.Device{
		Id: o.ID, Name: o.Name, Os: o.OS, OsVersion: o.OSVersion, Arch: o.Arch, AgentVersion: o.AgentVersion,
		EnrolledAt: stamp(o.EnrolledAt), LastSeen: stamp(o.LastSeen), Presence: string(o.PresenceAt(now)),
		ClockOffsetMs: o.ClockOffset.Milliseconds(), CoverageOk: int32(o.CoverageOK), CoverageTotal: int32(o.CoverageTotal),
		Level: string(o.Level), OpenAlerts: int32(o.OpenAlerts), Group: o.Group, GroupSince: stamp(o.GroupSince),
	}
}
