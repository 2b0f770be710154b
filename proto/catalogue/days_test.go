package catalogue_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// heldAt says whether the one composite that is asked about a laptop holds at a moment.
func heldAt(p *catalogue.Prepared, at time.Time) bool {
	return slices.ContainsFunc(p.At(at)[1].Ledger, func(e catalogue.LedgerEntry) bool { return e.Rule == "c.x" })
}

// aboutLaptop is a catalogue whose one composite is about a laptop.
func aboutLaptop(when catalogue.Condition) *catalogue.Catalogue {
	c := asking(when)
	c.Composites[0].Subject = catalogue.SubjectDevice
	return c
}

// between gives spells by hours since the first, in pairs of a beginning and an end.
func between(hours ...float64) []catalogue.Spell {
	var list []catalogue.Spell
	at := func(h float64) time.Time { return now.Add(time.Duration(h * float64(time.Hour))) }
	for i := 0; i < len(hours); i += 2 {
		s := spell("kvm.a", 0, 0)
		s.From, s.To = at(hours[i]), at(hours[i+1])
		list = append(list, s)
	}
	return list
}

// A day is 24 hours from when something is there first, whatever clocks show: the hours
// are such as people in Vladivostok, Berlin and San Francisco work.
func TestDays(t *testing.T) {
	for _, test := range []struct {
		name   string
		spells []catalogue.Spell
		want   int
	}{
		{"one moment", between(3, 3), 1},
		{"a shift over midnight", between(22, 30), 1},
		{"a working day with a break", between(17, 21, 22, 25), 1},
		{"two working days", between(17, 25, 41, 49), 2},
		{"two working days, the second earlier", between(17, 25, 39, 47), 2},
		{"three working days", between(17, 25, 41, 49, 65, 73), 3},
		{"three whole days", between(0, 72), 3},
		{"three whole days and a moment", between(0, 72.01), 4},
		{"a week's working days", between(9, 17, 33, 41, 57, 65, 81, 89, 105, 113), 5},
		{"visits at the same hour", between(9, 9.1, 33, 33.1, 57, 57.1), 3},
		{"overlapping", between(9, 20, 10, 22, 11, 12), 1},
	} {
		for _, shift := range []time.Duration{0, 9 * time.Hour, -7*time.Hour - 13*time.Minute} {
			moved := slices.Clone(test.spells)
			for i := range moved {
				moved[i].From, moved[i].To = moved[i].From.Add(shift), moved[i].To.Add(shift)
			}
			if got := countDays(moved); got != test.want {
				t.Errorf("%s, %v later: %d, want %d", test.name, shift, got, test.want)
			}
		}
	}
}

// countDays asks for more and more days.
func countDays(spells []catalogue.Spell) int {
	for n := 2; ; n++ {
		c := aboutLaptop(catalogue.Condition{Finding: &catalogue.FindingCondition{Rule: []string{"kvm.a"}, Days: n}})
		if !heldAt(c.Prepare(catalogue.History{Spells: spells}), now.Add(500*time.Hour)) {
			return n - 1
		}
	}
}

// No other way to lay stretches of 24 hours takes fewer, and what is taken away never
// makes them more.
func TestDaysAreTheFewest(t *testing.T) {
	random := rand.New(rand.NewPCG(20, 21))
	for round := range 60 {
		var spells []catalogue.Spell
		for range 1 + random.IntN(5) {
			from := random.IntN(120)
			spells = append(spells, between(float64(from), float64(from+random.IntN(40)))...)
		}
		got := countDays(spells)
		if want := fewest(spells); got != want {
			t.Fatalf("round %d: %d days, and %d stretches cover them", round, got, want)
		}
		if fewer := countDays(spells[1:]); len(spells) > 1 && fewer > got {
			t.Fatalf("round %d: %d days without one spell, %d with it", round, fewer, got)
		}
	}
}

// fewest finds by trying every hour how many stretches of 24 hours cover spells that
// begin and end on the hour.
func fewest(spells []catalogue.Spell) int {
	var open [200]bool
	for _, s := range spells {
		open[int(s.From.Sub(now)/time.Hour)] = true
		for at := s.From; at.Before(s.To); at = at.Add(time.Hour) {
			open[int(at.Sub(now)/time.Hour)] = true
		}
	}
	const never = 1000
	var need [200 + 24]int // of what is open from this hour on
	for h := 199; h >= 0; h-- {
		need[h] = need[h+1]
		if open[h] {
			need[h] = never
			for begin := max(h-23, 0); begin <= h; begin++ {
				need[h] = min(need[h], 1+need[begin+24])
			}
		}
	}
	return need[0]
}

