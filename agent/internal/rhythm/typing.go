package rhythm

import "time"

// Times of typing.
const (
	mostHeld   = 16              // keys held down at once
	longest    = 2 * time.Second // a gap or a dwell above is no part of a rhythm
	shortDwell = 30 * time.Millisecond
	together   = 6 * time.Millisecond // in the lab 3 % of local transitions, 21 % of those batched at a distance
	stale      = time.Hour            // a sample that is not enough by then is dropped
	full       = 2 * enoughKeys       // presses after which a sample is closed
)

// Buckets is how many a histogram has.
const Buckets = 16

// GapBounds and DwellBounds are the upper bounds of the buckets in milliseconds:
// the first bucket holds what is below the first bound. A longer time is in none.
var (
	GapBounds   = [Buckets]int{2, 5, 10, 20, 30, 50, 80, 110, 140, 170, 200, 250, 300, 500, 1000, 2000}
	DwellBounds = [Buckets]int{2, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 130, 170, 250, 500, 2000}
)

// Typing is the rhythm of a sample of presses, a minute or longer. Everything is
// in percent of the sample.
type Typing struct {
	Sample   Sample
	Gaps     [Buckets]int // between presses
	Dwells   [Buckets]int // from a press to a release: the k-th release ends the k-th press, whichever keys they are of
	Short    int          // dwells below 30 ms
	Together int          // presses and releases less than 6 ms after the one before
}

// typing gathers the running sample and keeps the last that was enough.
type typing struct {
	running typed
	last    typed // presses is zero when there is none
	held    []time.Duration
	stroke  time.Duration // the last press
	change  time.Duration // the last press or release
	begun   bool          // whether there was one
}

type typed struct {
	began                                             time.Duration
	presses, transitions, together, gap, dwell, short int
	gaps, dwells                                      [Buckets]int
}

func (t *typing) press(at time.Duration) {
	t.close(at)
	if t.running.presses == 0 {
		t.running.began = at
	}
	if t.begun {
		t.running.gap += count(&t.running.gaps, &GapBounds, at-t.stroke)
	}
	t.running.presses++
	t.transition(at)
	t.stroke = at
	if len(t.held) == mostHeld {
		t.held = append(t.held[:0], t.held[1:]...)
	}
	t.held = append(t.held, at)
}

// release ends the oldest press. One that is older than any stroke has lost its
// release, or is a key that is held for another.
func (t *typing) release(at time.Duration) {
	t.transition(at)
	for len(t.held) > 0 {
		down := t.held[0]
		t.held = append(t.held[:0], t.held[1:]...)
		if at-down >= longest {
			continue
		}
		t.running.dwell += count(&t.running.dwells, &DwellBounds, at-down)
		if at-down < shortDwell {
			t.running.short++
		}
		return
	}
}

func (t *typing) transition(at time.Duration) {
	if t.begun {
		t.running.transitions++
		if at-t.change < together {
			t.running.together++
		}
	}
	t.change, t.begun = at, true
}

// forget drops what is held down: after inputs were lost it is not known.
func (t *typing) forget() { t.held, t.begun = t.held[:0], false }

// close ends a sample that is large enough, and one that never will be.
func (t *typing) close(at time.Duration) {
	age := at - t.running.began
	switch {
	case t.running.presses >= full && age >= shortest:
		t.last, t.running = t.running, typed{}
	case t.running.presses > 0 && age >= stale:
		if t.running.enough() {
			t.last = t.running
		}
		t.running = typed{}
	}
}

func (s *typed) enough() bool { return s.presses >= enoughKeys && s.dwell >= enoughKeys*3/4 }

// count puts a time into its bucket and says whether it has one.
func count(buckets, bounds *[Buckets]int, took time.Duration) int {
	for i, bound := range bounds {
		if took < time.Duration(bound)*time.Millisecond {
			buckets[i]++
			return 1
		}
	}
	return 0
}

func (t *typing) summary(now time.Duration) Typing {
	s := t.last
	if s.presses == 0 {
		s = t.running
	}
	if s.presses == 0 || !s.enough() || now-s.began < shortest {
		return Typing{Sample: sample(s.presses, s.presses+1)}
	}
	out := Typing{Sample: Enough, Short: percent(s.short, s.dwell), Together: percent(s.together, s.transitions)}
	for i := range Buckets {
		out.Gaps[i], out.Dwells[i] = percent(s.gaps[i], s.gap), percent(s.dwells[i], s.dwell)
	}
	return out
}
