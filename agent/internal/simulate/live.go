package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Live plays a scenario to a collector that lives: its last day is today, and what
// happened before is told at once, as by laptops that were offline.
func Live(ctx context.Context, s *Scenario, kits *Kits, seed uint64, o Options, out io.Writer) (sum Summary, err error) {
	now := o.Now()
	p, err := s.cast(kits, seed, now)
	if err != nil {
		return sum, err
	}
	st := newStage(p, o, nil, true)
	defer func() { err = errors.Join(err, st.close()) }()
	for _, c := range st.cues(now) {
		for _, said := range p.tell(c) {
			if _, err := fmt.Fprintf(out, "%s  %s\n", c.at.Format("2006-01-02 15:04"), said); err != nil {
				return sum, err
			}
		}
		if _, _, _, err := st.step(ctx, c); err != nil {
			return sum, err
		}
	}
	patience, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for _, l := range st.laptops {
		if err := l.settled(patience); err != nil {
			return st.summary(), err
		}
	}
	return st.summary(), nil
}
