package catalogue

import "slices"

// Joining lists the rules whose evidence composites compare (`same:` with a column), by
// id. Whoever keeps histories has to keep the evidence of these, or nothing joins.
func (c *Catalogue) Joining() []string {
	var asked []*FindingCondition
	for i := range c.Composites {
		c.Composites[i].When.compared(false, &asked)
	}
	var ids []string
	if len(asked) == 0 {
		return nil
	}
	for _, r := range c.EveryRule() {
		if slices.ContainsFunc(asked, func(f *FindingCondition) bool { return f.asksFor(r) }) {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// compared gathers the conditions on findings that stand below a `same:` with a column.
func (c *Condition) compared(below bool, asked *[]*FindingCondition) {
	below = below || c.Same != "" && !slices.Contains([]string{sameDevice, samePerson}, c.Same)
	if c.Finding != nil && below {
		*asked = append(*asked, c.Finding)
	}
	for i := range c.All {
		c.All[i].compared(below, asked)
	}
	for i := range c.Any {
		c.Any[i].compared(below, asked)
	}
	if c.Not != nil {
		c.Not.compared(below, asked)
	}
}
