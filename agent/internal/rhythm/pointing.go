package rhythm

import (
	"math"
	"time"
)

// Bounds of pointing.
const (
	tenth       = 100 * time.Millisecond // the unit in which use of a pointer is counted
	pause       = 500 * time.Millisecond // of rest ends an episode: PiKVM's jiggler steps every 100 ms, the lab's every second
	far         = 3277                   // a tenth of the range of places
	corner      = 328                    // from an edge, a hundredth of it
	centre      = 16383
	nearCentre  = 983 // three hundredths
	enoughTimes = 30  // intervals: signals.md I02
	mostTimes   = 240 // intervals kept: four hours of one a minute
)

// Cadence is a pointer that moves by itself: episodes of movement at even
// intervals, while nobody pressed, scrolled or touched anything.
type Cadence struct {
	Intervals Sample        // enough from 30 on
	Mean      time.Duration // from the beginning of one episode to that of the next
	Variation int           // standard deviation of the intervals in percent of their mean
	Net       int           // how far all of it led, in percent of the way it went; 0 for what always returns
	Step      int           // the longest single movement on either axis, in counts or 32767ths of the screen
	Moves     int           // movements in one episode
	Place     string        // corner or centre, where every episode ends there; else elsewhere; empty for what only moves
}

// pointing follows one pointer.
type pointing struct {
	slots  time.Duration // the tenth of a second it was last used in, counted from one
	known  bool          // whether x and y are
	x, y   int
	places int // since it was plugged in, with jumps
	jumps  int

	active  bool          // whether an episode runs
	started time.Duration // when it began
	moved   time.Duration // when it last moved
	episode stretch       // what it did in this episode
	run     run
	told    Cadence // the last cadence that was enough
	seen    time.Duration
}

// stretch is a piece of way.
type stretch struct {
	dx, dy, way, step, moves int
	placed                   bool
	x, y                     int
}

// run is a row of episodes without anybody there.
type run struct {
	stretch
	episodes  int
	intervals []time.Duration // the last ones
	next      int             // where the next goes once there are mostTimes
	total     int
	where     string
}

// slot counts the tenth of a second, once.
func (p *pointing) slot(at time.Duration) int {
	now := at/tenth + 1
	if now == p.slots {
		return 0
	}
	p.slots = now
	return 1
}

// point takes a movement and gives what it adds to the time of use.
func (p *pointing) point(in Input) int {
	if !p.active || in.At-p.moved >= pause {
		p.begin(in.At)
	}
	p.moved = in.At
	dx, dy := in.X, in.Y
	if in.Kind == place {
		dx, dy = p.jump(in)
	}
	e := &p.episode
	if p.run.episodes > 0 || e.moves > 0 || in.Kind == move { // the way to the first place is somebody else's
		e.dx, e.dy, e.way = e.dx+dx, e.dy+dy, e.way+max(abs(dx), abs(dy))
		e.step = max(e.step, abs(dx), abs(dy))
	}
	e.moves++
	return p.slot(in.At)
}

// jump gives how far a place is from the last one.
func (p *pointing) jump(in Input) (dx, dy int) {
	if p.known {
		dx, dy = in.X-p.x, in.Y-p.y
		p.places++
		if max(abs(dx), abs(dy)) >= far {
			p.jumps++
		}
		if p.places > 1<<20 { // so that what it does now counts
			p.places, p.jumps = p.places/2, p.jumps/2
		}
	}
	p.known, p.x, p.y = true, in.X, in.Y
	p.episode.placed, p.episode.x, p.episode.y = true, in.X, in.Y
	return dx, dy
}

// begin ends the episode before and notes the interval to this one. One that is
// far from the others is the end of the row: whatever it was, it was not even.
func (p *pointing) begin(at time.Duration) {
	if p.active {
		p.run.add(p.episode)
		interval := at - p.started
		if !p.run.even(interval) {
			p.run = run{}
		} else {
			p.run.time(interval)
			p.remember(at)
		}
	}
	p.active, p.started, p.episode = true, at, stretch{}
}

// remember keeps a row that is long enough, and again each time it is twice as
// long: a row that changed every minute would be told every minute.
func (p *pointing) remember(at time.Duration) {
	for n := enoughTimes; n <= p.run.total; n *= 2 {
		if n == p.run.total {
			p.told, p.seen = p.run.cadence(), at
		}
	}
	if p.run.total > enoughTimes {
		p.seen = at
	}
}

// interrupt ends the row: somebody is there.
func (p *pointing) interrupt() { p.active, p.run = false, run{} }

func (p *pointing) cadence(now time.Duration) Cadence {
	if p.told.Intervals == Enough && now-p.seen < keep {
		return p.told // told for a day, so that its end does not say when somebody came back
	}
	return Cadence{Intervals: sample(p.run.total, p.run.total+1)}
}

func (r *run) add(e stretch) {
	r.dx, r.dy, r.way, r.moves = r.dx+e.dx, r.dy+e.dy, r.way+e.way, r.moves+e.moves
	r.step = max(r.step, e.step)
	r.episodes++
	where := e.where()
	if r.episodes > 1 && where != r.where {
		where = elsewhere
	}
	r.where = where
}

const elsewhere = "elsewhere"

func (e *stretch) where() string {
	edge := func(v int) bool { return v <= corner || v >= 2*centre+1-corner }
	middle := func(v int) bool { return abs(v-centre) <= nearCentre }
	switch {
	case !e.placed:
		return ""
	case edge(e.x) && edge(e.y):
		return "corner"
	case middle(e.x) && middle(e.y):
		return "centre"
	}
	return elsewhere
}

// even says whether an interval can be one of the row. The first three can be anything.
func (r *run) even(interval time.Duration) bool {
	if r.total < 3 {
		return true
	}
	mean := r.mean()
	return interval >= mean*2/5 && interval <= mean*5/2
}

func (r *run) time(interval time.Duration) {
	r.total++
	if len(r.intervals) < mostTimes {
		r.intervals = append(r.intervals, interval)
		return
	}
	r.intervals[r.next] = interval
	r.next = (r.next + 1) % mostTimes
}

func (r *run) mean() time.Duration {
	var sum time.Duration
	for _, interval := range r.intervals {
		sum += interval
	}
	return sum / time.Duration(max(1, len(r.intervals)))
}

func (r *run) cadence() Cadence {
	mean := r.mean()
	var squares float64
	for _, interval := range r.intervals {
		squares += math.Pow(float64(interval-mean), 2)
	}
	deviation := math.Sqrt(squares / float64(len(r.intervals)))
	return Cadence{
		Intervals: Enough, Mean: mean, Variation: int(math.Round(100 * deviation / float64(max(1, mean)))),
		Net: percent(max(abs(r.dx), abs(r.dy)), r.way), Step: r.step, Moves: (2*r.moves + r.episodes) / (2 * r.episodes), Place: r.where,
	}
}

func abs(n int) int { return max(n, -n) }
