package parity

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// toolClasses are the classes in which a tool's artefacts show. Its settings and
// its records of sessions are read by formats of their own, each with machines of its own.
var toolClasses = []string{"processes", "listening_ports", "process_open_sockets", "packages", "startup_items", "observed_names"}

// A sight is what was seen of a tool on one machine.
type sight struct {
	states map[string]bool
	level  finding.Level
}

func (s sight) said() string { return strings.Join(slices.Sorted(maps.Keys(s.states)), " ") }

// look lets the sensors look at the machine, and the catalogue judge what is the tool's.
func look(t *testing.T, c *catalogue.Catalogue, tool string, m *toolMachine) sight {
	t.Helper()
	h, err := host.ReadRecording(&m.archive)
	if err != nil {
		t.Fatalf("%s on %s: %v", tool, m.system, err)
	}
	seen := sight{states: map[string]bool{}, level: finding.LevelNone}
	var history catalogue.History
	for _, s := range sensor.All() {
		if !slices.Contains(toolClasses, s.Class) {
			continue
		}
		if s.Watch != nil {
			_ = s.Watch(t.Context(), h) // ends with the recording
		}
		rows, _ := sensor.Look(t.Context(), h, s)
		for _, f := range detect.Detect(c, rows) {
			if id, state, _ := strings.Cut(strings.TrimPrefix(f.Rule, "tool."), "."); id == tool && f.Rule != id {
				seen.states[state] = true
				history.Spells = append(history.Spells, catalogue.Spell{Finding: f})
			}
		}
	}
	for _, a := range c.Assess(history) {
		if a.Level.Rank() > seen.level.Rank() {
			seen.level = a.Level
		}
	}
	return seen
}

// TestTools sets every tool up on each system and wants it seen in the same
// states there, and judged at the same level. What the catalogue has no facts for
// is in a table, by state and system, with the reason.
func TestTools(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for i := range c.Tools {
		tool := &c.Tools[i]
		all, seen := map[string]bool{}, map[string]sight{}
		for _, system := range sensor.Systems {
			m := makeMachine(t, tool, system)
			if m == nil || tool.Role == catalogue.RoleViewer {
				continue
			}
			seen[system] = look(t, c, tool.ID, m)
			maps.Copy(all, seen[system].states)
			if m.listed && !seen[system].states[catalogue.StateInstalled] {
				t.Errorf("%s on %s: the catalogue knows how it is listed there, and no sensor sees that; seen: %s", tool.ID, spoken[system], seen[system].said())
			}
		}
		levels := map[string]finding.Level{} // by states
		for _, system := range sensor.Systems {
			s, there := seen[system]
			if !there {
				continue
			}
			for state := range all {
				weaker := state == catalogue.StateOpened && s.states[catalogue.StateRunning] // what is known there tells sides apart
				if !s.states[state] && !weaker {
					says := "no state " + state + " on " + spoken[system]
					found[says] = append(found[says], tool.ID)
				}
			}
			if level, met := levels[s.said()]; met && level != s.level {
				t.Errorf("%s: the same states give %s on %s and %s elsewhere", tool.ID, s.level, spoken[system], level)
			}
			levels[s.said()] = s.level
		}
	}
	keep(t, "tools", found)
}
