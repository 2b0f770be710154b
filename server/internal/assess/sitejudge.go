package assess

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// mostSiteMoments is how many moments of the past one judgement of a site looks at: the
// latest ones. A site is looked at every minute, and its laptops are judged by themselves.
const mostSiteMoments = 32

// A siteTimeline is the past of a site's devices, made ready to be judged together.
type siteTimeline struct {
	catalogue *catalogue.Catalogue
	site      site.Site
	members   []siteMember
	missing   []string
	now       time.Time // collector clock
	present   time.Time // event time
}

type siteMember struct {
	person string
	past   Past
	line   *timeline
}

func (r *SiteRunner) timelineOf(one site.Site, members []site.Member, verdicts map[string]site.Verdict) *siteTimeline {
	t := &siteTimeline{catalogue: r.catalogue, site: one, now: r.now().UTC()}
	for _, m := range members {
		used := r.used[m.DeviceID]
		if !m.Certain || used == nil {
			continue
		}
		past := used.past
		past.Spells = withClaims(r.catalogue, past.Spells, verdicts[m.DeviceID], r.now())
		line := newTimeline(r.catalogue, past, t.now)
		t.members = append(t.members, siteMember{person: m.Person, past: past, line: line})
		t.missing = append(t.missing, past.Missing...)
		if line.present.After(t.present) {
			t.present = line.present
		}
	}
	t.missing = append(roster.OfSite(t.missing), t.blind()...)
	return t
}

// withClaims puts what is found of a device now in the place of what was found of it
// before by rows of this class: what is judged here is kept only after it.
func withClaims(c *catalogue.Catalogue, spells []device.Spell, v site.Verdict, now time.Time) []device.Spell {
	list := slices.DeleteFunc(slices.Clone(spells), func(s device.Spell) bool {
		rule, known := c.Rule(s.Finding.Rule)
		return known && rule.Class == site.Class && s.To.IsZero()
	})
	for _, f := range claimed(Said{DeviceID: v.DeviceID, Row: v.Row, Heard: v.Heard, Claims: claimsOf(v)}, nil) {
		list = append(list, device.Spell{Finding: device.Finding{Finding: f, DeviceID: v.DeviceID, ReceivedAt: now.UTC()}, From: f.FirstSeen, Last: f.LastSeen})
	}
	return list
}

func claimsOf(v site.Verdict) []Claim {
	list := make([]Claim, 0, len(v.Claims))
	for _, c := range v.Claims {
		list = append(list, Claim(c))
	}
	return list
}

// at assesses the site as of a moment.
func (t *siteTimeline) at(at time.Time) catalogue.Assessment {
	h := catalogue.History{At: at, Missing: t.missing, Subject: catalogue.SubjectSite}
	for _, m := range t.members {
		clock := at
		if !at.Before(m.line.present) {
			clock = t.now
		}
		for _, s := range historyBy(m.line.past, m.line.permitted, at, clock).Spells {
			s.Device, s.Person = m.past.Device.ID, m.person
			h.Spells = append(h.Spells, s)
		}
	}
	return t.catalogue.AssessSite(h)
}

// moments are those since the last judgement at which something of it could have
// changed, in order, the present last.
func (t *siteTimeline) moments(after time.Time) []time.Time {
	var list []time.Time
	for _, m := range t.members {
		list = append(list, m.line.moments(after, t.present)...)
	}
	slices.SortFunc(list, time.Time.Compare)
	list = slices.CompactFunc(list, time.Time.Equal)
	return append(list[max(0, len(list)-mostSiteMoments):], t.present)
}

// verdict judges the site: whether it is a farm, and by that alone, since what drives a
// laptop is a matter of the laptop.
func (t *siteTimeline) verdict(p SitePast, newID func() string) SiteVerdict {
	var v SiteVerdict
	var kept *SiteStanding
	if i := slices.IndexFunc(p.Standings, func(s SiteStanding) bool { return s.Conclusion == finding.InFarm }); i >= 0 {
		kept = &p.Standings[i]
	}
	j := alert.Judgement{SiteID: t.site.ID, SiteName: t.site.Name, Sightings: t.sightings(), Lapsed: map[string]time.Time{}, At: t.now}
	j.DeviceID, j.DeviceName = t.speaker()
	for _, m := range t.members {
		for uid, at := range m.line.lapsed() {
			j.Lapsed[uid] = at
		}
	}
	var after time.Time
	if kept != nil {
		after = kept.Seen
	}
	var since time.Time
	for _, at := range t.moments(after) {
		level := j.Present.Level
		j.Saw(at, t.at(at))
		if j.Present.Level != level {
			since = at
		}
	}
	if len(t.members) > 0 {
		s := SiteStanding{Assessment: j.Present, SiteID: t.site.ID, SiteName: t.site.Name, Since: since, JudgedAt: t.now, Seen: t.present, Revision: t.catalogue.Revision}
		if kept != nil && kept.Level == s.Level {
			s.Since = kept.Since
		}
		if kept == nil || kept.Revision != s.Revision || !equal(kept.Assessment, s.Assessment) {
			v.Standings = append(v.Standings, s)
		}
	}
	if len(p.Alerts) > 0 || j.Alarms() {
		v.Alerts = alert.Follow(p.Alerts, j, newID)
	}
	return v
}

// speaker is the device that speaks strongest by itself; of several the first by id.
func (t *siteTimeline) speaker() (id, name string) {
	most := -1
	for _, m := range t.members {
		score := 0
		for _, s := range m.past.Standings {
			score = max(score, s.Score)
		}
		if score > most || score == most && m.past.Device.ID < id {
			most, id, name = score, m.past.Device.ID, m.past.Device.Name
		}
	}
	return id, name
}

// sightings are those of all devices; of one that several had, the one that is there.
func (t *siteTimeline) sightings() map[string]alert.Sighting {
	by := map[string]alert.Sighting{}
	for _, m := range t.members {
		for uid, s := range sightings(m.past) {
			was, known := by[uid]
			if !known || s.To.IsZero() && (!was.To.IsZero() || s.From.Before(was.From)) || !was.To.IsZero() && s.To.After(was.To) {
				by[uid] = s
			}
		}
	}
	return by
}

func (r *SiteRunner) judge(ctx context.Context, one site.Site, members []site.Member, verdicts map[string]site.Verdict) error {
	t := r.timelineOf(one, members, verdicts)
	v, err := r.sites.JudgeSite(ctx, one.ID, func(p SitePast) SiteVerdict { return t.verdict(p, r.newID) })
	if err != nil {
		return fmt.Errorf("assess site %s: %w", one.ID, err)
	}
	if len(v.Alerts) == 0 {
		return nil
	}
	var moved []alert.Alert
	for _, c := range v.Alerts {
		moved = append(moved, c.Alert)
	}
	r.changed(moved)
	return nil
}
