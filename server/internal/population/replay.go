package population

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// batch is how many deliveries go into one transaction, as ingest does it when it is busy.
const batch = 512

// A Replay lets a fleet live in front of a collector: the real store, and the real
// runners in lockstep with a clock that stands still while they look.
type Replay struct {
	fleet  *Fleet
	store  *store.SQLite
	clock  time.Time
	ids    int
	judge  *assess.Runner
	look   []looker
	queue  []item
	ahead  chan ahead // the day that is lived while the collector is at the one before
	seen   *seen
	Spent  map[string]time.Duration // of the wall clock, by what it was spent on; empty without a watch
	Counts Counts
	watch  func() time.Time // the wall clock; nil to measure nothing
}

// Counts say how much was replayed.
type Counts struct{ Deliveries, Reports, Judgements int }

// A looker is a runner that looks at all devices.
type looker struct {
	name string
	look func(context.Context) error
}

// An item waits in the queue until its time: something that was delivered, or something that is done.
type item struct {
	at       time.Time
	delivery device.Delivery
	do       func(context.Context) error
}

// NewReplay makes a replay of a fleet on an empty store. watch is the wall clock, by
// which is measured where time goes; nil measures nothing.
func NewReplay(f *Fleet, s *store.SQLite, watch func() time.Time) *Replay {
	r := &Replay{fleet: f, store: s, clock: firstDay, seen: newSeen(f), Spent: map[string]time.Duration{}, watch: watch}
	log := slog.New(slog.DiscardHandler)
	now := func() time.Time { return r.clock }
	r.judge = assess.NewRunner(s, f.catalogue, now, r.newID, func(list []alert.Alert) { r.seen.alerts(r.clock, list) }, log)
	stands := assess.NewEgressRunner(assess.EgressOptions{
		Store: s, Catalogue: f.catalogue, Numbers: egress.Default(), Missing: func() []string { return nil }, Now: now, Concluded: func(string) {}, Log: log,
	})
	r.look = append(r.look, looker{"egress", stands.Look})
	r.look = append(r.look, looker{"context", assess.NewContextRunner(s, f.catalogue, now, func(string) {}, log).Look})
	sites := assess.NewSiteRunner(assess.SiteOptions{
		Traits: s, Sites: s, Grounds: s, Conclusions: s, Catalogue: f.catalogue, Ways: stands.Ways, Now: now, NewID: r.newID,
		Concluded: func(string) {}, Changed: func(list []alert.Alert) { r.seen.alerts(r.clock, list) }, Log: log,
	})
	r.look = append(r.look, looker{"site", sites.Look})
	return r
}

func (r *Replay) newID() string {
	r.ids++
	return fmt.Sprintf("alert-%08d", r.ids)
}

// Run lives all days. told is told of each day that is over; nil tells nobody.
func (r *Replay) Run(ctx context.Context, told func(day int)) error {
	if err := r.begin(ctx); err != nil {
		return fmt.Errorf("begin the days: %w", err)
	}
	r.live(1)
	for n := 1; n <= r.fleet.Days; n++ {
		if err := r.day(ctx, n); err != nil {
			return fmt.Errorf("day %d: %w", n, err)
		}
		if told != nil {
			told(n)
		}
	}
	return nil
}

// day lives one day, by the clocks of all places, and lets the collector look.
func (r *Replay) day(ctx context.Context, n int) error {
	midnight := firstDay.AddDate(0, 0, n-1)
	r.clock = midnight
	if err := r.spend("wait for lives", func() error { return r.lived() }); err != nil {
		return err
	}
	if err := r.imports(ctx, n); err != nil {
		return fmt.Errorf("import what the company knows: %w", err)
	}
	if n < r.fleet.Days {
		r.live(n + 1)
	}
	looks := cmp.Or(r.fleet.Looks, 2)
	for i := range looks {
		r.clock = midnight.Add(24 * time.Hour / time.Duration(looks) * time.Duration(i+1))
		if err := r.spend("record", func() error { return r.deliver(ctx) }); err != nil {
			return err
		}
		if err := r.conclude(ctx); err != nil {
			return err
		}
	}
	return r.seen.standings(ctx, r.store, n)
}

