package flow

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A made is a flow that is made up: what passed through it, in order of time.
type made struct{ in, out []parcel }

type parcel struct {
	at   time.Duration
	size int
}

func (m *made) arrives(at time.Duration, size int) { m.in = append(m.in, parcel{at, size}) }
func (m *made) leaves(at time.Duration, size int)  { m.out = append(m.out, parcel{at, size}) }

func spread(r *rand.Rand, middle time.Duration, by float64) time.Duration {
	return time.Duration(float64(middle) * math.Exp(by*r.NormFloat64()))
}

// work is how a person types and moves a pointer for some minutes.
func work(r *rand.Rand, length time.Duration) []time.Duration {
	var at []time.Duration
	for now := time.Minute; now < time.Minute+length; now += spread(r, 900*time.Millisecond, 0.8) {
		if r.IntN(2) == 0 {
			for range 5 + r.IntN(40) {
				held := spread(r, 80*time.Millisecond, 0.25)
				at = append(at, now, now+held)
				now += held + spread(r, 70*time.Millisecond, 0.6)
			}
			continue
		}
		for range 10 + r.IntN(60) {
			at = append(at, now)
			now += 16 * time.Millisecond
		}
	}
	slices.Sort(at)
	return at
}

// steps is how finely Linux tells when a segment passed.
const steps = 4 * time.Millisecond

// compared lets a follower follow a flow as a host tells of it: every tick while
// there was input in the last two seconds, and inputs told some seconds later.
func compared(m *made, hands []time.Duration, timed bool) Verdict {
	f, k := NewFollower(), keyOf(1)
	for _, list := range [][]parcel{m.in, m.out} {
		slices.SortFunc(list, func(a, b parcel) int { return int(a.at - b.at) })
	}
	var c Counts
	count := func(list []parcel, to *Count, now time.Duration) []parcel {
		for len(list) > 0 && list[0].at <= now {
			to.Segments, to.Bytes = to.Segments+1, to.Bytes+uint64(list[0].size)
			if timed {
				to.Last = now - (now - list[0].at).Truncate(steps)
			}
			list = list[1:]
		}
		return list
	}
	in, out, next := m.in, m.out, 0
	end := hands[len(hands)-1]
	for now := time.Duration(0); now < end; now += tick {
		in, out = count(in, &c.In, now), count(out, &c.Out, now)
		for next < len(hands) && hands[next] <= now {
			f.Hands.Add(hands[next])
			next++
		}
		if next > 0 && now-hands[next-1] < 2*time.Second {
			f.Sample(k, now, c)
		}
		if now%(2*time.Second) == 0 {
			f.Told(now)
			f.Rest(now)
		}
	}
	return f.Verdict(k)
}

// picture is what goes back when something changed on a desktop.
func picture(m *made, at time.Duration, r *rand.Rand) {
	for range 1 + r.IntN(4) {
		m.leaves(at+spread(r, 30*time.Millisecond, 0.4), 400+r.IntN(1000))
	}
}

// answered is a flow by which each input goes out, and something comes back.
func answered(out, in int, way time.Duration) func(*made, time.Duration, *rand.Rand) {
	return func(m *made, at time.Duration, r *rand.Rand) {
		m.leaves(at+2*time.Millisecond, out)
		m.arrives(at+2*time.Millisecond+spread(r, way, 0.1), in)
	}
}

// driven is a flow by which input comes.
func driven(ahead time.Duration) func(*made, time.Duration, *rand.Rand) {
	return func(m *made, at time.Duration, r *rand.Rand) {
		m.arrives(at-spread(r, ahead, 0.2), 60)
		picture(m, at, r)
	}
}

func steady(every time.Duration, in, out int) func(*made, *rand.Rand, time.Duration) {
	return func(m *made, r *rand.Rand, length time.Duration) {
		for now := time.Duration(0); now < length; now += spread(r, every, 0.3) {
			if in > 0 {
				m.arrives(now, 1+r.IntN(2*in))
			}
			if out > 0 {
				m.leaves(now+every/3, 1+r.IntN(2*out))
			}
		}
	}
}

