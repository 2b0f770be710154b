package catalogue_test

import (
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A laptop that came back behind a VPN from its first minute on: an alert needs its
// first month, or answers that are too long for where it was; and no parcel is a silence.
func TestHiddenAfterSilence(t *testing.T) {
	c := embedded(t)
	hidden := func() catalogue.Spell { return spell("location.hidden_after_silence", 20, 0) }
	abroad := func() catalogue.Spell { return spell("location.relocated_after_silence", 20, 0) }
	vpn := func() catalogue.Spell { return spell("tool.mullvad.running", 20, 0) }
	for _, s := range []struct {
		story
		since int // days in service
	}{
		{story{name: "by servers for rent, of which nobody knows whose", spells: one(hidden()), want: "watch", never: "c7.relocated"}, 14},
		{story{name: "a VPN for everybody runs", spells: one(hidden(), vpn()), want: "medium", first: "c7.relocated"}, 14},
		{story{name: "its exits are listed", spells: one(hidden(), spell("network.egress_listed", 20, 0)), want: "medium", first: "c7.relocated"}, 14},
		{story{name: "a VPN without silence", spells: one(vpn(), spell("network.egress_listed", 20, 0)), want: "none"}, 14},
		{story{name: "two months in use", spells: one(hidden(), vpn()), want: "watch", never: "c7.relocated"}, 60},
		{story{name: "two months in use, and answers that take too long", spells: one(hidden(), spell("location.round_trip_too_long", 20, 0)), want: "medium", first: "c7.relocated"}, 60},
		{story{name: "leave that was entered", spells: one(hidden(), vpn(), spell("context.on_leave", 200, 30)), want: "watch", never: "c7.relocated"}, 14},
		{story{name: "sanctioned", spells: sanctionedAll(one(hidden(), vpn())), want: "none"}, 14},
		{story{name: "was in the parcel", spells: one(hidden(), vpn()), want: "watch", never: "c7.relocated"}, 3},
		{story{name: "was in a parcel to another country, and keeps the bench's clock", spells: one(abroad(), spell("location.time_zone_elsewhere", 20, 0)), want: "watch", never: "c7.relocated"}, 4},
		{story{name: "and driven", spells: one(hidden(), vpn(), kvm()), want: "high", first: "farm.driven_and_relocated"}, 14},
	} {
		t.Run(s.name, func(t *testing.T) {
			list := c.Assess(catalogue.History{At: now, EnrolledAt: now.Add(-time.Duration(s.since) * 24 * time.Hour), Spells: s.spells})
			s.hold(t, list[slices.IndexFunc(list, func(a catalogue.Assessment) bool { return a.Conclusion == finding.InFarm })])
		})
	}
}
