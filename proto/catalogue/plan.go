package catalogue

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A plan is a catalogue's composites made ready to be tried: who asks for which rule
// is found once per rule, and not once per spell and condition.
type plan struct {
	steps []*step // by strength, of all conclusions and subjects
	finds []*FindingCondition
	parts int      // how many conditions are asked of parts of a history
	asked sync.Map // *asked by a known rule's id, so there are never more than rules
}

// A step is one composite.
type step struct {
	*Composite
	when *node
	at   int // its place among the steps
}

// A node is a condition. Its kind is told by which field is set.
type node struct {
	all, any []*node
	not      *node
	finding  *FindingCondition
	find     int     // of a finding: its place among finds
	refs     []*step // of composites
	same     string
	part     int // of one with same: its place among such
	parts    int
	together time.Duration
	days     int
}

// asked is what a plan knows of one rule: which of its conditions ask for it.
type asked struct {
	rule  *Rule
	finds []int
}

// planned gives the catalogue's plan. One written by hand is planned at each use.
func (c *Catalogue) planned() *plan {
	if c.index == nil {
		return c.plan()
	}
	c.index.once.Do(func() { c.index.plan = c.plan() })
	return c.index.plan
}

func (c *Catalogue) plan() *plan {
	p := &plan{}
	for i := range c.Composites {
		p.steps = append(p.steps, &step{Composite: &c.Composites[i]})
	}
	slices.SortStableFunc(p.steps, func(a, b *step) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.ID, b.ID))
	})
	for i, s := range p.steps {
		s.at, s.when = i, &node{}
	}
	for _, s := range p.steps {
		*s.when = *p.node(&s.When)
	}
	return p
}

func (p *plan) node(c *Condition) *node {
	n := &node{same: c.Same, parts: max(c.Parts, 1), together: c.Together, days: c.Days}
	if n.same != "" {
		n.part, p.parts = p.parts, p.parts+1
	}
	for i := range c.All {
		n.all = append(n.all, p.node(&c.All[i]))
	}
	for i := range c.Any {
		n.any = append(n.any, p.node(&c.Any[i]))
	}
	if c.Not != nil {
		n.not = p.node(c.Not)
	}
	if c.Finding != nil {
		n.finding, n.find = c.Finding, len(p.finds)
		p.finds = append(p.finds, c.Finding)
	}
	for _, s := range p.steps {
		if slices.ContainsFunc(c.Composite, s.called) {
			n.refs = append(n.refs, s)
		}
	}
	return n
}

// of gives what the plan knows of a rule; of an unknown one that nobody asks for it.
func (p *plan) of(c *Catalogue, id string) *asked {
	if known, ok := p.asked.Load(id); ok {
		return known.(*asked)
	}
	a := &asked{}
	r, known := c.Rule(id)
	if !known {
		return a
	}
	a.rule = r
	for i, f := range p.finds {
		if !r.deprecated() && f.asksFor(r) {
			a.finds = append(a.finds, i)
		}
	}
	p.asked.Store(r.ID, a)
	return a
}

// concludes says whether a composite speaks of a conclusion about a subject.
func (c *Composite) concludes(conclusion finding.Conclusion, s Subject) bool {
	return c.Conclusion == conclusion && cmp.Or(c.Subject, SubjectDevice) == cmp.Or(s, SubjectDevice)
}

// mechanisms is the word for every composite that is one.
const mechanisms = "mechanism"

// called says whether a name in a condition means this composite.
func (c *Composite) called(pattern string) bool {
	if pattern == mechanisms {
		return c.Mechanism
	}
	return ruleFits(pattern, c.ID)
}
