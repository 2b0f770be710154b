package catalogue

import (
	"slices"
	"strings"
	"sync"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// An index finds the few rules worth trying on a row. Most rules name exact
// values (a file name, a package); those are reached by one look-up per column,
// so that hundreds of tools cost a laptop no more than a handful.
type index struct {
	classes map[string]*classIndex
	byID    map[string]int
	columns map[string]class // what rows may say, by class
	known   *known
	derived derived

	once sync.Once
	plan *plan
}

type classIndex struct {
	rules   []*Rule          // in catalogue order
	columns []string         // those with a whole value or last path element in exact
	hosts   []hostIndex      // one for each column whose host name's end rules name
	exact   map[anchor][]int // rules that can only fit when the column has this value
	rest    []int            // rules without such a value: tried on every row
}

// An anchor is a value that a column must have, folded to lower case.
type anchor struct {
	column string
	part   part
	value  string
}

// part says of which part of a column's value an anchor speaks.
type part int

const (
	whole  part = iota
	last        // the last path element
	ending      // the last labels of a host name
)

// build makes the catalogue's matches and look-ups ready.
func (c *Catalogue) build(columns map[string]class) {
	x := &index{classes: map[string]*classIndex{}, byID: map[string]int{}, columns: columns, known: newKnown(c.Tools)}
	for i := range c.Rules {
		r := &c.Rules[i]
		r.of = c
		r.Match.compile()
		if _, taken := x.byID[r.ID]; !taken {
			x.byID[r.ID] = i
		}
		if r.deprecated() {
			continue // known, so that old findings keep their title, and tried on no row
		}
		class := x.classes[r.Class]
		if class == nil {
			class = &classIndex{exact: map[anchor][]int{}}
			x.classes[r.Class] = class
		}
		class.add(r)
	}
	c.index = x
}

func (x *classIndex) add(r *Rule) {
	at := len(x.rules)
	x.rules = append(x.rules, r)
	anchors := anchorsOf(&r.Match)
	if len(anchors) == 0 {
		x.rest = append(x.rest, at)
		return
	}
	for _, a := range anchors {
		if a.part == ending {
			x.host(a.column).add(a.value, at)
			continue
		}
		if list := x.exact[a]; len(list) == 0 || list[len(list)-1] != at {
			x.exact[a] = append(list, at)
		}
		if !slices.Contains(x.columns, a.column) {
			x.columns = append(x.columns, a.column)
		}
	}
}

// anchorsOf gives values of which a fitting row has at least one, or none when
// the match does not pin any.
func anchorsOf(m *Match) []anchor {
	var best []anchor
	for i := range m.Tests {
		if a := anchorsOfTest(&m.Tests[i]); len(a) > 0 && (best == nil || len(a) < len(best)) {
			best = a
		}
	}
	if best != nil {
		return best
	}
	for i := range m.Any {
		a := anchorsOf(&m.Any[i])
		if len(a) == 0 {
			return nil
		}
		best = append(best, a...)
	}
	return best
}

func anchorsOfTest(t *Test) []anchor {
	var list []anchor
	for _, value := range t.Values {
		value = strings.ToLower(value)
		switch t.Modifier {
		case "", "equals":
			list = append(list, anchor{column: t.Column, value: value})
		case "glob":
			name := base(value)
			if strings.ContainsAny(name, "*?") {
				return nil
			}
			list = append(list, anchor{column: t.Column, part: last, value: name})
		case "domain":
			list = append(list, anchor{column: t.Column, part: ending, value: plainEnding(value)})
		default:
			return nil
		}
	}
	return list
}

func base(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

// Matching gives the rules that hold for one row, in order of id.
func (c *Catalogue) Matching(o finding.Observation) []*Rule {
	if c.index == nil {
		return slices.DeleteFunc(c.RulesFor(o.Class), func(r *Rule) bool { return !r.Matches(o) })
	}
	list := c.toolRules(o)
	x := c.index.classes[o.Class]
	if x == nil {
		return list
	}
	written := x.matching(o)
	if len(written) == 0 {
		return list
	}
	list = append(list, written...)
	slices.SortStableFunc(list, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// matching gives the written rules that hold, without trying every rule.
func (x *classIndex) matching(o finding.Observation) []*Rule {
	var room [16]int
	candidates := append(room[:0], x.rest...)
	for _, column := range x.columns {
		if value, there := o.Columns[column]; there {
			value = strings.ToLower(value)
			candidates = append(candidates, x.exact[anchor{column: column, value: value}]...)
			candidates = append(candidates, x.exact[anchor{column: column, part: last, value: base(value)}]...)
		}
	}
	for i := range x.hosts {
		candidates = x.hosts[i].named(candidates, o.Columns[x.hosts[i].column])
	}
	slices.Sort(candidates)
	var list []*Rule
	for _, at := range slices.Compact(candidates) {
		if r := x.rules[at]; r.holds(o) {
			list = append(list, r)
		}
	}
	return list
}
