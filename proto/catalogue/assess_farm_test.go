package catalogue_test

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

var (
	kvm       = func() catalogue.Spell { return spell("kvm.default_identity", 50, 0) }
	visitor   = func() catalogue.Spell { return spell("tool.x11vnc.controlled", 3, 0) }       // whom nobody let in
	assistant = func() catalogue.Spell { return spell("tool.quick-assist.controlled", 1, 0) } // whom a person did
)

// What stands together is watched; what stands together and is driven is a farm.
func TestCluster(t *testing.T) {
	tell(t, finding.InFarm, []story{
		{name: "three lodgers", spells: one(spell("site.shares_place", 300, 0), spell("location.shares_place", 300, 0)), want: "watch", first: "c6.shares_place"},
		{name: "spouses with one monitor and dock", spells: one(spell("site.shares_display", 300, 0)), want: "none"},
		{name: "a KVM at home", spells: one(kvm()), want: "none"},
		{name: "lodgers and a KVM", spells: one(spell("site.shares_place", 300, 0), kvm()), want: "high", first: "c6.shares_place_driven"},
		{name: "lodgers and a visitor", spells: one(spell("location.shares_place", 300, 0), visitor()), want: "high", first: "c6.shares_place_driven"},
		{name: "lodgers, of whom one is helped", spells: one(spell("site.shares_place", 300, 0), assistant()), want: "watch", first: "c6.shares_place"},
		{name: "lodgers, of whom one has two makers' tools", spells: one(spell("site.shares_place", 300, 0), spell("tool.anydesk.running", 9, 0), spell("tool.teamviewer.running", 9, 0)), want: "medium", first: "c6.shares_place_prepared"},
		{name: "lodgers, of whom one is new and has a tool", new: true, spells: one(spell("site.shares_place", 30, 0), spell("tool.anydesk.running", 9, 0)), want: "medium", first: "c6.shares_place_prepared"},
		{name: "lodgers and a sanctioned KVM", spells: one(spell("site.shares_place", 300, 0), sanctioned(kvm())), want: "watch", never: "c6.shares_place_driven"},
		{name: "beside one that is driven", spells: one(spell("site.shares_place_driven", 300, 0)), want: "watch"},
		{name: "both are driven", spells: one(spell("site.shares_place_driven", 300, 0), visitor()), want: "high", first: "c6.shares_place_driven"},
		{name: "a staging bench", spells: sanctionedAll(one(spell("site.shares_place", 30, 0), spell("site.shares_kvm", 30, 0), kvm(), visitor())), want: "none"},
		{name: "one KVM at two people's", spells: one(spell("site.shares_kvm", 30, 0), kvm()), want: "high", first: "c6.shares_kvm"},
		{name: "one KVM, not there any more", spells: one(spell("site.shares_kvm", 30, 0)), want: "medium", first: "site.shares_kvm"},
		{name: "one account", spells: one(spell("site.shares_tenant", 30, 0), visitor()), want: "high", first: "c6.shares_tenant"},
		{name: "one account, nobody there", spells: one(spell("site.shares_tenant", 30, 0), spell("tool.meshagent.running", 30, 0)), want: "watch", never: "c6.shares_tenant"},
		{name: "one account that is sanctioned", spells: sanctionedAll(one(spell("site.shares_tenant", 30, 0), visitor())), want: "none"},
	})
}

// All that one managed laptop sees of a farm.
func TestShelfOfCompanies(t *testing.T) {
	shelf := func(d int) []catalogue.Spell {
		return one(spell("network.corporate_neighbours", float64(d*24), 0), spell("network.shelf_of_laptops", float64(d*24), 0))
	}
	tell(t, finding.InFarm, []story{
		{name: "neighbours", spells: shelf(3), want: "watch", first: "c6.shelf_of_companies"},
		{name: "an office's laptops", spells: one(spell("network.shelf_of_laptops", 90, 0)), want: "none"},
		{name: "driven for days", spells: join(shelf(10), days("tool.chrome-remote-desktop.controlled", 3, 3)), want: "high", first: "c6.shelf_driven"},
		{name: "driven for a day", spells: join(shelf(10), days("tool.chrome-remote-desktop.controlled", 1, 3)), want: "watch", never: "c6.shelf_driven"},
		{name: "driven for days, neighbours since yesterday", spells: join(shelf(2), days("tool.chrome-remote-desktop.controlled", 3, 3)), want: "watch", never: "c6.shelf_driven"},
		{name: "driven with a sanction", spells: join(shelf(10), sanctionedAll(days("tool.chrome-remote-desktop.controlled", 3, 3))), want: "watch", never: "c6.shelf_driven"},
		{name: "a KVM among them", spells: join(shelf(10), one(kvm())), want: "high", first: "c6.shelf_driven"},
	})
	tell(t, finding.RemotelyControlled, []story{{name: "neighbours drive nothing", spells: shelf(10), want: "none"}})
}

