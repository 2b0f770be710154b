package flow

import (
	"math"
	"time"
)

// The times by which input is compared with what passed. A lag is how much later
// the input came; below zero it came first.
const (
	tick      = 100 * time.Millisecond
	lagSteps  = 5
	lagReach  = lagSteps * tick
	lagCount  = 2*lagSteps + 1
	baseCount = 8
)

// lagAt is the i-th lag.
func lagAt(i int) time.Duration { return time.Duration(i-lagSteps) * tick }

// bases are how long before a slot lies the input it is compared with to know
// what a flow gives that has nothing to do with it. They are no multiples of one another.
func bases() [baseCount]time.Duration {
	return [...]time.Duration{2300 * time.Millisecond, 2900 * time.Millisecond, 3700 * time.Millisecond, 4700 * time.Millisecond,
		6100 * time.Millisecond, 7900 * time.Millisecond, 10300 * time.Millisecond, 13700 * time.Millisecond}
}

// A slot is about a tenth of a second of one flow.
type slot struct {
	from, to time.Duration
	in       uint64        // segments from the other side
	last     time.Duration // when the last of them arrived; 0 when not told
}

// sums are those of Pearson's correlation between what passed and the input at
// every lag, both as logarithms, so that a burst is not taken for many.
type sums struct {
	n, x, xx  float64
	y, yy, xy [lagCount + baseCount]float64
}

func logarithm(n uint64) float64 { return math.Log1p(float64(n)) }

func (s *sums) add(x float64, y *[lagCount + baseCount]float64) {
	s.n++
	s.x += x
	s.xx += x * x
	for i, v := range y {
		s.y[i] += v
		s.yy[i] += v * v
		s.xy[i] += x * v
	}
}

// correlation is Pearson's at one lag; 0 where one of both never changes.
func (s *sums) correlation(i int) float64 {
	vx, vy := s.n*s.xx-s.x*s.x, s.n*s.yy[i]-s.y[i]*s.y[i]
	if vx <= 1e-9 || vy <= 1e-9 {
		return 0
	}
	return (s.n*s.xy[i] - s.x*s.y[i]) / math.Sqrt(vx*vy)
}

// best is the largest correlation at the lags from one on, before another.
func (s *sums) best(from, to int) float64 {
	best := -1.0
	for i := from; i < to; i++ {
		best = max(best, s.correlation(i))
	}
	return best
}

// lead is how much better input goes with what arrived just before it than with
// what it would go with by chance: what any flow gives that is busy when the
// person is. echo is the same of what arrived after the input.
func (s *sums) lead() (lead, echo float64) {
	chance := max(0, s.best(lagCount, lagCount+baseCount))
	return s.best(lagSteps, lagCount) - chance, s.best(0, lagSteps) - chance
}
