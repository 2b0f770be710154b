package catalogue_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// An oracle says what a condition asks by the plainest means: hour by hour, spell by
// spell, part by part. Its spells begin and end on the hour.
type oracle struct {
	at     time.Time
	spells []catalogue.Spell
	named  map[string]catalogue.Condition // of composites
}

type some map[int]bool // places of spells

func (o *oracle) holds(c *catalogue.Condition, among some) (some, bool) {
	switch {
	case c.Finding != nil:
		return o.finding(c.Finding, among)
	case c.Not != nil:
		_, held := o.holds(c.Not, among)
		return nil, !held
	case len(c.Composite) > 0:
		named := o.named[c.Composite[0]]
		return o.holds(&named, among)
	case c.Same != "":
		return o.parts(*c, among)
	case c.Days > 0:
		return o.atOnce(c, among)
	case len(c.All) > 0:
		return o.all(c, among)
	}
	used, one := some{}, false
	for i := range c.Any {
		if more, held := o.holds(&c.Any[i], among); held {
			one = true
			maps.Copy(used, more)
		}
	}
	return used, one
}

func (o *oracle) all(c *catalogue.Condition, among some) (some, bool) {
	used, each := some{}, []some{}
	for i := range c.All {
		more, held := o.holds(&c.All[i], among)
		if !held {
			return nil, false
		}
		maps.Copy(used, more)
		if c.All[i].Not == nil {
			each = append(each, more)
		}
	}
	if c.Together == 0 {
		return used, true
	}
	near := some{} // what began in a stretch, from any beginning on, in which one of each did
	for first := range used {
		begin, in, missing := o.spells[first].From, some{}, false
		for _, child := range each {
			met := false
			for i := range child {
				if d := o.spells[i].From.Sub(begin); d >= 0 && d <= c.Together {
					in[i], met = true, true
				}
			}
			missing = missing || !met
		}
		if !missing {
			maps.Copy(near, in)
		}
	}
	return near, len(near) > 0
}

func (o *oracle) parts(c catalogue.Condition, among some) (some, bool) {
	parts := map[string]some{}
	for i := range among {
		for _, key := range keysOf(o.spells[i], c.Same) {
			if parts[key] == nil {
				parts[key] = some{}
			}
			parts[key][i] = true
		}
	}
	used, held := some{}, 0
	c.Same = ""
	for _, part := range parts {
		if more, ok := o.holds(&c, part); ok {
			held++
			maps.Copy(used, more)
		}
	}
	return used, held >= max(c.Parts, 1)
}

func keysOf(s catalogue.Spell, same string) []string {
	var keys []string
	switch {
	case same == "device":
		keys = []string{s.Device}
	case same == "person" && s.Person == "":
		keys = []string{s.Device}
	case same == "person":
		keys = []string{s.Person}
	default:
		for _, row := range s.Finding.Evidence {
			keys = append(keys, row.Columns[same])
		}
	}
	return slices.DeleteFunc(keys, func(k string) bool { return k == "" })
}

func (o *oracle) finding(c *catalogue.FindingCondition, among some) (some, bool) {
	used, active := some{}, false
	people, devices := map[string]bool{}, map[string]bool{}
	is := func(want *bool, is bool) bool { return want == nil || *want == is }
	for i := range among {
		s := o.spells[i]
		open := s.To.IsZero() || s.To.After(o.at)
		long := c.AtLeast > 0 || c.Days > 0 || c.Within > 0
		named := slices.ContainsFunc(c.Rule, func(p string) bool {
			return p == s.Finding.Rule || strings.HasSuffix(p, "*") && strings.HasPrefix(s.Finding.Rule, strings.TrimSuffix(p, "*"))
		})
		since := c.Within == 0 || open || !s.To.Before(o.at.Add(-c.Within))
		plain := c.Sanctioned == nil || (!s.Lapsed || c.Lapsed != nil) && (!s.Unticketed || c.Unticketed != nil)
		if !named || s.From.After(o.at) || c.Active && !open && !long || !since || !plain || !is(c.Sanctioned, s.Sanctioned) ||
			!is(c.Lapsed, s.Lapsed) || !is(c.ForeignTenant, s.ForeignTenant) || !is(c.Unticketed, s.Unticketed) {
			continue
		}
		used[i], active = true, active || open
		devices[s.Device] = true
		for _, person := range keysOf(s, "person") {
			people[person] = true
		}
	}
	delete(devices, "")
	hours, moments := o.hours(used, c.Within)
	maps.Copy(moments, hours)
	return used, len(used) > 0 && (active || !c.Active) && time.Duration(len(hours))*time.Hour >= c.AtLeast &&
		cover(moments) >= c.Days && len(people) >= c.DistinctPersons && len(devices) >= c.DistinctDevices
}

