package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const textWidth = 100

// writeText writes a scan for a person: the verdicts with their ledgers, then
// each thing that was seen, once, with all that is claimed of it.
func writeText(out io.Writer, s engine.Scan, c *catalogue.Catalogue) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n", cmp.Or(s.Platform.Name, "a machine without a name"), cmp.Or(s.Platform.OSVersion, s.Platform.OS, "unknown system"))
	for _, a := range s.Assessments {
		writeAssessment(&b, a)
	}
	writeFindings(&b, s, c)
	writeCoverage(&b, s.Coverage)
	_, err := io.WriteString(out, b.String())
	return err
}

func writeAssessment(b *strings.Builder, a catalogue.Assessment) {
	fmt.Fprintf(b, "\n%s  %s", question(a.Conclusion), strings.ToUpper(string(a.Level)))
	if a.Score > 0 {
		fmt.Fprintf(b, ", %d points", a.Score)
	}
	b.WriteString("\n")
	for _, entry := range a.Ledger {
		fmt.Fprintf(b, "  %4s  %s", signed(entry.Points), strings.TrimLeft(wrap(entry.Reason, 8, textWidth), " "))
	}
	if a.Level == finding.LevelNone {
		return
	}
	for _, line := range []struct{ head, text string }{
		{"Why this fired", a.Explain.Why},
		{"What else explains it", a.Explain.Alternatives},
		{"What would change the verdict", a.Explain.Change},
		{"Next step", a.NextStep},
	} {
		if line.text != "" {
			fmt.Fprintf(b, "\n  %s\n%s", line.head, wrap(line.text, 4, textWidth))
		}
	}
}

// signed writes points as a ledger does; nothing has no sign.
func signed(points int) string {
	if points == 0 {
		return "0"
	}
	return fmt.Sprintf("%+d", points)
}

func question(c finding.Conclusion) string {
	if c == finding.InFarm {
		return "Does it stand in a laptop farm?"
	}
	return "Is it remotely controlled?"
}

// writeFindings groups the findings by their evidence, so that a thing of which
// eight rules have something to say is shown once.
func writeFindings(b *strings.Builder, s engine.Scan, c *catalogue.Catalogue) {
	if len(s.Findings) == 0 {
		b.WriteString("\nNothing was found in what could be looked at.\n")
		return
	}
	visible := visibleColumns()
	for _, group := range finding.ByEvidence(s.Findings, evidence) {
		b.WriteString("\n")
		for _, f := range group {
			fmt.Fprintf(b, "%-8s %s\n         %s", f.Severity, f.Title, f.Rule)
			if rule, known := c.Rule(f.Rule); known && len(rule.Techniques) > 0 {
				fmt.Fprintf(b, "  %s", strings.Join(rule.Techniques, " "))
			}
			b.WriteString("\n")
		}
		for _, row := range group[0].Evidence {
			fmt.Fprintf(b, "    %s%s\n%s", row.Class, knownBy(c, group, row), wrap(pairs(visible.of(row)), 6, textWidth))
		}
	}
}

// knownBy says by which columns a row shows the tool that findings name, since a
// program's name alone is the weakest of them; empty where no tool is named.
func knownBy(c *catalogue.Catalogue, findings []finding.Finding, row finding.Observation) string {
	var columns []string
	for _, f := range findings {
		for _, rule := range c.RulesOf(f.Rule) {
			for _, column := range rule.Recognised(row) {
				if !slices.Contains(columns, column) {
					columns = append(columns, column)
				}
			}
		}
	}
	if len(columns) == 0 {
		return ""
	}
	return ", known by " + strings.Join(columns, ", ")
}

func evidence(f finding.Finding) []string {
	var uids []string
	for _, row := range f.Evidence {
		uids = append(uids, row.UID)
	}
	return uids
}

// pairs writes columns on one line; what a thing is not is left to the JSON.
func pairs(columns map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		value := columns[name]
		if value == "false" {
			continue
		}
		if strings.Contains(value, " ") {
			value = fmt.Sprintf("%q", value)
		}
		words = append(words, name+"="+value)
	}
	return strings.Join(words, "  ")
}

// writeCoverage says what could not be looked at, and for what could be mended how.
func writeCoverage(b *strings.Builder, coverage []finding.Coverage) {
	var absent []string
	looked := 0
	for _, c := range coverage {
		switch c.State {
		case finding.CoverageOK:
			looked++
		case finding.CoverageAbsent:
			absent = append(absent, c.Class)
		}
	}
	fmt.Fprintf(b, "\nCould look at %d of %d classes of evidence; the rest is unknown, which is not the same as clean.\n", looked, len(coverage))
	for _, c := range coverage {
		if c.State != finding.CoverageOK && c.State != finding.CoverageAbsent {
			fmt.Fprintf(b, "  %-11s %s\n%s", c.State, c.Class, wrap(c.Detail, 14, textWidth))
		} else if c.Late {
			fmt.Fprintf(b, "  %-11s %s\n%s", "in part", c.Class, wrap(c.Detail, 14, textWidth))
		}
	}
	if len(absent) > 0 {
		fmt.Fprintf(b, "  %-11s %s", finding.CoverageAbsent, strings.TrimLeft(wrap(strings.Join(absent, ", "), 14, textWidth), " "))
	}
}

// wrap breaks a text into indented lines of at most width characters.
func wrap(text string, indent, width int) string {
	var b strings.Builder
	line := strings.Repeat(" ", indent)
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > width && strings.TrimSpace(line) != "" {
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", indent)
		}
		if strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
	return b.String()
}
