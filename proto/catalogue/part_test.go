package catalogue_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// asking is a catalogue of the rules kvm.a, kvm.b and kvm.c, and one composite.
func asking(when catalogue.Condition) *catalogue.Catalogue {
	c := &catalogue.Catalogue{
		Scale:      catalogue.Scale{Watch: 20, Medium: 50, High: 80, Top: 100},
		Composites: []catalogue.Composite{{ID: "c.x", Title: "C", Subject: catalogue.SubjectSite, Conclusion: finding.InFarm, Group: "kvm", Points: 50, When: when}},
	}
	for _, id := range []string{"kvm.a", "kvm.b", "kvm.c"} {
		c.Rules = append(c.Rules, catalogue.Rule{ID: id, Title: id, Tier: 4, Group: "kvm"})
	}
	return c
}

func rule(id string) catalogue.Condition {
	return catalogue.Condition{Finding: &catalogue.FindingCondition{Rule: []string{id}}}
}

func not(c catalogue.Condition) catalogue.Condition { return catalogue.Condition{Not: &c} }

// pid gives a spell evidence with this pid.
func pid(s catalogue.Spell, pids ...string) catalogue.Spell {
	for _, p := range pids {
		s.Finding.Evidence = append(s.Finding.Evidence, finding.Observation{Class: "processes", Columns: map[string]string{"pid": p}})
	}
	return s
}

func TestSameTogetherAndDays(t *testing.T) {
	both := []catalogue.Condition{rule("kvm.a"), rule("kvm.b")}
	samePID := catalogue.Condition{All: both, Same: "pid"}
	atOnce := catalogue.Condition{All: both, Days: 2}
	alone := catalogue.Condition{All: []catalogue.Condition{rule("kvm.a"), not(rule("kvm.b"))}, Same: "pid"}
	soon := catalogue.Condition{All: both, Together: 5 * time.Minute}
	of := func(f catalogue.FindingCondition) catalogue.Condition {
		f.Rule = []string{"kvm.a"}
		return catalogue.Condition{Finding: &f}
	}
	a, b := spell("kvm.a", 30, 20), spell("kvm.b", 30, 20)
	tests := []struct {
		name   string
		when   catalogue.Condition
		spells []catalogue.Spell
		want   bool
	}{
		{"same value", samePID, one(pid(a, "7"), pid(b, "7")), true},
		{"other value", samePID, one(pid(a, "7"), pid(b, "8")), false},
		{"no value", samePID, one(a, b), false},
		{"one of several values", samePID, one(pid(a, "7", "9"), pid(b, "8", "9")), true},
		{"not in the same part", alone, one(pid(a, "7"), pid(b, "8")), true},
		{"in the same part after all", alone, one(pid(a, "7"), pid(b, "7")), false},
		{"in two parts of one asked", catalogue.Condition{All: both, Same: "pid", Parts: 2}, one(pid(a, "7"), pid(b, "7")), false},
		{"in two parts of two asked", catalogue.Condition{All: both, Same: "pid", Parts: 2}, one(pid(a, "7", "8"), pid(b, "7", "8")), true},
		{"at once on two days", atOnce, one(spell("kvm.a", 60, 0), spell("kvm.b", 59, 58), spell("kvm.b", 5, 4)), true},
		{"at once on two days that are one", atOnce, one(spell("kvm.a", 60, 0), spell("kvm.b", 23, 22), spell("kvm.b", 5, 4)), false},
		{"on two days and at once on one", atOnce, one(spell("kvm.a", 60, 50), spell("kvm.a", 9, 4), spell("kvm.b", 40, 30), spell("kvm.b", 5, 0)), false},
		{"one as the other ends", atOnce, one(spell("kvm.a", 60, 30), spell("kvm.b", 30, 0)), false},
		{"one laptop", catalogue.Condition{All: both, Same: "device"}, one(at(a, "d1", "p1"), at(b, "d1", "p1")), true},
		{"two laptops of one", catalogue.Condition{All: both, Same: "device"}, one(at(a, "d1", "p1"), at(b, "d2", "p1")), false},
		{"two laptops of one person", catalogue.Condition{All: both, Same: "person"}, one(at(a, "d1", "p1"), at(b, "d2", "p1")), true},
		{"a laptop inside a person", catalogue.Condition{Same: "person", All: []catalogue.Condition{{All: both, Same: "device"}}}, one(at(a, "d1", "p1"), at(b, "d2", "p1")), false},
		{"together", soon, one(a, spell("kvm.b", 30.05, 1)), true},
		{"an hour apart", soon, one(a, spell("kvm.b", 29, 20)), false},
		{"together at last", soon, one(a, spell("kvm.b", 90, 80), spell("kvm.b", 60, 50), spell("kvm.a", 60.01, 59)), true},
		{"without the one that must not be", catalogue.Condition{All: append(both, not(rule("kvm.c"))), Together: time.Hour}, one(a, b), true},
		{"with it", catalogue.Condition{All: append(both, not(rule("kvm.c"))), Together: time.Hour}, one(a, b, spell("kvm.c", 1, 0)), false},
		{"on three days", of(catalogue.FindingCondition{Days: 3}), days("kvm.a", 3, 2), true},
		{"on two days", of(catalogue.FindingCondition{Days: 3}), days("kvm.a", 2, 2), false},
		{"open over three days", of(catalogue.FindingCondition{Days: 3}), one(spell("kvm.a", 49, 0)), true},
		{"three times on one day", of(catalogue.FindingCondition{Days: 2}), one(spell("kvm.a", 9, 8), spell("kvm.a", 7, 6), spell("kvm.a", 5, 4)), false},
		{"on three days of which two are within", of(catalogue.FindingCondition{Days: 3, Within: 36 * time.Hour}), days("kvm.a", 3, 2), false},
		{"hours of which most are before", of(catalogue.FindingCondition{AtLeast: 5 * time.Hour, Within: 24 * time.Hour}), one(spell("kvm.a", 40, 20)), false},
		{"hours within", of(catalogue.FindingCondition{AtLeast: 5 * time.Hour, Within: 24 * time.Hour}), one(spell("kvm.a", 40, 10)), true},
		{"two people", of(catalogue.FindingCondition{DistinctPersons: 2}), one(at(a, "d1", "p1"), at(a, "d2", "p2")), true},
		{"two laptops of a person", of(catalogue.FindingCondition{DistinctPersons: 2}), one(at(a, "d1", "p1"), at(a, "d2", "p1")), false},
		{"two laptops", of(catalogue.FindingCondition{DistinctDevices: 2}), one(at(a, "d1", "p1"), at(a, "d2", "p1")), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := asking(test.when).AssessSite(catalogue.History{At: now, Spells: test.spells})
			if (got.Score == 50) != test.want {
				t.Errorf("holds: %v, want %v: %+v", got.Score == 50, test.want, got.Ledger)
			}
		})
	}
}

