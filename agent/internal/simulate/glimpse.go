package simulate

import (
	"context"
	"fmt"
	"maps"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A glimpse is what there was to see at one moment.
type glimpse struct {
	rows     map[string][]finding.Observation // never written to once it was shown
	coverage map[string]finding.CoverageState
	off      bool
}

func (s *scene) glimpse() glimpse {
	s.mu.Lock()
	defer s.mu.Unlock()
	return glimpse{s.rows, maps.Clone(s.coverage), s.off}
}

// show lets sensors see what a glimpse saw. Whether the laptop is off stays as it is.
func (s *scene) show(g glimpse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows, s.coverage = g.rows, g.coverage
}

// lookedAt lets the laptop look at some classes as they were, at the moment that it is.
func (l *laptop) lookedAt(ctx context.Context, was glimpse, classes []string) error {
	is := l.glimpse()
	l.show(was)
	defer l.show(is)
	if err := l.engine.Step(ctx, classes...); err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	return nil
}
