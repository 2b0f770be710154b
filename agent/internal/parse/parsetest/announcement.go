package parsetest

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/gopacket/layers"
	"golang.org/x/net/dns/dnsmessage"
)

// Where announcements go, for UDP and Frame.
const (
	ToMDNS    = "224.0.0.251:5353"
	ToLLMNR   = "224.0.0.252:5355"
	ToNetBIOS = "192.0.2.255:137"
	ToDHCP    = "255.255.255.255:67"
	FromDHCP  = "0.0.0.0:68"
)

// MDNS is what a device says of itself by mDNS: its name with .local, its address,
// and the services that it offers, as "_airplay._tcp".
func MDNS(t testing.TB, host string, address netip.Addr, services ...string) []byte {
	t.Helper()
	m := dnsmessage.Message{Header: dnsmessage.Header{Response: true, Authoritative: true}}
	name := dnsmessage.MustNewName(host + ".local.")
	m.Answers = append(m.Answers, addressRecord(name, address))
	for _, service := range services {
		kind := dnsmessage.MustNewName(service + ".local.")
		instance := dnsmessage.MustNewName("Thing of " + host + "." + service + ".local.")
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: record(kind, dnsmessage.TypePTR), Body: &dnsmessage.PTRResource{PTR: instance}})
		m.Additionals = append(m.Additionals, dnsmessage.Resource{Header: record(instance, dnsmessage.TypeSRV), Body: &dnsmessage.SRVResource{Port: 9, Target: name}})
	}
	return packed(t, m)
}

// MDNSProduct is what a device says that it is, as Apple's machines do.
func MDNSProduct(t testing.TB, host, model string) []byte {
	t.Helper()
	name := dnsmessage.MustNewName(host + "._device-info._tcp.local.")
	return packed(t, dnsmessage.Message{
		Header:  dnsmessage.Header{Response: true, Authoritative: true},
		Answers: []dnsmessage.Resource{{Header: record(name, dnsmessage.TypeTXT), Body: &dnsmessage.TXTResource{TXT: []string{"model=" + model}}}},
	})
}

// LLMNR is the answer of a device that is asked for by its name.
func LLMNR(t testing.TB, host string, address netip.Addr) []byte {
	t.Helper()
	name := dnsmessage.MustNewName(host + ".")
	return packed(t, dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, Response: true},
		Questions: []dnsmessage.Question{{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		Answers:   []dnsmessage.Resource{addressRecord(name, address)},
	})
}

// DNSAnswer is the answer of a resolver: the name that was asked for, the names
// that it stands for one after another, and the addresses of the last.
func DNSAnswer(t testing.TB, name string, aliases []string, addresses ...netip.Addr) []byte {
	t.Helper()
	owner := dnsmessage.MustNewName(name + ".")
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, Response: true, RecursionAvailable: true},
		Questions: []dnsmessage.Question{{Name: owner, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	for _, alias := range aliases {
		next := dnsmessage.MustNewName(alias + ".")
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: record(owner, dnsmessage.TypeCNAME), Body: &dnsmessage.CNAMEResource{CNAME: next}})
		owner = next
	}
	for _, address := range addresses {
		m.Answers = append(m.Answers, addressRecord(owner, address))
	}
	return packed(t, m)
}

func record(name dnsmessage.Name, kind dnsmessage.Type) dnsmessage.ResourceHeader {
	return dnsmessage.ResourceHeader{Name: name, Type: kind, Class: dnsmessage.ClassINET, TTL: 120}
}

func addressRecord(name dnsmessage.Name, address netip.Addr) dnsmessage.Resource {
	if address.Is4() {
		return dnsmessage.Resource{Header: record(name, dnsmessage.TypeA), Body: &dnsmessage.AResource{A: address.As4()}}
	}
	return dnsmessage.Resource{Header: record(name, dnsmessage.TypeAAAA), Body: &dnsmessage.AAAAResource{AAAA: address.As16()}}
}

func packed(t testing.TB, m dnsmessage.Message) []byte {
	t.Helper()
	b, err := m.Pack()
	must(t, err)
	return b
}

// NetBIOS is what a machine sends to register a name (RFC 1002, 4.2.2): of 15
// letters at most, with the byte that says what has it, and whether many have it.
func NetBIOS(t testing.TB, name string, suffix byte, group bool) []byte {
	t.Helper()
	b := []byte{0, 7, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1, 32}
	letters := (strings.ToUpper(name) + strings.Repeat(" ", 15))[:15]
	for _, c := range append([]byte(letters), suffix) {
		b = append(b, 'A'+c>>4, 'A'+c&15)
	}
	b = append(b, 0, 0, 0x20, 0, 1)                                // type and class of the question
	b = append(b, 0xc0, 12, 0, 0x20, 0, 1, 0, 0, 0, 0, 0, 6, 0, 0) // the same name, for ever, flags
	if group {
		b[len(b)-2] = 0x80
	}
	return append(b, 192, 0, 2, 9)
}

// DHCPRequest is what a client asks for: its name and what it calls its maker are
// left out when empty.
func DHCPRequest(t testing.TB, mac [6]byte, host, vendor string) []byte {
	t.Helper()
	m := &layers.DHCPv4{Operation: layers.DHCPOpRequest, HardwareType: layers.LinkTypeEthernet, HardwareLen: 6, Xid: 7, ClientHWAddr: hardware(mac)}
	m.Options = append(m.Options, layers.NewDHCPOption(layers.DHCPOptMessageType, []byte{byte(layers.DHCPMsgTypeRequest)}))
	if host != "" {
		m.Options = append(m.Options, layers.NewDHCPOption(layers.DHCPOptHostname, []byte(host)))
	}
	if vendor != "" {
		m.Options = append(m.Options, layers.NewDHCPOption(layers.DHCPOptClassID, []byte(vendor)))
	}
	return written(t, m)
}

// DHCPReply is what a server tells of its network.
func DHCPReply(t testing.TB, mac [6]byte, server netip.Addr, domain string) []byte {
	t.Helper()
	m := &layers.DHCPv4{Operation: layers.DHCPOpReply, HardwareType: layers.LinkTypeEthernet, HardwareLen: 6, Xid: 7, ClientHWAddr: hardware(mac)}
	m.Options = append(m.Options,
		layers.NewDHCPOption(layers.DHCPOptMessageType, []byte{byte(layers.DHCPMsgTypeAck)}),
		layers.NewDHCPOption(layers.DHCPOptServerID, server.AsSlice()),
		layers.NewDHCPOption(layers.DHCPOptDomainName, []byte(domain)))
	return written(t, m)
}

// DHCPv6Request is what a client that has a name asks for (RFC 4704).
func DHCPv6Request(host string) []byte {
	b := []byte{1, 0, 0, 7, 0, 39}
	b = binary.BigEndian.AppendUint16(b, uint16(2+len(host)))
	return append(append(b, 1, byte(len(host))), host...)
}
