package assess

import (
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A ReplayChange is one conclusion about one device that would have been another.
type ReplayChange struct {
	DeviceID, DeviceName string
	Conclusion           finding.Conclusion
	Before, After        catalogue.Assessment // at their height in the window
	NowBefore, NowAfter  finding.Level
	At                   time.Time // when the two first differed
	Opened               bool      // it would have raised an alert that was not
	NotOpened            bool      // the alert would not have been
	Added, Dropped       []catalogue.LedgerEntry
}

// A ReplaySummary is what a replay came to, over all devices.
type ReplaySummary struct {
	From, To                      time.Time
	Devices                       int
	Raised, Lowered, Unchanged    int // conclusions, by their highest level
	Rescored                      int // of the unchanged, those with another score
	AlertsOpened, AlertsNotNeeded int
	Levels                        map[LevelOf][2]int // devices before and after
	Proposals                     []Proposal
	Rows                          int64     // that were tried
	Cut                           int       // devices of which more happened than is compared: only the last of it was
	CutSince                      time.Time // the latest moment since which one of them was compared
}

// LevelOf is one level of one conclusion.
type LevelOf struct {
	Conclusion finding.Conclusion
	Level      finding.Level
}

// A tally gathers what several workers found.
type tally struct {
	sync.Mutex
	summary ReplaySummary
	changes []ReplayChange
	done    int
}

func (t *tally) add(one replayed, progress func(done, total int)) {
	t.Lock()
	defer t.Unlock()
	t.done++
	s := &t.summary
	s.Rows += one.rows
	if !one.cut.IsZero() {
		s.Cut++
		s.CutSince = later(s.CutSince, one.cut)
	}
	for i, held := range one.held {
		s.Proposals[i].add(held)
	}
	for _, c := range one.changes {
		for side, a := range []catalogue.Assessment{c.Before, c.After} {
			n := s.Levels[LevelOf{c.Conclusion, a.Level}]
			n[side]++
			s.Levels[LevelOf{c.Conclusion, a.Level}] = n
		}
		switch before, after := c.Before.Level.Rank(), c.After.Level.Rank(); {
		case after > before:
			s.Raised++
		case after < before:
			s.Lowered++
		default:
			s.Unchanged++
			if c.Before.Score != c.After.Score {
				s.Rescored++
			}
		}
		if c.Opened {
			s.AlertsOpened++
		}
		if c.NotOpened {
			s.AlertsNotNeeded++
		}
		if c.Before.Level != c.After.Level || c.Before.Score != c.After.Score {
			t.changes = append(t.changes, c)
		}
	}
	if progress != nil {
		progress(t.done, s.Devices)
	}
}