// What made a condition true in one of its parts is what the line names.
func TestPartsNameTheirFindings(t *testing.T) {
	c := asking(catalogue.Condition{All: []catalogue.Condition{rule("kvm.a"), rule("kvm.b")}, Same: "pid"})
	in, out := pid(spell("kvm.a", 9, 0, "in"), "7"), pid(spell("kvm.a", 9, 0, "out"), "8")
	other := pid(spell("kvm.b", 9, 0), "7")
	got := c.AssessSite(catalogue.History{At: now, Spells: one(in, out, other)}).Ledger[0].Finding
	want := finding.UID("kvm.a", "in") + " " + finding.UID("kvm.b")
	if want > finding.UID("kvm.b") {
		want = finding.UID("kvm.b") + " " + finding.UID("kvm.a", "in")
	}
	if got != want {
		t.Errorf("the line names %s, want %s", got, want)
	}
}

// Whatever is asked, the order of spells does not show, neither of a device's history
// nor of a site's, and a history made ready once says at each moment what Assess says.
func TestConditionsKeepOrderOut(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	for round := range 300 {
		c := asking(randomCondition(random, 3))
		c.Composites = append(c.Composites, catalogue.Composite{ID: "d.x", Title: "D", Conclusion: finding.RemotelyControlled, Group: "kvm", Points: 50, When: c.Composites[0].When})
		h := catalogue.History{At: now}
		for range random.IntN(12) {
			h.Spells = append(h.Spells, randomSpell(random))
		}
		prepared := c.Prepare(h)
		for range 3 {
			h.At = now.Add(-time.Duration(random.IntN(100*60)) * time.Minute)
			site, device := c.AssessSite(h), c.Assess(h)
			if diff := cmp.Diff(device, prepared.At(h.At)); diff != "" {
				t.Fatalf("round %d: made ready it is another assessment:\n%s", round, diff)
			}
			random.Shuffle(len(h.Spells), func(i, j int) { h.Spells[i], h.Spells[j] = h.Spells[j], h.Spells[i] })
			if diff := cmp.Diff(site, c.AssessSite(h)) + cmp.Diff(device, c.Assess(h)); diff != "" {
				t.Fatalf("round %d: another order gives another assessment:\n%s", round, diff)
			}
			prepared = c.Prepare(h)
		}
	}
}