// A laptop that was sent on, by place alone: its input is a person's who sits there.
func TestRelocated(t *testing.T) {
	gone := func() catalogue.Spell { return spell("location.relocated_after_silence", 20, 0) }
	tell(t, finding.InFarm, []story{
		{name: "elsewhere after silence", spells: one(gone()), want: "watch", never: "c7.relocated"},
		{name: "its clock is not that place's", spells: one(gone(), spell("location.time_zone_elsewhere", 20, 0)), want: "medium", first: "c7.relocated"},
		{name: "others there are elsewhere", spells: one(gone(), spell("location.access_point_elsewhere", 20, 0)), want: "medium", first: "c7.relocated"},
		{name: "answers take long", spells: one(gone(), spell("location.round_trip_too_long", 20, 0)), want: "medium", first: "c7.relocated"},
		{name: "servers for rent", spells: one(gone(), spell("network.egress_hosting_or_vpn", 20, 0)), want: "medium", first: "c7.relocated"},
		{name: "a VPN runs", spells: one(gone(), spell("tool.astrill.running", 20, 0)), want: "medium", first: "c7.relocated"},
		{name: "a journey that was entered", spells: one(gone(), spell("location.time_zone_elsewhere", 20, 0), spell("context.travelling", 30, 0)), want: "watch", never: "c7.relocated"},
		{name: "back from leave last week", spells: one(gone(), spell("tool.astrill.running", 20, 0), spell("context.on_leave", 300, 100)), want: "watch", never: "c7.relocated"},
		{name: "leave long ago", spells: one(gone(), spell("tool.astrill.running", 20, 0), spell("context.on_leave", 900, 730)), want: "medium", first: "c7.relocated"},
		{name: "works on where the leave was", spells: one(gone(), spell("tool.astrill.running", 20, 0), spell("context.on_leave", 700, 480)), want: "watch", never: "c7.relocated"},
		{name: "a VPN without moving", spells: one(spell("tool.astrill.running", 20, 0), spell("location.time_zone_elsewhere", 20, 0)), want: "watch", never: "c7.relocated"},
		{name: "and driven", spells: one(gone(), spell("location.time_zone_elsewhere", 20, 0), kvm()), want: "high", first: "farm.driven_and_relocated"},
		{name: "bilingual, works at night", spells: one(spell("posture.always_on_power", 90, 0)), want: "none"},
	})
}

// One column of an import never makes a farm, and lifts no mechanism to high.
func TestContextLiftsToMediumAtMost(t *testing.T) {
	c := embedded(t)
	var every []catalogue.Spell
	for _, r := range c.RulesFor("context") {
		every = append(every, spell(r.ID, 30, 0))
		tell(t, finding.InFarm, []story{{name: r.ID + " beside a KVM", spells: one(kvm(), spell(r.ID, 30, 0)), want: levelBesideKVM[r.ID]}})
	}
	if len(every) < 7 {
		t.Fatalf("only %d rules on what was imported", len(every))
	}
	tell(t, finding.InFarm, []story{
		{name: "all that was imported, without a mechanism", spells: every, want: "watch"},
		{name: "shipped together and used elsewhere", spells: one(kvm(), spell("context.shipped_together", 30, 0), spell("context.first_use_elsewhere", 30, 0)), want: "high", first: "farm.driven_where_shipped_together"},
		{name: "shipped elsewhere and used elsewhere is one fact", spells: one(kvm(), spell("context.shipped_elsewhere", 30, 0), spell("context.first_use_elsewhere", 30, 0), spell("context.shipped_to_changed", 30, 0)), want: "medium"},
		{name: "on a journey", spells: one(kvm(), spell("context.first_use_elsewhere", 30, 0), spell("context.travelling", 30, 0)), want: "watch", never: "farm.driven_elsewhere"},
	})
}

var levelBesideKVM = map[string]finding.Level{
	"context.place_differs": "medium", "context.first_use_elsewhere": "medium", "context.shipped_together": "medium",
	"context.shipped_elsewhere": "none", "context.shipped_to_changed": "none", "context.phone": "none", "context.credential": "none",
	"context.travelling": "none", "context.on_leave": "none",
}

// at puts a spell on one of a site's laptops.
func at(s catalogue.Spell, device, person string) catalogue.Spell {
	s.Device, s.Person = device, person
	s.Finding.UID += device
	return s
}

