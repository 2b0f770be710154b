// Package assess turns what a device told into the two conclusions, keeps them
// current, and lets alerts follow them.
package assess

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// mostMoments is at how many moments of the past one judgement looks: a month of news
// is judged in several, and what else waits has its turn between them.
const mostMoments = 256

// Overlap is by how much before the begin of news its past is judged again: two
// sensors of one device may tell of the same moment a little apart.
const Overlap = 10 * time.Minute

// A Verdict is what one judgement changes. Without changes nothing is written.
type Verdict struct {
	Standings []Standing
	Alerts    []alert.Change
	Seen      time.Time // event time up to which the past is judged now
	More      bool      // there is more of it: the device is to be judged again at once
	Due       Due       // when it is to be judged again though nothing came
}

// Changes says whether there is anything in the verdict to be written.
func (v Verdict) Changes(p Past) bool {
	return len(v.Standings) > 0 || len(v.Alerts) > 0 || v.More || !v.Seen.Equal(p.Seen) || !v.Due.Equal(p.Due)
}

// Judge assesses a device: each moment since the last judgement at which something
// could have changed, in order, and the present last. now is the collector's clock.
//
// The verdict depends on when things happened and not on when they arrived. After the
// same news, whatever their order between the lives of a spool, their repetition, their
// delay and their number at once, and judged up to the same present:
//
//   - the standings are the same, byte for byte, with Since, whatever was judged between;
//   - of alerts, conclusion, level, score, title, ledger, findings, and whether they
//     are active are the same, wherever more news could only have added to what alarmed.
//
// What cannot be the same: when an alert was opened, since that is when people could
// first see it, and what people did with it meanwhile; an alert that was opened on part
// of the news and would not have been on all of it, as where a log tells only later that
// the person at the laptop had agreed, for what has alarmed somebody stays for review;
// and by what a finding's evidence permits, since its last evidence alone is kept.
func Judge(c *catalogue.Catalogue, p Past, now time.Time, newID func() string) Verdict {
	l := newTimeline(c, p, now)
	moments := l.walk(p.Seen, l.present, mostMoments)
	v := Verdict{Seen: l.present}
	if len(moments) > mostMoments {
		moments = moments[:mostMoments]
		v.Seen, v.More = moments[mostMoments-1], true
		moments = moments[:mostMoments-1]
	}
	moments = append(moments, v.Seen)
	seen := sync.OnceValue(func() map[string]alert.Sighting { return sightings(p) })
	lapsed, notices := l.lapsed(), newNoticing(c, p, now)
	for i, conclusion := range Conclusions {
		j := alert.Judgement{DeviceID: p.Device.ID, DeviceName: p.Device.Name, Covered: p.Covered[conclusion], Lapsed: lapsed, At: now}
		var alarms []catalogue.Assessment
		for _, at := range moments {
			a := l.at(at)[i]
			j.Saw(at, a)
			if alert.Alarming(a) {
				alarms = append(alarms, a)
			}
		}
		if s, changed := l.stand(i, j.Present, moments); changed {
			v.Standings = append(v.Standings, s)
		}
		past := about(p.Alerts, conclusion)
		if len(past) == 0 && !j.Alarms() {
			continue
		}
		j.Sightings = seen()
		v.Alerts = append(v.Alerts, notices.follow(past, j, alarms, p, newID)...)
	}
	if !v.More {
		v.Due = l.due()
		if !notices.waits.IsZero() {
			if wait := now.Add(joining); v.Due.Clock.IsZero() || wait.Before(v.Due.Clock) {
				v.Due.Clock = wait
			}
			v.Seen = earlier(v.Seen, notices.waits.Add(-time.Microsecond))
		}
	}
	return v
}

// Conclusions are all that are drawn about a device, in the order in which the
// catalogue gives them.
var Conclusions = []finding.Conclusion{finding.RemotelyControlled, finding.InFarm}

func outweighs(a, b catalogue.Assessment) bool {
	if a.Level != b.Level {
		return a.Level.Rank() > b.Level.Rank()
	}
	return a.Score > b.Score
}

func about(all []alert.Alert, c finding.Conclusion) []alert.Alert {
	var some []alert.Alert
	for _, a := range all {
		if a.Conclusion == c {
			some = append(some, a)
		}
	}
	return some
}

