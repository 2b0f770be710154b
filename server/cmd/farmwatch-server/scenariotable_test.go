package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// A scoreboard is the table of all that was played.
type scoreboard struct {
	mu   sync.Mutex
	rows []score
}

// A score is how one thing that a scenario wants or forbids stood with one seed.
type score struct {
	scenario, want string
	seed           uint64
	when, why      string        // it was reached, or what was highest, and why
	at             time.Duration // when, since D0
	ok             bool
}

func (b *scoreboard) add(s score) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows = append(b.rows, s)
}

// String writes a line for each thing that is wanted, with when seeds reached
// it and why the first did, and one more for each seed that failed.
func (b *scoreboard) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	slices.SortStableFunc(b.rows, func(x, y score) int {
		return cmp.Or(cmp.Compare(x.scenario, y.scenario), cmp.Compare(x.want, y.want), cmp.Compare(x.seed, y.seed))
	})
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nSCENARIO\tWANTED\tSEEDS\tREACHED WHEN\tWHY (FIRST SEED)")
	for rest := b.rows; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(s score) bool { return s.scenario != rest[0].scenario || s.want != rest[0].want })
		if n < 0 {
			n = len(rest)
		}
		line(w, rest[:n])
		rest = rest[n:]
	}
	_ = w.Flush() // memory takes everything
	return out.String()
}

// failed says in a line each what did not hold, and how to play it again.
func (b *scoreboard) failed() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out strings.Builder
	for _, s := range b.rows {
		if !s.ok {
			fmt.Fprintf(&out, "\nFAILED %s seed %d: wanted %s: %s: %s", s.scenario, s.seed, s.want, s.when, s.why)
		}
	}
	return out.String()
}

// line writes what one thing came to with all seeds: from the earliest to the latest.
func line(w *tabwriter.Writer, same []score) {
	held := 0
	for _, s := range same {
		if s.ok {
			held++
		}
	}
	earlier := func(a, b score) int { return cmp.Compare(a.at, b.at) }
	when, last := slices.MinFunc(same, earlier).when, slices.MaxFunc(same, earlier).when
	if when != last {
		when += " … " + last
	}
	fmt.Fprintf(w, "%s\t%s\t%d of %d\t%s\t%s\n", same[0].scenario, same[0].want, held, len(same), when, same[0].why)
	for _, s := range same {
		if !s.ok {
			fmt.Fprintf(w, "\tFAILED with seed %d\t\t%s\t%s\n", s.seed, s.when, s.why)
		}
	}
}
