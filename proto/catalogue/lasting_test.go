package catalogue_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// A session that no person agreed to is told for a day after it ended: one of a single
// night is open on two days, and is no three days of remote access.
func TestOneNightIsNotThreeDays(t *testing.T) {
	c := embedded(t)
	midnight := now.Truncate(24 * time.Hour)
	night := catalogue.Spell{Finding: spell("tool.anydesk.entered", 1, 0).Finding, From: midnight.Add(-25 * time.Hour), To: midnight.Add(7 * time.Hour)}
	shelf := spell("network.corporate_neighbours", 10*24, 0)
	for _, test := range []struct {
		name   string
		nights int
		want   string
	}{{"one night", 1, "watch"}, {"three nights", 3, "high"}} {
		spells := one(shelf)
		for n := range test.nights {
			s := night
			s.From = s.From.AddDate(0, 0, -n)
			spells = append(spells, s)
		}
		a := c.Assess(catalogue.History{At: midnight.Add(6 * time.Hour), EnrolledAt: enrolled.AddDate(-1, 0, 0), Spells: spells})[1]
		if string(a.Level) != test.want {
			t.Errorf("%s: %s, want %s: %+v", test.name, a.Level, test.want, a.Ledger)
		}
	}
}

// Two working days of remote access are two, also in San Francisco, where each of them
// touches two days of UTC; three are three.
func TestWorkingDaysInAmerica(t *testing.T) {
	c := embedded(t)
	morning := now.Truncate(24 * time.Hour).Add(17 * time.Hour)
	for days, want := range map[int]string{2: "watch", 3: "high"} {
		spells := one(spell("network.corporate_neighbours", 20*24, 0))
		for n := range days {
			s := spell("tool.anydesk.controlled", 1, 0, fmt.Sprint(n))
			s.From, s.To = morning.AddDate(0, 0, -n), morning.AddDate(0, 0, -n).Add(8*time.Hour)
			spells = append(spells, s)
		}
		a := c.Assess(catalogue.History{At: morning.Add(8*time.Hour - time.Minute), EnrolledAt: enrolled.AddDate(-1, 0, 0), Spells: spells})[1]
		if string(a.Level) != want {
			t.Errorf("%d days: %s, want %s: %+v", days, a.Level, want, a.Ledger)
		}
	}
}

// The same life lived in another time zone gives the same assessment, byte for byte.
func TestTimeZonesKeepOut(t *testing.T) {
	c := embedded(t)
	random := rand.New(rand.NewPCG(26, 27))
	for round := range 300 {
		h := randomHistory(t, random)
		want := c.Assess(h)
		shift := time.Duration(random.IntN(24*60)) * time.Minute
		h.At = h.At.Add(shift)
		if !h.EnrolledAt.IsZero() {
			h.EnrolledAt = h.EnrolledAt.Add(shift)
		}
		h.Spells = slices.Clone(h.Spells)
		for i := range h.Spells {
			s := &h.Spells[i]
			if s.From = s.From.Add(shift); !s.To.IsZero() {
				s.To = s.To.Add(shift)
			}
		}
		if diff := cmp.Diff(want, c.Assess(h)); diff != "" {
			t.Fatalf("round %d, %v later:\n%s", round, shift, diff)
		}
	}
}

// What a laptop says was there since the year 1 costs no more than what was there for a season.
func TestAnAgeOfDaysCostsLittle(t *testing.T) {
	c := embedded(t)
	spells := one(spell("meeting.started_by_program", 1, 0), spell("kvm.keyboard_only_gadget", 1, 0), spell("input.injected", 1, 0))
	for i := range spells {
		spells[i].From = time.Time{}.Add(time.Hour)
	}
	p := c.Prepare(catalogue.History{Spells: spells})
	begin := time.Now()
	for i := range 20 {
		if a := p.At(now.Add(time.Duration(i) * time.Hour))[0]; a.Ledger[0].Rule != "c4.meeting_control" {
			t.Fatalf("%+v", a.Ledger)
		}
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("20 moments took %v", took)
	}
}

// Next is never too late where a window has been full until now, nor where one begins
// between two midnights.
func TestNextOfWindows(t *testing.T) {
	hours := func(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }
	for _, test := range []struct {
		name   string
		asked  catalogue.FindingCondition
		spells []catalogue.Spell
		turns  time.Time
	}{
		{"full, and over just now", catalogue.FindingCondition{AtLeast: 5 * time.Hour, Within: 24 * time.Hour}, one(spell("kvm.a", 48, 1)), now.Add(-hours(1)).Add(19*time.Hour + time.Microsecond)},
		{"days of a day and a half", catalogue.FindingCondition{Days: 2, Within: 36 * time.Hour}, one(spell("kvm.a", 48, 21.5)), time.Time{}},
	} {
		test.asked.Rule = []string{"kvm.a"}
		c := asking(catalogue.Condition{Finding: &test.asked})
		c.Composites[0].Subject = catalogue.SubjectDevice
		p := c.Prepare(catalogue.History{Spells: test.spells})
		at := test.spells[0].To
		level := p.At(at)[1].Level
		next := p.Next(at)
		turned := time.Time{}
		for t := at; t.Before(at.Add(48 * time.Hour)); t = t.Add(time.Minute) {
			if p.At(t)[1].Level != level {
				turned = t
				break
			}
		}
		if level != "medium" || turned.IsZero() || next.IsZero() || next.After(turned) {
			t.Errorf("%s: %s at %v turns at %v, and Next says %v", test.name, level, at, turned, next)
		}
	}
}
