package place

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/gaissmai/bart"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Lists is what a Surveyor needs of the collector's store.
type Lists interface {
	// EgressRevision changes whenever the lists do.
	EgressRevision(ctx context.Context) ([2]int64, error)
	EgressLists(ctx context.Context) ([]device.EgressRange, error)
}

// A Surveyor writes of an address what may be kept of it. The address itself goes
// no further.
type Surveyor struct {
	atlas     *Atlas
	lists     Lists
	pseudonym func(string) string

	mu       sync.RWMutex
	read     bool
	revision [2]int64
	ranges   map[string]*bart.Table[string] // of each kind: the labels
}

// NewSurveyor makes a surveyor. Pseudonym is the collector's keyed hash. Until
// Refresh it knows no list.
func NewSurveyor(atlas *Atlas, lists Lists, pseudonym func(string) string) *Surveyor {
	return &Surveyor{atlas: atlas, lists: lists, pseudonym: pseudonym}
}

// Atlas is what the surveyor knows networks and countries by.
func (s *Surveyor) Atlas() *Atlas { return s.atlas }

// Refresh reads the lists of ranges again where they changed.
func (s *Surveyor) Refresh(ctx context.Context) error {
	revision, err := s.lists.EgressRevision(ctx)
	if err != nil {
		return err
	}
	s.mu.RLock()
	known := s.read && s.revision == revision
	s.mu.RUnlock()
	if known {
		return nil
	}
	list, err := s.lists.EgressLists(ctx)
	if err != nil {
		return err
	}
	ranges := make(map[string]*bart.Table[string])
	for _, r := range list {
		if ranges[r.Kind] == nil {
			ranges[r.Kind] = new(bart.Table[string])
		}
		ranges[r.Kind].Insert(r.Range, r.Label)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read, s.revision, s.ranges = true, revision, ranges
	return nil
}

// Stay is what may be kept of a device that calls from an address.
func (s *Surveyor) Stay(from netip.Addr, roundTrip time.Duration) device.Stay {
	from = from.Unmap().WithZone("")
	network := s.atlas.Look(from)
	stay := device.Stay{Address: device.AddressInternal, Network: network.Number, NetworkName: network.Name, NetworkClass: network.Class,
		Country: network.Country, RoundTrip: roundTrip}
	if Public(from) {
		stay.Address = s.hash(from)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, kind := range []struct {
		name, class string
		label       *string
	}{
		// A range that is listed by name is known better than the system around it; the company's own best.
		{device.EgressRelay, device.NetworkRelay, &stay.Listed},
		{device.EgressVPN, device.NetworkVPN, &stay.Listed},
		{device.EgressCorporate, device.NetworkCorporate, &stay.Corporate},
	} {
		if ranges := s.ranges[kind.name]; ranges != nil {
			if label, ok := ranges.Lookup(from); ok {
				*kind.label, stay.NetworkClass = label, kind.class
			}
		}
	}
	return stay
}

// hash is the keyed hash of an IPv4 address or of the IPv6 network of 64 bits
// around an address, which is what one household has. Its words stand before it
// so that it is equal to no pseudonym of anything else.
func (s *Surveyor) hash(a netip.Addr) string {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	around, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return s.pseudonym("farmwatch public address\x00" + around.String())
}
