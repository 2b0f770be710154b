package catalogue_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const oneFinding = "    - finding: {rule: [kvm.default_identity], active: true, sanctioned: false}"

// siteComposite is a composite about a site, without mistakes.
const siteComposite = `id: c6.house
title: A house
subject: site
conclusion: in_farm
group: location
points: 80
source: Own judgement.
when:
  same: person
  parts: 2
  all:
    - finding: {rule: [kvm.default_identity], distinct: {device: 2}, days: 3}
    - same: device
      all:
        - composite: [mechanism]
explain:
  why: It says so.
  alternatives: A bench.
  change: Unplugging it.
  check: Look at the port.
next_step: Ask.
`

const siteName = "assess/c6.house.yaml"

// withSite is the small catalogue with a mechanism and a composite about a site.
func withSite(text string) fstest.MapFS {
	fsys := written()
	fsys[compositeName] = file(strings.Replace(goodComposite, "points: 80", "points: 80\nmechanism: true", 1))
	fsys[siteName] = file(text)
	return fsys
}

func TestLoadSite(t *testing.T) {
	c, err := catalogue.Load(withSite(siteComposite))
	if err != nil {
		t.Fatal(err)
	}
	x := c.Composites[1]
	if x.Subject != catalogue.SubjectSite || x.Source != "Own judgement." || x.When.Same != "person" || x.When.Parts != 2 ||
		x.When.All[0].Finding.DistinctDevices != 2 || x.When.All[0].Finding.Days != 3 || !slices.Equal(x.When.All[1].All[0].Composite, []string{"mechanism"}) {
		t.Errorf("read as %+v", x)
	}
	if c.Composites[0].Subject != catalogue.SubjectDevice || !c.Composites[0].Mechanism {
		t.Errorf("a composite without subject is %+v", c.Composites[0])
	}
}

func TestLoadParts(t *testing.T) {
	c, err := catalogue.Load(with(t, compositeName, "  any:\n"+oneFinding, "  same: vendor_id\n  together: 5m\n  all:\n"+oneFinding+"\n    - finding: {group: kvm, days: 2, distinct: {vendor: 2}}"))
	if err != nil {
		t.Fatal(err)
	}
	if x := c.Composites[0].When; x.Same != "vendor_id" || x.Together != 5*time.Minute || x.All[1].Finding.Distinct != 2 {
		t.Errorf("read as %+v", x)
	}
}