// hours gives in which hours something was there for all of it, and for a moment only.
func (o *oracle) hours(used some, within time.Duration) (whole, moment map[int]bool) {
	whole, moment = map[int]bool{}, map[int]bool{}
	for i := range used {
		from, to := o.spells[i].From, o.spells[i].To
		if to.IsZero() || to.After(o.at) {
			to = o.at
		}
		if since := o.at.Add(-within); within > 0 && from.Before(since) {
			from = since
		}
		if !to.After(from) {
			moment[hour(from)] = true
		}
		for h := from; h.Before(to); h = h.Add(time.Hour) {
			whole[hour(h)] = true
		}
	}
	return whole, moment
}

func hour(t time.Time) int { return int(t.Sub(now.Add(-1000*time.Hour)) / time.Hour) }

// cover lays stretches of 24 hours one after the other.
func cover(hours map[int]bool) int {
	n, end := 0, -1
	for _, h := range slices.Sorted(maps.Keys(hours)) {
		if h >= end {
			n, end = n+1, h+24
		}
	}
	return n
}

func (o *oracle) atOnce(c *catalogue.Condition, among some) (some, bool) {
	var once map[int]bool
	used := some{}
	for i := range c.All {
		hours, more := o.times(&c.All[i], among)
		maps.Copy(used, more)
		if i == 0 {
			once = hours
		}
		maps.DeleteFunc(once, func(h int, _ bool) bool { return !hours[h] })
	}
	maps.DeleteFunc(used, func(i int, _ bool) bool {
		whole, moments := o.hours(some{i: true}, 0)
		maps.Copy(whole, moments)
		return !slices.ContainsFunc(slices.Collect(maps.Keys(whole)), func(h int) bool { return once[h] })
	})
	return used, cover(once) >= c.Days
}

// times gives the hours of a finding, or of any of several.
func (o *oracle) times(c *catalogue.Condition, among some) (map[int]bool, some) {
	hours, used := map[int]bool{}, some{}
	if c.Finding != nil {
		if more, held := o.finding(c.Finding, among); held {
			whole, moments := o.hours(more, c.Finding.Within)
			maps.Copy(hours, whole)
			maps.Copy(hours, moments)
			used = more
		}
	}
	for i := range c.Any {
		more, by := o.times(&c.Any[i], among)
		maps.Copy(hours, more)
		maps.Copy(used, by)
	}
	return hours, used
}

// What a catalogue says of a condition, and by which findings, is what the oracle says.
func TestConditionsByAnOracle(t *testing.T) {
	random := rand.New(rand.NewPCG(28, 29))
	held := 0
	for round := range 4000 {
		named := randomCondition(random, 1)
		c := asking(randomCondition(random, 3))
		if random.IntN(3) == 0 {
			c.Composites[0].When = catalogue.Condition{Same: "device", Parts: random.IntN(3), All: []catalogue.Condition{{Composite: []string{"d.y"}}, randomFinding(random)}}
		}
		c.Composites = append(c.Composites, catalogue.Composite{ID: "d.y", Title: "D", Conclusion: "remotely_controlled", Group: "kvm", Points: 50, When: named})
		o := &oracle{at: now.Add(-time.Duration(random.IntN(40)) * time.Hour), named: map[string]catalogue.Condition{"d.y": named}}
		among := some{}
		for i := range random.IntN(14) {
			s := randomSpell(random)
			s.From = now.Add(-time.Duration(random.IntN(100)) * time.Hour)
			if s.To = s.From.Add(time.Duration(random.IntN(40)) * time.Hour); random.IntN(3) == 0 {
				s.To = time.Time{}
			}
			s.Finding.UID = fmt.Sprintf("%02d", i)
			if o.spells = append(o.spells, s); !s.From.After(o.at) {
				among[i] = true
			}
		}
		used, want := o.holds(&c.Composites[0].When, among)
		by := ""
		if want {
			held++
			var uids []string
			for _, i := range slices.Sorted(maps.Keys(used)) {
				uids = append(uids, o.spells[i].Finding.UID)
			}
			by = strings.Join(uids, " ")
		}
		var got *catalogue.LedgerEntry
		if list := c.AssessSite(catalogue.History{At: o.at, Spells: o.spells}).Ledger; len(list) > 0 {
			got = &list[0]
		}
		if (got != nil) != want || want && got.Finding != by {
			t.Fatalf("round %d: got %+v, want %v by %q\n%+v\n%+v", round, got, want, by, c.Composites[0].When, o.spells)
		}
	}
	if held < 400 {
		t.Errorf("only %d conditions held", held)
	}
}
