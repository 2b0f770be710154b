package catalogue

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Modifiers are the ways a Test can compare, in the order the reference lists
// them. Texts are compared without regard to case, as Sigma does; re is exact.
var modifiers = []string{"equals", "contains", "startswith", "endswith", "glob", "re", "cidr", "oui", "domain", "exists", "gt", "gte", "lt", "lte"}

// Matches says whether the rule holds for one row.
func (r *Rule) Matches(o finding.Observation) bool {
	switch {
	case r.Class != o.Class || r.deprecated():
		return false
	case r.tool != nil:
		return slices.ContainsFunc(r.of.toolRules(o), func(x *Rule) bool { return x.ID == r.ID })
	}
	return r.holds(o)
}

// holds is Matches for a written rule of the row's class.
func (r *Rule) holds(o finding.Observation) bool {
	switch {
	case !r.Match.fits(o.Columns):
		return false
	case r.of == nil:
		return true
	}
	return (!r.Unlisted || !r.of.listed(o)) && (!r.Strangers || !r.of.bystands(o.Columns))
}

func (m *Match) fits(row map[string]string) bool {
	for i := range m.Tests {
		if !m.Tests[i].fits(row) {
			return false
		}
	}
	for i := range m.Not {
		if m.Not[i].fits(row) {
			return false
		}
	}
	for i := range m.Any {
		if m.Any[i].fits(row) {
			return true
		}
	}
	return len(m.Any) == 0
}

// A probe is a Test made ready: everything that can fail has been done.
type probe struct {
	fits func(value string) bool
	want bool // for exists: what presence must be
}

// compile makes a Match ready, once, before any row is met.
func (m *Match) compile() {
	for i := range m.Tests {
		p := m.Tests[i].probe()
		m.Tests[i].ready = &p
	}
	for i := range m.Any {
		m.Any[i].compile()
	}
	for i := range m.Not {
		m.Not[i].compile()
	}
}

func (t *Test) fits(row map[string]string) bool {
	p := t.ready
	if p == nil { // written by hand and never loaded: slower, the same answer
		made := t.probe()
		p = &made
	}
	value, there := row[t.Column]
	if t.Modifier == "exists" {
		return there == p.want
	}
	return there && p.fits(value)
}

// probe turns a Test into a function. A value that its modifier cannot read
// fits nothing; the loader has refused it before.
func (t *Test) probe() probe {
	folded := make([]string, len(t.Values))
	for i, v := range t.Values {
		folded[i] = strings.ToLower(v)
	}
	switch t.Modifier {
	case "", "equals":
		return probe{fits: equals(folded)}
	case "contains":
		return probe{fits: anyFolded(folded, strings.Contains)}
	case "startswith":
		return probe{fits: anyFolded(folded, strings.HasPrefix)}
	case "endswith":
		return probe{fits: anyFolded(folded, strings.HasSuffix)}
	case "glob":
		return probe{fits: anyFolded(folded, globFits)}
	case "oui":
		return probe{fits: ouiFits(folded)}
	case "domain":
		return probe{fits: anyFolded(folded, domainFits)}
	case "re":
		return probe{fits: expressionFits(t.Values)}
	case "cidr":
		return probe{fits: prefixFits(t.Values)}
	case "exists":
		return probe{want: slices.Contains(folded, "true")}
	default:
		return probe{fits: numberFits(t.Modifier, t.Values)}
	}
}

func equals(values []string) func(string) bool {
	if len(values) <= 4 { // folded as the index folds, so that both always agree
		return func(value string) bool { return slices.Contains(values, strings.ToLower(value)) }
	}
	set := make(map[string]bool, len(values))
	for _, v := range values {
		set[v] = true
	}
	return func(value string) bool { return set[strings.ToLower(value)] }
}

func anyFolded(values []string, fits func(value, pattern string) bool) func(string) bool {
	return func(value string) bool {
		value = strings.ToLower(value)
		return slices.ContainsFunc(values, func(pattern string) bool { return fits(value, pattern) })
	}
}

