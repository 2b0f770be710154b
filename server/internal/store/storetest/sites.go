package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// A Siter keeps which devices belong together, and what was concluded of that.
type Siter interface {
	KeepSites(ctx context.Context, sites []site.Site, members map[string][]site.Member, links []site.Link, at time.Time) error
	JudgeSite(ctx context.Context, id string, judge func(assess.SitePast) assess.SiteVerdict) (assess.SiteVerdict, error)
	Sites(ctx context.Context) ([]assess.SiteOverview, time.Time, error)
	Site(ctx context.Context, idOrName string) (assess.SiteDossier, error)
	SiteOf(ctx context.Context, deviceID string) (site.Site, error)
	Past(ctx context.Context, deviceID string) (assess.Past, error)
}

func (b *bench) keep(sites []site.Site, members map[string][]site.Member, links []site.Link) {
	b.Helper()
	if err := b.KeepSites(b.Context(), sites, members, links, start); err != nil {
		b.Fatal(err)
	}
}

func testSites(t *testing.T, b *bench) {
	for _, id := range []string{"d1", "d2", "d3"} {
		b.enrol(id, "agent of "+id)
	}
	one := site.Site{ID: "site-1", Name: "Site 1", PlaceKind: site.Home, People: 2, Devices: 2, Possible: 1, Kinds: []string{"gateway"}, Anchors: []string{"aa"}, Since: start, Last: start.Add(time.Hour)}
	members := map[string][]site.Member{"site-1": {
		{DeviceID: "d1", Certain: true, Mechanisms: []string{"A KVM"}, Since: start, Last: start}, {DeviceID: "d2", Person: "p2", Certain: true, Since: start, Last: start}, {DeviceID: "d3", Since: start, Last: start},
	}}
	links := []site.Link{
		{From: "d1", To: "d2", Certain: true, Kind: "gateway", Strength: .85, Reason: "words", First: start, Last: start, Days: 5},
		{From: "d2", To: "d3", Kind: "usb", Strength: .3, Reason: "words", First: start, Last: start, Days: 1},
	}
	b.keep([]site.Site{one}, members, links)
	b.keep([]site.Site{one}, members, links) // once more changes nothing

	j := catalogue.Assessment{Conclusion: finding.InFarm, Level: finding.LevelHigh, Score: 80, Title: "A farm", Ledger: []catalogue.LedgerEntry{{Reason: "r", Points: 80, Rule: "c", Finding: "f"}}}
	b.judgeSite("site-1", assess.SiteVerdict{
		Standings: []assess.SiteStanding{{Assessment: j, SiteID: "site-1", Since: start, JudgedAt: start, Seen: start, Revision: "1"}},
		Alerts:    []alert.Change{{Alert: alert.Alert{ID: "x", DeviceID: "d1", SiteID: "site-1", SiteName: "Site 1", Conclusion: finding.InFarm, Level: finding.LevelHigh, Score: 80, State: alert.New, Active: true, OpenedAt: start, UpdatedAt: start, Assessment: j, Findings: []string{"f"}}}},
	})
	list, looked, err := b.Sites(t.Context())
	want := []assess.SiteOverview{{Site: one, Level: finding.LevelHigh, Score: 80, Alert: "x"}}
	if diff := cmp.Diff(want, list); diff != "" || err != nil || !looked.Equal(start) {
		t.Errorf("sites, looked at %s: %v (-want +got):\n%s", looked, err, diff)
	}
	d, err := b.Site(t.Context(), "Site 1")
	if err != nil || len(d.Members) != 3 || d.Members[0].DeviceID != "d1" || d.Members[0].DeviceName != "laptop d1" || d.Members[2].Certain || len(d.Links) != 2 || !d.Links[0].Certain || d.Links[1].ToName != "laptop d3" || d.Standings[0].Score != 80 {
		t.Errorf("the dossier is %+v: %v", d, err)
	}
	for id, covered := range map[string]string{"d1": "x", "d2": "x", "d3": ""} {
		p, err := b.Past(t.Context(), id)
		if err != nil || p.Covered[finding.InFarm] != covered || len(p.Alerts) != 0 {
			t.Errorf("%s is covered by %v and has alerts %v: %v", id, p.Covered, p.Alerts, err)
		}
	}
	if _, err := b.SiteOf(t.Context(), "d3"); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("what is only possible is of a site: %v", err)
	}
	b.keep(nil, nil, nil)
	if _, err := b.Site(t.Context(), "site-1"); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("a site that is gone: %v", err)
	}
	b.judgeSite("site-1", assess.SiteVerdict{}) // its alert is there still
}

// judgeSite writes a verdict and looks at what stood before.
func (b *bench) judgeSite(id string, v assess.SiteVerdict) {
	b.Helper()
	_, err := b.JudgeSite(b.Context(), id, func(p assess.SitePast) assess.SiteVerdict {
		if len(v.Alerts) == 0 && (len(p.Alerts) != 1 || p.Alerts[0].SiteName != "Site 1" || len(p.Standings) != 0) {
			b.Errorf("of a site that is gone there is %+v", p)
		}
		return v
	})
	if err != nil {
		b.Fatal(err)
	}
}
