package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type conditionFile struct {
	All       []conditionFile `yaml:"all"`
	Any       []conditionFile `yaml:"any"`
	Not       *conditionFile  `yaml:"not"`
	Finding   *findingFile    `yaml:"finding"`
	Composite []string        `yaml:"composite"`

	Same     string `yaml:"same"`
	Parts    *int   `yaml:"parts"`
	Together string `yaml:"together"`
	Days     *int   `yaml:"days"`
}

type findingFile struct {
	Rule             []string      `yaml:"rule"`
	State            []string      `yaml:"state"`
	Group            string        `yaml:"group"`
	Label            string        `yaml:"label"`
	AnyLabel         []string      `yaml:"any_label"`
	Active           *bool         `yaml:"active"`
	Within           string        `yaml:"within"`
	Sanctioned       string        `yaml:"sanctioned"`
	Lapsed           string        `yaml:"lapsed"`
	ForeignTenant    string        `yaml:"foreign_tenant"`
	Unticketed       string        `yaml:"unticketed"`
	WithinEnrollment string        `yaml:"within_enrollment"`
	AtLeast          string        `yaml:"at_least"`
	Days             *int          `yaml:"days"`
	Distinct         *distinctFile `yaml:"distinct"`
}

type distinctFile struct {
	Vendor *int `yaml:"vendor"`
	Person *int `yaml:"person"`
	Device *int `yaml:"device"`
}

func condition(f *yamlFile, c *conditionFile, where string) Condition {
	set := 0
	for _, is := range []bool{c.All != nil, c.Any != nil, c.Not != nil, c.Finding != nil, c.Composite != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		f.at(where, "%s must have exactly one of all, any, not, finding, composite", where)
		return Condition{}
	}
	out := Condition{
		Composite: c.Composite, Same: c.Same, Parts: atLeast(f, where+".parts", c.Parts), Together: span(f, where+".together", c.Together),
		Days: atLeast(f, where+".days", c.Days),
	}
	switch {
	case c.All == nil && (c.Same != "" || c.Parts != nil || c.Together != ""):
		f.at(where, "same, parts and together stand beside all, and nowhere else")
	case c.All == nil && c.Days != nil:
		f.at(where+".days", "days stands beside all, or inside a finding")
	case c.Days != nil && c.Together != "":
		f.at(where+".days", "days and together each need an all of their own")
	case c.Days != nil && slices.ContainsFunc(c.All, func(x conditionFile) bool { return !x.timed() }):
		f.at(where+".days", "days counts when findings were open at once: want findings, or any of several, and nothing else below this all")
	case c.Parts != nil && c.Same == "":
		f.at(where+".parts", "parts says in how many parts it holds, so same must say what each part shares")
	}
	switch {
	case c.Finding != nil:
		out.Finding = c.Finding.condition(f, where+".finding")
	case c.Not != nil:
		not := condition(f, c.Not, where+".not")
		out.Not = &not
	}
	out.All, out.Any = conditions(f, c.All, where+".all"), conditions(f, c.Any, where+".any")
	for i := range out.All {
		if x := out.All[i].Finding; x != nil && x.Within > 0 && out.Days > daysOver(x.Within) {
			f.at(where+".days", "%d days do not fit into the within of %s.all[%d], so it can never hold", out.Days, where, i)
		}
	}
	return out
}

// timed says whether it is told when a condition is open: of a finding, or of any of several.
func (c *conditionFile) timed() bool {
	return c.Finding != nil || len(c.Any) > 0 && !slices.ContainsFunc(c.Any, func(x conditionFile) bool { return !x.timed() })
}

func conditions(f *yamlFile, list []conditionFile, where string) []Condition {
	var conditions []Condition
	for i := range list {
		conditions = append(conditions, condition(f, &list[i], fmt.Sprintf("%s[%d]", where, i)))
	}
	return conditions
}

