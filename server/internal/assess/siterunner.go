package assess

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// A TraitStore keeps what devices had on which day, and where they stood.
type TraitStore interface {
	Traits(ctx context.Context, since string, take func(device.Trait)) error
	TraitsNoted(ctx context.Context, since time.Time, take func(device.Trait)) error
	StaysState(ctx context.Context, since string) (string, error)
	EachStay(ctx context.Context, since string, take func(*device.Stay)) error
}

// A SiteStore keeps sites, how they stand, and the past of their devices.
type SiteStore interface {
	KeptSites(ctx context.Context) ([]site.Site, map[string][]site.Member, error)
	KeepSites(ctx context.Context, sites []site.Site, members map[string][]site.Member, links []site.Link, at time.Time) error
	// JudgeSite reads how a site stands, judges, and writes the verdict in one transaction.
	JudgeSite(ctx context.Context, id string, judge func(SitePast) SiteVerdict) (SiteVerdict, error)
	SitesWithAlerts(ctx context.Context) ([]string, error)
	Past(ctx context.Context, deviceID string) (Past, error)
	// Generations changes for a device with all that can change its past.
	Generations(ctx context.Context) (map[string]int64, error)
}

// A SiteRunner judges which laptops belong together, keeps the sites and how they
// stand, and what rules find of each laptop as findings of the devices.
type SiteRunner struct {
	traits     TraitStore
	sites      SiteStore
	grounds    GroundStore
	concluder  *Concluder
	catalogue  *catalogue.Catalogue
	kvm        []string
	mechanisms map[string]bool
	ways       func() (own map[string]int, carriers map[string]bool)
	now        func() time.Time
	newID      func() string
	changed    func([]alert.Alert)
	log        *slog.Logger

	fleet       *site.Fleet // of today; nil when it has to be read anew
	noted       time.Time   // when traits were read last
	stays       string      // state of today's stays when they were read
	roster      *roster.Roster
	rosterState string
	used        map[string]*memberUse           // by device of a site, or of atWork
	atWork      []string                        // devices that are driven and stand at a line for companies
	held        map[string]map[string]time.Time // by device and rule: since when
	judged      map[string]string               // by site: what its verdict rested on
	last        site.Ground                     // by which was judged
	settled     time.Time                       // when all was kept last; zero when something was not
}

// SiteOptions are what a SiteRunner is made of.
type SiteOptions struct {
	Traits      TraitStore
	Sites       SiteStore
	Grounds     GroundStore
	Conclusions ConclusionStore
	Catalogue   *catalogue.Catalogue
	Ways        func() (own map[string]int, carriers map[string]bool) // of EgressRunner; nil where nobody knows
	Now         func() time.Time
	NewID       func() string
	Concluded   func(deviceID string) // told of each device of which something new is kept; must not block
	Changed     func([]alert.Alert)   // told of alerts that changed, once that is on the disk; must not block
	Log         *slog.Logger
}

// NewSiteRunner makes a SiteRunner.
func NewSiteRunner(o SiteOptions) *SiteRunner {
	return &SiteRunner{
		traits: o.Traits, sites: o.Sites, grounds: o.Grounds, concluder: NewConcluder(o.Conclusions, site.Class, o.Now, o.Concluded),
		catalogue: o.Catalogue, kvm: kvmRules(o.Catalogue), mechanisms: mechanismsOf(o.Catalogue), ways: o.Ways,
		now: o.Now, newID: o.NewID, changed: o.Changed, log: o.Log, judged: map[string]string{},
	}
}

// Run judges until the context ends.
func (r *SiteRunner) Run(ctx context.Context) error {
	return lookOn(ctx, r.Look, r.now, func(err error) { r.log.Error("which laptops belong together stays as it was judged", "error", err) })
}

