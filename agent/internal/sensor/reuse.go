package sensor

import (
	"reflect"
	"sync"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// nearby is how far from its old place a row is looked for. Rows come in the
// same order, and few come and go between two looks.
const nearby = 16

// reuse keeps the rows and observations of the last look. Most rows are the same
// from look to look, and making four hundred maps every ten seconds would cost
// more than reading the machine. Observations are never changed once they are made.
type reuse[Row any] struct {
	class   string
	columns []Column
	places  [][]int // of the columns in Row
	same    bool    // whether rows can be compared at all

	mu   sync.Mutex
	rows []Row
	last []finding.Observation // of rows, one each
}

func newReuse[Row any](class string, columns []Column, places [][]int) *reuse[Row] {
	return &reuse[Row]{class: class, columns: columns, places: places, same: reflect.TypeFor[Row]().Comparable()}
}

// observeAll turns rows into observations, the old ones where nothing changed.
func (r *reuse[Row]) observeAll(rows []Row) []finding.Observation {
	r.mu.Lock()
	defer r.mu.Unlock()
	observations := make([]finding.Observation, 0, len(rows))
	place := 0
	for i := range rows {
		if at := r.find(&rows[i], place); at >= 0 {
			place = at + 1
			observations = append(observations, r.last[at])
			continue
		}
		observations = append(observations, observe(r.class, r.columns, r.places, reflect.ValueOf(rows[i])))
	}
	if r.same {
		r.rows, r.last = rows, observations
	}
	return observations
}

// find gives the place that a row had at the last look, or -1.
func (r *reuse[Row]) find(row *Row, from int) int {
	for at := from; r.same && at < min(from+nearby, len(r.rows)); at++ {
		if any(r.rows[at]) == any(*row) {
			return at
		}
	}
	return -1
}
