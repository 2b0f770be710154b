package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

// structuredReplay prints {"summary": …, "changes": […]}.
func (p *program) structuredReplay(r replayed) error {
	var b bytes.Buffer
	b.WriteString(`{"summary":`)
	if err := encode(&b, r.summary.ProtoReflect()); err != nil {
		return err
	}
	b.WriteString(`,"changes":[`)
	for i, c := range r.changes {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encode(&b, c.ProtoReflect()); err != nil {
			return err
		}
	}
	b.WriteString("]}")
	return p.structured(b.Bytes())
}

// mostChanges is how many changes a page lists of laptops: what matters stands above them,
// and nobody reads more in a row. -o csv has all.
const mostChanges = 25

// replayPage says first what it comes to in one line, then by level, then what could not be
// told, and then what was tried and each change.
func (p *program) replayPage(r replayed) string {
	s := r.summary
	var b strings.Builder
	for _, line := range comesTo(s) {
		b.WriteString(p.wrap("", line))
	}
	fmt.Fprintf(&b, "%s to %s, %s, nothing was written\n", clock(s.GetFrom()), clock(s.GetTo()), counted(s.GetDevices(), "laptop"))
	b.WriteString("\n" + p.table([]string{"highest_level", "remote_control_now", "with_the_files", "farm_now", "with_the_files"}, levelRows(s)))
	fmt.Fprintf(&b, "of %s: raised %d, lowered %d, unchanged %d (of those %d with other points)\n", counted(s.GetRaised()+s.GetLowered()+s.GetUnchanged(), "conclusion"), s.GetRaised(), s.GetLowered(), s.GetUnchanged(), s.GetRescored())
	b.WriteString("\n" + p.paint(bold, "What could not be told") + "\n")
	for _, n := range s.GetNotes() {
		b.WriteString(p.wrap("  ", n))
	}
	b.WriteString("\n" + p.paint(bold, "Tried") + "\n")
	for _, x := range s.GetRules() {
		b.WriteString(p.wrap("  ", tried(x)))
		b.WriteString(p.wrap("    ", x.GetNote()))
	}
	if len(r.changes) == 0 {
		b.WriteString("\nOf no laptop or site anything else would have been said, as far as can be told.\n")
		return b.String()
	}
	b.WriteString("\n" + p.paint(bold, "Changes") + "\n")
	for _, c := range r.changes[:min(mostChanges, len(r.changes))] {
		p.replayChange(&b, c)
	}
	if more := len(r.changes) - mostChanges; more > 0 {
		fmt.Fprintf(&b, "  … and %d more: -o csv lists all\n", more)
	}
	return b.String()
}

// comesTo is the sum in sentences: who would alarm, how many alerts that makes, and what
// speaks against the files.
func comesTo(s *consolev1.ReplaySummary) []string {
	weeks := s.GetTo().AsTime().Sub(s.GetFrom().AsTime()).Hours() / (7 * 24)
	aWeek := func(n int32) string { return fmt.Sprintf("%.1f", float64(n)/max(weeks, 1./7)) }
	lines := []string{
		fmt.Sprintf("%s would newly reach medium, %d would no longer; alerts %s → %s a week", counted(s.GetReach(), "laptop"), s.GetLeave(), aWeek(s.GetAlertsBefore()), aWeek(s.GetAlertsAfter())),
		fmt.Sprintf("alerts %d → %d in all: %d more, %d fewer; %d at once on the day of enabling",
			s.GetAlertsBefore(), s.GetAlertsAfter(), s.GetAlertsOpened(), s.GetAlertsNotOpened(), s.GetAlertsAtOnce()),
	}
	if s.GetSites() > 0 || s.GetSitesReach()+s.GetSitesLeave() > 0 {
		lines = append(lines, fmt.Sprintf("of %s %d would newly reach medium, %d would no longer", counted(s.GetSites(), "site"), s.GetSitesReach(), s.GetSitesLeave()))
	}
	if line := heights(s); line != "" {
		lines = append(lines, line)
	}
	for _, n := range s.GetNotices() {
		lines = append(lines, fmt.Sprintf("%s would begin on %s from %s to %s: one notice in the place of their alerts", n.GetSubject(), counted(n.GetLaptops(), "laptop"), clock(n.GetFrom()), clock(n.GetTo())))
	}
	if n := s.GetAlertsConfirmed(); n > 0 {
		lines = append(lines, fmt.Sprintf("careful: of the %s that would not have been, a person found %d right or is at work on it", counted(s.GetAlertsNotOpened(), "alert"), n))
	}
	if share := float64(s.GetAlertsOpened()) * 1000 / float64(max(s.GetDevices(), 1)) / max(weeks, 1./7); s.GetAlertsOpened() >= fewAlerts && share > budget {
		lines = append(lines, fmt.Sprintf("careful: %s more are %.1f a week for 1,000 laptops, where at most %d are to be false: look at some of them before it is enabled", counted(s.GetAlertsOpened(), "alert"), share, budget))
	}
	return lines
}

