package catalogue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// observe is a name that a laptop looked up.
func observe(name string) finding.Observation {
	return row("observed_names", "name", name, "kind", "dns", "count", "1")
}

func matching(c *catalogue.Catalogue, name string) []string {
	var ids []string
	for _, r := range c.Matching(observe(name)) {
		ids = append(ids, r.ID)
	}
	return ids
}

// domainsOf gives a tool's domains that are not flagged.
func domainsOf(tool catalogue.Tool) []catalogue.Artefact {
	return slices.DeleteFunc(slices.Clone(tool.Artefacts), func(a catalogue.Artefact) bool { return a.Type != "domain" || len(a.Flags) > 0 })
}

// Every domain of every tool is proved here, in place of a recorded machine for
// each: the name itself and one below it show the tool, and what only looks
// like it shows nothing.
func TestEveryDomainOfEveryTool(t *testing.T) {
	c := embedded(t)
	proved := 0
	for _, tool := range c.Tools {
		id := "tool." + tool.ID + ".contacted"
		domains := domainsOf(tool)
		if _, ruled := c.Rule(id); ruled != (len(domains) > 0 && tool.Role != catalogue.RoleViewer) {
			t.Errorf("%s: rule %v with domains %v", id, ruled, domains)
		} else if !ruled {
			continue
		}
		for _, domain := range domains {
			host := strings.NewReplacer("*", "any").Replace(domain.Value)
			for _, name := range []string{host, strings.ToUpper(host) + ".", "relay-0a1b2c3d." + host, "a.b." + host} {
				below := strings.Count(name, ".") > strings.Count(host, ".")+strings.Count(name[len(name)-1:], ".")
				if fires := slices.Contains(matching(c, name), id); fires != (!below || domain.Match == "suffix") {
					t.Errorf("%s on %s: %v, want it by %s %s", id, name, fires, domain.Value, domain.Match)
				}
			}
			for _, name := range []string{"not" + host, "my-" + host, host + ".evil.example", host + "x", strings.ReplaceAll(host, ".", "-") + ".example"} {
				if ids := matching(c, name); len(ids) > 0 {
					t.Errorf("%v fires on %s, which only looks like %s", ids, name, host)
				}
			}
			if suffix, _ := publicsuffix.PublicSuffix(host); suffix == host {
				t.Errorf("%s: anybody can have names below %s", tool.ID, host)
			}
			proved++
		}
	}
	if proved < 80 {
		t.Errorf("only %d domains were proved", proved)
	}
}

// No two tools claim a name: the rule's id says which tool it is.
func TestDomainsAreOfOneTool(t *testing.T) {
	c := embedded(t)
	for _, tool := range c.Tools {
		for _, domain := range domainsOf(tool) {
			if ids := matching(c, strings.ReplaceAll(domain.Value, "*", "any")); len(ids) > 1 {
				t.Errorf("%s is claimed by %v", domain.Value, ids)
			}
		}
	}
}

// A browser that visits the products' websites shows nothing.
func TestWebsitesAreSilent(t *testing.T) {
	c := embedded(t)
	for _, tool := range c.Tools {
		for _, name := range []string{tool.Website, "www." + tool.Website} {
			if ids := matching(c, name); tool.Website != "" && len(ids) > 0 {
				t.Errorf("%s shows %v", name, ids)
			}
		}
	}
	for _, name := range []string{"google.com", "www.googleapis.com", "login.microsoftonline.com", "github.com", "s3.amazonaws.com", "com", ""} {
		if ids := matching(c, name); len(ids) > 0 {
			t.Errorf("%q shows %v", name, ids)
		}
	}
}

// names is a busy laptop's day: n names, of which one in fifty is a tool's.
func names(n int, c *catalogue.Catalogue) []finding.Observation {
	var known []string
	for _, tool := range c.Tools {
		for _, domain := range domainsOf(tool) {
			known = append(known, domain.Value)
		}
	}
	rows := make([]finding.Observation, n)
	for i := range rows {
		name := fmt.Sprintf("edge-%d.static.content.example%d.com", i, i%97)
		if i%50 == 0 {
			name = fmt.Sprintf("relay-%08x.%s", i, strings.ReplaceAll(known[i%len(known)], "*", "any"))
		}
		rows[i] = observe(name)
	}
	return rows
}

// A name as long as names get costs no more look-ups than a short one.
func TestLongNames(t *testing.T) {
	c := embedded(t)
	long := strings.Repeat("a.", 118) + "net.anydesk.com"
	if ids := matching(c, long); !slices.Equal(ids, []string{"tool.anydesk.contacted"}) {
		t.Errorf("got %v", ids)
	}
	if took := testing.AllocsPerRun(100, func() { c.Matching(observe(strings.Repeat("a.", 126))) }); took > 20 {
		t.Errorf("%v allocations for a name that is no tool's", took)
	}
}

func BenchmarkMatching1000Names(b *testing.B) {
	c := embedded(b)
	rows := names(1000, c)
	b.ReportAllocs()
	for b.Loop() {
		for _, row := range rows {
			c.Matching(row)
		}
	}
}
