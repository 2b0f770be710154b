package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// alertPage is one alert for a tired person: what it is first, then the
// answers to the three questions, then what they rest on.
func (p *program) alertPage(d *consolev1.AlertDetail) string {
	a := d.GetAlert()
	var b strings.Builder
	b.WriteString(p.wrapTitle(a))
	presence := "its evidence is there now"
	if !a.GetActive() {
		presence = "its evidence is gone or no longer enough, last seen " + clock(a.GetLastSeen())
	}
	state := words(a.GetState())
	if a.GetAssignee() != "" {
		state += ", with " + a.GetAssignee()
	}
	if a.GetCloseReason() != "" {
		state += ", as " + a.GetCloseReason()
	}
	b.WriteString(p.wrap("", fmt.Sprintf("%s on %s (%s)", words(a.GetConclusion()), a.GetSubject().GetName(), a.GetSubject().GetId())))
	b.WriteString(p.wrap("", state+"; "+presence))
	if gone := overTitles(d.GetFindings()); a.GetActive() && len(gone) > 0 {
		b.WriteString(p.wrap("", "shown as it was at its strongest; no longer there: "+strings.Join(gone, "; ")))
	}
	b.WriteString(p.wrap("", "opened "+clock(a.GetOpenedAt())+began(d.GetFindings())))
	for _, s := range []struct{ title, text string }{
		{"Why this fired", d.GetWhy()},
		{"What else explains it", d.GetAlternatives()},
		{"What would change the verdict", d.GetChange()},
		{"Next step", d.GetNextStep()},
	} {
		if s.text != "" {
			b.WriteString("\n" + p.paint(bold, s.title) + "\n" + p.wrap("  ", s.text))
		}
	}
	p.ledger(&b, d)
	p.evidence(&b, d.GetFindings())
	p.timeline(&b, d.GetTimeline())
	b.WriteString("\n" + p.hint(a))
	return b.String()
}

// overTitles names what was seen and is over: an alert keeps the words of its
// strongest moment, and nobody should call about a session that has ended.
func overTitles(findings []*consolev1.Finding) []string {
	var titles []string
	for _, f := range findings {
		if gone(f) && !slices.Contains(titles, f.GetTitle()) {
			titles = append(titles, f.GetTitle())
		}
	}
	return titles
}

func (p *program) wrapTitle(a *consolev1.Alert) string {
	head := fmt.Sprintf("%s %d", strings.ToUpper(a.GetLevel()), a.GetScore())
	lines := strings.SplitN(p.wrap(strings.Repeat(" ", len(head)+2), a.GetTitle()), "\n", 2)
	first := strings.TrimLeft(lines[0], " ")
	return p.paintLevel(a.GetLevel(), head) + "  " + p.paint(bold, first) + "\n" + lines[1]
}

func (p *program) ledger(b *strings.Builder, d *consolev1.AlertDetail) {
	if len(d.GetLedger()) == 0 {
		return
	}
	b.WriteString("\n" + p.paint(bold, "Ledger") + "\n")
	total := 0
	for _, e := range d.GetLedger() {
		total += int(e.GetPoints())
		lines := strings.SplitN(p.wrap("        ", e.GetReason()), "\n", 2)
		fmt.Fprintf(b, "  %4s  %s\n%s", signed(e.GetPoints()), strings.TrimSpace(lines[0]), lines[1])
		b.WriteString("        " + p.paint(dim, clean(e.GetRule())) + "\n")
	}
	fmt.Fprintf(b, "  %4d  in all, level %s\n", total, clean(d.GetAlert().GetLevel()))
}

// began says since when there is evidence: a laptop that was offline tells late.
func began(findings []*consolev1.Finding) string {
	if len(findings) == 0 {
		return ""
	}
	first := slices.MinFunc(findings, func(x, y *consolev1.Finding) int { return x.GetFirstSeen().AsTime().Compare(y.GetFirstSeen().AsTime()) })
	return "; its evidence begins " + clock(first.GetFirstSeen())
}

// A claim is a finding as it is told: one that comes and goes is told once.
type claim struct {
	*consolev1.Finding
	times int
	since *timestamppb.Timestamp // of the first time
}

