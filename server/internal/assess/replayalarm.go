package assess

import (
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// mostAlarmed bounds what is kept of one conclusion that alarms for ever other reasons:
// the first of them, and the last.
const mostAlarmed = 64

// An alarming gathers the moments at which a past is worth an alert: of those that follow
// one another for the same reasons, the first.
type alarming []alarmed

type alarmed struct {
	at   time.Time
	what catalogue.Assessment
}

func (a *alarming) saw(at time.Time, what catalogue.Assessment) {
	if !alert.Alarming(what) {
		return
	}
	n := len(*a)
	switch {
	case n > 0 && slices.Equal((*a)[n-1].what.Ledger, what.Ledger):
	case n == mostAlarmed:
		(*a)[n-1] = alarmed{at, what}
	default:
		*a = append(*a, alarmed{at, what})
	}
}

// An alarm is whether, and since when, a person would have had an alert on their desk.
type alarm struct {
	met     bool
	stood   bool // it would have been met, were it not covered
	since   time.Time
	notice  string // it alarms, and a notice tells all of it
	covered bool   // the alert of its site tells it
}

// An inbox is what of a past says whether an alarm is an alert there.
type inbox struct {
	past   Past // as far as notices and alerts speak of it
	lapsed map[string]time.Time
	from   time.Time // when the window begins
	now    time.Time
}

// of says what came of what alarmed, by notices, by what people decided before the window,
// and by the alert of the site.
func (d *inbox) of(a alarming, conclusion finding.Conclusion, tells *noticing) (out alarm) {
	j := alert.Judgement{DeviceID: d.past.Device.ID, Lapsed: d.lapsed, Released: released(d.past.Notices), At: d.now}
	for _, one := range a {
		if len(tells.told) > 0 {
			if id := tells.all([]catalogue.Assessment{one.what}); id != "" {
				out.notice = id
				continue
			}
		}
		if out.since.IsZero() {
			out.since = one.at
		}
		j.Saw(one.at, one.what)
	}
	out.stood = j.Alarms() && met(about(d.past.Alerts, conclusion), j, d.from)
	out.covered = out.stood && d.past.Covered[conclusion] != ""
	out.met = out.stood && !out.covered
	return out
}

// met lets alerts follow, as if the moments were judged at once: what was decided before
// the window speaks, and what was opened in it is what the replay is about.
func met(alerts []alert.Alert, j alert.Judgement, from time.Time) bool {
	var past []alert.Alert
	for _, one := range alerts {
		if !one.OpenedAt.Before(from) {
			continue
		}
		if one.State == alert.Closed && one.ClosedAt.After(from) {
			one.State, one.CloseReason, one.ClosedAt = alert.New, "", time.Time{}
		}
		past = append(past, one)
	}
	return slices.ContainsFunc(past, unclosed) ||
		slices.ContainsFunc(alert.Follow(past, j, func() string { return "replay" }), func(c alert.Change) bool { return unclosed(c.Alert) })
}

// gather lets notices that there would be tell of what a device would newly show.
func (out *replayed) gather(r *Replay, notices []Noticed) {
	if out.inbox == nil {
		return
	}
	d := *out.inbox
	d.past.Notices = withNotices(d.past.Notices, notices)
	tells := newNoticing(r.after, d.past, r.to)
	for i := range out.changes {
		c := &out.changes[i]
		c.alarms[1] = d.of(c.alarming, c.Conclusion, tells)
	}
}

// withNotices adds notices to those that a device is part of, unless these tell the same.
func withNotices(kept, more []Noticed) []Noticed {
	return slices.Concat(kept, slices.DeleteFunc(slices.Clone(more), func(n Noticed) bool {
		return slices.ContainsFunc(kept, func(k Noticed) bool { return k.Joined && k.Subject == n.Subject })
	}))
}

func unclosed(a alert.Alert) bool { return a.State != alert.Closed }

// stands notes what of the real alerts about the same matters for what would have been.
func (c *ReplayChange) stands(alerts []alert.Alert, from time.Time) {
	c.open = slices.ContainsFunc(alerts, unclosed)
	c.confirmed = slices.ContainsFunc(alerts, func(a alert.Alert) bool {
		return a.CloseReason.TruePositive() && a.ClosedAt.After(from) || a.State == alert.InProgress
	})
}

// settle says what the alarms of both sides, and the alert that is open, come to.
func (c *ReplayChange) settle() {
	before := c.alarms[0].met || c.open
	after := c.alarms[1].met || c.open && !c.alarms[0].met
	c.AlertBefore, c.AlertAfter = before, after
	c.Opened, c.NotOpened = after && !before, before && !after
	c.Confirmed = c.NotOpened && c.confirmed
	c.Notice = ""
	if !after {
		c.Notice = c.alarms[1].notice
	}
	c.Covered = !after && c.alarms[1].covered
}

// same says whether both catalogues say the same of it, as far as is shown.
func (c *ReplayChange) same() bool {
	return c.Before.Level == c.After.Level && c.Before.Score == c.After.Score
}
