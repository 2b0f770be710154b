package host

import (
	"sync/atomic"
	"time"
)

// ringSize is a power of two: four seconds of a mouse that sends 1000 a second.
const ringSize = 4096

// inputRing hands inputs from the one thread that Windows calls to the one that
// tells of them. Neither waits for the other; what has no room is counted.
type inputRing struct {
	kept [ringSize]rawInput
	in   atomic.Uint64 // written by put only
	out  atomic.Uint64 // written by take only
	lost atomic.Bool
}

func (r *inputRing) put(i rawInput) {
	at := r.in.Load()
	if at-r.out.Load() >= ringSize {
		r.lost.Store(true)
		return
	}
	r.kept[at%ringSize] = i
	r.in.Store(at + 1)
}

// take appends all there are, and says whether some found no room.
func (r *inputRing) take(to []rawInput) (all []rawInput, lost bool) {
	for at, end := r.out.Load(), r.in.Load(); at < end; at++ {
		to = append(to, r.kept[at%ringSize])
		r.out.Store(at + 1)
	}
	return to, r.lost.Swap(false)
}

// countedTime is a counter's value as time, without the overflow that a count
// times a second has after some days.
func countedTime(count, pace int64) time.Duration {
	if pace <= 0 {
		return 0
	}
	return time.Duration(count/pace)*time.Second + time.Duration(count%pace)*time.Second/time.Duration(pace)
}
