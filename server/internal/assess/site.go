package assess

import (
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// A SiteStanding is the level of one conclusion about a site, as it is kept.
type SiteStanding struct {
	catalogue.Assessment
	SiteID   string
	SiteName string
	Since    time.Time // since when the level is what it is, collector clock
	JudgedAt time.Time // when it last changed, collector clock
	Seen     time.Time // event time up to which its devices' past was judged
	Revision string    // of the catalogue that judged
}

// A SiteOverview is one line of the list of sites.
type SiteOverview struct {
	site.Site
	Level finding.Level // of its own assessment; none before it was judged
	Score int
	Alert string // id of its open alert; empty where there is none
}

// A SiteMember is a device of a site, with what is known of it.
type SiteMember struct {
	site.Member
	DeviceName string
	Level      finding.Level // the higher of its own
	Score      int
}

// A SiteLink is a link with the names of its devices.
type SiteLink struct {
	site.Link
	FromName, ToName string
}

// A SiteDossier is all that is known of one site.
type SiteDossier struct {
	SiteOverview
	Members   []SiteMember   // certain ones first, then highest score
	Links     []SiteLink     // that touch a certain member: certain ones first, then strongest
	Standings []SiteStanding // none before it was judged
	JudgedAt  time.Time      // when it was last looked, collector clock
}

// A SitePast is how a site stood before it is judged.
type SitePast struct {
	Standings []SiteStanding
	Alerts    []alert.Alert // about the site, newest first
}

// A SiteVerdict is what a judgement of a site changes.
type SiteVerdict struct {
	Standings []SiteStanding
	Alerts    []alert.Change
}
