package population

import (
	"context"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// seen is what the collector said while the fleet lived: the highest level of each
// laptop by conclusion, and each alert at its highest.
type seen struct {
	laptops map[string]*laptop
	levels  map[string]map[finding.Conclusion]*reached
	opened  map[string]*openedAlert
	order   []string // ids of alerts, as they opened
}

// reached is the highest level that something came to, when first, and why.
type reached struct {
	level finding.Level
	score int
	day   int // on which that level was first reached
	why   string
	days  map[finding.Level]int // on which each level, or a higher one, was first reached
}

// An openedAlert is an alert at its highest.
type openedAlert struct {
	alert.Alert
	first time.Time // when it opened
	top   finding.Level
	why   string
}

func newSeen(f *Fleet) *seen {
	s := &seen{laptops: map[string]*laptop{}, levels: map[string]map[finding.Conclusion]*reached{}, opened: map[string]*openedAlert{}}
	for _, l := range f.laptops {
		s.laptops[l.id] = l
		s.levels[l.id] = map[finding.Conclusion]*reached{}
	}
	return s
}

// alerts takes alerts that changed.
func (s *seen) alerts(at time.Time, list []alert.Alert) {
	for _, a := range list {
		o := s.opened[a.ID]
		if o == nil {
			o = &openedAlert{first: at}
			s.opened[a.ID] = o
			s.order = append(s.order, a.ID)
		}
		o.Alert = a
		if a.Level.Rank() > o.top.Rank() {
			o.top, o.why = a.Level, a.Title
		}
		if a.SiteID == "" {
			s.reach(a.DeviceID, a.Conclusion, a.Level, a.Score, a.Title, dayOf(at))
		}
	}
}

// standings takes how all laptops stand at the end of a day.
func (s *seen) standings(ctx context.Context, from *store.SQLite, day int) error {
	list, err := from.Standings(ctx, "")
	if err != nil {
		return err
	}
	for _, st := range list {
		s.reach(st.DeviceID, st.Conclusion, st.Level, st.Score, st.Title, day)
	}
	return nil
}

func (s *seen) reach(id string, c finding.Conclusion, level finding.Level, score int, why string, day int) {
	by := s.levels[id]
	if by == nil { // a laptop of another fleet cannot be
		return
	}
	r := by[c]
	if r == nil {
		r = &reached{level: finding.LevelNone, days: map[finding.Level]int{}}
		by[c] = r
	}
	for _, l := range []finding.Level{finding.LevelWatch, finding.LevelMedium, finding.LevelHigh} {
		if l.Rank() <= level.Rank() && r.days[l] == 0 {
			r.days[l] = day
		}
	}
	if level.Rank() > r.level.Rank() || level == r.level && score > r.score {
		if level != r.level {
			r.day = day
		}
		r.level, r.score, r.why = level, score, why
	}
}

// quiet are the ordinary laptops that stood at medium or higher without any alert about
// it, as where it was grouped into one notice or had passed before anybody was told:
// it was said of them all the same.
func (s *seen) quiet() (list []Mistaken) {
	told := map[string]bool{}
	for _, a := range s.opened {
		told[a.DeviceID+string(a.Conclusion)] = true
	}
	for _, id := range sorted(s.levels) {
		l := s.laptops[id]
		for _, c := range conclusions {
			r := s.of(id, c)
			if l.site == "" && r.level.Rank() >= finding.LevelMedium.Rank() && !told[id+string(c)] {
				list = append(list, Mistaken{r.day, l.life, id, false, c, r.level, r.why + " (no alert)"})
			}
		}
	}
	return list
}

// of is what a laptop came to.
func (s *seen) of(id string, c finding.Conclusion) reached {
	if r := s.levels[id][c]; r != nil {
		return *r
	}
	return reached{level: finding.LevelNone}
}

func dayOf(at time.Time) int {
	return int(at.Add(-time.Second).Sub(firstDay)/(24*time.Hour)) + 1
}
