package site

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// joinedOn are the laptops of a scene that are part of a site on a day, by what was told until then.
func (s scene) joinedOn(n int) []string {
	s.today = day(n)
	ids := s.survey().Joined()
	slices.Sort(ids)
	return ids
}

// TestABatchIsJudgedWhenItStaysOrLeaves: laptops that were enrolled in one place at once
// are joined on no day on a bench, nor afterwards; those of a farm as soon as they were
// there longer than on a bench, with all that links them. Who was there before is joined all the time.
func TestABatchIsJudgedWhenItStaysOrLeaves(t *testing.T) {
	bench := readFleet(t, fleetFolder+"/staging-bench.yaml").scene(t)
	for n := 1; n <= 30; n++ {
		if ids := bench.joinedOn(n); len(ids) > 0 && n < 9+benchDays { // what stands on the second bench until then stays there from then on
			t.Errorf("on day %d the benches join %v", n, ids)
		}
	}
	farm := readFleet(t, fleetFolder+"/farm-in-one-batch.yaml").scene(t)
	for n := 3; n <= 12; n++ {
		want := []string{"old-1", "old-2", "old-3", "old-driven-1", "old-driven-2"}
		if n > 2+benchDays {
			want = append([]string{"kvm-1", "kvm-2", "kvm-3"}, append(want, "shelf-1", "shelf-2", "shelf-3")...)
		}
		if ids := farm.joinedOn(n); !slices.Equal(ids, want) {
			t.Errorf("on day %d the farms join %v, want %v", n, ids, want)
		}
	}
}

// TestVisitsJoinNobodyOnAnyDay: who is met in a house, a room or a train is joined on
// no day once a weekend was seen.
func TestVisitsJoinNobodyOnAnyDay(t *testing.T) {
	for _, name := range []string{"house-of-colleagues", "coworking", "office", "offices-nobody-declared", "hotel", "phone-hotspot", "two-rooms", "small-company", "routers-of-one-number"} {
		f := readFleet(t, fleetFolder+"/"+name+".yaml")
		s := f.scene(t)
		for n := 8; n <= f.Days; n++ {
			if ids := s.joinedOn(n); len(ids) > 0 {
				t.Errorf("%s: on day %d it joins %v", name, n, ids)
			}
		}
	}
}

// TestUnitsOfOneKindAreNeverOne: that KVMs of one number are several is known on the
// first day on which they are at two laptops, and that one is moved a day later.
func TestUnitsOfOneKindAreNeverOne(t *testing.T) {
	s := readFleet(t, fleetFolder+"/kvm-of-one-kind.yaml").scene(t)
	for n := 1; n <= 15; n++ {
		var want []string
		if n > 9 { // on its first day at the second one that may have replaced the first
			want = []string{"early", "late"}
		}
		if ids := s.joinedOn(n); !slices.Equal(ids, want) {
			t.Errorf("on day %d they join %v, want %v", n, ids, want)
		}
	}
}

// TestSkewedClocksTakeTurns: that two are driven in turns is found though the clock of
// each is wrong by up to five minutes and was not corrected.
func TestSkewedClocksTakeTurns(t *testing.T) {
	s := readFleet(t, fleetFolder+"/turns.yaml").scene(t)
	for _, skew := range []time.Duration{-5 * time.Minute, 5 * time.Minute} {
		wrong := s
		wrong.use.Sessions = slices.Clone(s.use.Sessions)
		for i := range wrong.use.Sessions {
			one, by := &wrong.use.Sessions[i], skew
			if one.DeviceID == "b" {
				by = -skew
			}
			one.From, one.To = one.From.Add(by), one.To.Add(by)
		}
		for _, id := range []string{"a", "b", "c", "d"} {
			got := fmt.Sprint(wrong.picture(t, wrong.fleet(nil)).Verdicts[id]["in_turns_days"])
			if want := map[string]string{"a": "6", "b": "6"}[id]; got != want {
				t.Errorf("with clocks wrong by %s, %s is driven in turns on %q days, want %q", skew, id, got, want)
			}
		}
	}
}
