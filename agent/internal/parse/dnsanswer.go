package parse

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/net/dns/dnsmessage"
)

// An Answer is what a DNS answer says of the name that was asked for.
type Answer struct {
	Name      string       // that was asked for, lower case, without the root's dot
	Names     []string     // it and its aliases (CNAME, HTTPS), in their order
	Addresses []netip.Addr // of the name or an alias of it: A, AAAA, hints of HTTPS and SVCB
}

// Bounds of an answer.
const (
	answerRecords   = 256 // that are looked at
	answerAliases   = 16
	answerAddresses = 64
)

var (
	errNotAnswer = errors.New("a question")
	errNobody    = errors.New("it asks for no one name")
)

// An answered is one record of an answer that matters here.
type answered struct {
	owner     string
	alias     string // that it has, "" when none
	addresses []netip.Addr
}

// ParseDNSAnswer reads a DNS message that is an answer. A record about a name
// that was not asked for, and is none of its aliases, tells nothing. Beside an
// error stands what was read before it.
func ParseDNSAnswer(b []byte) (Answer, error) {
	p := &dnsmessage.Parser{}
	header, err := p.Start(b)
	if err != nil {
		return Answer{}, fmt.Errorf("DNS message of %d bytes, header: %w", len(b), err)
	}
	if !header.Response {
		return Answer{}, fmt.Errorf("DNS message of %d bytes: %w", len(b), errNotAnswer)
	}
	question, err := p.Question()
	if err != nil {
		return Answer{}, fmt.Errorf("DNS message of %d bytes, question 1: %w", len(b), err)
	}
	name, err := hostName(question.Name.String())
	if err == nil && name == "" {
		err = errNobody
	}
	if err != nil {
		return Answer{}, fmt.Errorf("DNS message of %d bytes, question 1: %w", len(b), err)
	}
	if _, err := p.Question(); !errors.Is(err, dnsmessage.ErrSectionDone) {
		return Answer{}, fmt.Errorf("DNS message of %d bytes, question 2: %w", len(b), errNobody)
	}
	records, err := answerSection(p)
	if err != nil {
		err = fmt.Errorf("DNS message of %d bytes, %w", len(b), err)
	}
	return answerOf(name, records), err
}

// answerSection reads the records that matter. One that is malformed is passed over.
func answerSection(p *dnsmessage.Parser) ([]answered, error) {
	var records []answered
	for i := range answerRecords {
		header, err := p.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return records, nil
		}
		if err == nil {
			if one, ok := answerRecord(p, header); ok {
				records = append(records, one)
				continue
			}
		}
		if err := p.SkipAnswer(); err != nil {
			return records, fmt.Errorf("answer %d: %w", i+1, err)
		}
	}
	return records, nil
}

// answerRecord reads what a record holds; it has not where it says false.
func answerRecord(p *dnsmessage.Parser, header dnsmessage.ResourceHeader) (one answered, ok bool) {
	owner, err := hostName(header.Name.String())
	if err != nil || header.Class != dnsmessage.ClassINET {
		return answered{}, false
	}
	one.owner = owner
	switch header.Type {
	case dnsmessage.TypeA:
		var r dnsmessage.AResource
		r, err = p.AResource()
		one.addresses = []netip.Addr{netip.AddrFrom4(r.A)}
	case dnsmessage.TypeAAAA:
		var r dnsmessage.AAAAResource
		r, err = p.AAAAResource()
		one.addresses = []netip.Addr{netip.AddrFrom16(r.AAAA)}
	case dnsmessage.TypeCNAME:
		var r dnsmessage.CNAMEResource
		if r, err = p.CNAMEResource(); err == nil {
			one.alias = strictName(r.CNAME)
		}
	case dnsmessage.TypeSVCB:
		var r dnsmessage.SVCBResource
		r, err = p.SVCBResource()
		one.serves(r)
	case dnsmessage.TypeHTTPS:
		var r dnsmessage.HTTPSResource
		r, err = p.HTTPSResource()
		one.serves(r.SVCBResource)
	default:
		return answered{}, false
	}
	return one, err == nil
}

// strictName is a name, or "" when it is not one that may be shown.
func strictName(n dnsmessage.Name) string {
	name, err := hostName(n.String())
	if err != nil {
		return ""
	}
	return name
}

// serves reads where a service is (RFC 9460): another name, and hints of its addresses.
func (one *answered) serves(r dnsmessage.SVCBResource) {
	one.alias = strictName(r.Target) // "" for the owner itself
	for _, param := range r.Params {
		switch param.Key {
		case dnsmessage.SVCParamIPv4Hint:
			for hint := range slices.Chunk(param.Value[:len(param.Value)&^3], 4) {
				one.addresses = append(one.addresses, netip.AddrFrom4([4]byte(hint)))
			}
		case dnsmessage.SVCParamIPv6Hint:
			for hint := range slices.Chunk(param.Value[:len(param.Value)&^15], 16) {
				one.addresses = append(one.addresses, netip.AddrFrom16([16]byte(hint)))
			}
		}
	}
}

// answerOf follows the aliases from the name asked for.
func answerOf(name string, records []answered) Answer {
	a := Answer{Name: name, Names: []string{name}}
	for i := 0; i < len(a.Names); i++ {
		for _, one := range records {
			if one.owner != a.Names[i] {
				continue
			}
			if one.alias != "" && len(a.Names) < answerAliases && !slices.Contains(a.Names, one.alias) {
				a.Names = append(a.Names, one.alias)
			}
			for _, address := range one.addresses {
				if len(a.Addresses) < answerAddresses && !slices.Contains(a.Addresses, address) {
					a.Addresses = append(a.Addresses, address)
				}
			}
		}
	}
	return a
}
