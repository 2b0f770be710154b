package simulate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// atOnce is how many laptops do something at the same moment: enrolling and
// connecting cost a processor some milliseconds each.
const atOnce = 8

// A stage has the laptops of a play and moves them from one moment to the next.
type stage struct {
	*play
	options Options
	without without
	sensors []sensor.Sensor
	laptops map[int]*laptop
	stale   map[int]map[string]bool // classes that a laptop is to look at again
	clock   atomic.Pointer[time.Time]
	late    bool             // laptops tell what the clock of the play says, and connect in the present
	looking func() time.Time // by which laptops look
}

func newStage(p *play, o Options, w without, late bool) *stage {
	s := &stage{play: p, options: o, without: w, sensors: sensor.All(), laptops: map[int]*laptop{}, stale: map[int]map[string]bool{}, late: late}
	s.looking = s.now
	if !late {
		s.options.Now = s.now
	}
	return s
}

func (s *stage) now() time.Time { return *s.clock.Load() }

// An Enrolment is which device a laptop became, or into which group it is put.
type Enrolment struct {
	Name  string `json:"name"`
	ID    string `json:"id"`
	Group string `json:"group,omitempty"`
}

// step moves everybody to a cue and lets it happen. It gives who was enrolled or
// put into a group, and who showed that it lives.
func (s *stage) step(ctx context.Context, c cue) (enrolled, grouped []Enrolment, alive []string, err error) {
	s.clock.Store(&c.at)
	if err := s.enrol(ctx, c.enrol); err != nil {
		return nil, nil, nil, err
	}
	touched := maps.Clone(c.looks)
	for _, i := range c.enrol {
		l := s.laptops[i]
		enrolled = append(enrolled, Enrolment{l.name, l.id, l.group})
		touched[i] = true
	}
	if grouped, err = s.happen(ctx, c); err != nil {
		return nil, nil, nil, err
	}
	for _, a := range c.acts {
		touched[a.who] = true
	}
	if c.tick {
		for i := range s.laptops {
			touched[i] = true
		}
	}
	alive, err = s.lookAll(ctx, c, touched)
	return enrolled, grouped, alive, err
}

// happen lets everything of a cue happen, and gives who was put into a group. Before
// that laptops look once more at what is about to change: a real one looks every
// minute, so that it knows until when something was there.
func (s *stage) happen(ctx context.Context, c cue) (grouped []Enrolment, err error) {
	before, gone := map[int]glimpse{}, map[int]map[string]bool{}
	for _, a := range c.acts {
		l, e := s.laptops[a.who], s.Timeline[a.entry]
		if gone[a.who] == nil {
			before[a.who], gone[a.who] = l.glimpse(), map[string]bool{}
		}
		wasOff := l.off
		classes, err := l.apply(a, e)
		if err != nil {
			return nil, err
		}
		if wasOff != l.off {
			classes = sortedKeys(s.kits.sensors) // it falls asleep, or wakes and looks at everything
		}
		for _, class := range classes {
			s.look(a.who, class)
			gone[a.who][class] = true
		}
		if e.Group != "" {
			grouped = append(grouped, Enrolment{l.name, l.id, l.group})
		}
	}
	for i, classes := range gone {
		if l := s.laptops[i]; !before[i].off && len(classes) > 0 && !slices.Contains(c.enrol, i) {
			if err := l.lookedAt(ctx, before[i], sortedKeys(classes)); err != nil {
				return nil, err
			}
		}
	}
	return grouped, nil
}

func (s *stage) look(i int, class string) {
	if s.stale[i] == nil {
		s.stale[i] = map[string]bool{}
	}
	s.stale[i][class] = true
}

// enrol enrols laptops, several at once.
func (s *stage) enrol(ctx context.Context, who []int) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, i := range who {
		group.Go(func() error {
			sc, err := newScene(s.play, s.play.laptops[i], s.without)
			if err != nil {
				return fmt.Errorf("%s: %w", s.play.laptops[i].name, err)
			}
			l, err := enrol(ctx, sc, s.sensors, &s.options, s.looking)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			s.laptops[i] = l
			return nil
		})
	}
	return group.Wait()
}

// lookAll lets laptops look, show that they live, and tell what they have to.
func (s *stage) lookAll(ctx context.Context, c cue, touched map[int]bool) (alive []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	base := context.WithoutCancel(ctx)
	group, waits := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, i := range slices.Sorted(maps.Keys(touched)) {
		l := s.laptops[i]
		if l == nil {
			continue
		}
		all := c.tick || slices.Contains(c.enrol, i)
		classes := sortedKeys(s.stale[i])
		if c.looks[i] || all {
			delete(s.stale, i)
		}
		if l.reachable() {
			alive = append(alive, l.id)
		}
		group.Go(func() error { return s.lookOf(waits, base, l, all, classes) })
	}
	return alive, group.Wait()
}

func (s *stage) lookOf(ctx, base context.Context, l *laptop, all bool, classes []string) error {
	l.connect(base)
	if !l.off && (all || len(classes) > 0) {
		if all {
			classes = nil
		}
		if err := l.engine.Step(ctx, classes...); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	if l.reachable() {
		l.link.Beat()
	}
	if s.late {
		return nil
	}
	return l.settled(ctx)
}

// close ends every laptop's agent.
func (s *stage) close() error {
	var errs []error
	for _, l := range s.laptops {
		errs = append(errs, l.close())
	}
	return errors.Join(errs...)
}

// A Summary is what was sent.
type Summary struct {
	Laptops int   `json:"laptops"`
	Reports int64 `json:"reports"`
	Bytes   int64 `json:"bytes"`   // of reports as they went
	Waiting int   `json:"waiting"` // reports that the collector has not taken
}

func (s *stage) summary() Summary {
	sum := Summary{Laptops: len(s.laptops)}
	for _, l := range s.laptops {
		sum.Reports += l.counted.reports.Load()
		sum.Bytes += l.counted.bytes.Load()
		sum.Waiting += l.spool.Stats().Depth
	}
	return sum
}
