package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

type entryQueries struct {
	StartEpoch, GetEpoch, AdvanceEpoch               query
	InsertEntry, GetEntry, CountEntries, ListEntries query
	ForgetEntries                                    query
	InsertGap, ListLatestGaps, ListGapsBetween       query
}

// Record stores what devices said, in order, in one transaction. The receipts
// stand in the order of the deliveries and hold once Record has returned nil.
func (s *SQLite) Record(ctx context.Context, deliveries []device.Delivery) ([]device.Receipt, error) {
	receipts := make([]device.Receipt, 0, len(deliveries))
	ctx = context.WithoutCancel(ctx) // a batch is short and once begun it is finished; watching ctx in every statement costs more than the statement
	err := s.Tx(ctx, func(t *Tx) error {
		r := recorder{t: t, standing: make(map[[2]string]bool), epochs: make(map[[2]string]*epoch)}
		for _, d := range deliveries {
			receipt, err := r.record(ctx, d)
			if err != nil {
				return err
			}
			receipts = append(receipts, receipt)
		}
		return r.soil(ctx)
	})
	if err != nil {
		return nil, err
	}
	return receipts, nil
}

// A recorder stores one batch and remembers what it looked up meanwhile.
type recorder struct {
	t        *Tx
	standing map[[2]string]bool // by device and agent
	epochs   map[[2]string]*epoch
	soiled   []soiled
}

// soiled is a device of which something changed: the last delivery that did, and up to
// when reports told what the device saw, in event time.
type soiled struct {
	device.Delivery
	told time.Time
}

type epoch struct {
	id    int64
	acked uint64
}

func (r *recorder) record(ctx context.Context, d device.Delivery) (device.Receipt, error) {
	stands, err := r.stands(ctx, d)
	if err != nil || !stands {
		return device.Receipt{Outcome: device.Outcast}, err
	}
	if d.Heard != nil {
		return device.Receipt{Outcome: device.Stored}, r.hear(ctx, d)
	}
	e, err := r.epoch(ctx, d)
	if err != nil {
		return device.Receipt{}, err
	}
	var outcome device.Outcome
	if d.Entry != nil {
		outcome, err = r.entry(ctx, d, e)
	} else {
		outcome, err = r.gap(ctx, d, e)
	}
	if outcome == device.Stored || outcome == device.Forked {
		r.remember(d)
	}
	return device.Receipt{Outcome: outcome, Acked: e.acked}, err
}

// stands says whether the device is enrolled and this agent is the one that reports for it.
func (r *recorder) stands(ctx context.Context, d device.Delivery) (bool, error) {
	key := [2]string{d.DeviceID, d.AgentID}
	if stands, known := r.standing[key]; known {
		return stands, nil
	}
	var one int
	err := r.t.one(ctx, r.t.q.GetStanding, []any{d.DeviceID, d.AgentID}, []any{&one})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	r.standing[key] = err == nil
	return err == nil, nil
}

func (r *recorder) epoch(ctx context.Context, d device.Delivery) (*epoch, error) {
	key := [2]string{d.DeviceID, d.Epoch}
	if e, known := r.epochs[key]; known {
		return e, nil
	}
	if _, err := r.t.exec(ctx, r.t.q.StartEpoch, d.DeviceID, d.Epoch, micros(d.ReceivedAt)); err != nil {
		return nil, err
	}
	e := &epoch{}
	if err := r.t.one(ctx, r.t.q.GetEpoch, []any{d.DeviceID, d.Epoch}, []any{&e.id, &e.acked}); err != nil {
		return nil, err
	}
	r.epochs[key] = e
	return e, nil
}

func (r *recorder) hear(ctx context.Context, d device.Delivery) error {
	if _, err := r.t.exec(ctx, r.t.q.HearDevice, d.DeviceID, micros(d.ReceivedAt), d.Heard.Offset.Microseconds(),
		d.Heard.AgentVersion, d.Heard.BootID); err != nil {
		return err
	}
	if d.Heard.Stay != nil {
		if err := r.t.stand(ctx, d); err != nil {
			return err
		}
	}
	if err := r.t.settleDay(ctx, d); err != nil {
		return err
	}
	return r.t.hearDay(ctx, d)
}

func (r *recorder) entry(ctx context.Context, d device.Delivery, e *epoch) (device.Outcome, error) {
	switch {
	case d.Entry.Seq <= e.acked:
		return r.again(ctx, d, e)
	case d.Entry.Seq > e.acked+1:
		return device.Holed, nil
	}
	if _, err := r.t.exec(ctx, r.t.q.InsertEntry, e.id, d.Entry.Seq, micros(d.ReceivedAt), d.Offset.Microseconds(), d.Entry.Wire); err != nil {
		return "", err
	}
	if err := r.t.apply(ctx, d, e.id); err != nil {
		return "", err
	}
	return device.Stored, r.advance(ctx, e, d.Entry.Seq)
}