func randomSpell(random *rand.Rand) catalogue.Spell {
	from := random.Float64() * 100
	s := spell("kvm."+string("abc"[random.IntN(3)]), from, from*random.Float64()*float64(random.IntN(2)), fmt.Sprint(random.IntN(3)))
	s.Sanctioned, s.Lapsed, s.ForeignTenant, s.Unticketed = random.IntN(4) == 0, random.IntN(6) == 0, random.IntN(6) == 0, random.IntN(6) == 0
	s.Device, s.Person = fmt.Sprint("d", random.IntN(3)), []string{"", "p1", "p2"}[random.IntN(3)]
	return pid(s, fmt.Sprint(random.IntN(3)))
}

// randomCondition gives any condition that a loader could have read.
func randomCondition(random *rand.Rand, depth int) catalogue.Condition {
	if depth == 0 || random.IntN(4) == 0 {
		return randomFinding(random)
	}
	children := []catalogue.Condition{randomCondition(random, depth-1), randomCondition(random, depth-1)}
	switch random.IntN(7) {
	case 6:
		return catalogue.Condition{All: []catalogue.Condition{randomFinding(random), {Any: []catalogue.Condition{randomFinding(random), randomFinding(random)}}}, Days: 2}
	case 0:
		return catalogue.Condition{Any: children}
	case 1:
		return catalogue.Condition{All: []catalogue.Condition{children[0], not(children[1])}}
	case 2:
		return catalogue.Condition{All: children, Together: time.Duration(1+random.IntN(20)) * time.Hour}
	case 3:
		return catalogue.Condition{All: children}
	}
	return catalogue.Condition{All: children, Same: []string{"pid", "device", "person"}[random.IntN(3)], Parts: random.IntN(3)}
}

func randomFinding(random *rand.Rand) catalogue.Condition {
	yes := random.IntN(2) == 0
	f := catalogue.FindingCondition{Rule: []string{"kvm." + string("abc*"[random.IntN(4)])}, Active: random.IntN(2) == 0}
	switch random.IntN(11) {
	case 0:
		f.Days = 2
	case 1:
		f.AtLeast = 5 * time.Hour
	case 2:
		f.Sanctioned = &yes
	case 3:
		f.DistinctPersons = 2
	case 4:
		f.DistinctDevices = 2
	case 5:
		f.ForeignTenant = &yes
	case 6:
		f.Within = 48 * time.Hour
	case 7:
		f.Days, f.Within = 2+random.IntN(2), 60*time.Hour
	case 8:
		f.AtLeast, f.Within = 5*time.Hour, 30*time.Hour
	case 9:
		f.Unticketed = &yes
	}
	return catalogue.Condition{Finding: &f}
}

// What sanctions say may change while all else stays: telling a history made ready gives
// what one made anew gives.
func TestPermit(t *testing.T) {
	c := embedded(t)
	random := rand.New(rand.NewPCG(10, 11))
	for range 100 {
		h := randomHistory(t, random)
		p := c.Prepare(h)
		changed := h
		changed.Spells = append([]catalogue.Spell(nil), h.Spells...)
		for i := range changed.Spells {
			s := &changed.Spells[i]
			s.Sanctioned, s.Lapsed, s.ForeignTenant, s.Unticketed = random.IntN(2) == 0, random.IntN(3) == 0, random.IntN(3) == 0, random.IntN(4) == 0
			p.Permit(i, s.Sanctioned, s.Lapsed, s.ForeignTenant, s.Unticketed)
		}
		if diff := cmp.Diff(c.Assess(changed), p.At(h.At)); diff != "" {
			t.Fatal(diff)
		}
	}
}
