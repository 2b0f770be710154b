package parse

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// dnsQuestions is more than any resolver asks at once (one).
const dnsQuestions = 16

// ParseDNS gives the names a DNS message asks for, lower case and without the
// root's dot. Beside an error stand the names read before it.
func ParseDNS(b []byte) ([]string, error) {
	var p dnsmessage.Parser
	if _, err := p.Start(b); err != nil {
		return nil, fmt.Errorf("DNS message of %d bytes, header: %w", len(b), err)
	}
	var names []string
	for i := range dnsQuestions {
		q, err := p.Question()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return names, nil
		}
		if err != nil {
			return names, fmt.Errorf("DNS message of %d bytes, question %d: %w", len(b), i+1, err)
		}
		name, err := hostName(q.Name.String())
		if err != nil {
			return names, fmt.Errorf("DNS message of %d bytes, question %d: %w", len(b), i+1, err)
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names, fmt.Errorf("DNS message of %d bytes: more than %d questions", len(b), dnsQuestions)
}

// ParseHostName gives a name as ParseDNS does, for a system that tells which
// names are looked up.
func ParseHostName(s string) (string, error) { return hostName(s) }

// hostName refuses what no name of a service holds, so that a name is safe to show.
func hostName(s string) (string, error) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if len(s) > 253 {
		return "", fmt.Errorf("name of %d bytes, want at most 253", len(s))
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return "", fmt.Errorf("byte %#02x at %d of a name", c, i)
		}
	}
	return s, nil
}
