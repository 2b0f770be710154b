package apitest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// Site keeps a site of some laptops, as if they had been found to share a router; of
// those behind a ? that is only possible. It has a medium standing and an open alert.
func (r *Rig) Site(id, name string, place site.PlaceKind, devices ...string) {
	r.t.Helper()
	ctx, now := context.Background(), r.Now().UTC()
	since := now.Add(-20 * 24 * time.Hour)
	s := site.Site{ID: id, Name: name, PlaceKind: place, Kinds: []string{"gateway"}, Since: since, Last: now}
	var members []site.Member
	var links []site.Link
	for i, word := range devices {
		device, possible := strings.CutPrefix(word, "?")
		m := site.Member{DeviceID: device, Certain: !possible, Since: since, Last: now, Person: fmt.Sprintf("p%d", i+1)}
		if i == 0 {
			m.Mechanisms = []string{"A USB device names itself PiKVM"}
		}
		members = append(members, m)
		if s.Devices++; possible {
			s.Devices, s.Possible = s.Devices-1, s.Possible+1
		}
		for _, other := range members[:i] {
			l := site.Link{From: min(device, other.DeviceID), To: max(device, other.DeviceID), Certain: !possible && other.Certain, Kind: "gateway", Strength: 0.9,
				Reason: "Both stood behind the same router on 12 days.", First: since, Last: now, Days: 12}
			if !l.Certain {
				l.Kind, l.Strength, l.Reason, l.Days = "network", 0.3, "Both were told the same network name, which many routers tell.", 2
			}
			links = append(links, l)
		}
	}
	s.People = s.Devices
	err := r.Store.KeepSites(ctx, []site.Site{s}, map[string][]site.Member{id: members}, links, now)
	if err == nil {
		_, err = r.Store.JudgeSite(ctx, id, func(assess.SitePast) assess.SiteVerdict {
			return r.siteVerdict(s, strings.TrimPrefix(devices[0], "?"), now)
		})
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *Rig) siteVerdict(s site.Site, speaks string, now time.Time) assess.SiteVerdict {
	a := catalogue.Assessment{Conclusion: finding.InFarm, Level: finding.LevelMedium, Score: 60, Title: "Laptops of several people share a home, and one of them can be driven from elsewhere",
		Confidence: finding.ConfidenceMedium, Missing: []string{"No people are imported, so each laptop counts as a person of its own."},
		Unseen: []string{"Hardware that shows the screen by a camera leaves no trace on the laptop."},
		Ledger: []catalogue.LedgerEntry{{Reason: "Laptops of several people share a home", Points: 40, Rule: "f01.shares_place"}, {Reason: "One of them can be driven from elsewhere", Points: 20, Rule: "f02.driven"}},
		Explain: catalogue.Explain{Why: "Laptops of people who do not work together stay at one place.", Alternatives: "A family, flatmates, or a coworking space.",
			Change: "Knowing who lives there.", Check: "Ask each of them where the laptop stands."},
		NextStep: "Ask the managers of these people whether they know one another.",
	}
	opened := alert.Alert{ID: r.NewID(), DeviceID: speaks, SiteID: s.ID, SiteName: s.Name, Conclusion: a.Conclusion, Level: a.Level, Score: a.Score, Title: a.Title,
		State: alert.New, Active: true, OpenedAt: now, LastSeen: now, UpdatedAt: now, Version: 1, Assessment: a, Findings: []string{"u1"}, Present: []string{"u1"}}
	return assess.SiteVerdict{
		Standings: []assess.SiteStanding{{Assessment: a, SiteID: s.ID, SiteName: s.Name, Since: now, JudgedAt: now, Seen: now, Revision: r.known.Revision}},
		Alerts:    []alert.Change{{Alert: opened, Timeline: []alert.Entry{{At: now, Kind: alert.StateChanged, Text: "Opened."}}}},
	}
}
