package assess

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A ReplayChange is one conclusion about one device or site that would have been another.
type ReplayChange struct {
	DeviceID, DeviceName string
	Site                 *ReplaySite // of a site; its devices are named there
	Conclusion           finding.Conclusion
	Before, After        catalogue.Assessment // at their height in the window
	NowBefore, NowAfter  finding.Level
	At                   time.Time // when the two first differed
	AlertBefore          bool      // a person had an alert about it on their desk in the window
	AlertAfter           bool      // they would have had one
	Opened               bool      // it would have raised an alert that was not
	NotOpened            bool      // the alert would not have been
	Confirmed            bool      // and a person said of that alert that it was right, or is at it
	Notice               string    // id or subject of the notice that would tell it in the place of an alert
	Covered              bool      // the alert of its site would tell it
	Added, Dropped       []catalogue.LedgerEntry

	alarms    [2]alarm
	alarming  alarming // with the files
	open      bool     // an alert about it is open
	confirmed bool     // somebody closed one as right in the window, or is at it
}

// A ReplaySite is what a site was and would have been.
type ReplaySite struct {
	ID, Name   string
	Was, Would bool     // it was a site, by what its laptops share; it would have been
	People     int      // whose laptops are part of it
	Devices    []string // names of its laptops, sorted
	Days       [2]int   // of the window on which it stood at medium or above, before and after
}

// A ReplayNotice is a notice that there would be of what the files newly find.
type ReplayNotice struct {
	Subject  string // a tool, or a rule
	Devices  int
	From, To time.Time
}

// A ReplaySummary is what a replay came to, over all devices and sites.
type ReplaySummary struct {
	From, To                      time.Time
	Devices                       int
	Raised, Lowered, Unchanged    int    // conclusions about devices, by their highest level
	Rescored                      int    // of the unchanged, those with another score
	Reach, Leave                  int    // devices that would newly stand at medium or above, and that would no longer
	Sites                         int    // that were looked at
	SitesReach, SitesLeave        int    // likewise
	Alerts                        [2]int // that a person had in the window, and would have had
	AlertsOpened, AlertsNotNeeded int
	AtOnce                        int                // of those opened, what alarms now still: alerts on the day that the files are enabled
	Confirmed                     int                // of those not needed, about which a person said that they were right, or is at it
	Levels                        map[LevelOf][2]int // devices before and after
	Proposals                     []Proposal
	Notices                       []ReplayNotice
	Rows                          int64     // that were tried
	Silent                        int       // devices that told nothing in the window
	Thinned                       int       // sites of which more happened than is compared: they were looked at some times a day
	Cut                           int       // devices of which more happened than is compared: only the last of it was
	CutSince                      time.Time // the latest moment since which one of them was compared
	Alone                         bool      // one device was asked for: sites and notices were not looked at
}

// LevelOf is one level of one conclusion.
type LevelOf struct {
	Conclusion finding.Conclusion
	Level      finding.Level
}

// A tally tells how far a replay is, and sums up.
type tally struct {
	sync.Mutex
	done, total int
	progress    func(done, total int)
}

func (t *tally) went() {
	t.Lock()
	defer t.Unlock()
	if t.done++; t.progress != nil {
		t.progress(t.done, t.total)
	}
}

func (t *tally) sum(r *Replay, fleet *together) (changes []ReplayChange, s ReplaySummary, err error) {
	s = ReplaySummary{From: r.from, To: r.to, Devices: t.total, Levels: map[LevelOf][2]int{}, Proposals: slices.Clone(r.proposals), Notices: fleet.notices,
		Sites: len(fleet.sites), Thinned: fleet.thinned, Alone: !fleet.looked}
	for _, one := range fleet.devices {
		s.device(one)
		for _, c := range one.changes {
			if c.settle(); s.change(&c) {
				changes = append(changes, c)
			}
		}
	}
	for _, c := range fleet.sites {
		if c.settle(); s.change(&c) {
			changes = append(changes, c)
		}
	}
	s.Proposals = slices.DeleteFunc(s.Proposals, func(p Proposal) bool { return p.drawn && p.DevicesBefore+p.DevicesAfter == 0 })
	slices.SortFunc(changes, func(a, b ReplayChange) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(isSite(b), isSite(a)), cmp.Compare(b.After.Score, a.After.Score), cmp.Compare(b.Before.Score, a.Before.Score), cmp.Compare(a.name(), b.name()),
			cmp.Compare(a.DeviceID, b.DeviceID), cmp.Compare(a.Conclusion, b.Conclusion))
	})
	return changes, s, nil
}

// weight orders changes by what they would mean to people: an alert that was right and
// would not have been, alerts, levels, points.
func (c *ReplayChange) weight() int {
	switch {
	case c.Confirmed:
		return 3
	case c.Opened, c.NotOpened:
		return 2
	case c.Before.Level != c.After.Level:
		return 1
	}
	return 0
}

func isSite(c ReplayChange) int {
	if c.Site != nil {
		return 1
	}
	return 0
}

func (c *ReplayChange) name() string {
	if c.Site != nil {
		return c.Site.Name
	}
	return c.DeviceName
}

// device adds what is counted once of a device, whatever is concluded of it.
func (s *ReplaySummary) device(one replayed) {
	s.Rows += one.rows
	if !one.cut.IsZero() {
		s.Cut++
		s.CutSince = later(s.CutSince, one.cut)
	}
	if one.silent {
		s.Silent++
	}
	for i, held := range one.held {
		s.Proposals[i].add(held)
	}
	var reached [2]bool
	for _, c := range one.changes {
		reached[0], reached[1] = reached[0] || stands(c.Before), reached[1] || stands(c.After)
	}
	switch {
	case reached[1] && !reached[0]:
		s.Reach++
	case reached[0] && !reached[1]:
		s.Leave++
	}
}

func stands(a catalogue.Assessment) bool { return a.Level.Rank() >= finding.LevelMedium.Rank() }

// change adds one conclusion, and says whether it is another one than it was.
func (s *ReplaySummary) change(c *ReplayChange) bool {
	for side, had := range []bool{c.AlertBefore, c.AlertAfter} {
		if had {
			s.Alerts[side]++
		}
	}
	if c.Opened {
		s.AlertsOpened++
		if c.NowAfter.Rank() >= finding.LevelMedium.Rank() {
			s.AtOnce++
		}
	}
	if c.NotOpened {
		s.AlertsNotNeeded++
	}
	if c.Confirmed {
		s.Confirmed++
	}
	if c.Site != nil {
		switch before, after := stands(c.Before), stands(c.After); {
		case after && !before:
			s.SitesReach++
		case before && !after:
			s.SitesLeave++
		}
		return !c.same() || c.Opened || c.NotOpened || c.Site.Was != c.Site.Would
	}
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
	return !c.same() || c.Opened || c.NotOpened
}
