package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

const collectorHead = `# What the collector works out

Generated from ` + "`proto/catalogue/`" + ` by ` + "`make generate`" + `; do not edit.

Some rules need more than one laptop: whether several stand in one place, or where an address leads. For them the collector makes rows of its own, from
what [leaves the laptops](classes.md) and from the connections over which it comes. No laptop can tell rows of these classes, and none learns them.

What such a rule finds is a finding of the laptop like any other: it counts in levels, can be sanctioned, and is in reports. It is closed when it holds no
more. It never means that the laptop was heard.

`

// writeCollector writes the classes that the collector fills, and the rules on each.
func writeCollector(w io.Writer, c *catalogue.Catalogue) error {
	var b bytes.Buffer
	b.WriteString(collectorHead)
	for _, class := range c.Classes() {
		if !class.Collector {
			continue
		}
		fmt.Fprintf(&b, "## %s\n\n%s\n\n| column | what it says |\n|---|---|\n", class.Name, class.About)
		for _, column := range class.Columns {
			fmt.Fprintf(&b, "| `%s` | %s |\n", column.Name, cell(column.About))
		}
		var rules []string
		for _, r := range c.RulesFor(class.Name) {
			rules = append(rules, "`"+r.ID+"`")
		}
		fmt.Fprintf(&b, "\n[Rules](rules.md) on it: %s.\n", strings.Join(rules, ", "))
	}
	_, err := w.Write(b.Bytes())
	return err
}