// Next is never too late: whatever is asked, moment after moment up to where something
// comes, goes or leaves a window, nothing turns before the moment that it names.
func TestNextIsNeverTooLate(t *testing.T) {
	random := rand.New(rand.NewPCG(22, 23))
	turns := 0
	for round := range 1000 {
		c := aboutLaptop(lastingCondition(random))
		h := lasting(random)
		p := c.Prepare(h)
		at := now.Add(-time.Duration(random.IntN(60*60)) * time.Minute)
		edge := nextEdge(c, h, at)
		was, next := heldAt(p, at), p.Next(at)
		for m := at; m.Before(edge); m = m.Add(10 * time.Minute) {
			if heldAt(p, m) == was {
				continue
			}
			if turns++; next.IsZero() || next.After(m) {
				t.Fatalf("round %d: from %v it turns by %v, and Next says %v: %+v", round, at, m, next, h.Spells)
			}
			break
		}
	}
	if turns < 40 {
		t.Errorf("only %d of the histories turned", turns)
	}
}

// Next does not cry wolf: where nothing is open and one thing is asked, it turns at the
// very moment named, and not a microsecond before.
func TestNextIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(24, 25))
	named := 0
	for round := range 400 {
		asked := catalogue.FindingCondition{Rule: []string{"kvm.a"}, Within: 72 * time.Hour, Days: 2 + random.IntN(2)}
		if random.IntN(2) == 0 {
			asked.Days, asked.AtLeast = 0, time.Duration(1+random.IntN(30))*time.Hour
		}
		var spells []catalogue.Spell
		for range 1 + random.IntN(5) {
			from := -random.Float64() * 100
			spells = append(spells, between(from, from-from*random.Float64())...)
		}
		p := aboutLaptop(catalogue.Condition{Finding: &asked}).Prepare(catalogue.History{Spells: spells})
		next := p.Next(now)
		if next.IsZero() {
			continue
		}
		named++
		if before := next.Add(-time.Microsecond).Truncate(time.Microsecond); heldAt(p, before) == heldAt(p, next) || heldAt(p, now) != heldAt(p, before) {
			t.Fatalf("round %d: Next names %v, where %+v does not turn: %+v", round, next, asked, spells)
		}
	}
	if named < 100 {
		t.Errorf("only %d histories had a next moment", named)
	}
}

// lastingCondition asks how long something was there, in one of the ways to ask it.
func lastingCondition(random *rand.Rand) catalogue.Condition {
	one := func() catalogue.Condition {
		f := catalogue.FindingCondition{Rule: []string{"kvm." + string("abc*"[random.IntN(4)])}, Within: time.Duration(random.IntN(3)) * 36 * time.Hour}
		if random.IntN(2) == 0 {
			f.Days = 2 + random.IntN(2)
		} else {
			f.AtLeast = time.Duration(5+random.IntN(30)) * time.Hour
		}
		return catalogue.Condition{Finding: &f}
	}
	two := []catalogue.Condition{one(), one()}
	switch random.IntN(6) {
	case 0:
		return one()
	case 1:
		return catalogue.Condition{All: []catalogue.Condition{rule("kvm.*"), not(one())}}
	case 2:
		return catalogue.Condition{Any: two}
	case 3:
		return catalogue.Condition{All: two[:1+random.IntN(2)], Same: "pid", Parts: random.IntN(3)}
	case 4:
		return catalogue.Condition{All: []catalogue.Condition{{Any: []catalogue.Condition{one(), rule("kvm.a")}}, randomFinding(random)}, Days: 2}
	}
	return catalogue.Condition{Any: []catalogue.Condition{{All: two}, randomCondition(random, 2)}}
}

// lasting is a history of spells on the minute, of which some are open.
func lasting(random *rand.Rand) catalogue.History {
	h := catalogue.History{}
	for range 1 + random.IntN(8) {
		s := randomSpell(random)
		s.From = now.Add(-time.Duration(random.IntN(100*60)) * time.Minute)
		if s.To = s.From.Add(time.Duration(random.IntN(40*60)) * time.Minute); random.IntN(3) == 0 {
			s.To = time.Time{}
		}
		s.Finding.UID = fmt.Sprint(len(h.Spells))
		h.Spells = append(h.Spells, s)
	}
	return h
}

// nextEdge is when the next spell comes, goes or leaves a window, two days on at the latest.
func nextEdge(c *catalogue.Catalogue, h catalogue.History, after time.Time) time.Time {
	edge := after.Add(48 * time.Hour)
	sooner := func(t time.Time) {
		if t.After(after) && t.Before(edge) {
			edge = t
		}
	}
	for _, s := range h.Spells {
		sooner(s.From)
		for _, w := range append(c.Windows(s.Finding.Rule), 0) {
			if !s.To.IsZero() {
				sooner(s.To.Add(w))
			}
		}
	}
	return edge
}
