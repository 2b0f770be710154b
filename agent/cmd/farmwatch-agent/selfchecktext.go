package main

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// mostShown is how many rows of a class a self-check shows.
const mostShown = 2

// writeTrials says sensor by sensor what it saw, what not and why.
func writeTrials(b *strings.Builder, p host.Platform, trials []trial) {
	fmt.Fprintf(b, "%s, %s", cmp.Or(p.OSVersion, p.OS), p.Arch)
	for _, t := range trials {
		if t.sensor.Class == "processes" {
			fmt.Fprintf(b, ", %s", counted(len(t.rows), "process"))
		}
	}
	b.WriteString("\n\n")
	for _, t := range trials {
		writeTrial(b, p.OS, t)
	}
}

func writeTrial(b *strings.Builder, system string, t trial) {
	fmt.Fprintf(b, "%-9s %-21s %s  first %s (CPU %s), again %s (CPU %s)", heading(t), t.sensor.Class, counted(len(t.rows), "row"),
		rough(t.first.wall), rough(t.first.cpu), rough(t.again.wall), rough(t.again.cpu))
	if t.tools > 0 {
		fmt.Fprintf(b, ", ran %s", counted(t.tools, "program"))
	}
	b.WriteString("\n")
	public := publicColumns(t.sensor)
	for _, row := range t.rows[:min(len(t.rows), mostShown)] {
		if facts := pairs(public.of(row)); facts != "" {
			b.WriteString(wrap(facts, 10, textWidth))
		}
	}
	if more := len(t.rows) - mostShown; more > 0 {
		fmt.Fprintf(b, "          … and %d more\n", more)
	}
	if t.coverage.Detail != "" {
		b.WriteString(wrap("not seen: "+t.coverage.Detail, 10, textWidth))
	}
	for _, limit := range t.sensor.Limits {
		if limit.OS == system && t.coverage.Detail != limit.Why {
			b.WriteString(wrap("known limit: "+limit.Why, 10, textWidth))
		}
	}
	if t.costly() {
		b.WriteString(wrap(fmt.Sprintf("too costly: a look may use %s of CPU", rough(mostCPU)), 10, textWidth))
	}
}

// heading is the one word for how a sensor did.
func heading(t trial) string {
	switch {
	case t.broke():
		return "BROKE"
	case t.costly():
		return "COSTLY"
	case t.coverage.State == finding.CoverageOK:
		return "saw"
	case len(t.rows) > 0:
		return "in part"
	case t.coverage.State == finding.CoverageAbsent:
		return "absent"
	}
	return "blind"
}

// publicColumns are what may leave the machine as it is: what a person reads
// here they may send along.
func publicColumns(s sensor.Sensor) columnSet {
	set := columnSet{s.Class: {}}
	for _, column := range s.Columns {
		set[s.Class][column.Name] = column.Sensitivity == sensor.Public
	}
	return set
}

// writeTotals says what it all took and what could be mended.
func writeTotals(b *strings.Builder, trials []trial, all spent, memory uint64) {
	states, tools := map[string]int{}, 0
	denied := false
	for _, t := range trials {
		states[heading(t)]++
		tools += t.tools
		denied = denied || t.coverage.State == finding.CoverageDenied
	}
	var words []string
	for _, word := range slices.Sorted(maps.Keys(states)) {
		words = append(words, fmt.Sprintf("%d %s", states[word], word))
	}
	fmt.Fprintf(b, "\n%s: %s.\n", counted(len(trials), "sensor"), strings.Join(words, ", "))
	fmt.Fprintf(b, "All of it took %s, %s of CPU and %d MB of memory, and ran %s.\n", rough(all.wall), rough(all.cpu), memory>>20, counted(tools, "program"))
	if denied {
		b.WriteString(wrap("Some of it needs more rights than you have: to see what the service would see, "+asAdministrator(runtime.GOOS)+".", 0, textWidth))
	}
	for _, t := range trials {
		if t.broke() || t.costly() {
			fmt.Fprintf(b, "%s: %s. Please report this; the recording helps.\n", t.sensor.Class, strings.ToLower(heading(t)))
		}
	}
}

// counted writes a number with its word.
func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	if strings.HasSuffix(word, "s") {
		word += "e"
	}
	return fmt.Sprintf("%d %ss", n, word)
}
