//go:build tools

package main_test

import (
	"slices"
	"strings"
	"testing"
)

// A specimen is real software that lets others in, and how it is made to.
type specimen struct {
	tool     string            // in the catalogue
	what     string            // what runs, for people
	packages []string          // that bring it; none when it comes without one
	unit     string            // service that runs it, where Debian sets one up
	begin    func(s *scene)    // begins it and waits until it is there
	visit    visit             // somebody comes in; none when nobody can
	port     int               // where it greets whoever connects
	also     []string          // other tools that rightly show with it
	settings []string          // states that its settings show
	passing  []string          // states that come and go by themselves, and are not looked for
	lacks    map[string]string // states it is not seen in, each with the reason
	rooted   string            // why a copy of it elsewhere does not run
}

// states are the columns of the table, in the order in which they come.
var states = []string{"installed", "settings", "running", "listening", "connected", "session", "renamed", "carried in"}

// TestToolsStateByState runs each specimen, lets somebody in, and asks the agent
// at each step. A state that is not seen and has no reason in the specimen fails.
func TestToolsStateByState(t *testing.T) {
	rows := newTable(t)
	for _, sp := range specimens() {
		t.Run(strings.ReplaceAll(sp.what, " ", "_"), func(t *testing.T) {
			t.Parallel()
			seen := map[string]string{}
			sp.asItself(t, seen)
			if sp.rooted != "" {
				sp.lacks = with(with(sp.lacks, "renamed", sp.rooted), "carried in", sp.rooted)
			} else {
				seen["carried in"] = sp.inDisguise(t, nil)
			}
			switch {
			case sp.rooted != "":
			case len(sp.packages) > 0:
				seen["renamed"] = sp.inDisguise(t, sp.packages)
			default:
				sp.lacks = with(sp.lacks, "renamed", noParcel)
			}
			sp.judge(t, seen)
			rows.add(sp, seen)
		})
	}
}

// asItself goes through the states with the tool under its own name.
func (sp specimen) asItself(t *testing.T, seen map[string]string) {
	s := newScene(t, false, sp.packages...)
	s.unit = sp.unit
	before := s.mine.look()
	seen["installed"] = before.state(sp.tool, "installed")
	sp.silent(t, before, "running", "listening", "connected", "controlled")
	sp.begin(s)
	idle := s.mine.look()
	for _, state := range sp.steady("running", "listening", "connected") {
		seen[state] = idle.state(sp.tool, state)
	}
	if how := idle.state(sp.tool, "opened"); seen["running"] == "" && how != "" {
		seen["running"] = how + " (opened: it may be either side)"
	}
	seen["settings"] = sp.settled(t, idle)
	sp.silent(t, idle, "controlled")
	sp.alone(t, idle)
	if sp.visit == nil {
		return
	}
	leave := sp.visit(s)
	busy := s.mine.look()
	seen["session"] = busy.state(sp.tool, "controlled")
	sp.alone(t, busy)
	leave()
	sp.silent(t, s.mine.look(), "controlled")
	if t.Failed() {
		t.Log(s.words())
	}
}

// inDisguise says how the tool is seen under another name, with somebody in:
// as what it is, or at least by what it does.
func (sp specimen) inDisguise(t *testing.T, packages []string) string {
	s := newScene(t, true, packages...)
	sp.begin(s)
	if sp.visit != nil {
		defer sp.visit(s)()
	}
	busy := s.lookAtArrivals(sp.port)
	var parts []string
	for _, state := range sp.steady("opened", "running", "listening", "connected", "controlled") {
		if how := busy.state(sp.tool, state); how != "" {
			parts = append(parts, state+" ("+how+")")
		}
	}
	for _, rule := range busy.rules() {
		if strings.HasPrefix(rule, "conduct.") {
			parts = append(parts, rule)
		}
	}
	if len(parts) == 0 {
		t.Logf("with the packages %v, what is known of the copy:\n%s", packages, busy.about("notes-"))
	}
	return strings.Join(parts, "; ")
}

// settled says which states the tool's settings show, and asserts that those are
// among them that must be.
func (sp specimen) settled(t *testing.T, k look) string {
	t.Helper()
	var shown []string
	for _, state := range []string{"unattended", "tenant"} {
		how := k.state(sp.tool, state)
		if how == "" && slices.Contains(sp.settings, state) {
			t.Errorf("%s: its settings do not show the state %s", sp.what, state)
		}
		if how != "" {
			shown = append(shown, state+" ("+how+")")
		}
	}
	return strings.Join(shown, "; ")
}

// steady are the states that do not come and go by themselves.
func (sp specimen) steady(states ...string) []string {
	return slices.DeleteFunc(states, func(s string) bool { return slices.Contains(sp.passing, s) })
}

// silent asserts that no such state of the tool is claimed.
func (sp specimen) silent(t *testing.T, k look, states ...string) {
	t.Helper()
	for _, state := range states {
		if how := k.state(sp.tool, state); how != "" {
			t.Errorf("%s is said to be %s, by %s, while it is not", sp.tool, state, how)
		}
	}
}

// alone asserts that the tool is not taken for another.
func (sp specimen) alone(t *testing.T, k look) {
	t.Helper()
	for _, rule := range k.rules() {
		tool, derived := strings.CutPrefix(rule, "tool.")
		tool, _, _ = strings.Cut(tool, ".")
		if derived && tool != sp.tool && !slices.Contains(sp.also, tool) {
			t.Errorf("%s was found as well, by %s", rule, k.by(rule))
		}
	}
}

// judge compares what was seen with what must be.
func (sp specimen) judge(t *testing.T, seen map[string]string) {
	t.Helper()
	for _, state := range states {
		reason := sp.lacks[state]
		switch {
		case seen[state] == "" && reason == "" && state != "settings":
			t.Errorf("%s is not seen %s", sp.what, state)
		case seen[state] != "" && reason == calls || seen[state] != "" && reason == waits:
			t.Errorf("%s is seen %s by %s, although %s", sp.what, state, seen[state], reason)
		case seen[state] != "" && reason != "":
			t.Logf("%s is now seen %s by %s: its reason for the contrary can go", sp.what, state, seen[state])
		}
	}
}