// conclude lets every runner look, and judges what laptops told and what those found.
func (r *Replay) conclude(ctx context.Context) error {
	for _, l := range r.look {
		if err := r.spend(l.name, func() error { return l.look(ctx) }); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	if err := r.spend("judge", func() error { return r.catch(ctx) }); err != nil {
		return err
	}
	return r.spend("sweep", func() error { return r.judge.Sweep(ctx) })
}

func (r *Replay) catch(ctx context.Context) error {
	dirty, err := r.store.DirtyDevices(ctx)
	if err != nil {
		return err
	}
	r.Counts.Judgements += len(dirty)
	return r.judge.Catch(ctx)
}

func (r *Replay) spend(on string, do func() error) error {
	if r.watch == nil {
		return do()
	}
	began := r.watch()
	err := do()
	r.Spent[on] += r.watch().Sub(began)
	return err
}

// ahead is what the collector will receive of a day.
type ahead struct {
	items []item
	err   error
}

// live lets every laptop live a day, while the collector is at the one before.
func (r *Replay) live(n int) {
	r.ahead = make(chan ahead, 1)
	go func(to chan<- ahead) {
		items, err := r.fleet.generate(r, n)
		to <- ahead{items, err}
	}(r.ahead)
}

// lived queues the day that was lived.
func (r *Replay) lived() error {
	a := <-r.ahead
	r.queue = append(r.queue, a.items...)
	slices.SortStableFunc(r.queue, func(a, b item) int { return a.at.Compare(b.at) })
	return a.err
}

// generate lets every laptop live a day, and gives what is done with laptops and what
// the collector receives of them.
func (f *Fleet) generate(r *Replay, n int) (items []item, err error) {
	for _, l := range f.laptops {
		items = append(items, r.turns(l, n)...)
		if l.enrolled.After(firstDay.AddDate(0, 0, n)) {
			continue
		}
		told, err := f.live(l, n)
		if err != nil {
			return nil, err
		}
		for _, d := range told {
			items = append(items, item{at: d.ReceivedAt, delivery: d})
		}
	}
	return items, nil
}

// turns queues what the company does with a laptop on a day: before the laptop wakes.
func (r *Replay) turns(l *laptop, n int) (items []item) {
	at := firstDay.AddDate(0, 0, n-1).Add(hours(5))
	if joins := l.enrolled; !joins.Before(firstDay.AddDate(0, 0, n-1)) && joins.Before(firstDay.AddDate(0, 0, n)) {
		items = append(items, item{at: joins.Add(-time.Second), do: r.enrolling(l.enrolment())})
	}
	for _, t := range l.turns {
		if t.day != n {
			continue
		}
		if t.group != "" {
			l.group = t.group
			items = append(items, item{at: at, do: r.grouping(l.id, t.group, at)})
		}
		if t.reimage {
			l.again()
			d := l.enrolment()
			d.EnrolledAt = at
			items = append(items, item{at: at, do: r.enrolling(d)})
		}
	}
	return items
}

func (r *Replay) enrolling(d device.Device) func(context.Context) error {
	return func(ctx context.Context) error { return r.enrol(ctx, d) }
}

func (r *Replay) grouping(id, group string, at time.Time) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := r.store.SetGroup(ctx, []string{id}, group, "the company", at)
		return err
	}
}

// deliver stores what was received until now, in order.
func (r *Replay) deliver(ctx context.Context) error {
	var list []device.Delivery
	flush := func() error {
		err := r.record(ctx, list)
		list = list[:0]
		return err
	}
	n := 0
	for ; n < len(r.queue) && !r.queue[n].at.After(r.clock); n++ {
		it := r.queue[n]
		if it.do == nil {
			list = append(list, it.delivery)
		}
		if it.do != nil || len(list) == batch {
			if err := flush(); err != nil {
				return err
			}
		}
		if it.do != nil {
			if err := it.do(ctx); err != nil {
				return err
			}
		}
	}
	r.queue = slices.Delete(r.queue, 0, n)
	return flush()
}

func (r *Replay) record(ctx context.Context, list []device.Delivery) error {
	if len(list) == 0 {
		return nil
	}
	receipts, err := r.store.Record(ctx, list)
	if err != nil {
		return err
	}
	for i, receipt := range receipts {
		r.Counts.Deliveries++
		if list[i].Entry != nil {
			r.Counts.Reports++
		}
		if receipt.Outcome != device.Stored && receipt.Outcome != device.Outcast {
			return fmt.Errorf("what %s told was %s and not stored", list[i].DeviceID, receipt.Outcome)
		}
	}
	return nil
}

// enrol writes a device as an enrolment does.
func (r *Replay) enrol(ctx context.Context, list ...device.Device) error {
	return r.store.Enrolment(ctx, func(t enroll.Tx) error {
		for _, d := range list {
			if err := t.SaveEnrolment(ctx, d, "token"); err != nil {
				return fmt.Errorf("enrol %s: %w", d.ID, err)
			}
		}
		return nil
	})
}
