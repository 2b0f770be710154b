package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
)

// Lint holds a catalogue's source to more than Load can in a binary, which
// carries no machines: every recorded machine that a rule or tool names is
// there and expects it, every look-alike does not, and composites ask for
// rules that still fire.
func Lint(fsys fs.FS) error {
	c, l := load(fsys)
	if len(l.mistakes) > 0 {
		return errors.Join(l.mistakes...)
	}
	expected := map[string][]string{}
	for i := range c.Rules {
		if r := &c.Rules[i]; !r.deprecated() {
			l.lintMachines(l.origin["rule "+r.ID], r.ID, r.Machines, r.Lookalikes, expected)
		}
	}
	for i := range c.Tools {
		t := &c.Tools[i]
		machines := t.Machines
		if !t.scored() {
			machines = nil // a viewer's machines only have to be silent
		}
		l.lintMachines(l.origin["tool "+t.ID], "tool."+t.ID+".*", machines, t.Lookalikes, expected)
	}
	rules := slices.DeleteFunc(c.EveryRule(), (*Rule).deprecated)
	for i := range c.Composites {
		x := &c.Composites[i]
		l.vetAgain(l.origin["composite "+x.ID], x, rules, c.Composites)
	}
	return errors.Join(l.mistakes...)
}

func (l *loader) lintMachines(file, pattern string, machines, lookalikes []string, expected map[string][]string) {
	fires := func(name string, alike bool) bool {
		if _, read := expected[name]; !read {
			expected[name] = l.expectations(file, name)
		}
		return slices.ContainsFunc(expected[name], func(id string) bool {
			if alike && strings.HasSuffix(id, "."+StateOpened) {
				return false // which says nothing of this machine's side
			}
			return ruleFits(pattern, id)
		})
	}
	for _, name := range machines {
		if !fires(name, false) {
			l.lint(file, "%s does not expect %s", name, pattern)
		}
	}
	for _, name := range lookalikes {
		if fires(name, true) {
			l.lint(file, "the look-alike %s expects %s", name, pattern)
		}
	}
}

// expectations gives the rules that a recorded machine says must fire.
func (l *loader) expectations(file, name string) []string {
	text, err := fs.ReadFile(l.fsys, "machines/"+name)
	if err != nil {
		l.lint(file, "the recorded machine machines/%s cannot be read: %v", name, err)
		return nil
	}
	if fleetName.MatchString(name) {
		return l.fleetExpectations(name, text)
	}
	for _, part := range txtar.Parse(text).Files {
		if part.Name != "expect.yaml" {
			continue
		}
		var expect struct {
			Findings []string `yaml:"findings"`
		}
		if err := yaml.Unmarshal(part.Data, &expect); err != nil {
			l.lint("machines/"+name, "expect.yaml: %v", err)
		}
		return expect.Findings
	}
	l.lint("machines/"+name, "there is no expect.yaml in it")
	return nil
}

// fleetExpectations gives the rules that a fleet says must fire on any of its laptops.
func (l *loader) fleetExpectations(name string, text []byte) []string {
	var fleet struct {
		Expect map[string][]string `yaml:"expect"`
	}
	if err := yaml.Unmarshal(text, &fleet); err != nil {
		l.lint("machines/"+name, "%v", err)
	}
	var all []string
	for _, laptop := range slices.Sorted(maps.Keys(fleet.Expect)) {
		all = append(all, fleet.Expect[laptop]...)
	}
	return all
}

func (l *loader) lint(file, format string, args ...any) {
	fault := fmt.Errorf("%s:1: %s", file, fmt.Sprintf(format, args...))
	if !slices.ContainsFunc(l.mistakes, func(m error) bool { return m.Error() == fault.Error() }) {
		l.mistakes = append(l.mistakes, fault)
	}
}
