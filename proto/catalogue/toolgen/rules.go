package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

const rulesHead = `# Rules

Generated from ` + "`proto/catalogue/`" + ` by ` + "`make generate`" + `; do not edit.

A rule turns one observation into one finding. Its **tier** is what it may raise alone: 1 high, 2 medium, 3 watch, 4 nothing (context).
Within one class of evidence, which is the first word of an id (of a tunnel's or VPN's rules, ` + "`tunnel`" + `), only the strongest claim counts. Composites
conclude from several findings of one device over time. None of them says what a person did or why: each comes with other explanations and a next step.

`

// writeRules writes the list of composites and rules.
func writeRules(w io.Writer, c *catalogue.Catalogue) error {
	var b bytes.Buffer
	b.WriteString(rulesHead)
	writeScale(&b, c.Scale)
	writeComposites(&b, c.Composites)
	fmt.Fprintf(&b, "\n## Rules on hardware and the system\n\n")
	writeTable(&b, c, func(r *catalogue.Rule) bool { return r.Tool == "" })
	fmt.Fprintf(&b, "\n## Rules made from tools\n\nThe facts they look for are in [tools](tools.md).\n\n")
	writeTable(&b, c, func(r *catalogue.Rule) bool { return r.Tool != "" })
	_, err := w.Write(b.Bytes())
	return err
}

func writeScale(b *bytes.Buffer, s catalogue.Scale) {
	fmt.Fprintf(b, "## Scale\n\nA score is out of %d: watch from %d, medium from %d, high from %d.\n\n| tier | points | at most together |\n|---|---|---|\n", s.Top, s.Watch, s.Medium, s.High)
	for tier := 1; tier <= 4; tier++ {
		fmt.Fprintf(b, "| %d | %d | %d |\n", tier, s.Tier[tier], s.TierCap[tier])
	}
}

func writeComposites(b *bytes.Buffer, list []catalogue.Composite) {
	b.WriteString("\n## Composites\n\n| id | title | conclusion | points | other explanations |\n|---|---|---|---|---|\n")
	for i := range list {
		x := &list[i]
		fmt.Fprintf(b, "| `%s` | %s | %s | %d | %s |\n", x.ID, cell(x.Title), x.Conclusion, x.Points, cell(x.Explain.Alternatives))
	}
}

// writeTable lists rules, those of one id (a tool's package and unit) once.
func writeTable(b *bytes.Buffer, c *catalogue.Catalogue, wanted func(*catalogue.Rule) bool) {
	b.WriteString("| id | title | severity | tier | techniques | false positives |\n|---|---|---|---|---|---|\n")
	var seen []string
	for i := range c.Rules {
		r := &c.Rules[i]
		if !wanted(r) || slices.Contains(seen, r.ID) {
			continue
		}
		seen = append(seen, r.ID)
		title := cell(r.Title)
		if r.Status != "stable" {
			title += " (" + r.Status + ")"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %d | %s | %s |\n", r.ID, title, r.Severity, r.Tier,
			strings.Join(r.Techniques, ", "), cell(strings.Join(r.FalsePositives, "; ")))
	}
}
