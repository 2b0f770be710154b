package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

type compositeFile struct {
	ID         string         `yaml:"id"`
	Title      string         `yaml:"title"`
	Conclusion string         `yaml:"conclusion"`
	Group      string         `yaml:"group"`
	Points     int            `yaml:"points"`
	When       *conditionFile `yaml:"when"`
	Explain    Explain        `yaml:"explain"`
	NextStep   string         `yaml:"next_step"`
}

type conditionFile struct {
	All     []conditionFile `yaml:"all"`
	Any     []conditionFile `yaml:"any"`
	Not     *conditionFile  `yaml:"not"`
	Finding *findingFile    `yaml:"finding"`
}

type findingFile struct {
	Rule             []string `yaml:"rule"`
	State            []string `yaml:"state"`
	Group            string   `yaml:"group"`
	Label            string   `yaml:"label"`
	AnyLabel         []string `yaml:"any_label"`
	Active           bool     `yaml:"active"`
	Within           string   `yaml:"within"`
	Sanctioned       string   `yaml:"sanctioned"`
	Lapsed           string   `yaml:"lapsed"`
	ForeignTenant    string   `yaml:"foreign_tenant"`
	WithinEnrollment string   `yaml:"within_enrollment"`
	AtLeast          string   `yaml:"at_least"`
	Distinct         *struct {
		AtLeast int `yaml:"at_least"`
	} `yaml:"distinct"`
}

type scaleFile struct {
	Watch  int         `yaml:"watch"`
	Medium int         `yaml:"medium"`
	High   int         `yaml:"high"`
	Top    int         `yaml:"top"`
	Tier   map[int]int `yaml:"tier"`
	Cap    map[int]int `yaml:"tier_cap"`
}

const scaleName = "assess/scale.yaml"

// loadAssess reads assess/ and says whether the scale was there.
func (l *loader) loadAssess(c *Catalogue, rules []*Rule) bool {
	scale := false
	for _, name := range l.files("assess") {
		if name == scaleName {
			scale = true
			l.loadScale(c)
			continue
		}
		var file compositeFile
		f := l.read(name, &file)
		if f.root != nil {
			c.Composites = append(c.Composites, l.composite(f, &file, rules))
		}
		l.keep(f)
	}
	slices.SortStableFunc(c.Composites, func(a, b Composite) int { return strings.Compare(a.ID, b.ID) })
	return scale
}

// loadScale also holds the numbers to what they promise: supporting evidence
// and context never raise an alert, whatever there is of them.
func (l *loader) loadScale(c *Catalogue) {
	var s scaleFile
	f := l.read(scaleName, &s)
	c.Scale = Scale{Watch: s.Watch, Medium: s.Medium, High: s.High, Top: s.Top, Tier: s.Tier, TierCap: s.Cap}
	if f.root != nil {
		if s.Watch < 1 || s.Medium <= s.Watch || s.High <= s.Medium || s.Top < s.High {
			f.at("watch", "want 0 < watch < medium < high <= top, not %d, %d, %d, %d", s.Watch, s.Medium, s.High, s.Top)
		}
		for tier := 1; tier <= 4; tier++ {
			if s.Tier[tier] < 1 || s.Cap[tier] < s.Tier[tier] {
				f.at("tier", "tier %d needs points above 0 and a tier_cap that is not below them", tier)
			}
		}
		if support := s.Cap[3] + s.Cap[4]; support >= s.Medium || s.Tier[2]+support >= s.High {
			f.at("tier_cap", "tiers 3 and 4 add up to %d, which could raise an alert or its level on their own", support)
		}
	}
	l.keep(f)
}

var compositeID = regexp.MustCompile(`^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$`)

