package simulate

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// life is what happens to a laptop that lives an ordinary life: every change comes
// once in so long, more or less, and is taken back after a while.
var life = []struct {
	every, lasts time.Duration
	entry        Entry
}{
	{3 * time.Minute, time.Minute, Entry{Kit: "desk", State: "connected"}},
	{5 * time.Minute, 2 * time.Minute, Entry{Kit: "hands", State: "external"}},
	{8 * time.Minute, 90 * time.Second, Entry{Place: "elsewhere"}},
	{10 * time.Minute, 40 * time.Second, Entry{Off: ptr(true)}},
}

func ptr[T any](v T) *T { return &v }

// ordinary is the scenario of laptops with ordinary lives, of which the timeline
// is lived as it comes.
func ordinary(n int) *Scenario {
	s := &Scenario{
		ID: "ordinary", Zone: "UTC", file: "ordinary",
		Places: map[string]Place{
			"home":      {Each: true, Network: Choice{"residential"}, Country: Choice{"US"}},
			"elsewhere": {Each: true, Network: Choice{"business"}, Country: Choice{"US"}},
		},
		Devices: map[string]Device{"laptop": {OS: Choice{"windows", "darwin", "linux"}, Enrolled: "D0", Place: "home", Count: Count{Every: n}}},
	}
	for _, l := range life {
		e := l.entry
		e.At, e.Devices = "D0", []string{"all"}
		s.Timeline = append(s.Timeline, e)
	}
	return s
}

// Load lets laptops live ordinary lives in real time, for so long, and gives what
// they sent. Their agents look at their own pace, as real ones do.
func Load(ctx context.Context, kits *Kits, n int, lasting time.Duration, seed uint64, o Options) (sum Summary, err error) {
	p, err := ordinary(n).cast(kits, seed, o.Now())
	if err != nil {
		return sum, err
	}
	st := newStage(p, o, nil, true)
	st.looking = o.Now
	who := make([]int, n)
	for i := range who {
		who[i] = i
	}
	if err := st.enrol(ctx, who); err != nil {
		return sum, errors.Join(err, st.close())
	}
	living, end := context.WithTimeout(ctx, lasting)
	defer end()
	var lives sync.WaitGroup
	for _, l := range st.laptops {
		l.connect(ctx)
		lives.Go(func() { _ = l.engine.Run(living) }) // it ends with living
		lives.Go(func() { l.live(living, ctx, draw(seed).of("life", l.name)) })
	}
	lives.Wait()
	patience, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, l := range st.laptops {
		err = errors.Join(err, l.settled(patience))
	}
	return st.summary(), errors.Join(err, st.close())
}

// live lets now and then something happen, until living ends; connections live on.
func (l *laptop) live(living, ctx context.Context, r *rand.Rand) {
	back := map[int]time.Time{}
	for {
		select {
		case <-living.Done():
			return
		case <-time.After(time.Duration(1+r.IntN(4)) * time.Second):
		}
		now := l.options.Now()
		for i, one := range life {
			end, goes := back[i]
			switch {
			case goes && now.After(end):
				delete(back, i)
				l.does(act{at: now, entry: i, back: true}, one.entry)
			case !goes && r.Float64() < 2.5*float64(time.Second)/float64(one.every):
				back[i] = now.Add(one.lasts)
				l.does(act{at: now, entry: i}, one.entry)
			}
		}
		l.connect(ctx)
	}
}

// does lets something happen and wakes the sensors that see it, as a system does.
func (l *laptop) does(a act, e Entry) {
	classes, err := l.apply(a, e)
	if err != nil {
		return // the rows are of kits, which were found right
	}
	for _, class := range classes {
		select {
		case l.wake.classes <- class:
		default: // they look before long anyway
		}
	}
}
