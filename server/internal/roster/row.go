package roster

import (
	"slices"
	"strconv"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

const day = 24 * time.Hour

// Memory is how many days of stays a row looks back on.
const Memory = 30

// Bounds of what a row tells.
const (
	// newFor is how long a happening makes a laptop new: advice on schemes in which
	// laptops are driven from elsewhere names the first two weeks.
	newFor = 14 * day
	// grace is how long after a change of the declared place either counts: who moves
	// is not where the list says for a while.
	grace = 14 * day
	// firstUse is how long a laptop's first use lasts.
	firstUse = 7 * day
	// longestBench is how long a laptop is set up or repaired at most. Who forgets to take
	// it out of the group must not make it one of which nothing counts any more; a start,
	// not measured.
	longestBench = 30 * day
	// soonElsewhere is after how many days elsewhere that is said before it is over.
	soonElsewhere = 3
)

var (
	serviceSteps = []int{0, 1, 2, 3, 5, 10, 14, 30, 90} // days in service
	peopleSteps  = []int{0, 1, 2, 3, 5, 10, 20, 50}
)

func step(steps []int, n int) string {
	at, exact := slices.BinarySearch(steps, n)
	if !exact {
		at--
	}
	return strconv.Itoa(steps[max(at, 0)])
}

// A Stood is the countries in which a device stood on one day (UTC), by the addresses
// that tell a place. Nothing finer than a country is known of a stay.
type Stood struct {
	Day       string // 2026-11-25
	Countries []string
	From, To  time.Time // between which it stood in them; zero for all the day
}

// span is between when it stood there.
func (s Stood) span(on time.Time) (from, to time.Time) {
	if s.From.IsZero() {
		return on, on.Add(day - time.Microsecond)
	}
	return s.From, s.To
}

// A view is what one device's row is made of, at one moment.
type view struct {
	r      *Roster
	about  Known
	stood  []Stood // by day
	at     time.Time
	person Person
	held   bool
	since  time.Time // since when it is in service
}

func (r *Roster) view(about Known, stood []Stood, at time.Time) *view {
	v := &view{r: r, about: about, at: at, since: about.First}
	h, held := r.holding(about.ID, at)
	if v.held = held; held {
		v.person = r.People[h.PersonID]
		v.person.ID = h.PersonID
		if since := r.served(h, about.First); !since.IsZero() && !since.After(at) {
			v.since = since
		}
	}
	from, to := at.AddDate(0, 0, -Memory).UTC().Format(time.DateOnly), at.UTC().Format(time.DateOnly)
	for _, s := range stood {
		if s.Day > from && s.Day <= to {
			v.stood = append(v.stood, s)
		}
	}
	return v
}

// served is since when a laptop serves who holds it: since it was handed out, else
// since their start where it was enrolled before that. Zero where nobody said.
func (r *Roster) served(h device.Holding, enrolled time.Time) time.Time {
	start := r.People[h.PersonID].Start
	if h.From.IsZero() && start.After(enrolled) {
		return start
	}
	return h.From
}

// Row says what is known of a device at a moment.
func (r *Roster) Row(about Known, stood []Stood, at time.Time) finding.Observation {
	v := r.view(about, stood, at)
	o := finding.Observation{Class: Class, UID: finding.UID(Class, about.ID), Columns: map[string]string{}}
	_, told := r.People[v.person.ID]
	o.Columns["person_known"] = strconv.FormatBool(v.held && told)
	o.Columns["worker_type"] = workerType(v.person)
	if days := int(at.Sub(v.since) / day); days >= 0 {
		o.Columns["in_service_days"] = step(serviceSteps, days)
	}
	put(o.Columns, "newcomer", v.newcomer())
	flag(o.Columns, "staging", v.staging())
	if v.held {
		v.places(o.Columns)
		v.hiring(o.Columns)
		flag(o.Columns, "travelling", away(r.travel[v.person.ID], at))
		flag(o.Columns, "on_leave", away(r.leave[v.person.ID], at))
	}
	return o
}

func put(c map[string]string, column, value string) {
	if value != "" {
		c[column] = value
	}
}

func flag(c map[string]string, column string, is bool) {
	if is {
		c[column] = "true"
	}
}

func away(list []Absence, at time.Time) bool {
	return slices.ContainsFunc(list, func(a Absence) bool { return a.holds(at) })
}

// hiring is what recruiters are told to look at. It says nothing of the laptop.
func (v *view) hiring(c map[string]string) {
	p := v.person
	flag(c, "shipped_elsewhere", apart(p.ShippedTo, p.Declared))
	flag(c, "shipped_to_changed", !p.ShippedChanged.IsZero() && !p.ShippedChanged.After(v.at))
	if n := v.r.together[p.Address]; p.Address != "" && n > 1 {
		c["shipped_to_people"] = step(peopleSteps, n)
	}
	if p.Phone != "" && p.Phone != NumberFine {
		c["phone"] = string(p.Phone)
	}
	if p.Credential == "unverified" {
		c["credential"] = p.Credential
	}
}

// newcomer is the latest happening that made the laptop new to who holds it.
func (v *view) newcomer() string {
	what, when := "", v.at.Add(-newFor)
	happened := func(name string, at time.Time) {
		if at.After(when) && !at.After(v.at) {
			what, when = name, at
		}
	}
	happened("first_seen", v.about.First)
	if v.about.Last.After(v.about.First) {
		happened("reimaged", v.about.Last)
	}
	if !v.held {
		return what
	}
	h, _ := v.r.holding(v.about.ID, v.at)
	switch {
	case h.From.IsZero():
	case slices.ContainsFunc(v.r.held[v.about.ID], func(b device.Holding) bool { return b.PersonID != h.PersonID && b.From.Before(h.From) }):
		happened("handed_over", h.From)
	case slices.ContainsFunc(v.r.had[h.PersonID], func(b device.Holding) bool { return v.replaces(h, b) }):
		happened("replaced", h.From)
	}
	return what
}

// replaces says whether a laptop took the place of one that its holder gave back then.
func (v *view) replaces(h, before device.Holding) bool {
	return before.DeviceID != h.DeviceID && before.From.Before(h.From) && !before.To.IsZero() && before.To.Sub(h.From).Abs() <= newFor
}

// staging says whether it is being set up or repaired.
func (v *view) staging() bool {
	return slices.ContainsFunc(v.r.Staging(v.about), func(s Span) bool { return !v.at.Before(s.From) && (s.To.IsZero() || v.at.Before(s.To)) })
}
