package catalogue

import (
	"cmp"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// EveryRule gives all rules, written ones and those derived from tools, in
// order of id. A tool's rules of one state in two classes share an id and
// differ in class and match only.
func (c *Catalogue) EveryRule() []*Rule {
	var list []*Rule
	for i := range c.Rules {
		list = append(list, &c.Rules[i])
	}
	if c.index != nil {
		for i := range c.Tools {
			for _, p := range c.Tools[i].places() {
				list = append(list, c.Tools[i].rule(c, p))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// RulesFor gives all rules that are tried on one class, in order of id.
func (c *Catalogue) RulesFor(class string) []*Rule {
	return slices.DeleteFunc(c.EveryRule(), func(r *Rule) bool { return r.Class != class || r.deprecated() })
}

// RulesOf gives all rules of one id: one, or for a tool's state that several
// classes show one for each. The list is not the caller's to change.
func (c *Catalogue) RulesOf(id string) []*Rule {
	var list []*Rule
	if t, state := c.toolOf(id); t != nil {
		return c.index.derived.asked(id, func() []*Rule {
			for _, p := range t.places() {
				if p.state == state {
					list = append(list, c.toolRule(t, p))
				}
			}
			return list
		})
	}
	if c.index != nil {
		if at, known := c.index.byID[id]; known {
			return []*Rule{&c.Rules[at]}
		}
		return nil
	}
	for i := range c.Rules {
		if c.Rules[i].ID == id {
			list = append(list, &c.Rules[i])
		}
	}
	return list
}

// Rule finds a rule by its id, of several the first.
func (c *Catalogue) Rule(id string) (*Rule, bool) {
	list := c.RulesOf(id)
	if len(list) == 0 {
		return nil, false
	}
	return list[0], true
}

// toolOf takes the id of a derived rule apart.
func (c *Catalogue) toolOf(id string) (*Tool, string) {
	rest, derived := strings.CutPrefix(id, "tool.")
	if !derived || c.index == nil {
		return nil, ""
	}
	name, state, _ := strings.Cut(rest, ".")
	at, known := c.index.known.byID[name]
	if !known {
		return nil, ""
	}
	return &c.Tools[at], state
}

// listed says whether the catalogue accounts for a row: its file shows a tool's host,
// of which rules of its own speak, or somebody else than its maker says that it is
// the tool. Calling a program as any tool is called hides nothing, not even as one
// that a sanction permits; nor does writing into its file that it is a viewer.
func (c *Catalogue) listed(o finding.Observation) bool {
	return slices.ContainsFunc(c.index.known.recognised(o), func(e evidence) bool {
		return e.lets() && e.carried() || e.vouched(o)
	})
}

// ConfidenceOf says how sure it is that a row is what the rule says: of a
// program, by all the ways in which the row shows the tool; else what the rule
// says by itself.
func (r *Rule) ConfidenceOf(o finding.Observation) finding.Confidence {
	e := r.evidence(o)
	if e == nil {
		return r.Confidence
	}
	switch weight := e.weight() + rounding; {
	case weight >= 0.9:
		return finding.ConfidenceHigh
	case weight >= 0.6:
		return finding.ConfidenceMedium
	}
	return finding.ConfidenceLow
}

// Recognised gives the columns by which a row shows the rule's tool, strongest
// first, and none for any other rule.
func (r *Rule) Recognised(o finding.Observation) []string {
	e := r.evidence(o)
	if e == nil {
		return nil
	}
	var columns []string
	for _, column := range programColumns {
		if slices.ContainsFunc(e.shows, func(s shown) bool { return s.column == column }) {
			columns = append(columns, column)
		}
	}
	return columns
}

// rounding keeps 0.9 from being less than 0.9.
const rounding = 1e-9

func (r *Rule) evidence(o finding.Observation) *evidence {
	if r.tool == nil || !slices.Contains([]string{classProcesses, classListeners, classSockets}, r.Class) || o.Class != r.Class {
		return nil
	}
	found := r.of.index.known.recognised(o)
	at := slices.IndexFunc(found, func(e evidence) bool { return e.tool.ID == r.Tool })
	if at < 0 {
		return nil
	}
	return &found[at]
}

// weight is how much everything shown says together. Several values of one type
// say no more than the best of them.
func (e *evidence) weight() float64 {
	doubt := 1.0
	for i := range e.shows {
		best, first := e.artefact(i).Weight, true
		for j := range e.shows {
			if e.artefact(j).Type == e.artefact(i).Type {
				best, first = max(best, e.artefact(j).Weight), first && j >= i
			}
		}
		if first {
			doubt *= 1 - best
		}
	}
	return 1 - doubt
}