func TestCompositeMistakes(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"no source", "source: Own judgement.\n", "", ":1: source is missing"},
		{"subject", "group: kvm", "group: kvm\nsubject: fleet", `:5: unknown subject "fleet", want one of device, site`},
		{"same beside any", "  any:", "  same: vendor_id\n  any:", "same, parts and together stand beside all, and nowhere else"},
		{"parts beside finding", oneFinding, "    - parts: 2\n      finding: {group: kvm}", ":8: same, parts and together stand beside all"},
		{"parts of what", "  any:", "  parts: 2\n  all:", ":7: parts says in how many parts it holds, so same must say"},
		{"one part", "  any:", "  same: vendor_id\n  parts: 1\n  all:", ":8: parts is 1, want 2 or more"},
		{"no column", "  any:", "  same: nosuch\n  all:", `:7: no class of the rules asked for has the column "nosuch"`},
		{"column of another class", "  any:", "  same: name\n  all:", `:7: no class of the rules asked for has the column "name"`},
		{"same laptop of one", "  any:", "  same: device\n  all:", ":7: same: device is for a subject of several laptops"},
		{"people of one laptop", "active: true", "distinct: {person: 2}", ":8: one laptop is not of several people or devices"},
		{"together alone", "  any:", "  together: 5m\n  all:", ":7: together needs two conditions or more"},
		{"together for what", "  any:", "  together: soon\n  all:", `:7: "soon" is not a length of time`},
		{"old distinct", "active: true", "distinct: {at_least: 2}", `unknown key "at_least", want one of vendor, person, device`},
		{"distinct of nothing", "active: true", "distinct: {}", ":8: distinct asks for nothing"},
		{"one day", "active: true", "days: 1", ":8: days is 1, want 2 or more"},
		{"days of what", "  any:", "  days: 2\n  any:", ":7: days stands beside all, or inside a finding"},
		{"days together", "  any:", "  days: 2\n  together: 5m\n  all:", ":7: days and together each need an all of their own"},
		{"days of no finding", "  any:\n" + oneFinding, "  days: 2\n  all:\n" + oneFinding + "\n    - not:\n        finding: {group: kvm}", ":7: days counts when findings were open at once"},
		{"days that are no number", "active: true", "days: three", `:8: when.any[0].finding.days is "three", want a whole number`},
		{"days that do not fit", "active: true", "days: 9, within: 7d", ":8: 9 days do not fit into within"},
		{"days at once that do not fit", "  any:\n" + oneFinding, "  days: 3\n  all:\n    - finding: {group: kvm, within: 2d}\n    - finding: {group: kvm}", ":7: 3 days do not fit into the within of when.all[0]"},
		{"hours that do not fit", "active: true", "at_least: 8d, within: 7d", ":8: at_least is longer than within"},
		{"longer than remembered", "active: true", "within: 365d", ":8: within is longer than the 90 days that a judgement looks back"},
		{"not active", "active: true", "active: false", ":8: active: false asks for nothing"},
		{"a rule with a slip", "default_identity", "default_identities", `:8: no rule is called "kvm.default_identities"`},
		{"a label with a slip", "rule: [kvm.default_identity]", "group: kvm, any_label: [unatended]", `:8: no rule has the label "unatended"`},
		{"rules of no such group", "active: true", "group: network", ":8: no rule fits all that is asked for here"},
		{"a text for a list", "[kvm.default_identity]", "kvm.default_identity", ":8: when.any[0].finding.rule must be a list, in [ ] or with a dash before each"},
		{"no points", "points: 80\n", "", ":1: points is missing"},
		{"points in words", "points: 80", "points: eighty", `:5: points is "eighty", want a whole number`},
		{"a tab", "  any:", "\tany:", ":7: not YAML: found character that cannot start any token; lines are indented by spaces"},
		{"a colon", "title: ", "title: Mine: ", ":2: not YAML: mapping values are not allowed in this context; a text with a colon in it needs quotes"},
		{"no such composite", oneFinding, "    - composite: [c1.nosuch]", `:8: no composite is called "c1.nosuch"`},
		{"itself", oneFinding, "    - composite: [c1.kvm_attached]", ":7: c1.kvm_attached rests on itself"},
		{"a star inside", oneFinding, `    - composite: ["c*.x"]`, ":8: composite has a * that is not its end"},
		{"nothing found", "  any:\n" + oneFinding, "  not:\n    finding: {group: kvm}", ":7: when can hold although nothing was found"},
		{"nothing found in one", oneFinding, oneFinding + "\n    - not:\n        finding: {group: kvm}", ":7: when can hold although nothing was found"},
		{"a mechanism of farms", "conclusion: remotely_controlled", "conclusion: in_farm\nmechanism: true", ":4: a mechanism is a way to control a laptop"},
		{"a sanction", "next_step: Ask.", "next_step: Suspend the person's account.", `:14: next_step says "Suspend": a next step finds out more`},
		{"another sanction", "next_step: Ask.", "next_step: Have them fired and dismissed.", `next_step says "dismiss"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { assertMistake(t, compositeName, test.old, test.new, test.want) })
	}
}

// No composite rests on itself by way of others either, be it by a name or by the word for
// all mechanisms, and in whatever file the circle is closed.
func TestCirclesOfComposites(t *testing.T) {
	asks := func(id, name string) *fstest.MapFile {
		return file(strings.NewReplacer("c1.kvm_attached", id, strings.TrimSpace(oneFinding), "- composite: ["+name+"]").Replace(goodComposite))
	}
	fsys := written()
	fsys["assess/c2.a.yaml"], fsys["assess/c2.b.yaml"] = asks("c2.a", "c2.b"), asks("c2.b", "c1.kvm_attached")
	c, err := catalogue.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	closed := asks("c2.b", `"c2.*"`)
	if _, err := catalogue.Overlay(c, fstest.MapFS{"assess/c2.b.yaml": closed}); err == nil || !strings.Contains(err.Error(), "assess/c2.b.yaml:7: c2.b rests on itself") {
		t.Errorf("put over: %v", err)
	}
	driven := asks("c1.kvm_attached", "mechanism")
	driven.Data = []byte(strings.Replace(string(driven.Data), "points: 80", "points: 80\nmechanism: true", 1))
	if _, err := catalogue.Overlay(c, fstest.MapFS{compositeName: driven}); err == nil || !strings.Contains(err.Error(), compositeName+":8: c1.kvm_attached rests on itself") {
		t.Errorf("a mechanism: %v", err)
	}
	fsys["assess/c2.b.yaml"] = asks("c2.b", "c2.a")
	if _, err := catalogue.Load(fsys); err == nil || strings.Count(err.Error(), "rests on itself") != 2 {
		t.Errorf("two of each other: %v", err)
	}
}

// Who makes one mistake is told of one.
func TestOneMistakeIsToldOnce(t *testing.T) {
	for _, slip := range [][2]string{
		{"points: 80", "points: eighty"}, {"active: true", "days: three"}, {"rule: [kvm.default_identity], ", ""}, {"rule: [kvm.default_identity]", "rule: []"},
		{"rule: [kvm.default_identity]", "state: [control]"}, {"rule: [kvm.default_identity]", "group: kmv"},
	} {
		_, err := catalogue.Load(with(t, compositeName, slip[0], slip[1]))
		if err == nil || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%s: %v", slip[1], err)
		}
	}
}

func TestSiteCompositeMistakes(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"one laptop's composite", "    - same: device\n      all:\n        - composite", "    - all:\n        - composite", ":14: c1.kvm_attached concludes about one laptop: put it below same: device"},
		{"a controlled site", "in_farm", "remotely_controlled", ":4: a site is not controlled, only its laptops are"},
		{"a new site", "days: 3", "within_enrollment: 14d", ":12: a site is never enrolled"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(siteComposite, test.old) {
				t.Fatalf("%q is not there", test.old)
			}
			_, err := catalogue.Load(withSite(strings.Replace(siteComposite, test.old, test.new, 1)))
			if err == nil || !strings.Contains(err.Error(), siteName+test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	newest := withSite(siteComposite)
	newest[compositeName] = file(strings.NewReplacer("points: 80", "points: 80\nmechanism: true", "active: true", "within_enrollment: 14d").Replace(goodComposite))
	if _, err := catalogue.Load(newest); err == nil || !strings.Contains(err.Error(), siteName+":15: c1.kvm_attached asks how new a laptop is") {
		t.Errorf("got %v", err)
	}
	newest["assess/c3.new.yaml"] = file(strings.NewReplacer("c1.kvm_attached", "c3.new", "active: true", "within_enrollment: 14d").Replace(goodComposite))
	newest[compositeName] = file(strings.NewReplacer("points: 80", "points: 80\nmechanism: true", strings.TrimSpace(oneFinding), "- composite: [c3.new]").Replace(goodComposite))
	if _, err := catalogue.Load(newest); err == nil || !strings.Contains(err.Error(), siteName+":15: c1.kvm_attached asks how new a laptop is") {
		t.Errorf("by another one: %v", err)
	}
	fsys := withSite(siteComposite)
	fsys[compositeName] = file(strings.Replace(goodComposite, strings.TrimSpace(oneFinding), "- composite: [c6.house]", 1))
	if _, err := catalogue.Load(fsys); err == nil || !strings.Contains(err.Error(), compositeName+":8: c6.house concludes about a site, and this about a laptop") {
		t.Errorf("got %v", err)
	}
}

func TestScaleAndUnseenMistakes(t *testing.T) {
	assertMistake(t, scaleName, "source: Own judgement.\n", "", ":1: source is missing")
	fsys := written()
	fsys["assess/unseen.yaml"] = file("remotely_controlled: [Who.]\n")
	if _, err := catalogue.Load(fsys); err == nil || !strings.Contains(err.Error(), "assess/unseen.yaml:1: remotely_controlled and in_farm must each say") {
		t.Errorf("got %v", err)
	}
	fsys["assess/unseen.yaml"] = file("remotely_controlled: [Who.]\nin_farm: [Where.]\n")
	c, err := catalogue.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if a := c.AssessSite(catalogue.History{At: now}); !slices.Equal(a.Unseen, []string{"Where."}) || a.Conclusion != finding.InFarm {
		t.Errorf("got %+v", a)
	}
}

// FuzzComposite feeds the loader one composite beside another. What it takes gives the
// same assessment of a laptop and of a site whatever the order of spells.
func FuzzComposite(f *testing.F) {
	f.Add(siteComposite)
	f.Add(goodComposite)
	for _, when := range []string{
		"same: person\n  parts: 2\n  all: [{composite: [mechanism]}]", "days: 2\n  all: [{finding: {group: kvm}}, {any: [{finding: {group: kvm}}]}]", "together: 5m\n  all: [{finding: {group: kvm}}, {finding: {group: kvm}}]",
		"all: [{not: {finding: {group: kvm, days: 2}}}, {composite: ['c1.*']}]", "same: vendor_id\n  all: [{finding: {group: kvm, at_least: 5h, within: 7d}}]",
	} {
		f.Add(strings.Replace(siteComposite, siteComposite[strings.Index(siteComposite, "same: person"):strings.Index(siteComposite, "explain:")], when+"\n", 1))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := catalogue.Load(withSite(text))
		if err != nil {
			assertPlaces(t, err, placed)
			return
		}
		spells := one(at(pid(spell("kvm.default_identity", 90, 50), "1"), "d1", "p1"), at(spell("kvm.default_identity", 30, 0), "d2", "p2"), at(visitor(), "d2", ""))
		forth := c.AssessSite(catalogue.History{At: now, Spells: spells})
		device := c.Assess(catalogue.History{At: now, EnrolledAt: enrolled, Spells: spells})
		if next := c.Prepare(catalogue.History{EnrolledAt: enrolled, Spells: spells}).Next(now); !next.IsZero() && !next.After(now) {
			t.Fatalf("what changes next is at %v, and it is %v", next, now)
		}
		slices.Reverse(spells)
		if back := c.AssessSite(catalogue.History{At: now, Spells: spells}); !slices.Equal(forth.Ledger, back.Ledger) {
			t.Fatalf("forth %+v, back %+v", forth.Ledger, back.Ledger)
		}
		for i, a := range c.Assess(catalogue.History{At: now, EnrolledAt: enrolled, Spells: spells}) {
			if !slices.Equal(a.Ledger, device[i].Ledger) {
				t.Fatalf("forth %+v, back %+v", device[i].Ledger, a.Ledger)
			}
		}
	})
}
