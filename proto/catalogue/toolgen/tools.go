package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

const toolsHead = `# Remote-access tools

Generated from ` + "`proto/catalogue/tools/`" + ` by ` + "`make generate`" + `; do not edit.

What farmwatch knows of each product, as numbers of facts. The first table says on which systems a sensor **looks at** a fact today; the
others are kept for sensors to come, and a port alone is never evidence. So ` + "`installed`" + ` and ` + "`contacted`" + ` are seen on Linux alone today, and
` + "`running`, `listening` and `controlled`" + ` everywhere. A tool without rules is of the controlling side (a viewer): it is listed so that nobody adds it by mistake.

`

// fields are the facts of one operating system, in the order shown.
var fields = []struct {
	name   string
	looked string // the systems on which a sensor looks at it today
	list   func(*catalogue.Traces) []string
}{
	{"processes", "all", func(t *catalogue.Traces) []string { return t.Processes }},
	{"paths", "all", func(t *catalogue.Traces) []string { return t.Paths }},
	{"arguments", "all", func(t *catalogue.Traces) []string { return t.Arguments }},
	{"packages", "Linux", func(t *catalogue.Traces) []string { return t.Packages }},
	{"units", "Linux", func(t *catalogue.Traces) []string { return t.Units }},
	{"signers", "", func(t *catalogue.Traces) []string { return t.Signers }},
	{"team ids", "", func(t *catalogue.Traces) []string { return t.TeamIDs }},
	{"bundle ids", "", func(t *catalogue.Traces) []string { return t.BundleIDs }},
	{"products", "", func(t *catalogue.Traces) []string { return t.Products }},
	{"original names", "", func(t *catalogue.Traces) []string { return t.Originals }},
	{"session logs", "", func(t *catalogue.Traces) []string { return t.SessionLog }},
}

var systems = []struct {
	name   string
	traces func(*catalogue.Tool) *catalogue.Traces
}{
	{"Linux", func(t *catalogue.Tool) *catalogue.Traces { return &t.Linux }},
	{"macOS", func(t *catalogue.Tool) *catalogue.Traces { return &t.MacOS }},
	{"Windows", func(t *catalogue.Tool) *catalogue.Traces { return &t.Windows }},
}

// writeTools writes the coverage of tools by operating system and field.
func writeTools(w io.Writer, c *catalogue.Catalogue) error {
	var b bytes.Buffer
	b.WriteString(toolsHead)
	writeCoverage(&b, c)
	b.WriteString("\n## Tools\n\n| tool | category | Linux | macOS | Windows | domains | ports | states |\n|---|---|---|---|---|---|---|---|\n")
	for i := range c.Tools {
		t := &c.Tools[i]
		cells := []string{cell(t.Name) + " `" + t.ID + "`", t.Category}
		for _, system := range systems {
			cells = append(cells, facts(system.traces(t)))
		}
		cells = append(cells, number(len(t.Network.Domains)), number(len(t.Network.Ports)), states(c, t.ID))
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// writeCoverage counts the tools that have a field on a system.
func writeCoverage(b *bytes.Buffer, c *catalogue.Catalogue) {
	fmt.Fprintf(b, "## Coverage\n\n%d tools, of which %d have rules.\n\n| fact | looked at | Linux | macOS | Windows |\n|---|---|---|---|---|\n", len(c.Tools), ruled(c))
	for _, field := range fields {
		fmt.Fprintf(b, "| %s | %s |", field.name, field.looked)
		for _, system := range systems {
			fmt.Fprintf(b, " %s |", number(count(c, func(t *catalogue.Tool) bool { return len(field.list(system.traces(t))) > 0 })))
		}
		b.WriteString("\n")
	}
	names := count(c, func(t *catalogue.Tool) bool { return len(t.Network.Domains) > 0 })
	ports := count(c, func(t *catalogue.Tool) bool { return len(t.Network.Ports) > 0 })
	fmt.Fprintf(b, "\nOn the network: %d tools have domains (looked at on Linux), %d have ports (not looked at).\n", names, ports)
}

func count(c *catalogue.Catalogue, has func(*catalogue.Tool) bool) int {
	n := 0
	for i := range c.Tools {
		if has(&c.Tools[i]) {
			n++
		}
	}
	return n
}

func ruled(c *catalogue.Catalogue) int {
	return count(c, func(t *catalogue.Tool) bool { return states(c, t.ID) != "none: never scored" })
}

// facts names the fields that a tool has on one system: "2 processes, 1 units".
func facts(traces *catalogue.Traces) string {
	var list []string
	for _, field := range fields {
		if n := len(field.list(traces)); n > 0 {
			list = append(list, fmt.Sprintf("%s %d", field.name, n))
		}
	}
	return strings.Join(list, ", ")
}

// states gives what a tool's rules can see of it.
func states(c *catalogue.Catalogue, tool string) string {
	var list []string
	for i := range c.Rules {
		if r := &c.Rules[i]; r.Tool == tool && !slices.Contains(list, r.State) {
			list = append(list, r.State)
		}
	}
	if len(list) == 0 {
		return "none: never scored"
	}
	return strings.Join(list, ", ")
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// cell keeps a text from ending its table cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}