func (c *findingFile) condition(f *yamlFile, where string) *FindingCondition {
	for _, state := range c.State {
		vetWord(f, where+".state", state, countedStates)
	}
	vetWord(f, where+".group", c.Group, groups)
	vetPatterns(f, where+".rule", c.Rule)
	if c.Active != nil && !*c.Active {
		f.at(where+".active", "active: false asks for nothing: leave it out, and ask with within for what may be over")
	}
	out := &FindingCondition{
		Rule: c.Rule, State: c.State, Group: c.Group, Label: c.Label, AnyLabel: c.AnyLabel, Active: c.Active != nil && *c.Active,
		WithinEnrollment: span(f, where+".within_enrollment", c.WithinEnrollment), AtLeast: span(f, where+".at_least", c.AtLeast),
		Within:     span(f, where+".within", c.Within),
		Sanctioned: yesOrNo(f, where+".sanctioned", c.Sanctioned), Lapsed: yesOrNo(f, where+".lapsed", c.Lapsed),
		ForeignTenant: yesOrNo(f, where+".foreign_tenant", c.ForeignTenant), Unticketed: yesOrNo(f, where+".unticketed", c.Unticketed), Days: atLeast(f, where+".days", c.Days),
	}
	if d := c.Distinct; d != nil {
		if *d == (distinctFile{}) {
			f.at(where+".distinct", "distinct asks for nothing, want vendor, person or device")
		}
		out.Distinct = atLeast(f, where+".distinct.vendor", d.Vendor)
		out.DistinctPersons = atLeast(f, where+".distinct.person", d.Person)
		out.DistinctDevices = atLeast(f, where+".distinct.device", d.Device)
	}
	if out.asksForNone() {
		f.at(where, "%s must ask for a rule, state, group or label", where)
	}
	vetSpans(f, where, out)
	return out
}

// memory is how far back whoever judges looks (assess.Memory of the server).
const memory = 90 * aDay

// vetSpans refuses what no window is long enough for.
func vetSpans(f *yamlFile, where string, c *FindingCondition) {
	switch {
	case c.Within > memory:
		f.at(where+".within", "within is longer than the %d days that a judgement looks back", daysOver(memory))
	case c.Within == 0:
	case c.AtLeast > c.Within:
		f.at(where+".at_least", "at_least is longer than within, so it can never hold")
	case c.Days > daysOver(c.Within):
		f.at(where+".days", "%d days do not fit into within, so it can never hold", c.Days)
	}
}

func vetPatterns(f *yamlFile, where string, patterns []string) {
	if slices.ContainsFunc(patterns, func(p string) bool { return strings.Contains(strings.TrimSuffix(p, "*"), "*") }) {
		f.at(where, "%s has a * that is not its end: %s", where[strings.LastIndexByte(where, '.')+1:], strings.Join(patterns, ", "))
	}
}

// atLeast reads a count that may be absent. One is what is asked for anyway.
func atLeast(f *yamlFile, where string, n *int) int {
	if n == nil {
		return 0
	}
	if *n < 2 || *n > 1000 {
		f.at(where, "%s is %d, want 2 or more", where[strings.LastIndexByte(where, '.')+1:], *n)
	}
	return *n
}

// yesOrNo reads a condition that may be absent, which asks for neither.
func yesOrNo(f *yamlFile, where, text string) *bool {
	if text != "" && text != "true" && text != "false" {
		f.at(where, "%s is %q, want true or false", where[strings.LastIndexByte(where, '.')+1:], text)
	}
	is := text == "true"
	if text == "" {
		return nil
	}
	return &is
}

var spanText = regexp.MustCompile(`^([1-9]\d{0,4})([mhd])$`)

// span reads a length of time as rules write it: 30m, 5h, 14d.
func span(f *yamlFile, where, text string) time.Duration {
	if text == "" {
		return 0
	}
	m := spanText.FindStringSubmatch(text)
	if m == nil {
		f.at(where, "%q is not a length of time such as 30m, 5h or 14d", text)
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit
}
