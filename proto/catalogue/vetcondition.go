package catalogue

import (
	"fmt"
	"slices"
)

// A conditionVet holds one composite's condition to the rules, the columns and the other
// composites there are.
type conditionVet struct {
	f          *yamlFile
	rules      []*Rule
	classes    map[string]class
	composites []Composite
	site       bool // the composite concludes about a site
}

// vet walks a condition. onOne says that it stands where all findings are of one laptop.
func (v *conditionVet) vet(c *Condition, where string, onOne bool) {
	if where == "when" && !c.rests() && (len(c.All) > 0 || len(c.Any) > 0 || c.Not != nil) {
		v.f.at(where, "%s can hold although nothing was found", where)
	}
	v.vetSame(c, where)
	onOne = onOne || c.Same == sameDevice
	for i := range c.All {
		v.vet(&c.All[i], fmt.Sprintf("%s.all[%d]", where, i), onOne)
	}
	for i := range c.Any {
		v.vet(&c.Any[i], fmt.Sprintf("%s.any[%d]", where, i), onOne)
	}
	if c.Not != nil {
		v.vet(c.Not, where+".not", onOne)
	}
	if c.Finding != nil {
		v.vetFinding(c.Finding, where+".finding")
	}
	v.vetComposites(c, where+".composite", onOne)
}

// rests says whether a condition that holds rests on something that was found.
func (c *Condition) rests() bool {
	rests := func(child Condition) bool { return child.rests() }
	switch {
	case c.Finding != nil, len(c.Composite) > 0:
		return true
	case len(c.Any) > 0:
		return !slices.ContainsFunc(c.Any, func(child Condition) bool { return !child.rests() })
	}
	return slices.ContainsFunc(c.All, rests)
}

// vetSame wants of findings that share a value that they can have it, and of those that
// begin together that there are two.
func (v *conditionVet) vetSame(c *Condition, where string) {
	if rest := len(c.All) - count(c.All, func(x *Condition) bool { return x.Not != nil }); c.Together > 0 && rest < 2 {
		v.f.at(where+".together", "together needs two conditions or more that are not a not")
	}
	switch {
	case c.Same == "":
	case c.Same == sameDevice, c.Same == samePerson:
		if !v.site {
			v.f.at(where+".same", "same: %s is for a subject of several laptops, such as a site", c.Same)
		}
	case slices.ContainsFunc(c.All, func(x Condition) bool { return len(x.Composite) > 0 }):
		v.f.at(where+".same", "composites rest on several classes of rows, which have no column %s in common", c.Same)
	default:
		v.vetColumn(c, c.Same, where+".same")
	}
}

func (v *conditionVet) vetColumn(c *Condition, column, where string) {
	for _, list := range [][]Condition{c.All, c.Any} {
		for i := range list {
			v.vetColumn(&list[i], column, where)
		}
	}
	if c.Finding == nil || len(v.classes) == 0 {
		return
	}
	if !slices.ContainsFunc(v.rules, func(r *Rule) bool {
		_, has := v.classes[r.Class].Columns[column]
		return has && c.Finding.asksFor(r)
	}) {
		v.f.at(where, "no class of the rules asked for has the column %q", column)
	}
}

// vetFinding also refuses what a looked-up name could fulfil: a browser visiting a
// product's website must never be part of an alert.
func (v *conditionVet) vetFinding(c *FindingCondition, where string) {
	if c.asksForNone() {
		return // told already
	}
	v.vetNames(c, where)
	for _, r := range v.rules {
		if (r.State == StateContacted || r.State == StateReached) && c.asksFor(r) {
			v.f.at(where, "a name that was looked up (%s) would count, which says too little: name the states that may", r.ID)
			break
		}
	}
	switch {
	case !v.site && c.DistinctPersons+c.DistinctDevices > 0:
		v.f.at(where+".distinct", "one laptop is not of several people or devices: person and device are for a site")
	case v.site && c.WithinEnrollment > 0:
		v.f.at(where+".within_enrollment", "a site is never enrolled, only its laptops are")
	}
}