func (l *loader) composite(f *yamlFile, c *compositeFile, rules []*Rule) Composite {
	required(f, map[string]string{
		"id": c.ID, "title": c.Title, "conclusion": c.Conclusion, "group": c.Group, "next_step": c.NextStep,
	})
	vetExplain(f, c.Explain)
	l.claim(f, "composite", c.ID)
	switch {
	case c.ID == "":
	case !compositeID.MatchString(c.ID):
		f.at("id", "id %q is not a short name and words joined by a dot, such as c1.kvm_attached", c.ID)
	case c.ID != f.stem():
		f.at("id", "id %q does not fit the file's name, want %s.yaml", c.ID, c.ID)
	}
	conclusions := []string{string(finding.RemotelyControlled), string(finding.InFarm)}
	if c.Conclusion != "" && !slices.Contains(conclusions, c.Conclusion) {
		f.at("conclusion", "unknown conclusion %q, want one of %s", c.Conclusion, strings.Join(conclusions, ", "))
	}
	if c.Group != "" && !slices.Contains(groups, c.Group) {
		f.at("group", "unknown group %q, want one of %s", c.Group, strings.Join(groups, ", "))
	}
	if c.Points < 1 || c.Points > 100 {
		f.at("points", "points is %d, want 1 to 100", c.Points)
	}
	when := Condition{}
	if c.When == nil {
		f.mistake(1, "when is missing")
	} else {
		when = condition(f, c.When, "when")
		vetNames(f, &when, rules)
	}
	return Composite{
		ID: c.ID, Title: c.Title, Conclusion: finding.Conclusion(c.Conclusion), Group: c.Group, Points: c.Points,
		When: when, Explain: c.Explain, NextStep: c.NextStep,
	}
}

// vetNames refuses a condition that a looked-up name could fulfil: a browser
// visiting a product's website must never be part of an alert.
func vetNames(f *yamlFile, c *Condition, rules []*Rule) {
	for i := range c.All {
		vetNames(f, &c.All[i], rules)
	}
	for i := range c.Any {
		vetNames(f, &c.Any[i], rules)
	}
	if c.Not != nil {
		vetNames(f, c.Not, rules)
	}
	if c.Finding == nil {
		return
	}
	for _, r := range rules {
		if (r.State == StateContacted || r.State == StateReached) && c.Finding.asksFor(r) {
			f.at("when", "a name that was looked up (%s) would count, which says too little: name the states that may", r.ID)
			return
		}
	}
}

func condition(f *yamlFile, c *conditionFile, where string) Condition {
	set := 0
	for _, is := range []bool{c.All != nil, c.Any != nil, c.Not != nil, c.Finding != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		f.at(where, "%s must have exactly one of all, any, not, finding", where)
		return Condition{}
	}
	switch {
	case c.Finding != nil:
		return Condition{Finding: c.Finding.condition(f, where+".finding")}
	case c.Not != nil:
		not := condition(f, c.Not, where+".not")
		return Condition{Not: &not}
	}
	return Condition{All: conditions(f, c.All, where+".all"), Any: conditions(f, c.Any, where+".any")}
}

func conditions(f *yamlFile, list []conditionFile, where string) []Condition {
	var conditions []Condition
	for i := range list {
		conditions = append(conditions, condition(f, &list[i], fmt.Sprintf("%s[%d]", where, i)))
	}
	return conditions
}

func (c *findingFile) condition(f *yamlFile, where string) *FindingCondition {
	if len(c.Rule) == 0 && len(c.State) == 0 && c.Group == "" && c.Label == "" && len(c.AnyLabel) == 0 {
		f.at(where, "%s must ask for a rule, state, group or label", where)
	}
	for _, state := range c.State {
		if !slices.Contains(countedStates, state) {
			f.at(where+".state", "unknown state %q, want one of %s", state, strings.Join(countedStates, ", "))
		}
	}
	if c.Group != "" && !slices.Contains(groups, c.Group) {
		f.at(where+".group", "unknown group %q, want one of %s", c.Group, strings.Join(groups, ", "))
	}
	for _, rule := range c.Rule {
		if strings.Contains(strings.TrimSuffix(rule, "*"), "*") {
			f.at(where+".rule", "rule %q has a * that is not its end", rule)
		}
	}
	out := &FindingCondition{
		Rule: c.Rule, State: c.State, Group: c.Group, Label: c.Label, AnyLabel: c.AnyLabel, Active: c.Active,
		WithinEnrollment: span(f, where+".within_enrollment", c.WithinEnrollment), AtLeast: span(f, where+".at_least", c.AtLeast),
		Within:     span(f, where+".within", c.Within),
		Sanctioned: yesOrNo(f, where+".sanctioned", c.Sanctioned), Lapsed: yesOrNo(f, where+".lapsed", c.Lapsed),
		ForeignTenant: yesOrNo(f, where+".foreign_tenant", c.ForeignTenant),
	}
	if c.Distinct != nil {
		if out.Distinct = c.Distinct.AtLeast; out.Distinct < 2 {
			f.at(where+".distinct", "distinct.at_least is %d, want 2 or more vendors", out.Distinct)
		}
	}
	return out
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
