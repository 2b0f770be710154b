package flow

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestWhatEvades holds what docs/reference/flows.md says of whoever knows how
// input is compared and takes pains: what is still seen, and what is not.
func TestWhatEvades(t *testing.T) {
	const length = 16 * time.Minute
	one := func(flows int) func(*made, time.Duration, *rand.Rand) {
		return func(m *made, at time.Duration, r *rand.Rand) {
			if r.IntN(flows) == 0 {
				driven(2*time.Millisecond)(m, at, r)
			}
		}
	}
	for _, test := range []struct {
		what string
		each func(*made, time.Duration, *rand.Rand)
		all  func(*made, *rand.Rand, time.Duration)
		want Follows
	}{
		{"one of two flows", one(2), nil, Strong},
		{"one of four flows", one(4), nil, Strong},
		{"one of sixteen flows", one(16), nil, None},
		{"junk ten times a second", driven(2 * time.Millisecond), steady(100*time.Millisecond, 60, 900), Strong},
		{"junk fifty times a second", driven(2 * time.Millisecond), steady(20*time.Millisecond, 60, 900), Strong},
		{"junk two hundred times a second", driven(2 * time.Millisecond), steady(5*time.Millisecond, 60, 900), Strong},
		{"a stream that never changes", func(m *made, at time.Duration, r *rand.Rand) { picture(m, at, r) }, steady(20*time.Millisecond, 60, 0), None},
		{"held back for up to 0.2 s", func(m *made, at time.Duration, r *rand.Rand) {
			driven(time.Duration(1+r.IntN(200))*time.Millisecond)(m, at, r)
		}, nil, Strong},
		{"held back for up to 1 s", func(m *made, at time.Duration, r *rand.Rand) {
			driven(time.Duration(1+r.IntN(1000))*time.Millisecond)(m, at, r)
		}, nil, Weak},
		{"held back by 0.8 s", driven(800 * time.Millisecond), nil, None},
		{"pictures elsewhere", func(m *made, at time.Duration, _ *rand.Rand) { m.arrives(at-2*time.Millisecond, 60) }, nil, Strong},
		{"pictures elsewhere, and much padding", func(m *made, at time.Duration, _ *rand.Rand) { m.arrives(at-2*time.Millisecond, 1300) }, nil, None},
	} {
		for seed := range uint64(3) {
			r := rand.New(rand.NewPCG(seed, 7))
			hands, m := work(r, length), &made{}
			for _, at := range hands {
				test.each(m, at, r)
			}
			if test.all != nil {
				test.all(m, r, length+time.Minute)
			}
			if v := compared(m, hands, true); v.Follows != test.want {
				t.Errorf("%s: %+v, want %v", test.what, v, test.want)
			}
		}
	}
}
