package parse

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// DHCP (RFC 2131, RFC 2132) and the form it took over from BOOTP.
const (
	dhcpFixed    = 236 // bytes before the options' mark
	dhcpCookie   = 0x63825363
	dhcpOptions  = 256 // of one message; more than any has
	dhcpRequest  = 1
	dhcpReply    = 2
	dhcpEthernet = 1

	dhcpHostName = 12
	dhcpDomain   = 15
	dhcpOverload = 52
	dhcpVendor   = 60
	dhcpFQDN     = 81
	dhcpEnd      = 255
)

// dhcpMessage is what of a DHCP message is read.
type dhcpMessage struct {
	fromClient bool
	client     [6]byte // hardware address; zero where it is not Ethernet
	options    map[byte][]byte
}

var errDHCP = errors.New("no DHCP message")

// parseDHCP reads a message. Options that appear twice go on (RFC 3396); those
// that found no room stand where BOOTP had the names of a server and a file.
func parseDHCP(b []byte) (dhcpMessage, error) {
	if len(b) < dhcpFixed+4 || b[0] != dhcpRequest && b[0] != dhcpReply || binary.BigEndian.Uint32(b[dhcpFixed:]) != dhcpCookie {
		return dhcpMessage{}, fmt.Errorf("DHCP: %d bytes: %w", len(b), errDHCP)
	}
	m := dhcpMessage{fromClient: b[0] == dhcpRequest, options: map[byte][]byte{}}
	if b[1] == dhcpEthernet && b[2] == 6 {
		m.client = [6]byte(b[28:34])
	}
	err := m.take(b[dhcpFixed+4:], dhcpFixed+4)
	const server, file = 44, 108
	if overload := m.options[dhcpOverload]; err == nil && len(overload) == 1 {
		if overload[0]&1 != 0 {
			err = m.take(b[file:dhcpFixed], file)
		}
		if overload[0]&2 != 0 && err == nil {
			err = m.take(b[server:file], server)
		}
	}
	return m, err
}

// take reads options to their end. base is where they stand, for errors.
func (m *dhcpMessage) take(b []byte, base int) error {
	for i := 0; i < len(b); {
		code := b[i]
		i++
		switch {
		case code == 0:
			continue
		case code == dhcpEnd:
			return nil
		case i >= len(b) || int(b[i]) > len(b)-i-1:
			return fmt.Errorf("DHCP: option %d at %d is cut short", code, base+i-1)
		}
		value := b[i+1 : i+1+int(b[i])]
		i += 1 + len(value)
		if _, known := m.options[code]; known || len(m.options) < dhcpOptions {
			m.options[code] = append(m.options[code], value...)
		}
	}
	return nil // without an end: some clients fill the packet to its last byte
}

// dhcp reads what a client says of itself, or a server calls it.
func (a *Announcement) dhcp(b []byte) error {
	m, err := parseDHCP(b)
	if m.client != [6]byte{} {
		a.Source = m.client
	}
	a.named(string(m.options[dhcpHostName]))
	if full := m.options[dhcpFQDN]; len(full) > 3 {
		a.named(dhcpFullName(full[0], full[3:]))
	}
	if m.fromClient {
		a.Vendor = announcedLabel(m.options[dhcpVendor])
	}
	return err
}

// dhcpFullName reads a full name (RFC 4702): as DNS writes it or, from old
// clients, as text.
func dhcpFullName(flags byte, b []byte) string {
	const asDNS = 0x04
	if flags&asDNS == 0 {
		return string(b)
	}
	return dhcpLabels(b)
}

// dhcpLabels reads labels that DNS would; the last one's end may be missing, for
// a name that is only a beginning.
func dhcpLabels(b []byte) string {
	var name []byte
	for len(b) > 0 && b[0] != 0 && b[0] < 64 && int(b[0]) < len(b) && len(name) < 255 {
		if len(name) > 0 {
			name = append(name, '.')
		}
		name = append(name, b[1:1+int(b[0])]...)
		b = b[1+int(b[0]):]
	}
	return string(name)
}

// DHCPv6 (RFC 8415, RFC 4704): what a client sends has a kind, three bytes of
// number and options.
const (
	dhcp6Vendor = 16
	dhcp6FQDN   = 39
)

// dhcp6 reads what a client says of itself.
func (a *Announcement) dhcp6(b []byte) error {
	if len(b) < 4 {
		return fmt.Errorf("DHCPv6: %d bytes: %w", len(b), errDHCP)
	}
	switch b[0] {
	case 1, 3, 4, 5, 6, 8, 9, 11: // solicit, request, confirm, renew, rebind, release, decline, ask
	default:
		return nil
	}
	for at, rest := 4, b[4:]; len(rest) > 0; {
		if len(rest) < 4 || int(binary.BigEndian.Uint16(rest[2:])) > len(rest)-4 {
			return fmt.Errorf("DHCPv6: option at %d is cut short", at)
		}
		code, value := binary.BigEndian.Uint16(rest), rest[4:][:binary.BigEndian.Uint16(rest[2:])]
		switch {
		case code == dhcp6FQDN && len(value) > 1:
			a.named(dhcpLabels(value[1:]))
		case code == dhcp6Vendor && len(value) > 6: // whose list, then texts with their lengths
			a.Vendor = announcedLabel(value[6:min(6+int(binary.BigEndian.Uint16(value[4:])), len(value))])
		}
		at, rest = at+4+len(value), rest[4+len(value):]
	}
	return nil
}
