package rhythm

import (
	"fmt"
	"testing"
	"time"
)

const ms = time.Millisecond

// strokes types n keys; every third dwell is as short as asked.
func strokes(m *Meter, device string, from time.Duration, n int, short time.Duration) time.Duration {
	for i := range n {
		dwell := 90*ms + time.Duration(i%7)*5*ms
		if i%3 == 0 {
			dwell = short
		}
		m.Add(Input{Device: device, Kind: press, At: from})
		m.Add(Input{Device: device, Kind: release, At: from + dwell})
		from += 150*ms + time.Duration(i%5)*40*ms
	}
	return from
}

func TestNothingIsSaidOfLessThanAMinute(t *testing.T) {
	m := New()
	m.Advance(0)
	strokes(m, "a", 0, 200, 80*ms)
	m.Advance(59 * time.Second)
	if s := m.Device("a"); s.Keys != None || s.Typing.Sample != None || s.KeyShare != 0 || s.Silent {
		t.Errorf("after 59 s: %+v", s)
	}
	m.Advance(61 * time.Second)
	if s := m.Device("a"); s.Keys != Enough || s.Typing.Sample != Enough || s.KeyShare != 100 {
		t.Errorf("after 61 s: %+v", s)
	}
}

func TestShares(t *testing.T) {
	m := New()
	m.Advance(0)
	at := strokes(m, "a", 0, 75, 80*ms)
	strokes(m, "b", at, 25, 80*ms)
	at = at.Truncate(tenth)
	for i := range 1000 { // a mouse that sends each millisecond counts no more than one that sends each tenth of a second
		m.Add(Input{Device: "fast", Kind: move, At: at + time.Duration(i)*ms, X: 1})
	}
	for i := range 10 {
		m.Add(Input{Device: "slow", Kind: move, At: at + time.Duration(i)*100*ms, X: 1, Injected: true})
	}
	m.Advance(2 * time.Minute)
	for device, want := range map[string]string{"a": "75 0 0", "b": "25 0 0", "fast": "0 50 0", "slow": "0 50 100", "none": "0 0 0"} {
		s := m.Device(device)
		if got := fmt.Sprint(s.KeyShare, s.PointerShare, s.Injected); got != want {
			t.Errorf("%s has shares %s, want %s", device, got, want)
		}
	}
	m.Advance(11 * time.Minute)
	if s := m.Device("a"); s.Keys != Enough {
		t.Errorf("the last whole window is gone: %+v", s)
	}
	m.Advance(22 * time.Minute)
	if s := m.Device("a"); s.Keys != None || s.Silent {
		t.Errorf("twelve minutes later: %+v", s)
	}
	if m.Advance(2 * time.Hour); !m.Device("a").Silent {
		t.Error("not silent after two hours")
	}
}

// TestCounted: presses whose time nobody knows are in shares, and in no rhythm.
func TestCounted(t *testing.T) {
	m := New()
	m.Advance(0)
	for i := range 100 {
		at := time.Duration(i) * time.Second
		m.Add(Input{Device: "posted", Kind: counted, At: at, Injected: true})
		m.Add(Input{Device: "posted", Kind: used, At: at, Injected: true})
		if i%4 == 0 {
			m.Add(Input{Device: "hardware", Kind: counted, At: at})
		}
	}
	m.Advance(2 * time.Minute)
	s := m.Device("posted")
	if s.Keys != Enough || s.KeyShare != 80 || s.Injected != 100 || s.PointerShare != 100 || s.Typing.Sample != None || s.Cadence.Intervals != None {
		t.Errorf("%+v", s)
	}
}

func TestTyping(t *testing.T) {
	for _, test := range []struct {
		name            string
		short           time.Duration
		least, most     int
		leastTo, mostTo int
	}{
		{"ordinary", 80 * ms, 0, 0, 0, 0},
		{"a third too short", 2 * ms, 30, 36, 14, 20},
	} {
		m := New()
		m.Advance(0)
		m.Advance(strokes(m, "a", 0, 300, test.short) + time.Minute)
		s := m.Device("a").Typing
		if s.Sample != Enough || s.Short < test.least || s.Short > test.most || s.Together < test.leastTo || s.Together > test.mostTo {
			t.Errorf("%s: %+v", test.name, s)
		}
		sum := 0
		for _, share := range s.Gaps {
			sum += share
		}
		if sum < 95 || sum > 105 {
			t.Errorf("%s: the buckets of gaps hold %d %%", test.name, sum)
		}
	}
}

// Whoever looks at keys pairs a release with the press of its key; nobody here can.
func TestTheFirstReleaseEndsTheFirstPress(t *testing.T) {
	var y typing
	for _, at := range []time.Duration{0, 50 * ms} {
		y.press(at)
	}
	y.release(70 * ms)
	y.release(90 * ms)
	if y.running.dwell != 2 || y.running.dwells[9] != 1 || y.running.dwells[7] != 1 {
		t.Errorf("dwells %v, want one of 70 and one of 40 ms", y.running.dwells)
	}
	y.press(10 * time.Second)
	y.press(12100 * ms)
	y.release(12200 * ms) // the first is held for another key, or its release was lost
	if y.running.dwell != 3 || len(y.held) != 0 {
		t.Errorf("%d dwells, %d held", y.running.dwell, len(y.held))
	}
	y.press(13 * time.Second)
	y.forget()
	y.release(13010 * ms)
	if y.running.dwell != 3 {
		t.Error("a press from before a loss was paired")
	}
}

