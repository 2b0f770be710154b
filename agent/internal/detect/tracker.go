package detect

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Tracker remembers open findings between rounds and says what changed. It is
// not safe for use by several goroutines.
type Tracker struct {
	renew  time.Duration
	settle time.Duration
	steady time.Duration
	open   map[string]*tracked
}

// tracked is an open finding and what was last said of it.
type tracked struct {
	finding.Finding
	said   time.Time // when it was last reported
	spoken string    // its evidence at that time
	fog    bool      // it was only ever seen while its class was seen in part
	dated  time.Time // when its evidence was taken; zero after a restart, which forgets what rows said
}

// NewTracker makes a tracker that repeats an open finding every renew, so that
// the server knows it is still there. Evidence that changes is reported at once,
// but no more often than ten times in that period: a program that opens a
// connection every second must not fill the spool.
func NewTracker(renew time.Duration) *Tracker {
	return &Tracker{renew: renew, settle: renew / 10, open: map[string]*tracked{}}
}

// Steady lets a tracker tell of a finding as of a day or whatever is given: with
// the evidence it opened with, anew after that time, and as seen until it was not
// for as long. Rows that follow a person's hands would otherwise tell, with each
// change and each end, when that person works.
func (t *Tracker) Steady(during time.Duration) { t.steady = during }

// within says whether a moment is so recent that a steady tracker holds to it.
func (t *Tracker) within(at, then time.Time) bool {
	ago := at.Sub(then)
	return ago >= 0 && ago < t.steady
}

// Restore takes over findings that were open before a restart, so that they are
// renewed or closed and not opened a second time.
func (t *Tracker) Restore(open []finding.Finding) {
	for _, f := range open {
		if f.Status == finding.Open {
			t.open[f.UID] = &tracked{Finding: f, said: f.LastSeen, spoken: signature(f.Evidence)}
		}
	}
}

// Blind says of the classes that could not be looked at properly whether they
// could not be seen at all (true) or were seen in part (false): a sensor that is
// refused other people's processes still shows our own, and one that waits for a
// verdict shows the rest. Classes that were seen whole are not in it.
func Blind(coverage []finding.Coverage, rows []finding.Observation) map[string]bool {
	shown := map[string]bool{}
	for _, o := range rows {
		shown[o.Class] = true
	}
	blind := map[string]bool{}
	for _, c := range coverage {
		if c.State != finding.CoverageOK || c.Late {
			blind[c.Class] = c.State == finding.CoverageFailed || !shown[c.Class]
		}
	}
	return blind
}

// Update takes in one round: all findings of now, and what Blind says of the
// classes. It gives the findings that opened, whose evidence changed, that are
// due for renewal, and that closed, sorted by rule and UID.
//
// Not seen is not gone: a finding of a blind class stays open. In a class that
// is seen in part a finding closes only when it was seen through the same fog;
// what was seen clearly before may only be hidden now.
func (t *Tracker) Update(at time.Time, found []finding.Finding, blind map[string]bool) []finding.Finding {
	var changed []finding.Finding
	present := make(map[string]bool, len(found))
	for _, f := range found {
		present[f.UID] = true
		if t.see(at, f, blind) {
			changed = append(changed, t.open[f.UID].Finding)
		}
	}
	for uid, o := range t.open {
		wholly, unclear := blind[classOf(o.Finding)]
		if present[uid] || unclear && (wholly || !o.fog) {
			continue
		}
		lasting := t.within(at, o.LastSeen)
		if lasting && (o.dated.IsZero() || !o.due(at, t)) {
			continue
		}
		told := o.Finding
		if t.steady > 0 {
			told.LastSeen = at // when it really was is remembered here alone
		}
		if !lasting {
			told.Status = finding.Closed
			delete(t.open, uid)
		}
		changed = append(changed, told)
	}
	slices.SortFunc(changed, byRule)
	return changed
}

// see takes in one finding and says whether it is to be reported.
func (t *Tracker) see(at time.Time, f finding.Finding, blind map[string]bool) bool {
	wholly, unclear := blind[classOf(f)]
	o := t.open[f.UID]
	if o == nil {
		f.Status, f.FirstSeen, f.LastSeen = finding.Open, at, at
		t.open[f.UID] = &tracked{Finding: f, said: at, spoken: signature(f.Evidence), fog: unclear, dated: at}
		return true
	}
	if unclear && (wholly || !o.fog) {
		f.Evidence = merged(o.Evidence, f.Evidence)
	}
	if t.within(at, o.dated) {
		f.Evidence = o.Evidence
	} else {
		o.dated = at
	}
	o.fog = o.fog && unclear
	f.Status, f.FirstSeen, f.LastSeen = finding.Open, o.FirstSeen, at
	o.Finding = f
	return o.due(at, t)
}

// due says whether an open finding is to be reported again, and notes that it is.
func (o *tracked) due(at time.Time, t *Tracker) bool {
	silent := at.Sub(o.said)
	if silent >= 0 && silent < t.settle { // a clock that was set back must not silence a finding
		return false
	}
	now := signature(o.Evidence)
	if silent >= 0 && silent < t.renew && now == o.spoken {
		return false
	}
	o.said, o.spoken = at, now
	return true
}

// Open gives all open findings, sorted by rule and UID.
func (t *Tracker) Open() []finding.Finding {
	open := make([]finding.Finding, 0, len(t.open))
	for _, o := range t.open {
		open = append(open, o.Finding)
	}
	slices.SortFunc(open, byRule)
	return open
}

// classOf is the class of a finding's evidence; all its rows are of one.
func classOf(f finding.Finding) string {
	if len(f.Evidence) == 0 {
		return ""
	}
	return f.Evidence[0].Class
}

// merged adds what a look through fog shows to what a clear look showed before:
// a row that is missing may only be hidden. The newer form of a row wins.
func merged(old, now []finding.Observation) []finding.Observation {
	rows := map[string]finding.Observation{}
	for _, o := range slices.Concat(old, now) {
		rows[o.UID] = o
	}
	return bounded(slices.Collect(maps.Values(rows)))
}

// signature tells one set of evidence from another. Columns that only ever grow
// while the same thing goes on say nothing new.
func signature(rows []finding.Observation) string {
	var b strings.Builder
	for _, o := range rows {
		b.WriteString(strconv.Quote(o.UID))
		b.WriteString(content(o, "count", "last_seen"))
	}
	return b.String()
}

// content is a row's columns as one text, in order of their names.
func content(o finding.Observation, without ...string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(o.Columns)) {
		if !slices.Contains(without, name) {
			b.WriteString(strconv.Quote(name))
			b.WriteString(strconv.Quote(o.Columns[name]))
		}
	}
	return b.String()
}
