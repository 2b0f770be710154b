package assess

import (
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// An alarming gathers what of a past is worth an alert, moment by moment.
type alarming struct {
	judged alert.Judgement // of the moments that no notice tells of
	first  time.Time       // of these
	notice string          // that tells of the others
}

func (a *alarming) saw(at time.Time, one catalogue.Assessment, tells *noticing) {
	if !alert.Alarming(one) {
		return
	}
	if tells != nil && len(tells.told) > 0 {
		if id := tells.all([]catalogue.Assessment{one}); id != "" {
			a.notice = id
			return
		}
	}
	if a.first.IsZero() {
		a.first = at
	}
	a.judged.Saw(at, one)
}

// An alarm is whether, and since when, a person would have had an alert on their desk.
type alarm struct {
	met     bool
	stood   bool // it would have been met, were it not covered
	since   time.Time
	notice  string // it alarms, and a notice tells all of it
	covered bool   // the alert of its site tells it
}

// alarm says what came of the moments of a conclusion, by what people decided before the window.
func (s *side) alarm(i int, p Past, from time.Time) alarm {
	a := s.alarms[i]
	a.judged.DeviceID, a.judged.At, a.judged.Lapsed, a.judged.Released = p.Device.ID, s.now, s.lapsed(), released(p.Notices)
	out := a.met(about(p.Alerts, s.peaks[i].Conclusion), from)
	out.stood = out.met
	if out.met && p.Covered[s.peaks[i].Conclusion] != "" {
		out.met, out.covered = false, true
	}
	return out
}

// met lets alerts follow, as if the moments were judged at once: what was decided before
// the window speaks, and what was opened in it is what the replay is about.
func (a *alarming) met(alerts []alert.Alert, from time.Time) alarm {
	if !a.judged.Alarms() {
		return alarm{notice: a.notice}
	}
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
	met := slices.ContainsFunc(past, unclosed) ||
		slices.ContainsFunc(alert.Follow(past, a.judged, func() string { return "replay" }), func(c alert.Change) bool { return unclosed(c.Alert) })
	return alarm{met: met, since: a.first}
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
