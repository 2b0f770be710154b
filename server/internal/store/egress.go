package store

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// mostRanges is how many ranges one list of egress holds.
const mostRanges = 200_000

// EgressLists gives every range that is known by name, list by list, in the order in which it was imported.
func (s *SQLite) EgressLists(ctx context.Context) (list []device.EgressRange, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err = t.EgressLists(ctx)
		return err
	})
	return list, err
}

// EgressLists gives every range that is known by name.
func (t *Tx) EgressLists(ctx context.Context) ([]device.EgressRange, error) {
	return all(ctx, t, t.q.ListEgress, func(row scanner) (r device.EgressRange, err error) {
		var cidr string
		if err := row.Scan(&r.Kind, &r.Label, &cidr, &r.AddedBy, moment{&r.At}); err != nil {
			return r, err
		}
		if r.Range, err = netip.ParsePrefix(cidr); err != nil {
			err = fmt.Errorf("the stored range %q of list %q: %w", cidr, r.Label, err)
		}
		return r, err
	})
}

// EgressRevision changes whenever the lists do.
func (s *SQLite) EgressRevision(ctx context.Context) (revision [2]int64, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		return t.one(ctx, t.q.GetEgressRevision, nil, []any{&revision[0], &revision[1]})
	})
	return revision, err
}

// ReplaceEgressList puts ranges in the place of those a list held, and notes who
// did; with none, the list is gone. Ranges are masked, and each is kept once. Where
// a range is no whole network, or there are too many, nothing changes.
func (s *SQLite) ReplaceEgressList(ctx context.Context, kind, label string, ranges []netip.Prefix, by string, at time.Time) error {
	if err := soundList(kind, label, ranges); err != nil {
		return err
	}
	return s.Tx(ctx, func(t *Tx) error {
		gone, err := t.exec(ctx, t.q.DeleteEgressList, kind, label)
		if err != nil {
			return err
		}
		kept := make(map[netip.Prefix]bool, len(ranges))
		for _, r := range ranges {
			r = r.Masked()
			if kept[r] {
				continue
			}
			kept[r] = true
			if _, err := t.exec(ctx, t.q.InsertEgress, kind, label, r.String(), by, micros(at)); err != nil {
				return err
			}
		}
		return t.note(ctx, at, by, "egress.replace", "egress/"+kind+"/"+label, map[string]any{"ranges": len(kept), "ranges_before": gone})
	})
}

func soundList(kind, label string, ranges []netip.Prefix) error {
	refuse := func(format string, args ...any) error {
		return &alert.Refusal{Cause: alert.ErrInvalid, Sentence: fmt.Sprintf(format, args...)}
	}
	switch {
	case kind != device.EgressCorporate && kind != device.EgressVPN && kind != device.EgressRelay:
		return refuse("a list of egress is of kind corporate, vpn_exit or relay, not %q", kind)
	case label == "" || len(label) > 128:
		return refuse("a list of egress has a label of 1 to 128 bytes")
	case len(ranges) > mostRanges:
		return refuse("the list has %d ranges, at most %d are kept", len(ranges), mostRanges)
	}
	for _, r := range ranges {
		// What covers an eighth of all addresses is a mistake that would call everybody listed.
		if !r.IsValid() || r.Addr().Is4In6() || r.Addr().Zone() != "" || r.Addr().Is4() && r.Bits() < 3 || r.Addr().Is6() && r.Bits() < 8 {
			return refuse("%s is no range of public addresses as a list of egress holds them", r)
		}
	}
	return nil
}