// heights says how many laptops would stand at high, where that is another number: who
// stands at medium either way is counted nowhere else.
func heights(s *consolev1.ReplaySummary) string {
	var parts []string
	for _, l := range s.GetLevels() {
		if l.GetLevel() == "high" && l.GetBefore() != l.GetAfter() {
			parts = append(parts, fmt.Sprintf("%s %d → %d", words(l.GetConclusion()), l.GetBefore(), l.GetAfter()))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "laptops at high: " + strings.Join(parts, ", ")
}

// budget is how many false alerts at medium or above 1,000 laptops may raise a week
// (docs/reference/budget.md); of a few more alerts it is not to be said what they are.
const (
	budget    = 1
	fewAlerts = 3
)

func levelRows(s *consolev1.ReplaySummary) [][]string {
	var rows [][]string
	for _, level := range []string{"high", "medium", "watch", "none"} {
		row := []string{level}
		for _, conclusion := range []string{"remotely_controlled", "in_farm"} {
			for _, l := range s.GetLevels() {
				if l.GetLevel() == level && l.GetConclusion() == conclusion {
					row = append(row, fmt.Sprint(l.GetBefore()), fmt.Sprint(l.GetAfter()))
				}
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func tried(x *consolev1.ReplayRule) string {
	how := "new"
	if x.GetReplaces() {
		how = "in the place of the one in force"
	}
	text := fmt.Sprintf("%s %s (%s)", x.GetKind(), x.GetId(), how)
	if x.GetKind() == x.GetId() {
		text = fmt.Sprintf("the %s (%s)", x.GetKind(), how) // there is one
	}
	if x.GetKind() == "rule" || x.GetKind() == "tool" {
		text += fmt.Sprintf(": held on %d laptops, would have held on %d; tried on %s", x.GetDevicesBefore(), x.GetDevicesAfter(), counted(x.GetRows(), "row"))
	}
	return text
}

func (p *program) replayChange(b *strings.Builder, c *consolev1.ReplayChange) {
	s := c.GetSubject()
	what := fmt.Sprintf("%s %d → %s %d", c.GetBefore(), c.GetScoreBefore(), c.GetAfter(), c.GetScoreAfter())
	fmt.Fprintf(b, "  %s  %s  %s, since %s\n", p.paintLevel(c.GetAfter(), what), subjectName(s), words(c.GetConclusion()), clock(c.GetAt()))
	if site := c.GetSite(); site != nil {
		p.replaySite(b, site)
	}
	switch c.GetAlert() {
	case "opened":
		b.WriteString("    would have raised an alert\n")
	case "not_opened":
		b.WriteString("    its alert would not have been raised\n")
	}
	if c.GetConfirmed() {
		b.WriteString("    a person found that alert right or is at work on it\n")
	}
	if text := instead[c.GetInstead()]; text != "" {
		b.WriteString("    " + text + "\n")
	}
	for _, e := range counting(c.GetAdded()) {
		b.WriteString(p.wrap("    ", "with: "+signed(e.GetPoints())+"  "+e.GetReason()))
	}
	for _, e := range counting(c.GetDropped()) {
		b.WriteString(p.wrap("    ", "without: "+signed(e.GetPoints())+"  "+e.GetReason()))
	}
}

// counting leaves of a ledger the lines that add points, if any does.
func counting(list []*consolev1.LedgerEntry) []*consolev1.LedgerEntry {
	some := slices.DeleteFunc(slices.Clone(list), func(e *consolev1.LedgerEntry) bool { return e.GetPoints() == 0 })
	if len(some) == 0 {
		return list
	}
	return some
}

// instead says what would stand in the place of an alert.
var instead = map[string]string{
	"notice":  "no alert: a notice tells it of many laptops",
	"site":    "no alert of its own: that of its site tells it",
	"decided": "no alert: a person has decided on this evidence",
}

func (p *program) replaySite(b *strings.Builder, s *consolev1.ReplaySite) {
	state := map[string]string{"new": "a site that there is none of now, ", "gone": "no site any more, "}[s.GetState()]
	b.WriteString(p.wrap("    ", fmt.Sprintf("%s%s of %s: %s", state, counted(len(s.GetLaptops()), "laptop"), people(s.GetPeople()), strings.Join(s.GetLaptops(), ", "))))
	fmt.Fprintf(b, "    at medium or more on %s, with the files on %d\n", counted(s.GetDaysBefore(), "day"), s.GetDaysAfter())
}

// subjectName says what kind of thing is named where it is no laptop.
func subjectName(s *consolev1.Subject) string {
	if s.GetKind() == "site" {
		return "site " + clean(s.GetName())
	}
	return clean(s.GetName())
}
