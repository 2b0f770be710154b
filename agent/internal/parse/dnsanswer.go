package parse

import (
	"errors"
	"net/netip"
)

// An Answer is what a DNS answer says of the name that was asked for.
type Answer struct {
	Name      string       // that was asked for, lower case, without the root's dot
	Names     []string     // it and its aliases (CNAME, HTTPS), in their order
	Addresses []netip.Addr // of the name or its last alias: A, AAAA, hints of HTTPS and SVCB
}

// ParseDNSAnswer reads a DNS message that is an answer.
func ParseDNSAnswer(_ []byte) (Answer, error) {
	return Answer{}, errors.New("DNS message: not an answer")
}
