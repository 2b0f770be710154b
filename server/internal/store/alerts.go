package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

type alertQueries struct {
	ListAlerts, CountAlerts, GetAlert       query
	ListAlertsOfDevice, ListAlertsBetween   query
	SaveAlert, InsertTimeline, ListTimeline query
	CountOpenAlerts                         query
}

// longestTimeline is how many of the latest lines of one alert are given out.
const longestTimeline = 1000

// Alerts lists one page of the queue, highest score first, then newest.
func (t *Tx) Alerts(ctx context.Context, f alert.Filter) ([]alert.Alert, error) {
	args := append(filterArgs(f), f.After.ID, f.After.Score, micros(f.After.OpenedAt), f.Limit)
	return all(ctx, t, t.q.ListAlerts, scanAlert, args...)
}

// countAlerts says how many alerts fit a filter, on all pages.
func (t *Tx) countAlerts(ctx context.Context, f alert.Filter) (n int, err error) {
	err = t.one(ctx, t.q.CountAlerts, filterArgs(f), []any{&n})
	return n, err
}

func filterArgs(f alert.Filter) []any {
	return []any{list(f.States), list(f.Levels), list(f.Conclusions), f.Device, list(f.Words)}
}

// list writes strings as a JSON array, the form in which a query takes a list.
func list(values []string) string {
	if len(values) == 0 {
		return "[]"
	}
	text, err := json.Marshal(values)
	if err != nil { // strings cannot fail to be written
		return "[]"
	}
	return string(text)
}

// Alert finds an alert by its id.
func (t *Tx) Alert(ctx context.Context, id string) (alert.Alert, error) {
	return single(ctx, t, t.q.GetAlert, scanAlert, id)
}

// alertsOfDevice lists the latest alerts about a device itself, and none about its site, newest first.
func (t *Tx) alertsOfDevice(ctx context.Context, deviceID string) ([]alert.Alert, error) {
	return all(ctx, t, t.q.ListAlertsOfDevice, scanAlert, deviceID)
}

// Timeline lists what happened to an alert, oldest first.
func (t *Tx) Timeline(ctx context.Context, id string) ([]alert.Entry, error) {
	return all(ctx, t, t.q.ListTimeline, func(row scanner) (alert.Entry, error) {
		var e alert.Entry
		err := row.Scan(moment{&e.At}, &e.Kind, &e.Text, &e.Actor)
		return e, err
	}, id, longestTimeline)
}

// OpenAlerts counts the alerts of each device that are not closed.
func (t *Tx) OpenAlerts(ctx context.Context) (map[string]int, error) {
	counts := make(map[string]int)
	_, err := all(ctx, t, t.q.CountOpenAlerts, func(row scanner) (string, error) {
		var id string
		var n int
		err := row.Scan(&id, &n)
		counts[id] = n
		return id, err
	})
	return counts, err
}

// saveChange writes what a move or a judgement made of an alert.
func (t *Tx) saveChange(ctx context.Context, c alert.Change) error {
	a := c.Alert
	words, err := encodeAssessment(a.Assessment)
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, t.q.SaveAlert, a.ID, a.DeviceID, string(a.Conclusion), string(a.Level), a.Score, a.Title, string(a.State),
		a.Assignee, string(a.CloseReason), a.Active, micros(a.OpenedAt), micros(a.LastSeen), micros(a.UpdatedAt), micros(a.ClosedAt),
		a.Version, a.Previous, words, list(a.Findings), list(a.Present), a.SiteID, a.SiteName); err != nil {
		return err
	}
	for _, e := range c.Timeline {
		if _, err := t.exec(ctx, t.q.InsertTimeline, a.ID, micros(e.At), string(e.Kind), e.Text, e.Actor); err != nil {
			return err
		}
	}
	return nil
}

// MoveAlert makes a move, notes it in the timeline and in the audit log, in
// one transaction. ErrNotFound if there is no such alert.
func (s *SQLite) MoveAlert(ctx context.Context, id string, m alert.Move) (alert.Alert, error) {
	var c alert.Change
	err := s.Tx(ctx, func(t *Tx) error {
		before, err := t.Alert(ctx, id)
		if err != nil {
			return err
		}
		if c, err = m.Apply(before); err != nil {
			return err
		}
		if err := t.saveChange(ctx, c); err != nil {
			return err
		}
		about := map[string]any{"device": before.DeviceID, "level": before.Level, "version": c.Alert.Version}
		if before.State != c.Alert.State {
			about["from"], about["to"] = before.State, c.Alert.State
			if err := t.soilSite(ctx, c.Alert); err != nil {
				return err
			}
		}
		if m.Reason != "" {
			about["reason"] = m.Reason
		}
		if m.Comment != "" {
			about["comment"] = m.Comment
		}
		return t.note(ctx, m.At, m.By.Name, "alert."+string(m.Action), "alert/"+id, about)
	})
	return c.Alert, err
}

// A storedAssessment is an assessment as the store keeps it.
type storedAssessment struct {
	Conclusion   finding.Conclusion      `json:"conclusion"`
	Level        finding.Level           `json:"level"`
	Score        int                     `json:"score"`
	Ledger       []catalogue.LedgerEntry `json:"ledger"`
	Title        string                  `json:"title"`
	NextStep     string                  `json:"next_step"`
	Why          string                  `json:"why"`
	Alternatives string                  `json:"alternatives"`
	Change       string                  `json:"change"`
	Check        string                  `json:"check"`
	Confidence   finding.Confidence      `json:"confidence,omitempty"`
	Missing      []string                `json:"missing,omitempty"`
	Unseen       []string                `json:"unseen,omitempty"`
}

func encodeAssessment(a catalogue.Assessment) (string, error) {
	text, err := json.Marshal(storedAssessment{a.Conclusion, a.Level, a.Score, a.Ledger, a.Title, a.NextStep,
		a.Explain.Why, a.Explain.Alternatives, a.Explain.Change, a.Explain.Check, a.Confidence, a.Missing, a.Unseen})
	return string(text), err
}

func decodeAssessment(text []byte) (catalogue.Assessment, error) {
	var s storedAssessment
	if err := json.Unmarshal(text, &s); err != nil {
		return catalogue.Assessment{}, fmt.Errorf("read a stored assessment: %w", err)
	}
	return catalogue.Assessment{Conclusion: s.Conclusion, Level: s.Level, Score: s.Score, Ledger: s.Ledger, Title: s.Title, NextStep: s.NextStep,
		Explain:    catalogue.Explain{Why: s.Why, Alternatives: s.Alternatives, Change: s.Change, Check: s.Check},
		Confidence: s.Confidence, Missing: s.Missing, Unseen: s.Unseen}, nil
}

func scanAlert(row scanner) (alert.Alert, error) {
	var a alert.Alert
	var words, findings, present []byte
	if err := row.Scan(&a.ID, &a.DeviceID, &a.DeviceName, &a.Conclusion, &a.Level, &a.Score, &a.Title, &a.State, &a.Assignee, &a.CloseReason,
		&a.Active, moment{&a.OpenedAt}, moment{&a.LastSeen}, moment{&a.UpdatedAt}, moment{&a.ClosedAt}, &a.Version, &a.Previous,
		&words, &findings, &present, &a.SiteID, &a.SiteName); err != nil {
		return a, err
	}
	var err error
	if a.Assessment, err = decodeAssessment(words); err != nil {
		return a, err
	}
	if err := errors.Join(json.Unmarshal(findings, &a.Findings), json.Unmarshal(present, &a.Present)); err != nil {
		return a, fmt.Errorf("read the findings of alert %s: %w", a.ID, err)
	}
	return a, nil
}
