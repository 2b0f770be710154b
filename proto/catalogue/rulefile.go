package catalogue

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// ruleFile is a rule as people write it.
type ruleFile struct {
	ID             string     `yaml:"id"`
	Title          string     `yaml:"title"`
	Status         string     `yaml:"status"`
	Severity       string     `yaml:"severity"`
	Confidence     string     `yaml:"confidence"`
	Tier           int        `yaml:"tier"`
	Group          string     `yaml:"group"`
	Attack         []string   `yaml:"attack"`
	Class          string     `yaml:"class"`
	Match          *yaml.Node `yaml:"match"`
	Devices        string     `yaml:"devices"`
	Labels         []string   `yaml:"labels"`
	Unlisted       bool       `yaml:"unlisted"`
	Strangers      bool       `yaml:"strangers"`
	Explain        Explain    `yaml:"explain"`
	FalsePositives []string   `yaml:"falsepositives"`
	Machines       []string   `yaml:"machines"`
	Lookalikes     []string   `yaml:"lookalikes"`
}

// statusDeprecated is Sigma's word for a rule that is kept and no longer fires.
const statusDeprecated = "deprecated"

var (
	statuses    = []string{"experimental", "test", "stable", statusDeprecated}
	groups      = []string{"kvm", "display", "tool", "conduct", "session", "tunnel", "network", "input", "posture", "location", "context", "meeting", "agent"}
	ruleID      = regexp.MustCompile(`^[a-z]+(\.[a-z0-9][a-z0-9_-]*)+$`)
	attackID    = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	machineName = regexp.MustCompile(`^[a-z0-9][a-z0-9_./-]*\.txtar$`)
	fleetName   = regexp.MustCompile(`^(fleet|site|context)/[a-z0-9][a-z0-9_-]*\.yaml$`)
)

func (l *loader) loadRules(c *Catalogue) {
	for _, name := range l.files("rules") {
		var r ruleFile
		f := l.read(name, &r)
		if f.root != nil {
			l.vetRule(f, &r)
			rule := l.rule(f, &r)
			if len(f.mistakes) == 0 {
				c.Rules = append(c.Rules, rule)
			}
		}
		l.keep(f)
	}
}

func (l *loader) rule(f *yamlFile, r *ruleFile) Rule {
	m := l.match(f, r.Match, r.Class, "match")
	switch {
	case r.Devices != "" && len(m.Any) > 0:
		f.at("devices", "devices cannot stand beside a match with any, since both are alternatives")
	case r.Devices != "":
		m.Any = append(m.Any, l.deviceMatches(f, r)...)
	case r.Match == nil:
		f.mistake(1, "match is missing")
	}
	group := r.Group
	if group == "" {
		group = prefix(r.ID)
	}
	return Rule{
		ID: r.ID, Title: r.Title, Status: r.Status, Tier: r.Tier, Group: group, Techniques: r.Attack,
		Severity: finding.Severity(r.Severity), Confidence: finding.Confidence(r.Confidence),
		Class: r.Class, Match: m, Explain: r.Explain, FalsePositives: r.FalsePositives,
		Machines: r.Machines, Lookalikes: r.Lookalikes, Labels: r.Labels, Unlisted: r.Unlisted || r.Strangers, Strangers: r.Strangers,
	}
}

func (l *loader) vetRule(f *yamlFile, r *ruleFile) {
	required(f, map[string]string{
		"id": r.ID, "title": r.Title, "status": r.Status, "severity": r.Severity, "confidence": r.Confidence, "class": r.Class,
	})
	vetExplain(f, r.Explain)
	l.claim(f, "rule", r.ID)
	l.vetRuleID(f, r)
	if r.Status != "" && !slices.Contains(statuses, r.Status) {
		f.at("status", "unknown status %q, want one of %s", r.Status, strings.Join(statuses, ", "))
	}
	if _, err := finding.ParseSeverity(r.Severity); r.Severity != "" && err != nil {
		f.at("severity", "%s", err)
	}
	if _, err := finding.ParseConfidence(r.Confidence); r.Confidence != "" && err != nil {
		f.at("confidence", "%s", err)
	}
	if r.Tier < 1 || r.Tier > 4 {
		f.at("tier", "tier is %d, want 1 (alone high) to 4 (context only)", r.Tier)
	}
	for _, id := range r.Attack {
		if !attackID.MatchString(id) {
			f.at("attack", "%q is not an ATT&CK technique such as T1219 or T1219.003", id)
		}
	}
	if r.Class != "" {
		l.vetClass(f, "class", r.Class)
	}
	if l.classes[r.Class].Collector {
		vetProofs(f, r.Machines, r.Lookalikes, fleetName, "fleet such as fleet/household.yaml, as rules on what the collector works out have")
		return
	}
	vetMachines(f, r.Machines, r.Lookalikes)
}

// vetRuleID holds an id to its place: the first word is the class of
// evidence, and the file can be found by the id.
func (l *loader) vetRuleID(f *yamlFile, r *ruleFile) {
	if r.ID == "" {
		return
	}
	if !ruleID.MatchString(r.ID) {
		f.at("id", "id %q is not lower-case words joined by dots, such as kvm.default_identity", r.ID)
		return
	}
	folder := path.Base(path.Dir(f.name))
	if f.stem() != r.ID && folder+"."+f.stem() != r.ID {
		f.at("id", "id %q does not fit the file's name, want %s.yaml", r.ID, r.ID)
	}
	switch {
	case !slices.Contains(groups, prefix(r.ID)):
		f.at("id", "id %q begins with %q, want one of %s", r.ID, prefix(r.ID), strings.Join(groups, ", "))
	case r.Group != "" && r.Group != prefix(r.ID):
		f.at("group", "group %q is not what id %q begins with", r.Group, r.ID)
	case strings.HasPrefix(r.ID, "tool."):
		f.at("id", "ids beginning with tool. are made from tools/, write a tool file")
	}
}

// prefix gives the class of evidence that an id begins with. Who stands beside whom
// (site) tells the same as where a laptop stands.
func prefix(id string) string {
	first, _, _ := strings.Cut(id, ".")
	if first == "site" {
		return groupOfPlace
	}
	return first
}

func vetExplain(f *yamlFile, e Explain) {
	required(f, map[string]string{
		"explain.why": e.Why, "explain.alternatives": e.Alternatives, "explain.change": e.Change, "explain.check": e.Check,
	})
}

// vetMachines wants proof both ways: a machine that shows it and one that
// comes close and must stay silent.
func vetMachines(f *yamlFile, machines, lookalikes []string) {
	vetProofs(f, machines, lookalikes, machineName, "recorded machine such as plain-laptop.txtar")
}

func vetProofs(f *yamlFile, machines, lookalikes []string, form *regexp.Regexp, want string) {
	for _, list := range []struct {
		key   string
		names []string
	}{{"machines", machines}, {"lookalikes", lookalikes}} {
		if len(list.names) == 0 {
			f.at(list.key, "%s is missing: name at least one %s", list.key, want)
		}
		for _, name := range list.names {
			if !form.MatchString(name) || strings.Contains(name, "..") {
				f.at(list.key, "%q is not a %s", name, want)
			}
		}
	}
}
