package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Without gives a catalogue that lacks the rules of rules/ for which drop says so, to
// see what does not rest on them. Tools, devices and composites stay: one that asks
// for nothing else than what is dropped never holds. With nothing dropped it is c itself.
func (c *Catalogue) Without(drop func(*Rule) bool) *Catalogue {
	var dropped []string
	rules := slices.Clone(c.Rules)
	rules = slices.DeleteFunc(rules, func(r Rule) bool {
		if drop(&r) {
			dropped = append(dropped, r.ID)
			return true
		}
		return false
	})
	if len(dropped) == 0 {
		return c
	}
	out := &Catalogue{Rules: rules, Tools: c.Tools, Devices: c.Devices, Bystanders: c.Bystanders, Composites: c.Composites, Scale: c.Scale, Unseen: c.Unseen}
	out.build(c.index.columns)
	sum := sha256.Sum256([]byte(c.Revision + " without " + strings.Join(dropped, " ")))
	out.Revision = hex.EncodeToString(sum[:])[:32]
	return out
}
