package alert

import (
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// ReopenWithin is how long after closing evidence that comes back still
// belongs to the same case.
const ReopenWithin = 7 * 24 * time.Hour

// A Judgement is what the catalogue concluded about one device or one site, once.
type Judgement struct {
	DeviceID   string // of a site: the device that speaks strongest
	DeviceName string
	SiteID     string // empty for a device
	SiteName   string
	Peak       catalogue.Assessment // the latest of the highest level since the last judgement, for what happened while nobody looked
	PeakAt     time.Time            // event time of the peak; zero for now
	Told       []string             // uids of what any alarming moment since the last judgement rested on, beside peak and present
	Present    catalogue.Assessment // as it is now
	Sightings  map[string]Sighting  // of every finding either rests on, by uid
	Lapsed     map[string]time.Time // when the sanctions of findings that are there ended, by uid
	Covered    string               // id of the open alert of the device's site that tells this already; none is opened beside it
	Released   time.Time            // when somebody said that what a notice tells was not expected: what was closed for it before is open again
	At         time.Time            // collector clock
}

// Saw adds what the catalogue concluded of one moment. Moments come in order; the last
// is the present. What is shown of a peak is the latest moment of the highest level, so
// that it does not matter how many moments were judged at once.
func (j *Judgement) Saw(at time.Time, a catalogue.Assessment) {
	if Alarming(a) {
		j.Told = append(j.Told, uids(a)...)
		if len(j.Told) > 2*mostFindings {
			j.Told = sorted(j.Told)
		}
	}
	if j.Peak.Level == "" || a.Level.Rank() >= j.Peak.Level.Rank() {
		j.Peak, j.PeakAt = a, at
	}
	j.Present = a
}

// Alarms says whether anything in the judgement is worth an alert.
func (j *Judgement) Alarms() bool { return Alarming(j.Peak) }

// news says whether an alert's evidence was there at the peak after it had gone.
func (j *Judgement) news(a Alert) bool { return j.PeakAt.IsZero() || j.PeakAt.After(a.LastSeen) }

// A Sighting is when one finding's evidence was there.
type Sighting struct {
	Title string
	From  time.Time // event time
	To    time.Time // zero while it is there
	Last  time.Time // event time it was last seen
}

// Follow says what a judgement changes among the alerts about its device and
// conclusion, newest first in past: open one, reopen one, raise one, or only
// note that evidence came or went. What a person decided on stays decided for
// as long as there is no evidence they did not decide on.
func Follow(past []Alert, j Judgement, newID func() string) []Change {
	for _, a := range past {
		if a.State != Closed {
			return changed(a, update(a, j))
		}
	}
	if !Alarming(j.Peak) {
		return noteClosed(past, j)
	}
	a, found := decider(past, uids(j.Peak))
	switch {
	case j.Covered != "", found && covers(a, uids(j.Peak)) && !a.Active && !j.news(a):
		return noteClosed(past, j)
	case found && a.CloseReason == Duplicate && j.Released.After(a.ClosedAt):
		return append(noteClosed(without(past, a.ID), j), released(a, j))
	case found && covers(a, uids(j.Peak)) && (a.CloseReason.settles() && !outlived(a, j) || a.Active && recent(a, j.At)):
		return noteClosed(past, j)
	case found && !a.CloseReason.settles() && recent(a, j.At):
		return append(noteClosed(without(past, a.ID), j), reopened(a, j))
	default:
		return append(noteClosed(past, j), opened(past, j, newID()))
	}
}

// Alarming says whether an assessment is worth an alert.
func Alarming(a catalogue.Assessment) bool { return a.Level.Rank() >= finding.LevelMedium.Rank() }

func recent(a Alert, now time.Time) bool { return now.Sub(a.ClosedAt) <= ReopenWithin }

// decider finds the decision that speaks about this evidence: the newest alert
// that rested on all of it, else simply the newest.
func decider(past []Alert, evidence []string) (Alert, bool) {
	for _, a := range past {
		if covers(a, evidence) {
			return a, true
		}
	}
	if len(past) > 0 {
		return past[0], true
	}
	return Alert{}, false
}

// outlived says whether an alert was closed because of a sanction that has ended
// since: what was decided then was that it is permitted, and it no longer is.
func outlived(a Alert, j Judgement) bool {
	return a.CloseReason == BenignSanctioned && slices.ContainsFunc(uids(j.Peak), func(uid string) bool { return j.Lapsed[uid].After(a.ClosedAt) })
}

func without(past []Alert, id string) []Alert {
	return slices.DeleteFunc(slices.Clone(past), func(a Alert) bool { return a.ID == id })
}

// noteClosed keeps Active true to life on closed alerts. It is what tells
// evidence that never went from evidence that came back.
func noteClosed(past []Alert, j Judgement) []Change {
	var cs []Change
	for _, a := range past {
		active := Alarming(j.Present) && covers(a, uids(j.Present))
		if a.Active == active {
			continue
		}
		a.Active, a.UpdatedAt = active, j.At
		a.Present = present(a.Findings, j)
		a.LastSeen = lastSeen(a, j)
		a.Version++
		cs = append(cs, Change{Alert: a})
	}
	return cs
}

func opened(past []Alert, j Judgement, id string) Change {
	a := Alert{
		ID: id, DeviceID: j.DeviceID, DeviceName: j.DeviceName, SiteID: j.SiteID, SiteName: j.SiteName, Conclusion: j.Peak.Conclusion,
		State: New, OpenedAt: j.At, Version: 0, Level: finding.LevelNone,
	}
	text := fmt.Sprintf("Opened at level %s with %d points.", j.Peak.Level, j.Peak.Score)
	if len(past) > 0 {
		a.Previous = past[0].ID
		text += " " + aboutPrevious(past[0], j)
	}
	c := raise(a, j)
	c.Timeline = append(c.Timeline, Entry{At: j.At, Kind: StateChanged, Text: text})
	return c
}

func (a Alert) subject() string {
	if a.SiteID != "" {
		return "site"
	}
	return "device"
}

// aboutPrevious says why there is a new alert beside the one that was closed.
func aboutPrevious(a Alert, j Judgement) string {
	why := "this evidence is not what was decided on then."
	if covers(a, uids(j.Peak)) {
		why = fmt.Sprintf("%d days later the evidence is there.", int(j.At.Sub(a.ClosedAt).Hours()/24))
	}
	return fmt.Sprintf("An earlier alert about this %s was closed as %s on %s; %s", a.subject(), a.CloseReason, a.ClosedAt.UTC().Format(time.DateOnly), why)
}

// released opens what was closed for a notice that turned out to be unexpected: it is
// nobody's yet, as it was before.
func released(a Alert, j Judgement) Change {
	c := reopened(a, j)
	if c.Alert.State = New; a.Assignee != "" {
		c.Alert.State = InProgress
	}
	c.Timeline[len(c.Timeline)-1].Text = "Reopened: somebody said that what the notice tells of many laptops was not expected."
	return c
}

func reopened(a Alert, j Judgement) Change {
	text := fmt.Sprintf("Reopened, because evidence came within %d days after it was closed as %s.", int(ReopenWithin.Hours()/24), a.CloseReason)
	a.State, a.CloseReason, a.ClosedAt = InProgress, "", time.Time{}
	a.Level, a.Score = finding.LevelNone, 0
	c := raise(a, j)
	c.Timeline = append(c.Timeline, Entry{At: j.At, Kind: StateChanged, Text: text})
	return c
}

// raise gives an alert that starts over what was judged.
func raise(a Alert, j Judgement) Change {
	a, lines := evidence(a, j)
	a = a.show(j)
	a.Active = Alarming(j.Present)
	if !a.Active {
		lines = append(lines, gone(j.At))
	}
	a.UpdatedAt = j.At
	a.Version++
	return Change{a, lines}
}

func update(a Alert, j Judgement) Change {
	before := a
	a, lines := evidence(a, j)
	a = a.show(j)
	if a.Level != before.Level {
		lines = append(lines, Entry{At: j.At, Kind: LevelChanged,
			Text: fmt.Sprintf("The level rose from %s to %s: %d points, %d before.", before.Level, a.Level, a.Score, before.Score)})
	}
	if active := Alarming(j.Present); active != a.Active {
		a.Active = active
		if active {
			lines = append(lines, Entry{At: j.At, Kind: LevelChanged, Text: fmt.Sprintf("The evidence is there again: level %s now.", j.Present.Level)})
		} else {
			lines = append(lines, gone(j.At))
		}
	}
	// That evidence is still there is no change anybody has to look at again:
	// it moves LastSeen and leaves the etag alone.
	if len(lines) > 0 || a.Score != before.Score {
		a.UpdatedAt = j.At
		a.Version++
	}
	return Change{a, lines}
}

func changed(before Alert, c Change) []Change {
	if c.Alert.Version == before.Version && c.Alert.LastSeen.Equal(before.LastSeen) && c.Alert.DeviceName == before.DeviceName && c.Alert.SiteName == before.SiteName &&
		slices.Equal(c.Alert.Assessment.Ledger, before.Assessment.Ledger) {
		return nil
	}
	return []Change{c}
}

// show gives an alert the judgement that people are to read: the present one for
// as long as it is no weaker than what the alert stands for, else the latest of the
// highest level there was. Level and ledger are of one judgement, so they always add up.
func (a Alert) show(j Judgement) Alert {
	switch p := j.Present; {
	case Alarming(p) && p.Level.Rank() >= a.Level.Rank() && p.Level.Rank() >= j.Peak.Level.Rank():
		a.Level, a.Score, a.Title, a.Assessment = p.Level, p.Score, a.title(p), p
	case Alarming(j.Peak) && j.Peak.Level.Rank() >= a.Level.Rank():
		a.Level, a.Score, a.Title, a.Assessment = j.Peak.Level, j.Peak.Score, a.title(j.Peak), j.Peak
	}
	return a
}

func gone(at time.Time) Entry {
	return Entry{At: at, Kind: LevelChanged, Text: "The evidence is gone or no longer enough; the alert stays for review."}
}

func (a Alert) title(of catalogue.Assessment) string {
	switch {
	case of.Title != "":
		return of.Title
	case a.SiteID != "":
		return "These laptops may stand in one laptop farm"
	case of.Conclusion == finding.InFarm:
		return "This laptop may stand in a laptop farm"
	default:
		return "Somebody who is not at this laptop may be able to drive it"
	}
}