func TestSites(t *testing.T) {
	c := embedded(t)
	place := func(device, person string) catalogue.Spell {
		return at(spell("site.shares_place", 300, 0), device, person)
	}
	driven := func(device, person string) catalogue.Spell {
		return at(spell("site.shares_place_driven", 300, 0), device, person)
	}
	lodgers := func() []catalogue.Spell { return one(place("d1", "p1"), place("d2", "p2"), place("d3", "p3")) }
	for _, s := range []story{
		{name: "nothing", want: "none"},
		{name: "three lodgers", spells: lodgers(), want: "watch", first: "c6.crowd"},
		{name: "three laptops of two people", spells: one(place("d1", "p1"), place("d2", "p1"), place("d3", "p2")), want: "none"},
		{name: "without an import each laptop is a person", spells: one(place("d1", ""), place("d2", ""), place("d3", "")), want: "watch", first: "c6.crowd"},
		{name: "lodgers in turns", spells: join(lodgers(), one(at(spell("site.in_turns", 90, 0), "d1", "p1"), at(spell("site.in_turns", 90, 0), "d2", "p2"))), want: "watch", first: "c6.one_pair_of_hands"},
		{name: "one of three is driven", spells: join(lodgers(), one(at(kvm(), "d2", "p2"))), want: "high", first: "c6.driven_house"},
		{name: "one of three is helped", spells: join(lodgers(), one(at(assistant(), "d2", "p2"))), want: "watch", first: "c6.crowd"},
		{name: "one of three, sanctioned", spells: join(lodgers(), one(sanctioned(at(kvm(), "d2", "p2")))), want: "watch", first: "c6.crowd"},
		{name: "a couple, one with a KVM", spells: one(driven("d2", "p2"), at(kvm(), "d1", "p1")), want: "medium", first: "c6.couple_of_whom_one_is_driven"},
		{name: "a couple, both driven", spells: one(driven("d1", "p1"), driven("d2", "p2"), at(kvm(), "d1", "p1"), at(visitor(), "d2", "p2")), want: "high", first: "c6.driven_house"},
		{
			name:   "halves of a mechanism on two laptops are none",
			spells: join(lodgers(), one(at(spell("kvm.descriptor_family", 9, 0), "d1", "p1"), at(spell("kvm.composite_keyboard_pointer", 9, 0), "d2", "p2"))),
			want:   "watch", never: "c6.driven_house",
		},
		{
			name: "one operator",
			spells: one(at(spell("site.shares_tenant", 90, 0), "d1", "p1"), at(spell("site.shares_tenant", 90, 0), "d2", "p2"),
				at(visitor(), "d1", "p1"), at(assistant(), "d2", "p2")),
			want: "high", first: "c6.one_operator",
		},
		{
			name:   "one operator of one person's laptops",
			spells: one(at(spell("site.shares_tenant", 90, 0), "d1", "p1"), at(spell("site.shares_tenant", 90, 0), "d2", "p1"), at(visitor(), "d1", "p1"), at(visitor(), "d2", "p1")),
			want:   "none",
		},
		{
			name:   "the tenant on both, a mechanism on one",
			spells: one(at(spell("site.shares_tenant", 90, 0), "d1", "p1"), at(spell("site.shares_tenant", 90, 0), "d2", "p2"), at(visitor(), "d1", "p1")),
			want:   "none",
		},
		{name: "one KVM", spells: one(at(spell("site.shares_kvm", 90, 0), "d1", "p1"), at(spell("site.shares_kvm", 90, 0), "d2", "p2"), at(kvm(), "d1", "p1")), want: "high", first: "c6.house_shares_kvm"},
		{name: "one KVM, declared", spells: sanctionedAll(one(at(spell("site.shares_kvm", 90, 0), "d1", "p1"), at(spell("site.shares_kvm", 90, 0), "d2", "p2"), at(kvm(), "d1", "p1"))), want: "none"},
		{name: "a meeting room's display", spells: one(at(spell("site.shares_display", 90, 0), "d1", "p1"), at(spell("site.shares_display", 90, 0), "d2", "p2")), want: "none"},
	} {
		t.Run(s.name, func(t *testing.T) {
			a := c.AssessSite(catalogue.History{At: now, Subject: catalogue.SubjectSite, Spells: s.spells})
			if a.Conclusion != finding.InFarm {
				t.Errorf("concludes %s", a.Conclusion)
			}
			s.hold(t, a)
		})
	}
	if a := c.AssessSite(catalogue.History{At: now.Add(-60 * time.Hour), Spells: join(lodgers(), one(at(kvm(), "d2", "p2")))}); a.Level != finding.LevelWatch {
		t.Errorf("before the KVM came the site is %s, want watch", a.Level)
	}
}
