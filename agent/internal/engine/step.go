package engine

import (
	"context"
	"slices"
)

// Step looks at once with the sensors of some classes, with all when none is
// named, one after the other, and spools what is new. It is for who has a clock
// of its own, which Now tells: nothing is waited for, and windows are not
// gathered. It is not for use beside Run, nor by several goroutines.
func (e *Engine) Step(ctx context.Context, classes ...string) error {
	for _, s := range e.Sensors {
		if len(classes) == 0 || slices.Contains(classes, s.Class) {
			l, _ := e.ask(ctx, s)
			e.take(l)
		}
	}
	return e.flush()
}
