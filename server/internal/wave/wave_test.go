package wave

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// starts are n laptops on which a tool began, so far apart.
func starts(n int, apart time.Duration, change func(int, *Start)) []Start {
	var list []Start
	for i := range n {
		s := Start{Device: fmt.Sprintf("d%04d", i), Subject: "syncro", Tenant: "provider", At: noon.Add(time.Duration(i) * apart)}
		if change != nil {
			change(i, &s)
		}
		list = append(list, s)
	}
	return list
}

func TestFind(t *testing.T) {
	for name, c := range map[string]struct {
		starts []Start
		fleet  int
		want   []int // devices of each wave
	}{
		"a provider moves two thousand laptops over nine days": {starts(2000, 390*time.Second, nil), 2000, []int{2000}},
		"tried out on a few first":                             {append(starts(4, time.Hour, func(_ int, s *Start) { s.Device += "b" }), starts(20, time.Hour, func(_ int, s *Start) { s.At = s.At.Add(70 * time.Hour) })...), 500, []int{24}},
		"not tried out last week":                              {append(starts(4, time.Hour, func(_ int, s *Start) { s.Device += "b" }), starts(20, time.Hour, func(_ int, s *Start) { s.At = s.At.Add(7 * 24 * time.Hour) })...), 500, []int{20}},
		"just enough":                                          {starts(20, time.Hour, nil), 500, []int{20}},
		"one too few":                                          {starts(19, time.Hour, nil), 500, nil},
		"too few for a large one":                              {starts(99, time.Minute, nil), 5000, nil},
		"enough for a large one":                               {starts(100, time.Minute, nil), 5000, []int{100}},
		"one a day is no change":                               {starts(60, 24*time.Hour, nil), 500, nil},
		"two months apart":                                     {append(starts(20, time.Hour, nil), starts(20, time.Hour, func(_ int, s *Start) { s.Device += "b"; s.At = s.At.AddDate(0, 2, 0) })...), 500, []int{20, 20}},
		"an office is no place":                                {starts(60, time.Minute, func(_ int, s *Start) { s.Place = "office" }), 500, []int{60}},
		"a farm is no fleet":                                   {starts(25, time.Hour, func(_ int, s *Start) { s.Place = "house" }), 100, nil},
		"a farm beside a change":                               {append(starts(20, time.Hour, nil), starts(25, time.Hour, func(_ int, s *Start) { s.Device += "b"; s.Tenant = "theirs"; s.Place = "house" })...), 500, []int{20}},
		"everybody's own account":                              {starts(50, time.Minute, func(_ int, s *Start) { s.Tenant = s.Device }), 500, nil},
		"a place counts once":                                  {starts(40, time.Minute, func(i int, s *Start) { s.Place = fmt.Sprint(i / 2) }), 500, []int{40}},
		"a place counts only once":                             {starts(38, time.Minute, func(i int, s *Start) { s.Place = fmt.Sprint(i / 2) }), 500, nil},
		"told again":                                           {append(starts(20, time.Hour, nil), starts(20, time.Hour, func(_ int, s *Start) { s.At = s.At.AddDate(0, 1, 0) })...), 500, []int{20}},
		"two tools":                                            {append(starts(20, time.Hour, nil), starts(20, time.Hour, func(_ int, s *Start) { s.Subject = "atera" })...), 500, []int{20, 20}},
		"nothing":                                              {nil, 500, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []int
			for _, w := range Find(c.starts, c.fleet, Default()) {
				got = append(got, len(w.Devices))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("devices of each wave (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFindInAnyOrder: news arrive in any order.
func TestFindInAnyOrder(t *testing.T) {
	list := append(starts(64, time.Hour, func(i int, s *Start) { s.Place = []string{"", "a", "b"}[i%3] }), starts(64, 2*time.Hour, func(_ int, s *Start) { s.Device += "b" })...)
	want := Find(list, 500, Default())
	if len(want) == 0 {
		t.Fatal("there is no wave to find")
	}
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 0))
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		if diff := cmp.Diff(want, Find(append(list, list[0], list[1]), 500, Default())); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	list := starts(100_000, time.Minute, func(i int, s *Start) { s.Subject = fmt.Sprint(i % 400); s.Tenant = "" })
	for b.Loop() {
		Find(list, 100_000, Default())
	}
}
