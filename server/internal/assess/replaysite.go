package assess

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// mostSiteReplayed bounds the moments at which one site is compared, spread over the window.
// At a moment all that all its laptops told is weighed, and what a site shows lasts: of
// where more happened it is said that it was looked at so many times.
const mostSiteReplayed = 192

// judge compares every site that is one by either catalogue.
func (h *houses) judge(ctx context.Context) error {
	by := map[string][2]*site.Site{}
	for side, s := range h.surveys {
		for _, one := range s.Sites() {
			both := by[one.ID]
			both[side] = &one
			by[one.ID] = both
		}
	}
	for _, id := range slices.Sorted(maps.Keys(by)) {
		if err := h.compare(ctx, id, by[id]); err != nil {
			return err
		}
	}
	return nil
}

// compare judges one site at the moments at which something of it can change.
func (h *houses) compare(ctx context.Context, id string, sites [2]*site.Site) error {
	r := h.of.replay
	alerts, err := h.of.archive.SiteAlerts(ctx, id)
	if err != nil {
		return fmt.Errorf("read the alerts of site %s: %w", id, err)
	}
	c := ReplayChange{Conclusion: finding.InFarm, Site: h.siteOf(id, sites)}
	var lines [2]*siteTimeline
	for side, one := range sites {
		if one != nil {
			lines[side] = h.runners[side].timelineOf(*one, h.surveys[side].Members(id), h.verdicts[side])
		}
	}
	all := h.moments(lines)
	at := spread(all, mostSiteReplayed)
	if len(at) < len(all) {
		h.of.thinned++
	}
	none := catalogue.Assessment{Conclusion: finding.InFarm, Level: finding.LevelNone}
	var seen [2][]catalogue.Assessment
	peaks := [2]*catalogue.Assessment{&c.Before, &c.After}
	for side, line := range lines {
		alarms := alarming{}
		for i, t := range at {
			if err := ctx.Err(); err != nil {
				return err
			}
			a := none
			if line != nil {
				a = line.at(t)
			}
			if i == 0 || outweighs(a, *peaks[side]) {
				*peaks[side] = a
			}
			seen[side] = append(seen[side], a)
			alarms.saw(t, a)
		}
		if len(alarms) > 0 {
			alarms[0].at = line.since(all, at, alarms[0].at)
		}
		d := inbox{past: Past{Alerts: alerts}, from: r.from, now: r.to}
		c.alarms[side] = d.of(alarms, c.Conclusion, &noticing{})
		c.Site.Days[side] = daysAt(at, seen[side])
	}
	c.NowBefore, c.NowAfter = seen[0][len(at)-1].Level, seen[1][len(at)-1].Level
	c.Added, c.Dropped = linesOnlyIn(c.After, c.Before), linesOnlyIn(c.Before, c.After)
	c.At = partedAt(at, seen)
	c.stands(alerts, r.from)
	h.of.sites = append(h.of.sites, c)
	return nil
}

// siteOf names a site and its laptops, as the files would have it where they do.
func (h *houses) siteOf(id string, sites [2]*site.Site) *ReplaySite {
	one := cmp.Or(sites[1], sites[0])
	s := &ReplaySite{ID: id, Name: one.Name, People: one.People, Was: sites[0] != nil, Would: sites[1] != nil}
	side := 1
	if !s.Would {
		side = 0
	}
	for _, m := range h.surveys[side].Members(id) {
		if used := h.runners[side].used[m.DeviceID]; m.Certain && used != nil {
			s.Devices = append(s.Devices, used.past.Device.Name)
		}
	}
	slices.Sort(s.Devices)
	return s
}

// since is when, of all moments, a site began to alarm that does at one of those that were
// looked at and not at the one before.
func (t *siteTimeline) since(all, at []time.Time, alarms time.Time) time.Time {
	i, _ := slices.BinarySearchFunc(at, alarms, time.Time.Compare)
	begin := 0
	if i > 0 {
		begin, _ = slices.BinarySearchFunc(all, at[i-1], time.Time.Compare)
	}
	end, _ := slices.BinarySearchFunc(all, alarms, time.Time.Compare)
	n := sort.Search(end-begin, func(n int) bool { return stands(t.at(all[begin+n])) })
	return all[begin+n]
}

// spread leaves of moments in order at most so many, the last of each stretch of time.
func spread(all []time.Time, most int) []time.Time {
	if len(all) <= most {
		return all
	}
	stretch := all[len(all)-1].Sub(all[0])/time.Duration(most-1) + 1
	var some []time.Time
	for i, t := range all {
		if i+1 == len(all) || all[i+1].Sub(all[0])/stretch != t.Sub(all[0])/stretch {
			some = append(some, t)
		}
	}
	return some
}

// moments are those at which something of a site can change: at which a laptop of it tells
// something new.
func (h *houses) moments(lines [2]*siteTimeline) (at []time.Time) {
	from := h.of.replay.from
	var present time.Time
	for _, line := range lines {
		if line == nil {
			continue
		}
		present = later(present, line.present)
		for _, m := range line.members {
			at = append(at, m.line.moments(from, line.present)...)
		}
	}
	at = inOrder(at, from, present)
	if from.Before(present) {
		at = append([]time.Time{from}, at...)
	}
	return append(at, present)
}

func inOrder(at []time.Time, from, to time.Time) []time.Time {
	at = slices.DeleteFunc(at, func(t time.Time) bool { return !t.After(from) || !t.Before(to) })
	slices.SortFunc(at, time.Time.Compare)
	return slices.CompactFunc(at, time.Time.Equal)
}

// daysAt counts the days (UTC) on which a site stood at medium or above.
func daysAt(at []time.Time, list []catalogue.Assessment) int {
	days := map[string]bool{}
	for i, a := range list {
		if !stands(a) {
			continue
		}
		days[at[i].UTC().Format(time.DateOnly)] = true
		if i+1 == len(at) {
			break
		}
		for t := at[i].UTC().Truncate(24 * time.Hour); t.Before(at[i+1]); t = t.Add(24 * time.Hour) {
			days[t.Format(time.DateOnly)] = true
		}
	}
	return len(days)
}

// partedAt is the first moment at which the two levels differ, or else the scores.
func partedAt(at []time.Time, seen [2][]catalogue.Assessment) time.Time {
	var tracks [2][][]brief
	for side, list := range seen {
		for _, a := range list {
			tracks[side] = append(tracks[side], []brief{{a.Level, a.Score}})
		}
	}
	return firstApart(at, tracks[0], tracks[1], 0)
}

// cover lets the alert of a site stand for those of its laptops that did not come before it.
func (h *houses) cover() {
	for side, s := range h.surveys {
		for _, c := range h.of.sites {
			a := c.alarms[side]
			for _, m := range s.Members(c.Site.ID) {
				if one, known := h.of.devices[m.DeviceID]; known && m.Certain {
					one.coveredBy(a, side)
				}
			}
		}
	}
}

// coveredBy lets an alert of its site stand for those of a laptop that did not come before it.
func (out replayed) coveredBy(a alarm, side int) {
	for i := range out.changes {
		if x := &out.changes[i].alarms[side]; out.changes[i].Conclusion == finding.InFarm && !x.since.IsZero() {
			x.covered = a.met && !x.since.Before(a.since)
			x.met = x.stood && !x.covered
		}
	}
}