func jiggle(m *Meter, n int, every func(i int) time.Duration) time.Duration {
	var at time.Duration
	m.Advance(0)
	for i := range n {
		at += every(i)
		m.Add(Input{Device: "j", Kind: move, At: at, X: 1 - 2*(i%2)})
	}
	return at
}

func TestCadence(t *testing.T) {
	even := func(int) time.Duration { return time.Minute }
	t.Run("even", func(t *testing.T) {
		m := New()
		jiggle(m, 31, even)
		c := m.Device("j").Cadence
		want := Cadence{Intervals: Enough, Mean: time.Minute, Step: 1, Moves: 1}
		if c != want {
			t.Errorf("%+v, want %+v", c, want)
		}
	})
	t.Run("twenty-nine intervals", func(t *testing.T) {
		m := New()
		jiggle(m, 30, even)
		if c := m.Device("j").Cadence; c.Intervals != Few {
			t.Errorf("%+v", c)
		}
	})
	t.Run("at any time", func(t *testing.T) {
		m := New()
		jiggle(m, 500, func(i int) time.Duration { return time.Duration(1+(i*i*37)%97) * time.Second })
		if c := m.Device("j").Cadence; c.Intervals == Enough && c.Variation < 30 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("with keys between", func(t *testing.T) {
		m := New()
		for i := range 100 {
			at := time.Duration(i) * time.Minute
			m.Add(Input{Device: "j", Kind: move, At: at, X: 1 - 2*(i%2)})
			if i%20 == 0 {
				m.Add(Input{Device: "k", Kind: press, At: at + time.Second})
			}
		}
		if c := m.Device("j").Cadence; c.Intervals == Enough {
			t.Errorf("%+v", c)
		}
	})
	t.Run("one way", func(t *testing.T) {
		m := New()
		for i := range 40 {
			m.Add(Input{Device: "j", Kind: move, At: time.Duration(i) * time.Minute, X: 2})
		}
		if c := m.Device("j").Cadence; c.Net != 100 || c.Step != 2 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("kept for a day", func(t *testing.T) {
		m := New()
		at := jiggle(m, 40, even)
		m.Add(Input{Device: "k", Kind: press, At: at + time.Second})
		m.Advance(at + 23*time.Hour)
		if c := m.Device("j").Cadence; c.Intervals != Enough {
			t.Errorf("the end shows when somebody came: %+v", c)
		}
		m.Advance(at + 25*time.Hour)
		if c := m.Device("j").Cadence; c.Intervals == Enough {
			t.Errorf("still told: %+v", c)
		}
	})
}

func TestPlaces(t *testing.T) {
	m := New()
	for i := range 40 {
		at := time.Duration(i) * 20 * time.Second
		m.Add(Input{Device: "j", Kind: place, At: at, X: 1, Y: 1})
		m.Add(Input{Device: "j", Kind: place, At: at + 3*ms})
	}
	want := Cadence{Intervals: Enough, Mean: 20 * time.Second, Net: 2, Step: 1, Moves: 2, Place: "corner"} // from its first place by one
	if c := m.Device("j").Cadence; c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
	for i := range 100 {
		m.Add(Input{Device: "r", Kind: place, At: 20*time.Minute + time.Duration(i)*70*ms, X: i % 2 * 20000})
	}
	m.Advance(20*time.Minute + 10*time.Second)
	if s := m.Device("r"); s.AbsoluteJumps != 100 {
		t.Errorf("%d %% of the places are jumps", s.AbsoluteJumps)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := New()
	for i := range 1000 {
		m.Add(Input{Device: fmt.Sprint(i), Kind: press, At: time.Duration(i) * time.Hour})
	}
	for i := range 10 * mostTimes {
		m.Add(Input{Device: "0", Kind: move, At: 1000*time.Hour + time.Duration(i)*time.Minute, X: 1})
	}
	for range 1000 {
		m.Add(Input{Device: "0", Kind: press, At: 2000 * time.Hour})
	}
	h := m.hands["0"]
	if len(m.hands) != mostDevices || cap(h.pointing.run.intervals) > 2*mostTimes || len(h.typing.held) > mostHeld {
		t.Errorf("%d devices, %d intervals, %d keys held", len(m.hands), cap(h.pointing.run.intervals), len(h.typing.held))
	}
	if m.Forget(map[string]bool{"0": true}); len(m.hands) != 1 {
		t.Errorf("%d devices after all others were unplugged", len(m.hands))
	}
}

// FuzzMeter: whatever comes, in whatever order, nothing breaks and every
// percentage is one.
func FuzzMeter(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08"))
	kinds := []string{press, release, buttonPress, "button_release", move, place, touch, wheel, lost, counted, used, "lid_close", "?"}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := New()
		var at time.Duration
		for ; len(raw) >= 4; raw = raw[4:] {
			at += time.Duration(int8(raw[1])) * time.Duration(1+int(raw[2])) * 7 * ms
			m.Add(Input{Device: string('a' + rune(raw[0]>>6)), Kind: kinds[int(raw[0]&0x3f)%len(kinds)], At: at, X: int(int8(raw[2])) * int(raw[3]), Y: int(int8(raw[3])), Injected: raw[3]&1 == 0})
		}
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			s := m.Device(id)
			for _, p := range []int{s.KeyShare, s.PointerShare, s.Injected, s.Typing.Short, s.Typing.Together, s.AbsoluteJumps, s.Cadence.Net} {
				if p < 0 || p > 100 {
					t.Fatalf("a percentage of %s is %d: %+v", id, p, s)
				}
			}
		}
	})
}
