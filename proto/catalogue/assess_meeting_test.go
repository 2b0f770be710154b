package catalogue_test

import (
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A meeting through which somebody drives the laptop: worth watching on the first day, an
// alert on the second, and high once orders from elsewhere are seen as well. No product
// of remote access has to be named. Agents tell of it for a day after it was last seen,
// so that a finding of one day is open on two.
func TestMeetingControl(t *testing.T) {
	const started, desktop = "meeting.started_by_program", "meeting.started_outside_browser"
	gadget := since("kvm.keyboard_only_gadget", 200)
	tell(t, finding.RemotelyControlled, []story{
		{name: "the first day", spells: join(since(started, 3), gadget, since("network.arp_relay", 3)), want: "watch", never: "c4.meeting_control"},
		{name: "one meeting of nine hours, told of the day after", spells: join(since(started, 33), gadget, since("input.injected", 33), since("network.arp_relay", 33), since("network.interpreter_stays_connected", 29)), want: "watch", never: "c4.meeting_control"},
		{name: "the second day", spells: join(since(started, 37), gadget), want: "medium", first: "c4.meeting_control"},
		{name: "a week's first and last day", spells: join(one(spell(started, 150, 124)), since(started, 11), gadget), want: "medium", first: "c4.meeting_control"},
		{name: "with injected input", spells: join(since(started, 37), since("input.injected", 37)), want: "medium", first: "c4.meeting_control_typed"},
		{name: "a day in it without a voice", spells: join(since(started, 37), since("meeting.all_day_without_voice", 31)), want: "medium", first: "c4.meeting_control"},
		{name: "on different days", spells: join(since(started, 3), one(spell("input.injected", 80, 75), spell("input.injected", 130, 125))), want: "watch", never: "c4.meeting_control"},
		{name: "a team's link alone", spells: since(started, 120), want: "watch", never: "c4.meeting_control"},
		{name: "the device sanctioned", spells: join(since(started, 120), sanctionedAll(since("kvm.keyboard_only_gadget", 200))), want: "watch", never: "c4.meeting_control"},
		{name: "over for a week", spells: one(spell(started, 300, 290), spell(started, 270, 260), spell("kvm.keyboard_only_gadget", 300, 250)), want: "none"},
		{name: "orders over ARP", spells: join(since(started, 61), gadget, since("network.arp_relay", 61)), want: "high", first: "c4.meeting_control"},
		{name: "a script that stays connected", spells: join(since(started, 61), gadget, since("network.interpreter_stays_connected", 57)), want: "high", first: "c4.meeting_control"},
		{name: "ARP on one day only", spells: join(since(started, 61), gadget, since("network.arp_relay", 27)), want: "medium", never: "c4.meeting_control_directed"},
		{name: "a gadget types the link", spells: join(since(desktop, 61), gadget), want: "medium", first: "c4.meeting_control_from_desktop"},
		{name: "it did on two days", spells: join(since(desktop, 57), gadget), want: "watch", never: "c4.meeting_control_from_desktop"},
		{name: "a shortcut on the desktop", spells: since(desktop, 240), want: "none"},
	})
}

// since is a rule's finding that is open since some hours.
func since(rule string, hours float64) []catalogue.Spell { return one(spell(rule, hours, 0)) }

// Traces that are cleared count beside an open way of control, or on a new device that
// is being given a second network. Alone they are an administrator's habit.
func TestTamper(t *testing.T) {
	cleared := spell("agent.history_cleared", 5, 0)
	tell(t, finding.RemotelyControlled, []story{
		{name: "cleared alone", spells: one(cleared), want: "watch", never: "c10.tampered_while_driven"},
		{name: "beside new remote access", new: true, spells: one(cleared, spell("tool.anydesk.running", 20, 0)), want: "high", first: "c3.newhire_remote_access"},
		{name: "beside sanctioned remote access", new: true, spells: one(cleared, sanctioned(spell("tool.anydesk.running", 20, 0))), want: "watch", never: "c10.tampered_while_driven"},
		{name: "two days before", new: true, spells: one(spell("agent.stopped_while_running", 80, 50), spell("tool.anydesk.running", 20, 0)), want: "medium", never: "c10.tampered_while_driven"},
		{name: "a second network on a new device", new: true, spells: one(cleared, spell("kvm.network_gadget", 5, 0)), want: "medium", first: "c10.prepared_and_tampered"},
		{name: "a second network on an old device", spells: one(cleared, spell("kvm.network_gadget", 5, 0)), want: "watch", never: "c10.prepared_and_tampered"},
		{name: "nothing cleared", new: true, spells: one(spell("kvm.network_gadget", 5, 0)), want: "watch", never: "c10.prepared_and_tampered"},
	})
	tell(t, finding.InFarm, []story{
		{name: "no proof of control is no farm", new: true, spells: one(cleared, spell("kvm.network_gadget", 5, 0)), want: "watch", first: "farm.prepared_for_control"},
	})
}

// The second maker's program within a day, on a new device.
func TestNewHireTwoWays(t *testing.T) {
	tell(t, finding.RemotelyControlled, []story{
		{name: "two within a day", new: true, spells: one(spell("tool.chrome-remote-desktop.unattended", 3, 0), spell("tool.chrome-remote-desktop.running", 3, 0), spell("tool.anydesk.running", 1, 0)), want: "high", first: "c3.newhire_two_ways"},
		{name: "two that start with the laptop", new: true, spells: one(spell("tool.chrome-remote-desktop.running", 3, 0), spell("tool.anydesk.running", 1, 0)), want: "medium", never: "c3.newhire_two_ways"},
		{name: "two within days", new: true, spells: one(spell("tool.chrome-remote-desktop.running", 90, 60), spell("tool.anydesk.running", 1, 0)), want: "medium", never: "c3.newhire_two_ways"},
		{name: "one of them sanctioned", new: true, spells: one(sanctioned(spell("tool.chrome-remote-desktop.running", 3, 0)), spell("tool.anydesk.running", 1, 0)), want: "medium", never: "c3.newhire_two_ways"},
		{name: "on an old device", spells: one(spell("tool.chrome-remote-desktop.running", 3, 0), spell("tool.anydesk.running", 1, 0)), want: "medium", first: "r03.several_remote_access_vendors"},
		{name: "helpdesk with a ticket", new: true, spells: one(sanctioned(spell("tool.screenconnect.controlled", 1, 0)), sanctioned(spell("tool.quick-assist.controlled", 1, 0))), want: "none"},
	})
}