// stand gives the standing to keep, and whether it differs from the kept one.
func (l *timeline) stand(i int, a catalogue.Assessment, moments []time.Time) (Standing, bool) {
	s := Standing{Assessment: a, DeviceID: l.past.Device.ID, DeviceName: l.past.Device.Name, JudgedAt: l.now, Revision: l.catalogue.Revision}
	k := slices.IndexFunc(l.past.Standings, func(k Standing) bool { return k.Conclusion == a.Conclusion })
	if k < 0 {
		s.Since = l.since(i, nil, moments)
		return s, true
	}
	kept := l.past.Standings[k]
	s.Since = l.since(i, &kept, moments)
	return s, kept.Revision != s.Revision || !kept.Since.Equal(s.Since) || !equal(kept.Assessment, a)
}

// since is when the level of the last of some moments began. What was kept of the
// level before them still holds where the level had begun before what is new.
func (l *timeline) since(i int, kept *Standing, moments []time.Time) time.Time {
	end := moments[len(moments)-1]
	level := l.at(end)[i].Level
	back := func(moments []time.Time, between func(before, after time.Time) []time.Time) (began time.Time, found bool) {
		for _, edge := range slices.Backward(moments) {
			for _, at := range slices.Backward(append([]time.Time{edge}, between(edge, end)...)) {
				if l.at(at)[i].Level != level {
					return l.turned(i, level, at, end), true
				}
				end = at
			}
		}
		return time.Time{}, false
	}
	walked := func(time.Time, time.Time) []time.Time { return nil }
	if began, found := back(moments[:len(moments)-1], walked); found {
		return began
	}
	seen := l.past.Seen
	if kept != nil && kept.Revision == l.catalogue.Revision && !seen.IsZero() && !kept.Since.After(seen) && l.stood(i, seen, kept.Level, level) {
		if kept.Level == level {
			return kept.Since
		}
		return l.turned(i, level, seen, end)
	}
	if !seen.IsZero() {
		if began, found := back(append(l.moments(time.Time{}, seen), seen), l.between); found {
			return began
		}
	}
	if first := l.past.newSince(); !first.IsZero() && first.Before(moments[len(moments)-1]) {
		return first // also where a span began before
	}
	return end
}

// stood says whether the level that was kept is what the moment itself gives: a laptop
// that was asleep may have been judged by what was permitted only later, or before an
// import said since when it is in service. It is looked at where that can be.
func (l *timeline) stood(i int, at time.Time, kept, now finding.Level) bool {
	return !l.permitted.any && kept == now || l.at(at)[i].Level == kept
}

// turned finds when, between two moments at which nothing came or went, time alone
// brought about the level of the later one: at one of the next times that the catalogue
// names, or else by halves.
func (l *timeline) turned(i int, level finding.Level, before, after time.Time) time.Time {
	for n := 0; n < 8 && after.Sub(before) > time.Microsecond; n++ {
		next := l.lookFrom(before).Next(before)
		if next.IsZero() || !next.Before(after) {
			break
		}
		if l.assess(next)[i].Level == level {
			return next
		}
		before = next
	}
	for after.Sub(before) > time.Microsecond {
		middle := before.Add(after.Sub(before) / 2).Truncate(time.Microsecond)
		if !middle.After(before) {
			break
		}
		if l.assess(middle)[i].Level == level {
			after = middle
		} else {
			before = middle
		}
	}
	return after
}

func equal(a, b catalogue.Assessment) bool {
	return a.Level == b.Level && a.Score == b.Score && a.Title == b.Title && a.NextStep == b.NextStep && a.Explain == b.Explain &&
		a.Confidence == b.Confidence && slices.Equal(a.Missing, b.Missing) && slices.Equal(a.Unseen, b.Unseen) &&
		slices.Equal(a.Ledger, b.Ledger)
}

// EncodeLedger writes a ledger as it is kept and shown.
func EncodeLedger(l []catalogue.LedgerEntry) []byte {
	if l == nil {
		l = []catalogue.LedgerEntry{}
	}
	text, err := json.Marshal(l)
	if err != nil { // four plain fields cannot fail to be written
		return []byte("[]")
	}
	return text
}
