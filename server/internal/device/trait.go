package device

import "time"

// The kinds of traits: what two laptops can share.
const (
	TraitGateway     = "gateway"      // hardware address of the router it stood behind
	TraitAccessPoint = "access_point" // hardware address of the access point it was joined to
	TraitKVM         = "kvm"          // serial number of a USB device that is built as a KVM is
	TraitDisplay     = "display"      // EDID of an external display that has a serial number of its own
	TraitUSB         = "usb"          // serial number of any other USB device, such as a dock
	TraitTenant      = "tenant"       // account or server that a remote-access tool answers to
	TraitPeer        = "peer"         // other side of remote sessions
	TraitNetwork     = "network"      // name of the network that its DHCP server told
	TraitShape       = "shape"        // how many devices of which kinds it sees around it, where those are unusual
)

// A Trait is something that a laptop had on one day and that another may share.
// The agent has hashed it with the company's key: the collector sees equalities.
type Trait struct {
	DeviceID    string
	Kind        string    // one of the above
	Value       string    // pseudonym; of a USB device behind the vendor and product number that it claims
	Day         string    // 2026-11-25, UTC, of event time
	First, Last time.Time // event time, of that day
	Weak        bool      // other hardware is known to bear the same value: virtual routers, tethered telephones
}

// A Person is whoever a laptop was handed to. ID and Household are as imported,
// opaque; without an import every device is a person of its own.
type Person struct {
	ID         string
	Household  string // people who live together; empty when not told
	Group      string // team or agency
	WorkerType string // employee, contractor, agency or unknown
}

// A Holding is a stretch of time in which a laptop was one person's.
type Holding struct {
	DeviceID string
	PersonID string
	From, To time.Time // To is zero for as long as it is
}
