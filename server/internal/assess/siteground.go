package assess

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// A GroundStore keeps what is known beside what laptops share.
type GroundStore interface {
	Enrolled(ctx context.Context) ([]device.Enrolled, error)
	RosterState(ctx context.Context) (string, error)
	Roster(ctx context.Context) (*roster.Roster, error)
	Sanctions(ctx context.Context) ([]alert.Sanction, error)
	// Driven lists the devices that stand above none for being controlled from elsewhere.
	Driven(ctx context.Context) ([]string, error)
	// EvidenceOf hands out the rows that findings of some rules rested on, of all devices.
	EvidenceOf(ctx context.Context, rules []string, since time.Time, take func(rule string, row finding.Observation)) error
}

// kvmTier is up to which tier a rule of the group kvm says that a device is built as a
// KVM is; what only supports it says so of gadgets and of some keyboards, too.
const kvmTier = 2

// kvmRules are those that say that a USB device is built as a KVM is.
func kvmRules(c *catalogue.Catalogue) []string {
	var ids []string
	for _, r := range c.RulesFor("usb_devices") {
		if r.Group == "kvm" && r.Tier <= kvmTier && !slices.Contains(ids, r.ID) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// ground reads what is known beside what laptops share.
func (r *SiteRunner) ground(ctx context.Context) (g site.Ground, err error) {
	if g.Devices, err = r.grounds.Enrolled(ctx); err != nil {
		return g, fmt.Errorf("list the enrolled devices: %w", err)
	}
	state, err := r.grounds.RosterState(ctx)
	if err != nil {
		return g, fmt.Errorf("see whether imports changed: %w", err)
	}
	if r.roster == nil || state != r.rosterState {
		if r.roster, err = r.grounds.Roster(ctx); err != nil {
			return g, fmt.Errorf("read what was imported: %w", err)
		}
		r.rosterState = state
	}
	imported(&g, r.roster)
	if err := r.tenants(ctx, &g); err != nil {
		return g, err
	}
	g.KVMs = map[string]bool{}
	err = r.grounds.EvidenceOf(ctx, r.kvm, r.now().AddDate(0, 0, -site.Memory), func(id string, row finding.Observation) {
		if row.Class != "usb_devices" || !slices.ContainsFunc(r.catalogue.RulesOf(id), func(rule *catalogue.Rule) bool { return rule.Matches(row) }) {
			return
		}
		for _, t := range device.TraitsOf(row.Class, []finding.Observation{row}) {
			g.KVMs[t.Value] = true
		}
	})
	if err != nil {
		return g, fmt.Errorf("see which devices are built as KVMs: %w", err)
	}
	if r.ways != nil {
		g.Own, g.Carriers = r.ways()
	}
	return g, nil
}

// placesOf says which kind of place a group of laptops stands in.
var placesOf = map[string]site.PlaceKind{
	roster.Staging: site.Staging, roster.Repair: site.Repair, roster.Room: site.Room, roster.Office: site.Company,
}

func imported(g *site.Ground, known *roster.Roster) {
	g.Persons, g.Holdings, g.Groups = known.Persons(), known.Holdings, map[string]site.PlaceKind{}
	for name, group := range known.Groups {
		if kind, apart := placesOf[group.Kind]; apart {
			g.Groups[name] = kind
		}
	}
	for _, p := range known.Property {
		g.Property = append(g.Property, site.Property{Kind: p.Kind, Value: p.Pseudonym, Place: site.PlaceKind(p.Place), Label: p.Label})
	}
}

// tenants are the accounts that sanctions in force name.
func (r *SiteRunner) tenants(ctx context.Context, g *site.Ground) error {
	list, err := r.grounds.Sanctions(ctx)
	if err != nil {
		return fmt.Errorf("list sanctions: %w", err)
	}
	g.Tenants = map[string]bool{}
	for _, s := range list {
		if !s.InForce(r.now()) {
			continue
		}
		for _, t := range s.Tenants {
			g.Tenants[t.Pseudonym] = true
		}
	}
	return nil
}
