package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

type siteRow struct {
	ID        string     `json:"id"`
	Name      string     `json:"site"`
	State     string     `json:"state"`
	PlaceKind string     `json:"place_kind"`
	Declared  bool       `json:"declared"`
	People    *int       `json:"people"`
	Devices   int        `json:"devices"`
	Possible  int        `json:"possible_devices"`
	Kinds     []string   `json:"link_kinds"`
	Since     *time.Time `json:"since"`
	Last      *time.Time `json:"last_seen"`
	Alerts    []string   `json:"alerts"`
	Looked    *time.Time `json:"looked_at"`
}

// sitesBy lists the sites that had begun by the end of the period, without what joined
// them later.
func sitesBy(a About, s Snapshot) []assess.SiteDossier {
	var list []assess.SiteDossier
	for _, d := range sortedBy(s.Sites, func(a, b assess.SiteDossier) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) }) {
		if !a.within(d.Since) {
			continue
		}
		d.Members = slices.DeleteFunc(slices.Clone(d.Members), func(m assess.SiteMember) bool { return !a.within(m.Since) })
		d.Links = slices.DeleteFunc(slices.Clone(d.Links), func(l assess.SiteLink) bool { return !a.within(l.First) })
		list = append(list, d)
	}
	return list
}

func sitesTable(a About, s Snapshot) table {
	columns := []string{"site_id", "site", "state", "place_kind", "declared", "people", "devices", "possible_devices", "link_kinds", "since", "last_seen", "alerts", "looked_at"}
	about := make(map[string][]string)
	for _, c := range sortedBy(s.Alerts, func(a, b Case) int { return cmp.Compare(a.ID, b.ID) }) {
		about[c.SiteID] = append(about[c.SiteID], c.ID)
	}
	return tabulate("sites", columns, sitesBy(a, s), func(d assess.SiteDossier) ([]string, siteRow) {
		r := siteRow{d.ID, d.Name, "joined", string(d.PlaceKind), d.Declared, nil, 0, 0, listed(d.Kinds), when(d.Since), when(d.Last), listed(about[d.ID]), when(s.Looked)}
		for _, m := range d.Members {
			if m.Certain {
				r.Devices++
			} else {
				r.Possible++
			}
		}
		people := ""
		switch {
		case gone(d):
			r.State = "gone"
		case r.Devices == d.Devices: // else some came later, and whose household they are of is not told
			r.People, people = &d.People, strconv.Itoa(d.People)
		}
		return []string{r.ID, r.Name, r.State, r.PlaceKind, strconv.FormatBool(r.Declared), people, strconv.Itoa(r.Devices), strconv.Itoa(r.Possible),
			strings.Join(r.Kinds, " "), clock(d.Since), clock(d.Last), strings.Join(r.Alerts, " "), clock(s.Looked)}, r
	})
}

type memberRow struct {
	SiteID     string     `json:"site_id"`
	Site       string     `json:"site"`
	Certain    bool       `json:"certain"`
	DeviceID   string     `json:"device_id"`
	Device     string     `json:"device"`
	Person     string     `json:"person"`
	Mechanisms []string   `json:"mechanisms"`
	Since      *time.Time `json:"since"`
	Last       *time.Time `json:"last_seen"`
}

// certainFirst keeps what is certain apart from what is only possible.
func certainFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func membersTable(a About, s Snapshot) table {
	columns := []string{"site_id", "site", "certain", "device_id", "device", "person", "mechanisms", "since", "last_seen"}
	var list []memberRow
	for _, d := range sitesBy(a, s) {
		for _, m := range sortedBy(d.Members, func(a, b assess.SiteMember) int {
			return cmp.Or(certainFirst(a.Certain, b.Certain), cmp.Compare(a.DeviceName, b.DeviceName), cmp.Compare(a.DeviceID, b.DeviceID))
		}) {
			list = append(list, memberRow{d.ID, d.Name, m.Certain, m.DeviceID, m.DeviceName, m.Person, listed(m.Mechanisms), when(m.Since), when(m.Last)})
		}
	}
	return tabulate("site_members", columns, list, func(r memberRow) ([]string, memberRow) {
		return []string{r.SiteID, r.Site, strconv.FormatBool(r.Certain), r.DeviceID, r.Device, r.Person, strings.Join(r.Mechanisms, " | "), told(r.Since), told(r.Last)}, r
	})
}

func told(t *time.Time) string {
	if t == nil {
		return ""
	}
	return clock(*t)
}

type linkRow struct {
	SiteID   string     `json:"site_id"`
	Site     string     `json:"site"`
	Certain  bool       `json:"certain"`
	Kind     string     `json:"kind"`
	FromID   string     `json:"from_id"`
	From     string     `json:"from"`
	ToID     string     `json:"to_id"`
	To       string     `json:"to"`
	Strength float64    `json:"strength"`
	Reason   string     `json:"reason"`
	First    *time.Time `json:"first_seen"`
	Last     *time.Time `json:"last_seen"`
	Days     int        `json:"days"`
}

func linksTable(a About, s Snapshot) table {
	columns := []string{"site_id", "site", "certain", "kind", "from_id", "from", "to_id", "to", "strength", "reason", "first_seen", "last_seen", "days"}
	var list []linkRow
	for _, d := range sitesBy(a, s) {
		for _, l := range sortedBy(d.Links, func(a, b assess.SiteLink) int {
			return cmp.Or(certainFirst(a.Certain, b.Certain), cmp.Compare(b.Strength, a.Strength), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind))
		}) {
			list = append(list, linkRow{d.ID, d.Name, l.Certain, l.Kind, l.From, l.FromName, l.To, l.ToName, l.Strength, l.Reason, when(l.First), when(l.Last), l.Days})
		}
	}
	return tabulate("site_links", columns, list, func(r linkRow) ([]string, linkRow) {
		return []string{r.SiteID, r.Site, strconv.FormatBool(r.Certain), r.Kind, r.FromID, r.From, r.ToID, r.To, strconv.FormatFloat(r.Strength, 'g', 3, 64),
			r.Reason, told(r.First), told(r.Last), strconv.Itoa(r.Days)}, r
	})
}

// An Import is a list that the company told farmwatch; one without a time it never told.
type Import struct {
	Object string // as the audit log calls it
	Kind   string
	Label  string
	Rows   int
	By     string
	At     time.Time
}

// egressKind begins the kinds of lists of addresses by which laptops go out.
const egressKind = "egress_"

// absent lists the kinds of which nothing is there.
func absent(there []Import) (list []Import) {
	for _, kind := range roster.KindNames() {
		if !slices.ContainsFunc(there, func(i Import) bool { return i.Kind == kind }) {
			list = append(list, Import{Kind: kind})
		}
	}
	return list
}

type importRow struct {
	Kind  string     `json:"kind"`
	Label string     `json:"label"`
	State string     `json:"state"`
	Rows  int        `json:"rows"`
	By    string     `json:"imported_by"`
	At    *time.Time `json:"imported_at"`
}

func contextTable(s Snapshot) table {
	columns := []string{"kind", "label", "state", "rows", "imported_by", "imported_at"}
	list := sortedBy(s.Context, func(a, b Import) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Label, b.Label)) })
	return tabulate("context", columns, list, func(i Import) ([]string, importRow) {
		r := importRow{i.Kind, i.Label, "imported", i.Rows, i.By, when(i.At)}
		if i.At.IsZero() {
			r.State = "not_imported"
		}
		return []string{r.Kind, r.Label, r.State, strconv.Itoa(r.Rows), r.By, clock(i.At)}, r
	})
}
