package assess

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
)

// LookEvery is how often it is looked whether devices stand elsewhere. A look that
// takes long is followed by a rest of so many times as long, so that it never takes
// more than a small part of one processor.
const (
	LookEvery = time.Minute
	restTimes = 20
)

// toldAgain is after how long an unchanged finding is told again, so that it shows
// that it still holds.
const toldAgain = 24 * time.Hour

// An EgressStore keeps where devices stood and what the collector itself finds.
type EgressStore interface {
	Enrolled(ctx context.Context) ([]device.Enrolled, error)
	// StaysState changes whenever the stays from a day on say something else.
	StaysState(ctx context.Context, since string) (string, error)
	EachStay(ctx context.Context, since string, take func(*device.Stay)) error
	Concluded(ctx context.Context) (map[string]device.StandingConclusion, error)
	Conclude(ctx context.Context, list []device.Conclusion) error
}

// An EgressRunner judges where devices stand, by the stays of all of them, and keeps
// what rules find of it as findings of the devices.
type EgressRunner struct {
	store     EgressStore
	catalogue *catalogue.Catalogue
	numbers   egress.Numbers
	place     *egress.Place
	missing   func() []string // files about addresses that are not there
	now       func() time.Time
	concluded func(deviceID string) // told after it is on the disk; must not block
	log       *slog.Logger

	fleet *egress.Fleet // of today; nil when it has to be read anew
	day   string        // of the fleet
	state string        // of the stays when they were judged

	mu      sync.Mutex
	learned []egress.Learned
	looked  time.Time
}

// EgressOptions are what an EgressRunner is made of.
type EgressOptions struct {
	Store     EgressStore
	Catalogue *catalogue.Catalogue
	Numbers   egress.Numbers
	Place     *egress.Place   // where the collector stands; nil where nobody said
	Missing   func() []string // files about addresses that are not there, in sentences
	Now       func() time.Time
	Concluded func(deviceID string) // told of each device of which something new is kept; must not block
	Log       *slog.Logger
}

// NewEgressRunner makes an EgressRunner.
func NewEgressRunner(o EgressOptions) *EgressRunner {
	return &EgressRunner{store: o.Store, catalogue: o.Catalogue, numbers: o.Numbers, place: o.Place, missing: o.Missing, now: o.Now, concluded: o.Concluded, log: o.Log}
}

// Run judges until the context ends.
func (r *EgressRunner) Run(ctx context.Context) error {
	for {
		began := r.now()
		if err := r.Look(ctx); err != nil && ctx.Err() == nil {
			r.log.Error("where devices stand stays as it was judged", "error", err)
		}
		rest := time.NewTimer(max(LookEvery, restTimes*r.now().Sub(began)))
		select {
		case <-ctx.Done():
			rest.Stop()
			return nil
		case <-rest.C:
		}
	}
}

// Look judges all devices if any of them stands elsewhere than when it looked last.
// Days that are over are read once a day.
func (r *EgressRunner) Look(ctx context.Context) error {
	today := r.now().UTC().Format(time.DateOnly)
	state, err := r.store.StaysState(ctx, today)
	if err != nil {
		return fmt.Errorf("see whether devices stand elsewhere: %w", err)
	}
	if r.fleet != nil && today == r.day && state == r.state {
		return nil
	}
	if err := r.read(ctx, today); err != nil {
		r.fleet = nil
		return fmt.Errorf("read where devices stood: %w", err)
	}
	survey := r.fleet.Survey()
	r.mu.Lock()
	r.learned, r.looked = survey.Learned(), r.now().UTC()
	r.mu.Unlock()
	if err := r.judge(ctx, survey); err != nil {
		return err
	}
	r.state = state
	return nil
}

func (r *EgressRunner) read(ctx context.Context, today string) error {
	since := r.now().UTC().AddDate(0, 0, -egress.Memory).Format(time.DateOnly)
	if r.fleet == nil || r.day != today {
		r.fleet, r.day = egress.NewFleet(r.numbers, r.place), today
	} else if day := r.fleet.Renew(); day != "" {
		since = day
	}
	return r.store.EachStay(ctx, since, func(s *device.Stay) {
		if s.Day <= today { // what is later was noted while the clock was wrong, and would make all others old
			r.fleet.Add(s)
		}
	})
}

// mostAtOnce is how many devices' conclusions are kept in one transaction, so that
// what devices tell does not wait for long.
const mostAtOnce = 200

