package parse

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Tailnet is the network that one profile of a Tailscale client belongs to.
type Tailnet struct {
	Name    string // the network's domain
	Control string // address of the server that runs it
}

// ParseTailnets reads the state of a Tailscale client: a JSON object whose values
// are encoded JSON themselves. Of its keys nothing is kept.
func ParseTailnets(b []byte) ([]Tailnet, error) {
	if len(b) > settingsMaximum {
		return nil, fmt.Errorf("state of Tailscale: %d bytes, want at most %d", len(b), settingsMaximum)
	}
	var state struct {
		Profiles []byte `json:"_profiles"`
	}
	if err := json.Unmarshal(b, &state); err != nil {
		return nil, fmt.Errorf("state of Tailscale: no JSON object of encoded values")
	}
	if len(state.Profiles) == 0 {
		return nil, nil // not signed in, or sealed by the machine
	}
	var profiles map[string]struct {
		NetworkProfile struct{ MagicDNSName, DomainName string }
		ControlURL     string
	}
	if err := json.Unmarshal(state.Profiles, &profiles); err != nil {
		return nil, fmt.Errorf("state of Tailscale: its profiles are no JSON object")
	}
	var nets []Tailnet
	for _, p := range profiles {
		name := p.NetworkProfile.DomainName
		if name == "" {
			name = p.NetworkProfile.MagicDNSName
		}
		if len(nets) < settingsLimit {
			nets = append(nets, Tailnet{Name: short(name), Control: short(p.ControlURL)})
		}
	}
	slices.SortFunc(nets, func(a, b Tailnet) int { return strings.Compare(a.Name+a.Control, b.Name+b.Control) })
	return nets, nil
}
