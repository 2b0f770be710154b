package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

const toolsHead = `# Remote-access tools

Generated from ` + "`proto/catalogue/tools/`" + ` by ` + "`make generate`" + `; do not edit.

What farmwatch knows of each product, as numbers of artefacts, and the states in which it can be seen. What a state means and raises is in
[rules](rules.md#rules-made-from-tools). A tool of the role ` + "`viewer`" + ` is the controlling side: it is listed so that nobody takes it for a host, and never scored.
Of a tool of the role ` + "`both`" + ` a program that may be either side, or that a system also runs unused, is ` + "`opened`" + `, and only what the host's side shows is ` + "`running`" + `.
The last column has the states that artefacts show. What a tool's settings and records tell besides (` + "`tenant`, `unattended`, `entered`, `visited`" + `, and sessions as
` + "`controlled`" + `) is seen of those tools whose settings and records a sensor reads: remote_access and remote_sessions in [classes](classes.md).

`

// looked says on which systems a sensor looks at a type of artefact today.
var looked = map[string]string{
	"signer": "files of Windows and macOS, wherever they lie", "team_id": "files of macOS", "bundle_id": "files of macOS",
	"original_name": "files of Windows", "product": "files of Windows", "build_path": "all", "package": "Linux", "unit": "Linux",
	"library": "Linux, macOS", "side_file": "all", "banner": "all", "path": "all", "process": "all", "session_process": "all",
	"session_log": "where a reader knows its format", "port": "all, beside a banner only", "domain": "Linux",
}

var systems = []string{"linux", "macos", "windows"}

// writeTools writes the coverage of tools by operating system and type.
func writeTools(w io.Writer, c *catalogue.Catalogue) error {
	states := statesOf(c)
	var b bytes.Buffer
	b.WriteString(toolsHead)
	writeCoverage(&b, c, states)
	writeCategories(&b, c)
	b.WriteString("\n## Tools\n\n| tool | category | role | Linux | macOS | Windows | any system | states | to know |\n|---|---|---|---|---|---|---|---|---|\n")
	for i := range c.Tools {
		t := &c.Tools[i]
		cells := []string{cell(t.Name) + " `" + t.ID + "`", t.Category, roleOf(t)}
		for _, system := range append(slices.Clone(systems), "") {
			cells = append(cells, facts(t, system))
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(append(cells, cmp.Or(strings.Join(states[t.ID], ", "), "none: never scored"), remarks(t)), " | "))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// remarks are what a person should know of a tool before they ask anybody.
func remarks(t *catalogue.Tool) string {
	var list []string
	if t.Unattended && t.Role != catalogue.RoleViewer {
		list = append(list, "By design nobody here needs to agree.")
	}
	if t.SelfHostable {
		list = append(list, "Anybody can run its server.")
	}
	if t.Vendor != "" {
		list = append(list, "Counts as one with what else is of "+t.Vendor+".")
	}
	if t.Brings != "" {
		list = append(list, "Counts as one with "+t.Brings+", which it brings along.")
	}
	return cell(strings.Join(append(list, t.Notes...), " "))
}

func roleOf(t *catalogue.Tool) string { return cmp.Or(t.Role, catalogue.RoleHost) }

// statesOf gives what artefacts show of each tool, weakest first.
func statesOf(c *catalogue.Catalogue) map[string][]string {
	states := map[string][]string{}
	for _, r := range c.EveryRule() {
		if r.Tool != "" && r.Class != "remote_access" && r.Class != "remote_sessions" && !slices.Contains(states[r.Tool], r.State) {
			states[r.Tool] = append(states[r.Tool], r.State)
		}
	}
	for _, list := range states {
		slices.SortFunc(list, func(a, b string) int { return cmp.Compare(slices.Index(order, a), slices.Index(order, b)) })
	}
	return states
}

// writeCoverage counts the tools that have a type of artefact on a system.
func writeCoverage(b *bytes.Buffer, c *catalogue.Catalogue, states map[string][]string) {
	fmt.Fprintf(b, "## Coverage\n\n%d tools, of which %d have rules: a tool counts for a system when something shows it there or on any system.\n\n", len(c.Tools), len(states))
	b.WriteString("| artefact | weight | looked at | Linux | macOS | Windows | tools |\n|---|---|---|---|---|---|---|\n")
	weights := catalogue.ArtefactWeights()
	types := slices.SortedFunc(maps.Keys(weights), func(x, y string) int { return cmp.Or(cmp.Compare(weights[y], weights[x]), cmp.Compare(x, y)) })
	for _, name := range types {
		fmt.Fprintf(b, "| %s | %v | %s |", name, weights[name], looked[name])
		for _, system := range systems {
			fmt.Fprintf(b, " %s |", number(count(c, func(a *catalogue.Artefact) bool { return a.Type == name && (a.OS == system || a.OS == "") })))
		}
		fmt.Fprintf(b, " %s |\n", number(count(c, func(a *catalogue.Artefact) bool { return a.Type == name })))
	}
	b.WriteString("| **anything** | | |")
	for _, system := range systems {
		fmt.Fprintf(b, " %d |", count(c, func(a *catalogue.Artefact) bool {
			return a.OS == system || a.OS == "" && a.Type != "domain" && a.Type != "port"
		}))
	}
	fmt.Fprintf(b, " %d |\n", len(c.Tools))
}

// writeCategories counts tools by category and role.
func writeCategories(b *bytes.Buffer, c *catalogue.Catalogue) {
	b.WriteString("\n## Categories\n\n| category | host | both | viewer |\n|---|---|---|---|\n")
	counts := map[string]map[string]int{}
	for i := range c.Tools {
		t := &c.Tools[i]
		if counts[t.Category] == nil {
			counts[t.Category] = map[string]int{}
		}
		counts[t.Category][roleOf(t)]++
	}
	for _, category := range slices.Sorted(maps.Keys(counts)) {
		n := counts[category]
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", category, number(n[catalogue.RoleHost]), number(n[catalogue.RoleBoth]), number(n[catalogue.RoleViewer]))
	}
}

func count(c *catalogue.Catalogue, fits func(*catalogue.Artefact) bool) int {
	n := 0
	for i := range c.Tools {
		if slices.ContainsFunc(c.Tools[i].Artefacts, func(a catalogue.Artefact) bool { return fits(&a) }) {
			n++
		}
	}
	return n
}

// facts counts what shows a tool on one system: "process 2, unit 1".
func facts(t *catalogue.Tool, system string) string {
	counts := map[string]int{}
	for i := range t.Artefacts {
		if t.Artefacts[i].OS == system {
			counts[t.Artefacts[i].Type]++
		}
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%s %d", name, counts[name]))
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
