package parse

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// A Lease is what DHCP told this machine of a network, as its client keeps it in a file.
type Lease struct {
	Interface string // where the file says it, as dhclient's does; else the file's name tells
	Domain    string // lower case, "" when none
}

const (
	leaseMaximum = 1 << 20 // bytes of a file; dhclient's grows until it is written anew
	leaseLimit   = 64      // interfaces of one file
)

var errLease = errors.New("lease: of no DHCP client that is known")

// ParseLeases reads the lease file of any DHCP client that is known here, by its
// content: those of systemd-networkd, NetworkManager, dhclient, dhcpcd and macOS.
// Of several leases on one interface the last counts.
func ParseLeases(b []byte) ([]Lease, error) {
	if len(b) > leaseMaximum {
		return nil, fmt.Errorf("lease: %d bytes, want at most %d", len(b), leaseMaximum)
	}
	text := bytes.TrimSpace(settingsText(b))
	switch {
	case bytes.HasPrefix(b, []byte("bplist00")), bytes.HasPrefix(text, []byte("<?xml")), bytes.HasPrefix(text, []byte("<plist")):
		packet, err := leasePacketBytes(b)
		if err != nil {
			return nil, err
		}
		return packetLease(packet)
	case len(b) > dhcpFixed && b[0] == dhcpReply && b[1] == dhcpEthernet:
		return packetLease(b)
	case dhclientHas(text):
		return dhclientLeases(text), nil
	}
	return settingsLease(text)
}

// packetLease reads the server's last message, which dhcpcd keeps as it came.
func packetLease(b []byte) ([]Lease, error) {
	m, err := parseDHCP(b)
	if err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	return []Lease{{Domain: leaseDomain(string(m.options[dhcpDomain]))}}, nil
}

// settingsLease reads the files of systemd-networkd and of NetworkManager's own
// client, which took it over: a line each, NAME=value.
func settingsLease(text []byte) ([]Lease, error) {
	var lease Lease
	known := false
	for line := range bytes.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), "=")
		switch name {
		case "ADDRESS", "SERVER_ADDRESS":
			known = true
		case "DOMAINNAME":
			lease.Domain = leaseDomain(value)
		}
	}
	if !known {
		return nil, errLease
	}
	return []Lease{lease}, nil
}

func dhclientHas(text []byte) bool {
	return bytes.HasPrefix(text, []byte("lease {")) || bytes.Contains(text, []byte("\nlease {"))
}

// dhclientLeases reads dhclient.leases: a statement a line, every lease it ever
// got until it tidies up, the latest last.
func dhclientLeases(text []byte) []Lease {
	var leases []Lease
	var lease Lease
	inside := false
	for line := range bytes.Lines(text) {
		statement := strings.TrimSuffix(strings.TrimSpace(string(line)), ";")
		switch {
		case statement == "lease {":
			lease, inside = Lease{}, true
		case statement == "}" && inside:
			inside = false
			leases = keepLease(leases, lease)
		case !inside:
		default:
			lease.statement(statement)
		}
	}
	return leases
}

func (l *Lease) statement(text string) {
	if value, ok := strings.CutPrefix(text, "interface "); ok {
		l.Interface = printable([]byte(short(strings.Trim(value, `"`))))
	}
	if value, ok := strings.CutPrefix(text, "option domain-name "); ok {
		l.Domain = leaseDomain(strings.Trim(value, `"`))
	}
}

func keepLease(leases []Lease, lease Lease) []Lease {
	for i := range leases {
		if leases[i].Interface == lease.Interface {
			leases[i] = lease
			return leases
		}
	}
	if len(leases) >= leaseLimit {
		return leases
	}
	return append(leases, lease)
}

// leaseDomain is the first domain that a server told; some tell several with
// spaces between, and some end theirs with a zero.
func leaseDomain(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(strings.TrimRight(text, "\x00")), " ")
	domain, err := hostName(first)
	if err != nil {
		return ""
	}
	return domain
}