func TestVerdicts(t *testing.T) {
	const length = 16 * time.Minute
	for _, test := range []struct {
		what  string
		each  func(*made, time.Duration, *rand.Rand)
		all   func(*made, *rand.Rand, time.Duration)
		want  Follows
		least int // score
	}{
		{what: "driven", each: driven(2 * time.Millisecond), want: Strong, least: 80},
		{what: "driven by what takes its time to inject", each: driven(40 * time.Millisecond), want: Strong, least: 60},
		{what: "driven through much else", each: driven(2 * time.Millisecond), all: steady(90*time.Millisecond, 200, 2000), want: Strong, least: 50},
		{what: "a keyboard and mouse shared with another machine", each: func(m *made, at time.Duration, _ *rand.Rand) { m.arrives(at-time.Millisecond, 30) }, want: Strong, least: 80},
		{what: "a shell on the local network", each: answered(36, 36, time.Millisecond), want: None},
		{what: "a shell elsewhere", each: answered(36, 36, 30*time.Millisecond), want: None},
		{what: "a shell far away", each: answered(36, 36, 280*time.Millisecond), want: None},
		{what: "an editor that runs elsewhere", each: answered(300, 60, 25*time.Millisecond), want: None},
		{what: "an editor that runs next door", each: answered(300, 60, 4*time.Millisecond), want: None},
		{what: "a viewer", each: func(m *made, at time.Duration, r *rand.Rand) {
			m.leaves(at+time.Millisecond, 60)
			for range 1 + r.IntN(5) {
				m.arrives(at+spread(r, 45*time.Millisecond, 0.3), 900)
			}
		}, want: None},
		{what: "a call", all: steady(33*time.Millisecond, 600, 600), want: None},
		{what: "a game", each: func(m *made, at time.Duration, _ *rand.Rand) { m.leaves(at+time.Millisecond, 40) }, all: steady(33*time.Millisecond, 300, 0), want: None},
		{what: "a download", all: steady(10*time.Millisecond, 1400, 0), want: None},
		{what: "nothing", all: steady(5*time.Second, 100, 100), want: None},
		{what: "what goes on while the person works, by itself", each: func(m *made, at time.Duration, r *rand.Rand) {
			if r.IntN(6) == 0 {
				m.arrives(at+time.Duration(r.Int64N(int64(4*time.Second)))-2*time.Second, 200)
				m.leaves(at+time.Duration(r.Int64N(int64(4*time.Second)))-2*time.Second, 900)
			}
		}, want: None},
	} {
		for seed := range uint64(3) {
			r := rand.New(rand.NewPCG(seed, 5))
			hands, m := work(r, length), &made{}
			if test.each != nil {
				for _, at := range hands {
					test.each(m, at, r)
				}
			}
			if test.all != nil {
				test.all(m, r, length+time.Minute)
			}
			v := compared(m, hands, true)
			if v.Follows != test.want || v.Score < test.least || v.Minutes < manyMinutes {
				t.Errorf("%s: %v with %d percent in %d minutes, want %v", test.what, v.Follows, v.Score, v.Minutes, test.want)
			}
			if test.want != Strong {
				continue
			}
			if v := compared(m, hands, false); v.Follows != Weak {
				t.Errorf("%s, when nobody tells when a segment came: %v, want weak", test.what, v.Follows)
			}
		}
	}
}

// TestVerdictTakesTime: what is said grows with the minutes, and is not said of few.
func TestVerdictTakesTime(t *testing.T) {
	for _, test := range []struct {
		length time.Duration
		want   Follows
	}{{2 * time.Minute, Unknown}, {6 * time.Minute, Weak}, {15 * time.Minute, Strong}} {
		r := rand.New(rand.NewPCG(1, 2))
		hands, m := work(r, test.length), &made{}
		for _, at := range hands {
			driven(3*time.Millisecond)(m, at, r)
		}
		if v := compared(m, hands, true); v.Follows != test.want {
			t.Errorf("after %s: %+v, want %v", test.length, v, test.want)
		}
	}
}