// claimsOf puts the times at which the same was there on the same laptop, and is gone, into one.
func claimsOf(findings []*consolev1.Finding) []claim {
	var list []claim
	for _, f := range findings {
		n := slices.IndexFunc(list, func(c claim) bool {
			return gone(f) && gone(c.Finding) && c.GetRule() == f.GetRule() && c.GetDevice().GetId() == f.GetDevice().GetId()
		})
		if n < 0 {
			list = append(list, claim{f, 1, f.GetFirstSeen()})
			continue
		}
		c := &list[n]
		if c.times++; later(c.since, f.GetFirstSeen()) {
			c.since = f.GetFirstSeen()
		}
		if later(f.GetLastSeen(), c.GetLastSeen()) {
			c.Finding = f
		}
	}
	return list
}

func gone(f *consolev1.Finding) bool { return f.GetStatus() != "open" }

// evidence shows each thing that was seen once, below all that is claimed of it.
func (p *program) evidence(b *strings.Builder, findings []*consolev1.Finding) {
	if len(findings) == 0 {
		return
	}
	b.WriteString("\n" + p.paint(bold, "Evidence") + "\n")
	told := map[string]bool{} // how to check, by rule: on ten laptops it is the same
	for _, claims := range finding.ByEvidence(claimsOf(findings), evidence) {
		var checks []string
		for _, c := range claims {
			p.claim(b, c)
			if c.GetCheck() != "" && !told[c.GetCheck()] {
				told[c.GetCheck()] = true
				checks = append(checks, c.GetCheck())
			}
		}
		for _, o := range claims[0].GetEvidence() {
			b.WriteString(p.wrap("      ", o.GetClass()+": "+columns(o)))
		}
		for _, check := range checks {
			b.WriteString(p.wrap("    ", "How to check by hand: "+check))
		}
	}
}

func (p *program) claim(b *strings.Builder, c claim) {
	status := "there since " + clock(c.GetFirstSeen())
	switch {
	case gone(c.Finding) && c.times > 1:
		status = fmt.Sprintf("gone; was there %d times from %s to %s", c.times, clock(c.since), clock(c.GetLastSeen()))
	case gone(c.Finding):
		status = "gone; was there from " + clock(c.GetFirstSeen()) + " to " + clock(c.GetLastSeen())
	}
	if c.GetDevice() != nil {
		status = "on " + named(c.GetDevice()) + ", " + status
	}
	b.WriteString(p.wrap("  ", c.GetTitle()))
	b.WriteString(p.wrap("    ", fmt.Sprintf("%s; severity %s, confidence %s", status, c.GetSeverity(), c.GetConfidence())))
	about := c.GetRule()
	if len(c.GetTechniques()) > 0 {
		about += "; ATT&CK " + strings.Join(c.GetTechniques(), ", ")
	}
	b.WriteString(p.wrap("    ", about))
}

func evidence(f claim) []string {
	var uids []string
	for _, o := range f.GetEvidence() {
		uids = append(uids, o.GetUid())
	}
	return uids
}

// columns writes a row on one line; what a thing is not is left to the JSON.
func columns(o *consolev1.Observation) string {
	var parts []string
	for name, value := range o.GetColumns() {
		if value == "false" {
			continue
		}
		parts = append(parts, name+"="+value)
	}
	slices.Sort(parts)
	return strings.Join(parts, "  ")
}

func (p *program) timeline(b *strings.Builder, entries []*consolev1.TimelineEntry) {
	if len(entries) == 0 {
		return
	}
	b.WriteString("\n" + p.paint(bold, "Timeline") + "\n")
	indent := strings.Repeat(" ", 2+utf8.RuneCountInString("2006-01-02 15:04:05Z")+2)
	for _, e := range entries {
		text := words(e.GetKind()) + ": " + e.GetText()
		if e.GetActor() != "" {
			text = e.GetActor() + ": " + e.GetText()
		}
		fmt.Fprintf(b, "  %s  %s", p.paint(dim, clock(e.GetAt())), strings.TrimLeft(p.wrap(indent, text), " "))
	}
}

// hint says what one can do next, ready to be copied.
func (p *program) hint(a *consolev1.Alert) string {
	id := clean(a.GetId())
	next := "farmwatchctl alerts close " + id + " --reason REASON --comment TEXT"
	switch a.GetState() {
	case "new":
		next = "farmwatchctl alerts ack " + id
	case "closed":
		next = "farmwatchctl alerts reopen " + id + " --comment TEXT"
	}
	return p.paint(dim, next) + "\n" + p.surely(a.GetSubject())
}

// surely says where it stands how sure a conclusion is: an alert is of its strongest moment, an assessment of now.
func (p *program) surely(s *consolev1.Subject) string {
	return p.wrap("", "How sure that is now, and what could not be looked at:") + p.paint(dim, "  farmwatchctl assessments show "+clean(s.GetId())) + "\n"
}
