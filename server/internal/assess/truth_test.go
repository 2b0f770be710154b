package assess

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A Truth is what happened to one laptop, whoever heard of it and when.
type Truth struct {
	Begin, End time.Time
	Enrolled   time.Time
	Stretches  []Stretch
	Sanctions  []alert.Sanction
	Tickets    []alert.Window
	Groups     []device.Membership
	Staging    []Span
}

// A Stretch is one finding that was there for a time; a zero To is until the end.
type Stretch struct {
	UID, Rule string
	From, To  time.Time
}

// A Word is what one agent tells at one moment.
type Word struct {
	Epoch    int
	At       time.Time
	Findings []finding.Finding
}

// truthRules are found of random laptops: strong and weak ones, some of which add up over time.
var truthRules = []string{
	"kvm.default_identity", "kvm.composite_keyboard_pointer", "kvm.descriptor_family", "display.masked_edid", "display.kvm_name",
	"tool.anydesk.installed", "tool.anydesk.running", "tool.anydesk.controlled", "tool.anydesk.unattended", "tool.teamviewer.running", "tool.teamviewer.listening",
	"tool.quick-assist.controlled", "tool.ngrok.running", "session.remote_desktop", "posture.lid_closed_only_external_display", "posture.always_on_power", "posture.never_suspended",
	"input.jiggler_pikvm",
}

// RandomTruth makes up what happened to one laptop in some weeks.
func RandomTruth(chance *rand.Rand) *Truth {
	begin := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	t := &Truth{Begin: begin, End: begin.Add(time.Duration(20+chance.IntN(50)) * 24 * time.Hour)}
	span := t.End.Sub(begin)
	some := func(most time.Duration) time.Duration {
		return time.Duration(chance.Int64N(int64(most))).Truncate(time.Microsecond)
	}
	t.Enrolled = begin.Add(-some(30 * 24 * time.Hour))
	for range 4 + chance.IntN(10) {
		rule := truthRules[chance.IntN(len(truthRules))]
		uid := finding.UID(rule, fmt.Sprint(chance.IntN(2)))
		if slices.ContainsFunc(t.Stretches, func(s Stretch) bool { return s.UID == uid }) {
			continue
		}
		longest := []time.Duration{10 * time.Minute, 5 * time.Hour, 4 * 24 * time.Hour}[chance.IntN(3)]
		for from := begin.Add(some(span)); from.Before(t.End) && len(t.Stretches) < 60; {
			s := Stretch{UID: uid, Rule: rule, From: from, To: from.Add(time.Minute + some(longest))}
			if s.To.After(t.End) || s.To.After(t.End.Add(-span/8)) && chance.IntN(2) == 0 {
				s.To = time.Time{}
			}
			t.Stretches = append(t.Stretches, s)
			if s.To.IsZero() {
				break
			}
			from = s.To.Add(time.Minute + some(4*longest))
		}
	}
	for i := range chance.IntN(3) {
		n := alert.Sanction{ID: fmt.Sprint("s", i), Name: fmt.Sprint("name", i), Version: 1, Groups: []string{[]string{alert.AllWorkstations, "desk"}[chance.IntN(2)]},
			Tools:    []string{[]string{"anydesk", "teamviewer", "quick-assist", "kvm.default_identity", "session.remote_desktop"}[chance.IntN(5)]},
			StartsAt: begin.Add(some(span))}
		n.CreatedAt, n.ExpiresAt = n.StartsAt, n.StartsAt.Add(time.Hour+some(span/2))
		if chance.IntN(3) == 0 {
			n.Conditions.Hours, _ = alert.ParseHours("Mon-Fri 08:00-18:00 Europe/Lisbon")
		}
		n.Conditions.Ticket = chance.IntN(3) == 0
		for range 2 * chance.IntN(2) {
			from := begin.Add(some(span))
			t.Tickets = append(t.Tickets, alert.Window{Sanction: n.Name, Device: "d1", From: from, To: from.Add(time.Minute + some(8*time.Hour))})
		}
		t.Sanctions = append(t.Sanctions, n)
	}
	for range chance.IntN(4) {
		t.Groups = append(t.Groups, device.Membership{Group: []string{"desk", "sales", ""}[chance.IntN(3)], Since: begin.Add(some(span))})
	}
	slices.SortFunc(t.Groups, func(a, b device.Membership) int { return a.Since.Compare(b.Since) })
	if chance.IntN(4) == 0 {
		from := begin.Add(some(span / 2))
		t.Staging = []Span{{From: from, To: from.Add(some(span / 2))}}
	}
	return t
}

// Words are what agents tell of a truth, in order; each finding is told by one of so many epochs.
func (t *Truth) Words(epochs int) []Word {
	type key struct {
		epoch int
		at    time.Time
	}
	by := map[key][]finding.Finding{}
	for _, s := range t.Stretches {
		epoch := int(s.UID[len(s.UID)-1]) % epochs
		f := finding.Finding{UID: s.UID, Rule: s.Rule, Title: s.Rule, Status: finding.Open, Severity: finding.SeverityHigh, Confidence: finding.ConfidenceHigh,
			FirstSeen: s.From, LastSeen: s.From}
		by[key{epoch, s.From}] = append(by[key{epoch, s.From}], f)
		if !s.To.IsZero() {
			f.Status, f.LastSeen = finding.Closed, s.To
			by[key{epoch, s.To}] = append(by[key{epoch, s.To}], f)
		}
	}
	var words []Word
	for k, findings := range by {
		slices.SortFunc(findings, func(a, b finding.Finding) int { return cmp.Compare(a.UID, b.UID) })
		words = append(words, Word{Epoch: k.epoch, At: k.at, Findings: findings})
	}
	slices.SortFunc(words, func(a, b Word) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Epoch, b.Epoch)) })
	return words
}

// Outcome is what must be the same whenever the same words came: standings but for when
// they were written down, and alerts but for when people could see them.
func Outcome(standings []Standing, alerts []alert.Alert, findings bool) string {
	var text []byte
	put := func(v any) {
		line, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		text = append(append(text, line...), '\n')
	}
	slices.SortFunc(standings, func(a, b Standing) int { return cmp.Compare(a.Conclusion, b.Conclusion) })
	for _, s := range standings {
		s.JudgedAt, s.DeviceName = time.Time{}, ""
		s.Since = s.Since.UTC()
		s.Assessment = plain(s.Assessment)
		put(s)
	}
	slices.SortFunc(alerts, func(a, b alert.Alert) int { return cmp.Compare(a.Conclusion, b.Conclusion) })
	for _, a := range alerts {
		put([]any{"alert", a.Conclusion, a.Level, a.Score, a.Title, a.Active, a.State, plain(a.Assessment)})
		if findings {
			put([]any{a.Findings, a.Present, a.LastSeen.UTC()})
		}
	}
	return string(text)
}

// plain makes nothing and an empty list the same.
func plain(a catalogue.Assessment) catalogue.Assessment {
	a.Missing, a.Unseen = append([]string{}, a.Missing...), append([]string{}, a.Unseen...)
	a.Ledger = append([]catalogue.LedgerEntry{}, a.Ledger...)
	return a
}