// TestChanceFollowsNothing: whatever arrives at times of its own, whatever its
// rate, is followed by nobody's input.
func TestChanceFollowsNothing(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 3))
		hands, m := work(r, 13*time.Minute), &made{}
		every := time.Duration(15+r.IntN(600)) * time.Millisecond
		steady(every, 1+r.IntN(1000), 1+r.IntN(4000))(m, r, 14*time.Minute)
		for now := time.Duration(0); now < 14*time.Minute; now += spread(r, 3*time.Second, 0.8) { // and in bursts
			for i := range r.IntN(30) {
				m.arrives(now+time.Duration(i)*20*time.Millisecond, 100)
			}
		}
		if v := compared(m, hands, true); v.Follows != None {
			t.Errorf("seed %d, every %s: %+v", seed, every, v)
		}
	}
}

func TestHands(t *testing.T) {
	var h Hands
	for _, ms := range []int{100, 105, 300, 200, 203, 500, 500} {
		h.Add(time.Duration(ms) * time.Millisecond)
	}
	if n := h.count(0, time.Second); n != 4 || !slices.IsSorted(h.at) {
		t.Errorf("%d inputs: %v", n, h.at)
	}
	if n := h.count(200*time.Millisecond, 300*time.Millisecond); n != 1 {
		t.Errorf("%d inputs in a tenth", n)
	}
	h.Forget(400 * time.Millisecond)
	if len(h.at) != 1 {
		t.Errorf("%v is left", h.at)
	}
	for i := range 3 * mostHands {
		h.Add(time.Duration(i) * grain)
	}
	if len(h.at) > mostHands || h.at[len(h.at)-1] != time.Duration(3*mostHands-1)*grain {
		t.Errorf("%d inputs are remembered", len(h.at))
	}
}

// TestFollowerIsBounded: of however many flows, with inputs never told, it keeps little.
func TestFollowerIsBounded(t *testing.T) {
	before := memory()
	f := NewFollower()
	for n := range 10_000 {
		for i := range uint64(2 * mostWaiting) {
			f.Sample(keyOf(n), time.Duration(n)*time.Hour/1000+time.Duration(i)*tick, Counts{In: Count{Segments: i, Bytes: i}})
		}
	}
	if held := memory() - before; len(f.flows) > mostFollowed || held > 2<<20 || !f.Full(keyOf(9_999)) {
		t.Errorf("%d flows hold %d bytes", len(f.flows), held)
	}
}

func TestChoose(t *testing.T) {
	table, f := NewTable(Most), NewFollower()
	local := NewKey(false, keyOf(0).Local(), keyOf(0).Local())
	add := func(look uint64, k Key, segments, in, out uint64) {
		table.Add(k, Counts{In: Count{Segments: look * segments, Bytes: 1 + look*in}, Out: Count{Bytes: look * out}})
	}
	for look := range uint64(4) {
		table.Begin(time.Duration(look) * 20 * time.Second)
		add(look, keyOf(1), 1000, 1_400_000, 10) // a download
		add(look, keyOf(2), 100, 20_000, 20_000) // a shell
		add(look, keyOf(3), 100, 3_000, 90_000)  // driven
		add(look, keyOf(4), 1, 60, 60)           // kept alive
		add(look, keyOf(5), 0, 9_000, 90_000)    // bytes alone
		add(look, local, 100, 3_000, 90_000)     // with itself
		table.End()
	}
	if got, want := f.Choose(table, 8), []Key{keyOf(3), keyOf(2), keyOf(1)}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	f.flows[keyOf(3)] = &followed{minutes: make([]uint8, 20)} // followed by nothing
	f.flows[keyOf(1)] = &followed{minutes: slices.Repeat([]uint8{80}, 20), bytesOut: 10}
	if got, want := f.Choose(table, 2), []Key{keyOf(1), keyOf(2)}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v: what input seems to follow stays, and what it does not makes room", got, want)
	}
}

func BenchmarkFollower(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	f := NewFollower()
	for _, at := range work(r, 2*time.Minute) {
		f.Hands.Add(at)
	}
	f.Told(time.Hour)
	now, n := 90*time.Second, uint64(0)
	for b.Loop() { // one tick of eight flows
		now, n = now+tick, n+1
		if now > 150*time.Second {
			now = 90 * time.Second
		}
		for k := range 8 {
			f.Sample(keyOf(k), now, Counts{In: Count{Segments: 3 * n, Bytes: 60 * n, Last: now - tick/2}, Out: Count{Segments: n, Bytes: 900 * n}})
		}
	}
}
