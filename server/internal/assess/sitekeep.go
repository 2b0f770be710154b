package assess

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// conclude keeps the rows of all devices, and what rules find of them.
func (r *SiteRunner) conclude(ctx context.Context, ground site.Ground, verdicts map[string]site.Verdict) error {
	held := make(map[string]map[string]time.Time, len(verdicts))
	said := make([]Said, 0, len(ground.Devices))
	for _, d := range ground.Devices {
		v, shares := verdicts[d.ID]
		one := Said{DeviceID: d.ID, Row: v.Row, Heard: v.Heard, Claims: claimsOf(v)}
		if !shares {
			one.Heard = r.fleet.Heard(d.ID)
			one.Forgotten = one.Heard.IsZero()
		}
		for _, c := range v.Claims {
			if held[d.ID] == nil {
				held[d.ID] = map[string]time.Time{}
			}
			held[d.ID][c.Rule.ID] = c.Since
		}
		said = append(said, one)
	}
	if err := r.concluder.Keep(ctx, said, finding.Coverage{State: finding.CoverageOK}); err != nil {
		return err
	}
	r.held = held
	return nil
}

// keep keeps the sites and judges each of which something is new, also those that are
// there no more and whose alerts say otherwise.
func (r *SiteRunner) keep(ctx context.Context, survey *site.Survey, before map[string][]site.Member, verdicts map[string]site.Verdict) error {
	sites, members := survey.Sites(), map[string][]site.Member{}
	for _, one := range sites {
		list := survey.Members(one.ID)
		for i := range list {
			if m := r.used[list[i].DeviceID]; m != nil {
				list[i].Mechanisms = m.mechanisms
			}
		}
		members[one.ID] = sinceBefore(list, before[one.ID])
	}
	if err := r.sites.KeepSites(ctx, sites, members, survey.Links(), r.now().UTC()); err != nil {
		return fmt.Errorf("keep the sites: %w", err)
	}
	judged := map[string]string{}
	for _, one := range sites {
		rests := r.restsOn(one, members[one.ID], verdicts)
		if r.judged[one.ID] != rests {
			if err := r.judge(ctx, one, members[one.ID], verdicts); err != nil {
				return err
			}
		}
		judged[one.ID] = rests
	}
	gone, err := r.sites.SitesWithAlerts(ctx)
	if err != nil {
		return fmt.Errorf("list the sites with alerts: %w", err)
	}
	for _, id := range gone {
		if _, there := judged[id]; !there {
			if err := r.judge(ctx, site.Site{ID: id}, nil, nil); err != nil {
				return err
			}
		}
	}
	r.judged = judged
	return nil
}

// sinceBefore lets members be linked since they first were, also once the days of that
// are forgotten.
func sinceBefore(list, before []site.Member) []site.Member {
	for i := range list {
		at := slices.IndexFunc(before, func(m site.Member) bool { return m.DeviceID == list[i].DeviceID && m.Certain == list[i].Certain })
		if at >= 0 && before[at].Since.Before(list[i].Since) {
			list[i].Since = before[at].Since
		}
	}
	return list
}

// restsOn is what a site's verdict rests on, in a word.
func (r *SiteRunner) restsOn(one site.Site, members []site.Member, verdicts map[string]site.Verdict) string {
	text := fmt.Sprint(one.Name, one.PlaceKind, r.catalogue.Revision, r.rosterState, r.now().Truncate(judgedAgain).Unix())
	for _, m := range members {
		if m.Certain {
			text += fmt.Sprint(" ", m.DeviceID, m.Person, r.used[m.DeviceID].generation)
			for _, c := range verdicts[m.DeviceID].Claims {
				text += " " + c.Rule.ID
			}
		}
	}
	return text
}
