package sensor

import (
	"reflect"
	"sync"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// reuse keeps the observations of the last look. Most rows are the same from
// look to look, and making four hundred maps every ten seconds would cost more
// than reading the machine. Observations are never changed once they are made.
type reuse struct {
	class   string
	columns []Column
	same    bool // whether rows can be compared at all

	mu   sync.Mutex
	last map[any]finding.Observation
}

func newReuse(class string, columns []Column, row reflect.Type) *reuse {
	return &reuse{class: class, columns: columns, same: row.Comparable()}
}

// observeAll turns rows into observations, the old ones where nothing changed.
func observeAll[Row any](r *reuse, rows []Row) []finding.Observation {
	r.mu.Lock()
	defer r.mu.Unlock()
	observations := make([]finding.Observation, 0, len(rows))
	var now map[any]finding.Observation
	if r.same {
		now = make(map[any]finding.Observation, len(rows))
	}
	for _, row := range rows {
		var key any
		if r.same {
			key = row
			if o, known := r.last[key]; known {
				now[key] = o
				observations = append(observations, o)
				continue
			}
		}
		o := observe(r.class, r.columns, reflect.ValueOf(row))
		if r.same {
			now[key] = o
		}
		observations = append(observations, o)
	}
	r.last = now
	return observations
}