// judge keeps what changed.
func (r *EgressRunner) judge(ctx context.Context, survey *egress.Survey) error {
	devices, err := r.store.Enrolled(ctx)
	if err != nil {
		return fmt.Errorf("list the devices that stand somewhere: %w", err)
	}
	stood, err := r.store.Concluded(ctx)
	if err != nil {
		return fmt.Errorf("read what was concluded before: %w", err)
	}
	coverage := r.coverage()
	var news []device.Conclusion
	for _, d := range devices {
		if c, changed := r.conclude(survey, d, stood[d.ID], coverage); changed {
			news = append(news, c)
		}
	}
	for len(news) > 0 {
		n := min(len(news), mostAtOnce)
		if err := r.store.Conclude(ctx, news[:n]); err != nil {
			return fmt.Errorf("keep where devices stand: %w", err)
		}
		for _, c := range news[:n] {
			r.concluded(c.DeviceID)
		}
		news = news[n:]
	}
	return nil
}

// quiet is for how long a device may have been unheard and is still judged. What
// was found of it stands as it was, like all that is told of a laptop that sleeps.
const quiet = 48 * time.Hour

// conclude says what is new of one device.
func (r *EgressRunner) conclude(survey *egress.Survey, d device.Enrolled, stood device.StandingConclusion, coverage finding.Coverage) (device.Conclusion, bool) {
	now := r.now().UTC()
	c := device.Conclusion{DeviceID: d.ID, Report: finding.Report{At: now}}
	v, ok := survey.Judge(r.catalogue, d)
	if !ok { // what it stood by is forgotten, and so is where it stood
		c.Report.Facts = []finding.Facts{{Class: egress.Class}}
		return c, len(stood.Row) > 0
	}
	if len(stood.Row) > 0 && now.Sub(v.Heard) > quiet {
		return c, false
	}
	c.Report.Findings = claimed(v, d.ID, stood.Findings)
	if !maps.Equal(v.Row.Columns, stood.Row) {
		c.Report.Facts = []finding.Facts{{Class: egress.Class, Rows: []finding.Observation{v.Row}}}
	}
	if coverage.State != stood.Coverage || coverage.Detail != stood.Detail {
		coverage.Since = now
		c.Report.Coverage = []finding.Coverage{coverage}
	}
	return c, len(c.Report.Findings)+len(c.Report.Facts)+len(c.Report.Coverage) > 0
}

// claimed are the findings to keep: those that are new, changed or over.
func claimed(v egress.Verdict, id string, before []device.Finding) []finding.Finding {
	var list []finding.Finding
	open := map[string]device.Finding{}
	for _, f := range before {
		open[f.UID] = f
	}
	for _, claim := range v.Claims {
		f := finding.Finding{
			UID: device.CollectorUID(claim.Rule.ID, id), Rule: claim.Rule.ID, Title: claim.Rule.Title, Status: finding.Open,
			Severity: claim.Rule.Severity, Confidence: claim.Rule.ConfidenceOf(v.Row), FirstSeen: claim.Since, LastSeen: v.Heard, Evidence: []finding.Observation{v.Row},
		}
		was, known := open[f.UID]
		delete(open, f.UID)
		if known && was.Rule == f.Rule && same(was.Evidence, f.Evidence) && v.Heard.Sub(was.LastSeen) < toldAgain {
			continue
		}
		list = append(list, f)
	}
	for _, f := range before {
		if _, over := open[f.UID]; over {
			f.Status = finding.Closed
			// The time of the spell that is open, and not of the first one that ever was.
			f.FirstSeen = f.LastSeen
			list = append(list, f.Finding)
		}
	}
	return list
}

func same(a, b []finding.Observation) bool {
	return len(a) == 1 && len(b) == 1 && maps.Equal(a[0].Columns, b[0].Columns)
}

// coverage says whether it can be seen where devices stand: without files about
// networks and countries, most rules stay silent, which is not the same as clean.
func (r *EgressRunner) coverage() finding.Coverage {
	if missing := r.missing(); len(missing) > 0 {
		return finding.Coverage{Class: egress.Class, State: finding.CoverageAbsent, Detail: "The collector lacks files about networks or countries, so most of this cannot be judged; farmwatch-server verify says which."}
	}
	return finding.Coverage{Class: egress.Class, State: finding.CoverageOK}
}

// Learned lists the addresses that are taken for the company's own though nobody
// said so, and when that was judged last.
func (r *EgressRunner) Learned() ([]egress.Learned, time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.learned, r.looked
}
