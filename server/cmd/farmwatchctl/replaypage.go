package main

import (
	"bytes"
	"fmt"
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

// replayPage says first what it comes to, then how far it can tell, then each change.
func (p *program) replayPage(r replayed) string {
	s := r.summary
	var b strings.Builder
	fmt.Fprintf(&b, "%s to %s, %s, nothing was written\n", clock(s.GetFrom()), clock(s.GetTo()), counted(s.GetDevices(), "laptop"))
	fmt.Fprintf(&b, "of %s: raised %d, lowered %d, unchanged %d (of those %d with other points)\n", counted(s.GetRaised()+s.GetLowered()+s.GetUnchanged(), "conclusion"), s.GetRaised(), s.GetLowered(), s.GetUnchanged(), s.GetRescored())
	fmt.Fprintf(&b, "%s more, %d fewer\n", counted(s.GetAlertsOpened(), "alert"), s.GetAlertsNotOpened())
	b.WriteString("\n" + p.table([]string{"highest_level", "remote_control_now", "with_the_files", "farm_now", "with_the_files"}, levelRows(s)))
	b.WriteString("\n" + p.paint(bold, "Tried") + "\n")
	for _, x := range s.GetRules() {
		b.WriteString(p.wrap("  ", tried(x)))
		b.WriteString(p.wrap("    ", x.GetNote()))
	}
	for _, n := range s.GetNotes() {
		b.WriteString(p.wrap("  ", n))
	}
	if len(r.changes) == 0 {
		b.WriteString("\nNo laptop would have been judged otherwise.\n")
		return b.String()
	}
	b.WriteString("\n" + p.paint(bold, "Changes") + "\n")
	for _, c := range r.changes {
		p.replayChange(&b, c)
	}
	return b.String()
}

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
	if x.GetKind() == "rule" {
		text += fmt.Sprintf(": held on %d laptops, would have held on %d; tried on %s", x.GetDevicesBefore(), x.GetDevicesAfter(), counted(x.GetRows(), "row"))
	}
	return text
}

func (p *program) replayChange(b *strings.Builder, c *consolev1.ReplayChange) {
	s := c.GetSubject()
	what := fmt.Sprintf("%s %d → %s %d", c.GetBefore(), c.GetScoreBefore(), c.GetAfter(), c.GetScoreAfter())
	fmt.Fprintf(b, "  %s  %s  %s, since %s\n", p.paintLevel(c.GetAfter(), what), clean(s.GetName()), words(c.GetConclusion()), clock(c.GetAt()))
	switch c.GetAlert() {
	case "opened":
		b.WriteString("    would have raised an alert\n")
	case "not_opened":
		b.WriteString("    its alert would not have been raised\n")
	}
	for _, e := range c.GetAdded() {
		b.WriteString(p.wrap("    ", "with: "+signed(e.GetPoints())+"  "+e.GetReason()))
	}
	for _, e := range c.GetDropped() {
		b.WriteString(p.wrap("    ", "without: "+signed(e.GetPoints())+"  "+e.GetReason()))
	}
}