// Look judges all devices. Days that are over are read once a day.
func (r *SiteRunner) Look(ctx context.Context) error {
	if err := r.read(ctx); err != nil {
		r.fleet = nil
		return fmt.Errorf("read what laptops share: %w", err)
	}
	ground, err := r.ground(ctx)
	if err != nil {
		return fmt.Errorf("read what is known beside what laptops share: %w", err)
	}
	generations, err := r.sites.Generations(ctx)
	if err != nil {
		return fmt.Errorf("see of which devices something is new: %w", err)
	}
	anew := r.anew(generations)
	if ground.Driven, err = r.drivenAtWork(ctx, generations); err != nil {
		r.settled = time.Time{}
		return err
	}
	news := r.fleet.News() || !reflect.DeepEqual(ground, r.last) || anew
	if !news && r.now().Sub(r.settled) < judgedAgain {
		return nil
	}
	r.last, r.settled = ground, time.Time{}
	if err := r.look(ctx, ground, generations); err != nil {
		return err
	}
	r.settled = r.now()
	return nil
}

// judgedAgain is after how long sites are judged again though nothing came: time alone
// changes what composites ask for.
const judgedAgain = time.Hour

// anew says whether something is new of a device of a site.
func (r *SiteRunner) anew(generations map[string]int64) bool {
	for id, m := range r.used {
		if generations[id] != m.generation {
			return true
		}
	}
	return false
}

func (r *SiteRunner) look(ctx context.Context, ground site.Ground, generations map[string]int64) error {
	kept, members, err := r.sites.KeptSites(ctx)
	if err != nil {
		return fmt.Errorf("read the sites: %w", err)
	}
	ground.Kept = kept
	if err := r.remember(ctx); err != nil {
		return err
	}
	survey := r.fleet.Survey(ground)
	if err := r.members(ctx, append(survey.Joined(), r.atWork...), generations); err != nil {
		return err
	}
	verdicts := survey.Judge(r.catalogue, r.use(), func(deviceID, rule string) (time.Time, bool) {
		since, known := r.held[deviceID][rule]
		return since, known
	})
	by := make(map[string]site.Verdict, len(verdicts))
	for _, v := range verdicts {
		by[v.DeviceID] = v
	}
	if err := r.keep(ctx, survey, members, by); err != nil {
		return err
	}
	return r.conclude(ctx, ground, by)
}

// overlap is how long what was received may take to be on the disk.
const overlap = 10 * time.Minute

// read brings the fleet up to now.
func (r *SiteRunner) read(ctx context.Context) error {
	now := r.now().UTC()
	today := now.Format(time.DateOnly)
	add := func(t device.Trait) { r.fleet.Add(t) }
	state, err := r.traits.StaysState(ctx, today)
	if err != nil {
		return err
	}
	since := today
	if r.fleet == nil || r.fleet.Day() != today {
		r.fleet, r.stays = site.NewFleet(now), ""
		since = now.AddDate(0, 0, -site.Memory).Format(time.DateOnly)
		err = r.traits.Traits(ctx, since, add)
	} else {
		err = r.traits.TraitsNoted(ctx, r.noted.Add(-overlap), add)
	}
	if err != nil {
		return err
	}
	r.noted = now
	if state == r.stays {
		return nil
	}
	r.stays = state
	return r.traits.EachStay(ctx, since, r.fleet.Stay)
}

// remember reads, once, since when rules held when the collector was started.
func (r *SiteRunner) remember(ctx context.Context) error {
	if r.held != nil {
		return nil
	}
	stood, err := r.concluder.store.Concluded(ctx, site.Class)
	if err != nil {
		return fmt.Errorf("read what was concluded of sites before: %w", err)
	}
	r.held = map[string]map[string]time.Time{}
	for id, s := range stood {
		for _, f := range s.Findings {
			if r.held[id] == nil {
				r.held[id] = map[string]time.Time{}
			}
			r.held[id][f.Rule] = f.FirstSeen
		}
	}
	return nil
}