// again meets an entry whose number is taken: the same bytes change nothing,
// other bytes mean that two spools count under one name.
func (r *recorder) again(ctx context.Context, d device.Delivery, e *epoch) (device.Outcome, error) {
	var stored []byte
	err := r.t.one(ctx, r.t.q.GetEntry, []any{e.id, d.Entry.Seq}, []any{&stored})
	if errors.Is(err, ErrNotFound) { // it stands in a gap: the agent gave it up before
		return device.Repeated, nil
	}
	if err != nil {
		return "", err
	}
	if bytes.Equal(stored, d.Entry.Wire) {
		return device.Repeated, nil
	}
	_, err = r.t.exec(ctx, r.t.q.InsertGap, e.id, d.Entry.Seq, d.Entry.Seq, device.ReasonFork, micros(d.ReceivedAt))
	return device.Forked, err
}

func (r *recorder) gap(ctx context.Context, d device.Delivery, e *epoch) (device.Outcome, error) {
	switch {
	case d.Gap.To <= e.acked:
		return device.Repeated, nil
	case d.Gap.From > e.acked+1:
		return device.Holed, nil
	}
	from := max(d.Gap.From, e.acked+1) // what is stored is not missing
	if _, err := r.t.exec(ctx, r.t.q.InsertGap, e.id, from, d.Gap.To, d.Gap.Reason, micros(d.ReceivedAt)); err != nil {
		return "", err
	}
	return device.Stored, r.advance(ctx, e, d.Gap.To)
}

func (r *recorder) advance(ctx context.Context, e *epoch, acked uint64) error {
	e.acked = acked
	_, err := r.t.exec(ctx, r.t.q.AdvanceEpoch, e.id, acked)
	return err
}

func (r *recorder) remember(d device.Delivery) {
	i := slices.IndexFunc(r.soiled, func(s soiled) bool { return s.DeviceID == d.DeviceID })
	if i < 0 {
		i = len(r.soiled)
		r.soiled = append(r.soiled, soiled{})
	}
	r.soiled[i].Delivery = d
	if told := toldBy(d); told.After(r.soiled[i].told) {
		r.soiled[i].told = told
	}
}

// toldBy is up to when a delivery tells what the device saw, in event time.
func toldBy(d device.Delivery) time.Time {
	switch {
	case d.Entry == nil:
		return time.Time{}
	case d.Entry.Report.At.IsZero():
		return d.ReceivedAt
	}
	return d.Corrected(d.Entry.Report.At)
}

// soil marks once per batch what changed, so that it is assessed.
func (r *recorder) soil(ctx context.Context) error {
	for _, d := range r.soiled {
		if _, err := r.t.exec(ctx, r.t.q.SoilDevice, d.DeviceID, micros(d.ReceivedAt), micros(d.told)); err != nil {
			return err
		}
		if err := r.t.hearDay(ctx, d.Delivery); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) hearDay(ctx context.Context, d device.Delivery) error {
	_, err := t.exec(ctx, t.q.HearDay, d.DeviceID, dayOf(d.ReceivedAt), micros(d.ReceivedAt))
	return err
}

func dayOf(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// Acked says up to which number an epoch is stored or known never to come; 0 for one not met before.
func (s *SQLite) Acked(ctx context.Context, deviceID, epochName string) (acked uint64, err error) {
	var id int64
	err = s.Read(ctx, func(t *Tx) error {
		return t.one(ctx, t.q.GetEpoch, []any{deviceID, epochName}, []any{&id, &acked})
	})
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return acked, err
}

// Entries lists raw reports of an epoch after a number, at most limit of them.
func (t *Tx) Entries(ctx context.Context, deviceID, epochName string, after uint64, limit int) ([]device.Entry, error) {
	return all(ctx, t, t.q.ListEntries, func(row scanner) (device.Entry, error) {
		var e device.Entry
		err := row.Scan(&e.Seq, &e.Wire)
		return e, err
	}, deviceID, epochName, after, limit)
}

// CountEntries says how many reports of an epoch are stored.
func (t *Tx) CountEntries(ctx context.Context, deviceID, epochName string) (n int, err error) {
	err = t.one(ctx, t.q.CountEntries, []any{deviceID, epochName}, []any{&n})
	return n, err
}

// mostGaps is how many of a device's gaps are read for a page about it.
const mostGaps = 1000

// Gaps lists the latest gaps of a device, as they came.
func (t *Tx) Gaps(ctx context.Context, deviceID string) ([]device.Gap, error) {
	return all(ctx, t, t.q.ListLatestGaps, scanGap, deviceID, mostGaps)
}

// GapsBetween lists the gaps of all devices that were told in a stretch of time, first included, last not.
func (t *Tx) GapsBetween(ctx context.Context, from, to time.Time) ([]device.Gap, error) {
	return all(ctx, t, t.q.ListGapsBetween, scanGap, micros(from), micros(to))
}

func scanGap(row scanner) (g device.Gap, err error) {
	err = row.Scan(&g.DeviceID, &g.Epoch, &g.From, &g.To, &g.Reason, moment{&g.ReceivedAt})
	return g, err
}
