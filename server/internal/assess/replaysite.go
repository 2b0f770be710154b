package assess

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// mostSiteReplayed bounds the moments at which one site is compared, the last ones. At a
// moment all that all its laptops told is weighed.
const mostSiteReplayed = 128

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
	at, cut := h.moments(lines)
	if !cut.IsZero() {
		h.of.cut = append(h.of.cut, cut)
	}
	var seen [2][]catalogue.Assessment
	for _, t := range at {
		if err := ctx.Err(); err != nil {
			return err
		}
		for side, line := range lines {
			a := catalogue.Assessment{Conclusion: finding.InFarm, Level: finding.LevelNone}
			if line != nil {
				a = line.at(t)
			}
			seen[side] = append(seen[side], a)
		}
	}
	peaks := [2]*catalogue.Assessment{&c.Before, &c.After}
	for side, list := range seen {
		alarms := alarming{}
		for i, a := range list {
			if i == 0 || outweighs(a, *peaks[side]) {
				*peaks[side] = a
			}
			alarms.saw(at[i], a)
		}
		d := inbox{past: Past{Alerts: alerts}, from: r.from, now: r.to}
		c.alarms[side] = d.of(alarms, c.Conclusion, &noticing{})
		c.Site.Days[side] = daysAt(at, list)
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

// moments are those at which something of a site can change: at each at which a laptop of it
// tells something new, or, where that is too often, at those at which the judgement of one
// of them turned or what joins them did. Beyond, the last ones.
func (h *houses) moments(lines [2]*siteTimeline) (at []time.Time, cut time.Time) {
	r := h.of.replay
	var present time.Time
	var turns []time.Time
	for _, line := range lines {
		if line == nil {
			continue
		}
		present = later(present, line.present)
		for _, m := range line.members {
			at = append(at, m.line.moments(r.from, line.present)...)
			turns = append(turns, h.of.devices[m.past.Device.ID].turns...)
			for _, s := range m.line.past.Spells {
				if rule, known := line.catalogue.Rule(s.Finding.Rule); known && rule.Group == "location" {
					turns = append(turns, s.From, s.To.Add(-time.Microsecond), s.To)
				}
			}
		}
	}
	if at = inOrder(at, r.from, present); len(at) > mostSiteReplayed {
		at = inOrder(turns, r.from, present)
	}
	if len(at) > mostSiteReplayed {
		at = at[len(at)-mostSiteReplayed:]
		cut = at[0]
	}
	if r.from.Before(present) && cut.IsZero() {
		at = append([]time.Time{r.from}, at...)
	}
	return append(at, present), cut
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
				one, known := h.of.devices[m.DeviceID]
				if !known || !m.Certain {
					continue
				}
				for i := range one.changes {
					if x := &one.changes[i].alarms[side]; one.changes[i].Conclusion == finding.InFarm && !x.since.IsZero() {
						x.covered = a.met && !x.since.Before(a.since)
						x.met = x.stood && !x.covered
					}
				}
			}
		}
	}
}