// vetNames refuses what no rule can fulfil: it would be silent for ever, and nobody told.
func (v *conditionVet) vetNames(c *FindingCondition, where string) {
	known := (c.Group == "" || slices.Contains(groups, c.Group)) && !slices.ContainsFunc(c.State, uncounted)
	want := func(is bool, where, format string, args ...any) {
		if !is {
			known = false
			v.f.at(where, format, args...)
		}
	}
	rules := func(fits func(*Rule) bool) bool { return slices.ContainsFunc(v.rules, fits) }
	for i, p := range c.Rule {
		want(rules(func(r *Rule) bool { return ruleFits(p, r.ID) }), fmt.Sprintf("%s.rule[%d]", where, i), "no rule is called %q", p)
	}
	for i, label := range c.AnyLabel {
		want(rules(func(r *Rule) bool { return slices.Contains(r.Labels, label) }), fmt.Sprintf("%s.any_label[%d]", where, i), "no rule has the label %q", label)
	}
	want(c.Label == "" || rules(func(r *Rule) bool { return slices.Contains(r.Labels, c.Label) }), where+".label", "no rule has the label %q", c.Label)
	if known {
		want(rules(c.asksFor), where, "no rule fits all that is asked for here, so it can never hold")
	}
}

func uncounted(state string) bool { return !slices.Contains(countedStates, state) }

func (c *FindingCondition) asksForNone() bool {
	return len(c.Rule) == 0 && len(c.State) == 0 && c.Group == "" && c.Label == "" && len(c.AnyLabel) == 0
}

func (v *conditionVet) vetComposites(c *Condition, where string, onOne bool) {
	vetPatterns(v.f, where, c.Composite)
	for _, pattern := range c.Composite {
		found := v.named(pattern)
		if len(found) == 0 {
			v.f.at(where, "no composite is called %q", pattern)
		}
		for _, x := range found {
			switch about := x.Subject == SubjectSite; {
			case about && !v.site:
				v.f.at(where, "%s concludes about a site, and this about a laptop", x.ID)
			case v.site && v.asksOfEnrolment(&x.When, map[string]bool{}):
				v.f.at(where, "%s asks how new a laptop is, which a site's history does not tell", x.ID)
			case !about && v.site && !onOne:
				v.f.at(where, "%s concludes about one laptop: put it below same: device", x.ID)
			}
		}
	}
}

func (v *conditionVet) named(pattern string) []*Composite {
	var found []*Composite
	for i := range v.composites {
		if v.composites[i].called(pattern) {
			found = append(found, &v.composites[i])
		}
	}
	return found
}

// circles refuses a composite that rests on itself.
func (v *conditionVet) circles(id string) {
	met := map[string]bool{}
	for _, x := range v.named(id) {
		if v.leads(&x.When, id, met) {
			v.f.at("when", "%s rests on itself", id)
		}
	}
}

// leads says whether a condition rests on a composite, through others that were not met yet.
func (v *conditionVet) leads(c *Condition, id string, met map[string]bool) bool {
	for _, pattern := range c.Composite {
		for _, x := range v.named(pattern) {
			if x.ID == id {
				return true
			}
			if known := met[x.ID]; !known {
				met[x.ID] = true
				if v.leads(&x.When, id, met) {
					return true
				}
			}
		}
	}
	leads := func(child Condition) bool { return v.leads(&child, id, met) }
	return slices.ContainsFunc(c.All, leads) || slices.ContainsFunc(c.Any, leads) || c.Not != nil && v.leads(c.Not, id, met)
}

func count(list []Condition, is func(*Condition) bool) int {
	n := 0
	for i := range list {
		if is(&list[i]) {
			n++
		}
	}
	return n
}

// asksOfEnrolment says whether any part of a condition, or of a composite that it names
// and that was not met yet, asks how new a laptop is.
func (v *conditionVet) asksOfEnrolment(c *Condition, met map[string]bool) bool {
	asks := func(child Condition) bool { return v.asksOfEnrolment(&child, met) }
	for _, pattern := range c.Composite {
		for _, x := range v.named(pattern) {
			if !met[x.ID] {
				met[x.ID] = true
				if v.asksOfEnrolment(&x.When, met) {
					return true
				}
			}
		}
	}
	return c.Finding != nil && c.Finding.WithinEnrollment > 0 || c.Not != nil && v.asksOfEnrolment(c.Not, met) ||
		slices.ContainsFunc(c.All, asks) || slices.ContainsFunc(c.Any, asks)
}
