package parse

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// The NetBIOS name service (RFC 1002) borrows DNS' form.
const (
	netbiosQuery        = 0
	netbiosRegistration = 5
	netbiosRefresh      = 8
	netbiosRefreshToo   = 9 // as some write it
	netbiosMultihomed   = 15

	netbiosName   = 0x20 // type of a record with a name
	netbiosStatus = 0x21 // and of one with all names of a machine

	netbiosWorkstation = 0x00 // last byte of a machine's own name
	netbiosFileServer  = 0x20
	netbiosGroup       = 0x8000 // flag of a name that many have
)

// netBIOS reads names that a machine registers, or answers for.
func (a *Announcement) netBIOS(b []byte) error {
	p := &dnsmessage.Parser{}
	header, err := p.Start(b)
	if err != nil {
		return fmt.Errorf("%s announcement of %d bytes: %w", a.Kind, len(b), err)
	}
	claims := false
	switch header.OpCode {
	case netbiosQuery:
		if !header.Response {
			return nil
		}
	case netbiosRegistration, netbiosRefresh, netbiosRefreshToo, netbiosMultihomed:
		if claims = !header.Response; !claims {
			return nil
		}
	default:
		return nil
	}
	if err := p.SkipAllQuestions(); err != nil {
		return fmt.Errorf("%s announcement of %d bytes: %w", a.Kind, len(b), err)
	}
	take := func(h dnsmessage.ResourceHeader) (bool, error) { return a.netBIOSRecord(p, h) }
	if !claims {
		return a.records(dnsSection{"answer", p.AnswerHeader, p.SkipAnswer}, take)
	}
	if err := p.SkipAllAnswers(); err != nil {
		return fmt.Errorf("%s announcement of %d bytes: %w", a.Kind, len(b), err)
	}
	if err := p.SkipAllAuthorities(); err != nil {
		return fmt.Errorf("%s announcement of %d bytes: %w", a.Kind, len(b), err)
	}
	return a.records(dnsSection{"additional", p.AdditionalHeader, p.SkipAdditional}, take)
}

var errNetBIOS = errors.New("a NetBIOS name or record is malformed")

func (a *Announcement) netBIOSRecord(p *dnsmessage.Parser, h dnsmessage.ResourceHeader) (read bool, err error) {
	if h.Type != netbiosName && h.Type != netbiosStatus {
		return false, nil
	}
	r, err := p.UnknownResource()
	if err != nil {
		return false, err
	}
	if h.Type == netbiosStatus {
		return true, a.netBIOSTable(r.Data)
	}
	if len(r.Data) < 2 {
		return true, errNetBIOS
	}
	name, err := netBIOSName(h.Name.String())
	if err != nil {
		return true, err
	}
	a.netBIOSNamed(name, binary.BigEndian.Uint16(r.Data))
	return true, nil
}

// netBIOSTable reads the names of a node's status: how many, then 15 letters, the
// last byte and the flags of each.
func (a *Announcement) netBIOSTable(b []byte) error {
	const row = 18
	if len(b) == 0 || len(b)-1 < int(b[0])*row {
		return errNetBIOS
	}
	for i := range int(b[0]) {
		one := b[1+i*row:][:row]
		a.netBIOSNamed([16]byte(one), binary.BigEndian.Uint16(one[16:]))
	}
	return nil
}

// netBIOSNamed takes in a machine's own name; groups and people's names are none.
func (a *Announcement) netBIOSNamed(name [16]byte, flags uint16) {
	if flags&netbiosGroup != 0 || name[15] != netbiosWorkstation && name[15] != netbiosFileServer {
		return
	}
	a.named(strings.TrimRight(string(name[:15]), " \x00"))
}

// netBIOSName decodes a name, of which each letter stands as two from A to P.
func netBIOSName(text string) (name [16]byte, err error) {
	label, _, _ := strings.Cut(text, ".")
	if len(label) != 32 {
		return name, errNetBIOS
	}
	for i := range name {
		high, low := label[2*i]-'A', label[2*i+1]-'A'
		if high > 15 || low > 15 {
			return name, errNetBIOS
		}
		name[i] = high<<4 | low
	}
	return name, nil
}