// globFits compares with * for any run of characters within one path element
// and ? for one of them. It takes at most value × pattern steps.
func globFits(value, pattern string) bool {
	v, p, star, mark := 0, 0, -1, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && (pattern[p] == value[v] || pattern[p] == '?' && !separator(value[v])):
			p, v = p+1, v+1
		case star >= 0 && !separator(value[mark]):
			mark++
			p, v = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func separator(c byte) bool { return c == '/' || c == '\\' }

func ouiFits(values []string) func(string) bool {
	prefixes := make([]string, len(values))
	for i, v := range values {
		prefixes[i] = hexOnly(v)
	}
	return func(value string) bool {
		address := hexOnly(strings.ToLower(value))
		return slices.ContainsFunc(prefixes, func(p string) bool { return len(p) == 6 && strings.HasPrefix(address, p) })
	}
}

var separators = strings.NewReplacer(":", "", "-", "", ".", "")

func hexOnly(address string) string { return separators.Replace(address) }

func expressionFits(values []string) func(string) bool {
	var list []*regexp.Regexp
	for _, v := range values {
		if re, err := regexp.Compile(v); err == nil {
			list = append(list, re)
		}
	}
	return func(value string) bool {
		return slices.ContainsFunc(list, func(re *regexp.Regexp) bool { return re.MatchString(value) })
	}
}

func prefixFits(values []string) func(string) bool {
	var list []netip.Prefix
	for _, v := range values {
		if p, err := netip.ParsePrefix(v); err == nil {
			list = append(list, p)
		}
	}
	return func(value string) bool {
		address, err := netip.ParseAddr(value)
		address = address.Unmap().WithZone("")
		return err == nil && slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(address) })
	}
}

func numberFits(modifier string, values []string) func(string) bool {
	compare := map[string]func(a, b float64) bool{
		"gt":  func(a, b float64) bool { return a > b },
		"gte": func(a, b float64) bool { return a >= b },
		"lt":  func(a, b float64) bool { return a < b },
		"lte": func(a, b float64) bool { return a <= b },
	}[modifier]
	var limits []float64
	for _, v := range values {
		if limit, err := strconv.ParseFloat(v, 64); err == nil {
			limits = append(limits, limit)
		}
	}
	return func(value string) bool {
		number, err := strconv.ParseFloat(value, 64)
		return err == nil && compare != nil && slices.ContainsFunc(limits, func(limit float64) bool { return compare(number, limit) })
	}
}

// vetValue says what is wrong with a value for a modifier.
func vetValue(modifier, value string) error {
	switch modifier {
	case "re":
		if len(value) > 500 {
			return fmt.Errorf("the regular expression is longer than 500 characters")
		}
		if _, err := regexp.Compile(value); err != nil {
			return fmt.Errorf("%q is not a regular expression of Go: %w", value, err)
		}
	case "cidr":
		if _, err := netip.ParsePrefix(value); err != nil {
			return fmt.Errorf("%q is not a network such as 192.0.2.0/24", value)
		}
	case "oui":
		if !ouiText.MatchString(value) {
			return fmt.Errorf("%q is not the first three bytes of a hardware address such as b8:27:eb", value)
		}
	case "domain":
		if fault := domainFault(value); fault != "" {
			return errors.New(fault)
		}
	case "gt", "gte", "lt", "lte":
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return fmt.Errorf("%q is not a number", value)
		}
	case "exists":
		if value != "true" && value != "false" {
			return fmt.Errorf("%q is neither true nor false", value)
		}
	default:
		if !slices.Contains(modifiers, modifier) {
			return fmt.Errorf("unknown modifier %q, want one of %s", modifier, strings.Join(modifiers, ", "))
		}
	}
	return nil
}

var ouiText = regexp.MustCompile(`^[0-9A-Fa-f]{2}([:-]?)[0-9A-Fa-f]{2}([:-]?)[0-9A-Fa-f]{2}$`)
