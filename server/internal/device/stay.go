package device

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Stay is where one device stood on one day (UTC), as far as the collector can
// tell: the joint state at its heartbeats. It holds equalities, a country and a
// kind of network; no address, no name of a network at home, no coordinates.
//
// A device that stands in very many places in one day has one more row, with
// neither Address nor Gateway nor AccessPoint, whose Times says how often it was
// met in places of which no row is kept.
type Stay struct {
	DeviceID string
	Day      string // 2026-11-25, collector clock
	// Address is a keyed hash of the public address as the collector saw it: of an
	// IPv4 address, or of an IPv6 network of 64 bits. AddressInternal where the
	// collector saw a private one, and "" in the row of the uncounted places.
	Address      string
	Network      uint32 // number of the autonomous system; 0 unknown
	NetworkName  string // as its operator registered it; "" unknown
	NetworkClass string // what the system is mostly used for: one of the classes below
	Country      string // of the address's registration, ISO 3166 alpha-2; "" unknown
	Corporate    string // label of the company's own egress it matched, or "learned", or ""
	Listed       string // label of an imported list it matched, as of VPN exits, or ""
	Gateway      string // pseudonym, from the device's latest network_interfaces facts (default route); "" not told
	AccessPoint  string // likewise
	TimeZone     string // IANA name that the device told; "" not told
	UTCOffset    int    // minutes east of UTC that the device told
	// RoundTrip is the shortest time an answer of the device took in a TLS
	// handshake, 0 unknown. It is never below the time light needs, and above the
	// path's own by what the laptop computes: some milliseconds, more when it is busy.
	RoundTrip   time.Duration
	First, Last time.Time // collector clock
	Times       int       // how often it was noted: about every ten minutes, and at each change
	Flips       int       // how often of those it came from a network of the other kind: one that tells a place, or hides it
}

// AddressInternal stands for every private address: the collector is inside the
// same network, or behind something that hides the address, and learns nothing from it.
const AddressInternal = "internal"

// The classes of networks: what each is mostly used for. They say nothing of who
// uses it. Where several fit, the earlier one is told.
const (
	NetworkInternal    = "internal"    // a private address: it tells nothing
	NetworkCorporate   = "corporate"   // a company's own network; on the company's own list of egress in any case
	NetworkRelay       = "relay"       // hides addresses for everybody and keeps the country, as iCloud Private Relay
	NetworkSASE        = "sase"        // a company's security service in the cloud, through which its laptops go out
	NetworkVPN         = "vpn"         // sells or offers other addresses to persons
	NetworkHosting     = "hosting"     // servers for rent; where VPN exits stand as well
	NetworkMobile      = "mobile"      // telephones and tethered laptops; many people behind one address
	NetworkSatellite   = "satellite"   // the address may be far from the dish, and answers take long
	NetworkResidential = "residential" // homes, and whatever else a provider for homes connects
	NetworkEducation   = "education"   // universities, schools and their networks
	NetworkBusiness    = "business"    // lines and transit for companies, offices, hotels, coworking
	NetworkUnknown     = "unknown"     // no data, or none that says so
)

// TellsPlace says whether an address of a class of network tells where its user is.
func TellsPlace(class string) bool {
	switch class {
	case NetworkResidential, NetworkMobile, NetworkSatellite, NetworkEducation, NetworkBusiness:
		return true
	}
	return false
}

// HidesPlace says whether networks of a class lend their addresses to people who
// are elsewhere. A company's own, a relay and an unknown one neither tell nor hide.
func HidesPlace(class string) bool { return class == NetworkVPN || class == NetworkHosting }

// FlipsFrom says whether the device changed between the two kinds since it stood before.
func (s *Stay) FlipsFrom(before string) bool {
	return s.Corporate == "" && (TellsPlace(before) && HidesPlace(s.NetworkClass) || HidesPlace(before) && TellsPlace(s.NetworkClass))
}

// An EgressRange is a range of public addresses that is known by name.
type EgressRange struct {
	Kind    string       // EgressCorporate, EgressVPN or EgressRelay
	Label   string       // name of the list it stands in, as people read it
	Range   netip.Prefix // masked
	AddedBy string       // who imported it
	At      time.Time    // when, collector clock
}

// The kinds of lists of ranges.
const (
	EgressCorporate = "corporate" // where the company's own networks, VPN or SASE go out
	EgressVPN       = "vpn_exit"  // where consumer VPNs go out
	EgressRelay     = "relay"     // where relays go out that hide addresses for everybody
)

// Attach adds what the device last told of its network and its clock: the rows of
// the classes network_interfaces and system. The router and the access point are
// those through which traffic to the internet leaves.
func (s *Stay) Attach(interfaces, system []finding.Observation) {
	for _, row := range interfaces {
		if row.Columns["up"] != "true" || row.Columns["default_route"] != "true" {
			continue
		}
		if s.Gateway == "" {
			s.Gateway = clip(row.Columns["gateway"])
		}
		if s.AccessPoint == "" {
			s.AccessPoint = clip(row.Columns["access_point"])
		}
	}
	for _, row := range system {
		s.TimeZone = clip(row.Columns["time_zone"])
		if minutes, err := strconv.Atoi(row.Columns["utc_offset"]); err == nil && minutes >= -14*60 && minutes <= 14*60 {
			s.UTCOffset = minutes
		}
	}
}

// clip keeps what a device says of itself from growing a row.
func clip(told string) string { return strings.ToValidUTF8(told[:min(len(told), 64)], "") }
