package catalogue

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

type compositeFile struct {
	ID         string         `yaml:"id"`
	Title      string         `yaml:"title"`
	Subject    string         `yaml:"subject"`
	Conclusion string         `yaml:"conclusion"`
	Group      string         `yaml:"group"`
	Points     *int           `yaml:"points"`
	Mechanism  bool           `yaml:"mechanism"`
	Source     string         `yaml:"source"`
	When       *conditionFile `yaml:"when"`
	Explain    Explain        `yaml:"explain"`
	NextStep   string         `yaml:"next_step"`
}

// A draft is a composite that was read, and is held to the others once all are.
type draft struct {
	*yamlFile
	Composite
}

// loadAssess reads assess/, of which the composites may name each other and those that
// are known already, and says whether the scale was there.
func (l *loader) loadAssess(c *Catalogue, rules []*Rule, known []Composite) bool {
	scale := false
	var drafts []draft
	for _, name := range l.files("assess") {
		switch name {
		case scaleName:
			scale = true
			l.loadScale(c)
			continue
		case unseenName:
			l.loadUnseen(c)
			continue
		}
		var file compositeFile
		f := l.read(name, &file)
		if f.root != nil {
			drafts = append(drafts, draft{f, l.composite(f, &file)})
			continue
		}
		l.keep(f)
	}
	for i := range drafts {
		c.Composites = append(c.Composites, drafts[i].Composite)
	}
	all := replaced(known, c.Composites, func(x *Composite) string { return x.ID })
	for i := range drafts {
		d := &drafts[i]
		v := &conditionVet{f: d.yamlFile, rules: rules, classes: l.classes, composites: all, site: d.Subject == SubjectSite}
		v.vet(&d.When, "when", false)
		v.circles(d.ID)
		l.keep(d.yamlFile)
	}
	l.vetKnown(known, all, rules, c.Composites)
	slices.SortStableFunc(c.Composites, func(a, b Composite) int { return strings.Compare(a.ID, b.ID) })
	return scale
}

// vetKnown holds the composites that stay to the rules and composites that are new: a
// file may take away what another one rests on.
func (l *loader) vetKnown(known, all []Composite, rules []*Rule, over []Composite) {
	for i := range known {
		x := &known[i]
		if slices.ContainsFunc(over, func(o Composite) bool { return o.ID == x.ID }) {
			continue
		}
		l.vetAgain("assess/"+x.ID+".yaml", x, rules, all)
	}
}

// vetAgain holds a composite whose file was read before to other rules and composites.
func (l *loader) vetAgain(file string, x *Composite, rules []*Rule, all []Composite) {
	f := &yamlFile{name: file, lines: map[string]int{}}
	v := &conditionVet{f: f, rules: rules, classes: l.classes, composites: all, site: x.Subject == SubjectSite}
	v.vet(&x.When, "when", false)
	l.keep(f)
}

var compositeID = regexp.MustCompile(`^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$`)

func (l *loader) composite(f *yamlFile, c *compositeFile) Composite {
	required(f, map[string]string{
		"id": c.ID, "title": c.Title, "conclusion": c.Conclusion, "group": c.Group, "source": c.Source, "next_step": c.NextStep,
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
	vetWord(f, "conclusion", c.Conclusion, []string{string(finding.RemotelyControlled), string(finding.InFarm)})
	vetWord(f, "group", c.Group, groups)
	vetWord(f, "subject", c.Subject, []string{string(SubjectDevice), string(SubjectSite)})
	if Subject(c.Subject) == SubjectSite && c.Conclusion == string(finding.RemotelyControlled) {
		f.at("conclusion", "a site is not controlled, only its laptops are: want in_farm")
	}
	if c.Mechanism && c.Conclusion != string(finding.RemotelyControlled) {
		f.at("mechanism", "a mechanism is a way to control a laptop: want the conclusion remotely_controlled")
	}
	points := 0
	switch {
	case c.Points != nil:
		if points = *c.Points; points < 1 || points > 100 {
			f.at("points", "points is %d, want 1 to 100", points)
		}
	case f.root != nil && f.lines["points"] == 0:
		f.at("points", "points is missing")
	}
	vetNextStep(f, c.NextStep)
	when := Condition{}
	if c.When == nil {
		f.mistake(1, "when is missing")
	} else {
		when = condition(f, c.When, "when")
	}
	return Composite{
		ID: c.ID, Title: c.Title, Subject: cmp.Or(Subject(c.Subject), SubjectDevice), Source: c.Source,
		Conclusion: finding.Conclusion(c.Conclusion), Group: c.Group, Points: points,
		Mechanism: c.Mechanism, When: when, Explain: c.Explain, NextStep: c.NextStep,
	}
}

// vetWord refuses a text that is none of a few words; a missing one is said elsewhere.
func vetWord(f *yamlFile, key, word string, known []string) {
	if word != "" && !slices.Contains(known, word) {
		f.at(key, "unknown %s %q, want one of %s", key[strings.LastIndexByte(key, '.')+1:], word, strings.Join(known, ", "))
	}
}

var sanctionOfPeople = regexp.MustCompile(`(?i)\b(terminat|dismiss|suspend|punish|fir(e|ing)\b|sack|disciplin|lay off|demot|report (him|her|them) to)`)

// vetNextStep refuses what is done to a person: an assessment finds out, people decide.
func vetNextStep(f *yamlFile, text string) {
	if word := sanctionOfPeople.FindString(text); word != "" {
		f.at("next_step", "next_step says %q: a next step finds out more and is never a sanction against a person", word)
	}
}
