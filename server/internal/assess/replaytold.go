package assess

import (
	"maps"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A stretch is a time during which a row was there and said the same.
type stretch struct {
	row            finding.Observation
	from, last, to time.Time // to is zero while it is there
}

// within says whether a spell tells of the same row at a time of the stretch.
func (s stretch) within(told device.Spell) bool {
	there := slices.ContainsFunc(told.Finding.Evidence, func(row finding.Observation) bool { return row.UID == s.row.UID })
	return there && !s.from.After(end(told)) && (s.to.IsZero() || !s.to.Before(told.From))
}

// rowsTold is the rows that a device told as facts, as stretches by class.
type rowsTold struct{ byClass map[string][]stretch }

// newRowsTold turns lists, each of all rows of one class at one moment, into stretches.
func newRowsTold(facts []device.Facts, now time.Time) *rowsTold {
	t := &rowsTold{byClass: map[string][]stretch{}}
	lists := map[string][]device.Facts{}
	for _, f := range facts {
		lists[f.Class] = append(lists[f.Class], f)
	}
	for class, list := range lists {
		slices.SortStableFunc(list, func(a, b device.Facts) int { return a.At.Compare(b.At) })
		t.byClass[class] = stretches(list, now)
	}
	return t
}

func (t *rowsTold) of(class string) []stretch { return t.byClass[class] }

func stretches(lists []device.Facts, now time.Time) []stretch {
	var over []stretch
	open := map[string]stretch{} // by the row's uid
	for _, list := range lists {
		there := map[string]bool{}
		for _, row := range list.Rows {
			there[row.UID] = true
			was, known := open[row.UID]
			if known && maps.Equal(was.row.Columns, row.Columns) {
				was.last = list.At
				open[row.UID] = was
				continue
			}
			if known {
				was.to = list.At
				over = append(over, was)
			}
			open[row.UID] = stretch{row: row, from: list.At, last: list.At}
		}
		for uid, was := range open {
			if !there[uid] {
				was.to = list.At
				over = append(over, was)
				delete(open, uid)
			}
		}
	}
	for _, was := range open {
		was.last = now
		over = append(over, was)
	}
	slices.SortFunc(over, func(a, b stretch) int { return a.from.Compare(b.from) })
	return over
}

// evidenceOf gives the rows of one class that findings rest on, each for as long as
// the finding was open.
func evidenceOf(spells []device.Spell, class string) []stretch {
	var list []stretch
	for _, s := range spells {
		for _, row := range s.Finding.Evidence {
			if row.Class == class && len(row.Columns) > 0 {
				list = append(list, stretch{row: row, from: s.From, last: s.Last, to: s.To})
			}
		}
	}
	return list
}
