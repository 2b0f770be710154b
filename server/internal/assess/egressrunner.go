package assess

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
)

// An EgressStore keeps where devices stood and what the collector itself finds.
type EgressStore interface {
	ConclusionStore
	Enrolled(ctx context.Context) ([]device.Enrolled, error)
	// StaysState changes whenever the stays from a day on say something else.
	StaysState(ctx context.Context, since string) (string, error)
	EachStay(ctx context.Context, since string, take func(*device.Stay)) error
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
	concluder *Concluder
	log       *slog.Logger

	fleet *egress.Fleet // of today; nil when it has to be read anew
	day   string        // of the fleet
	state string        // of the stays when they were judged

	mu       sync.Mutex
	learned  []egress.Learned
	own      map[string]int
	carriers map[string]bool
	looked   time.Time
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
	return &EgressRunner{store: o.Store, catalogue: o.Catalogue, numbers: o.Numbers, place: o.Place, missing: o.Missing, now: o.Now,
		concluder: NewConcluder(o.Store, egress.Class, o.Now, o.Concluded), log: o.Log}
}

// Run judges until the context ends.
func (r *EgressRunner) Run(ctx context.Context) error {
	return lookOn(ctx, r.Look, r.now, func(err error) { r.log.Error("where devices stand stays as it was judged", "error", err) })
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
	r.own, r.carriers = survey.Ways()
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

// judge keeps what changed.
func (r *EgressRunner) judge(ctx context.Context, survey *egress.Survey) error {
	devices, err := r.store.Enrolled(ctx)
	if err != nil {
		return fmt.Errorf("list the devices that stand somewhere: %w", err)
	}
	said := make([]Said, 0, len(devices))
	for _, d := range devices {
		v, ok := survey.Judge(r.catalogue, d)
		// Where there are no stays, what it stood by is forgotten, and so is where it stood.
		one := Said{DeviceID: d.ID, Row: v.Row, Heard: v.Heard, Forgotten: !ok}
		for _, c := range v.Claims {
			one.Claims = append(one.Claims, Claim(c))
		}
		said = append(said, one)
	}
	return r.concluder.Keep(ctx, said, r.coverage())
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

// Ways tells of the addresses that stand for no place, as egress.Survey has them. The
// maps change no more.
func (r *EgressRunner) Ways() (own map[string]int, carriers map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.own, r.carriers
}
