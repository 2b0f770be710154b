package catalogue_test

import (
	"testing"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A meeting through which somebody drives the laptop: worth watching on the first day, an
// alert on the second, and high once orders from elsewhere are seen as well. No product
// of remote access has to be named.
func TestMeetingControl(t *testing.T) {
	gadget := one(spell("kvm.keyboard_only_gadget", 200, 0))
	tell(t, finding.RemotelyControlled, []story{
		{name: "the first day", spells: join(days("meeting.started_by_program", 1, 3), gadget, days("network.arp_relay", 1, 3)), want: "watch", never: "c4.meeting_control"},
		{name: "the second day", spells: join(days("meeting.started_by_program", 2, 3), gadget), want: "medium", first: "c4.meeting_control"},
		{name: "with injected input", spells: join(days("meeting.started_by_program", 2, 3), days("input.injected", 2, 3)), want: "medium", first: "c4.meeting_control"},
		{name: "a day in it without a voice", spells: join(days("meeting.started_by_program", 2, 3), days("meeting.all_day_without_voice", 2, 3)), want: "medium", first: "c4.meeting_control"},
		{name: "on different days", spells: join(days("meeting.started_by_program", 1, 3), one(spell("input.injected", 80, 75), spell("input.injected", 130, 125))), want: "watch", never: "c4.meeting_control"},
		{name: "a team's link alone", spells: days("meeting.started_by_program", 5, 3), want: "watch", never: "c4.meeting_control"},
		{name: "the device sanctioned", spells: join(days("meeting.started_by_program", 5, 3), sanctionedAll(gadget)), want: "watch", never: "c4.meeting_control"},
		{name: "over for a week", spells: one(spell("meeting.started_by_program", 300, 290), spell("meeting.started_by_program", 270, 260), spell("kvm.keyboard_only_gadget", 300, 250)), want: "none"},
		{
			name: "orders over ARP", spells: join(days("meeting.started_by_program", 3, 3), one(spell("kvm.keyboard_only_gadget", 200, 0)), days("network.arp_relay", 3, 3)),
			want: "high", first: "c4.meeting_control",
		},
		{
			name: "a script that stays connected", spells: join(days("meeting.started_by_program", 3, 3), one(spell("kvm.keyboard_only_gadget", 200, 0)), days("network.interpreter_stays_connected", 3, 3)),
			want: "high", first: "c4.meeting_control",
		},
		{
			name: "ARP on one day only", spells: join(days("meeting.started_by_program", 3, 3), one(spell("kvm.keyboard_only_gadget", 200, 0)), days("network.arp_relay", 1, 3)),
			want: "medium", never: "c4.meeting_control_directed",
		},
		{name: "a gadget types the link", spells: join(days("meeting.started_outside_browser", 3, 3), one(spell("kvm.keyboard_only_gadget", 200, 0))), want: "medium", first: "c4.meeting_control_from_desktop"},
		{name: "it did on two days", spells: join(days("meeting.started_outside_browser", 2, 3), one(spell("kvm.keyboard_only_gadget", 200, 0))), want: "watch", never: "c4.meeting_control_from_desktop"},
		{name: "a shortcut on the desktop", spells: days("meeting.started_outside_browser", 10, 3), want: "none"},
	})
}

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
