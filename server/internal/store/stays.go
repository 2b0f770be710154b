package store

import (
	"context"
	"errors"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

type stayQueries struct {
	GetFacts                          query
	GetLatestStay                     query
	CountStays, RenewStay, InsertStay query
	ListStays                         query
	ForgetStays, ForgetStaysOfDevice  query
	ListEgress, GetEgressRevision     query
	DeleteEgressList, InsertEgress    query
}

// mostStays is how many rows are kept of one device and day. The last one is for
// all further places.
const mostStays = 64

// stand notes where a device stands: what the connection tells, joined with what
// the device last told of its network and its clock.
func (t *Tx) stand(ctx context.Context, d device.Delivery) error {
	s := *d.Heard.Stay
	s.DeviceID, s.Day, s.First = d.DeviceID, dayOf(d.ReceivedAt), d.ReceivedAt
	network, err := t.latestRows(ctx, d.DeviceID, "network_interfaces")
	if err != nil {
		return err
	}
	system, err := t.latestRows(ctx, d.DeviceID, "system")
	if err != nil {
		return err
	}
	s.Attach(network, system)
	if err := t.flip(ctx, &s); err != nil {
		return err
	}
	known, err := t.exec(ctx, t.q.RenewStay, stayArguments(s)...)
	if err != nil || known > 0 {
		return err
	}
	var kept int
	if err := t.one(ctx, t.q.CountStays, []any{s.DeviceID, s.Day}, []any{&kept}); err != nil {
		return err
	}
	if kept >= mostStays-1 {
		s = device.Stay{DeviceID: s.DeviceID, Day: s.Day, First: s.First, NetworkClass: device.NetworkUnknown}
		if known, err = t.exec(ctx, t.q.RenewStay, stayArguments(s)...); err != nil || known > 0 {
			return err
		}
	}
	_, err = t.exec(ctx, t.q.InsertStay, stayArguments(s)...)
	return err
}

// flip notes a change between networks that tell a place and those that hide it.
func (t *Tx) flip(ctx context.Context, s *device.Stay) error {
	var before string
	err := t.one(ctx, t.q.GetLatestStay, []any{s.DeviceID, s.Day}, []any{&before})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err == nil && s.FlipsFrom(before) {
		s.Flips = 1
	}
	return err
}

func stayArguments(s device.Stay) []any {
	return []any{s.DeviceID, s.Day, s.Gateway, s.AccessPoint, s.Address, s.Network, s.NetworkName, s.NetworkClass, s.Country,
		s.Corporate, s.Listed, s.TimeZone, s.UTCOffset, s.RoundTrip.Microseconds(), micros(s.First), s.Flips}
}

// latestRows gives the rows of one class as a device last told them; none if it never did.
func (t *Tx) latestRows(ctx context.Context, deviceID, class string) ([]finding.Observation, error) {
	var rows []byte
	err := t.one(ctx, t.q.GetFacts, []any{deviceID, class}, []any{&rows})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeRows(rows)
}

func scanStay(row scanner) (s device.Stay, err error) {
	var trip int64
	err = row.Scan(&s.DeviceID, &s.Day, &s.Gateway, &s.AccessPoint, &s.Address, &s.Network, &s.NetworkName, &s.NetworkClass, &s.Country,
		&s.Corporate, &s.Listed, &s.TimeZone, &s.UTCOffset, &trip, moment{&s.First}, moment{&s.Last}, &s.Times, &s.Flips)
	s.RoundTrip = time.Duration(trip) * time.Microsecond
	return s, err
}

// ForgetStays deletes where devices stood before a day (UTC), and says how many rows.
func (s *SQLite) ForgetStays(ctx context.Context, before, at time.Time) (total int64, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		if total, err = t.exec(ctx, t.q.ForgetStays, dayOf(before)); err != nil || total == 0 {
			return err
		}
		return t.note(ctx, at, audit.Console, "stays.forget", "stays", map[string]any{"before": dayOf(before)})
	})
	return total, err
}
