package parse

import (
	"errors"
	"strings"
)

// An Announcement is a name that a device on the local network says of itself
// (mDNS, LLMNR, NetBIOS) or that DHCP carries. It tells of other people's
// devices: whoever reads one keeps counts of it and nothing else. A device may
// speak for others, as one does for those that sleep, and anybody may lie.
type Announcement struct {
	Kind     string   // mdns, llmnr, netbios, dhcp
	Source   [6]byte  // hardware address of the device: the frame's source, of DHCP the client's
	Names    []string // host names, lower case, without .local; only letters, digits, hyphen, underscore, dot
	Services []string // mDNS service types that it offers, e.g. "_airplay._tcp"
	Product  string   // what it calls itself by mDNS (_device-info), printable, e.g. "MacBookPro18,3"
	Vendor   string   // DHCP vendor class, printable
	Left     int      // records that were left out: too many, or malformed
}

// Bounds of one announcement. A laptop says a name or two and a dozen services.
const (
	announcedNames    = 32
	announcedServices = 64
	announcedRecords  = 256 // of one DNS section that are looked at
	announcedText     = 64  // bytes of a vendor or model
)

// errNotAnnouncement says that a segment announces nothing.
var errNotAnnouncement = errors.New("announcement: none of mDNS, LLMNR, NetBIOS name service, DHCP")

// Ports by which announcements are told apart.
const (
	portDHCPServer  = 67
	portDHCPClient  = 68
	portNetBIOS     = 137
	portDHCP6Client = 546
	portDHCP6Server = 547
	portMDNS        = 5353
	portLLMNR       = 5355
)

// ParseAnnouncement reads what a datagram announces. It goes by port, since the
// formats alone do not tell one from another. A question announces nothing of
// who asks but that it is there. Beside an error stands what was read before it.
func ParseAnnouncement(s Segment) (Announcement, error) {
	if !s.UDP {
		return Announcement{}, errNotAnnouncement
	}
	between := func(one, other uint16) bool {
		return s.SourcePort == one && s.DestinedPort == other || s.SourcePort == other && s.DestinedPort == one
	}
	either := func(port uint16) bool { return s.SourcePort == port || s.DestinedPort == port }
	a := Announcement{Source: s.SourceMAC}
	var err error
	switch {
	case either(portMDNS):
		a.Kind = "mdns"
		err = a.multicastDNS(s.Payload)
	case either(portLLMNR):
		a.Kind = "llmnr"
		err = a.linkLocal(s.Payload)
	case either(portNetBIOS):
		a.Kind = "netbios"
		err = a.netBIOS(s.Payload)
	case between(portDHCPServer, portDHCPClient), between(portDHCPServer, portDHCPServer):
		a.Kind = "dhcp"
		err = a.dhcp(s.Payload)
	case between(portDHCP6Client, portDHCP6Server):
		a.Kind = "dhcp"
		err = a.dhcp6(s.Payload)
	default:
		return Announcement{}, errNotAnnouncement
	}
	return a, err
}

// named takes in a host's name.
func (a *Announcement) named(name string) {
	name = announcedName(name)
	if name != "" && !madeUpName(name) {
		a.Names = a.taken(a.Names, name, announcedNames)
	}
}

// offers takes in a type of service.
func (a *Announcement) offers(service string) {
	if service != "" {
		a.Services = a.taken(a.Services, service, announcedServices)
	}
}

func (a *Announcement) taken(list []string, one string, limit int) []string {
	for _, known := range list {
		if known == one {
			return list
		}
	}
	if len(list) >= limit {
		a.Left++
		return list
	}
	return append(list, one)
}

// announcedName keeps of a name what hosts' names are made of: people call their
// machines anything. "" when nothing is left.
func announcedName(name string) string {
	name = strings.ToLower(name)
	if len(name) > 255 {
		return ""
	}
	clean := make([]byte, 0, len(name))
	for i := range len(name) {
		if c := name[i]; c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' {
			clean = append(clean, c)
		}
	}
	text := strings.Trim(string(clean), ".")
	text = strings.TrimSuffix(text, ".local")
	if text == "local" || text == "localhost" || len(text) > 253 {
		return ""
	}
	return text
}

// madeUpName knows the names that browsers make up for one call each, so as not
// to tell their address: a UUID.
func madeUpName(name string) bool {
	if len(name) != 36 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// announcedLabel is a printable text of a device, cut to what is worth keeping.
func announcedLabel(b []byte) string { return printable(b[:min(len(b), announcedText)]) }
