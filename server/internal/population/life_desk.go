package population

import (
	"fmt"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// The lives at desks, at home and in offices.

func homeDocked(f *Fleet, life string) int {
	p := f.anybody()
	k := carriedAbout
	place := atHome
	if chance(f.random, share("laptop that is left on over night")) {
		k, place = leftOn, allDay(theirHome)
	}
	f.laptop(life, p, place, desk("home", f.desktop()...), meets, kept(k), family)
	return 1
}

func homePlain(f *Fleet, life string) int {
	p := f.anybody()
	l := f.laptop(life, p, atHome, meets, kept(carriedAbout), family)
	if chance(f.random, share("keyboard or mouse of one's own")) {
		l.also(desk("home", pick(f.random, "keyboard_and_mouse", "wireless_receiver")))
	}
	return 1
}

func clamshell(f *Fleet, life string) int {
	f.laptop(life, f.anybody(), allDay(theirHome), desk("home", f.desktop()...), meets, kept(closedInDock), family)
	return 1
}

func hybrid(f *Fleet, life string) int {
	p, at := f.commuter()
	f.laptop(life, p, inOffice(at, 0.5), atHome, desk("home", f.desktop()...), f.officeDock, visitsRooms, meets, kept(carriedAbout), family, officeOf)
	return 1
}

func officeWorker(f *Fleet, life string) int {
	p, at := f.commuter()
	k := carriedAbout
	habits := []habit{inOffice(at, 0.97)}
	if chance(f.random, share("laptop that is left on over night")) {
		k, habits = leftOn, []habit{allDay(func(*laptop) *place { return at })}
	}
	f.laptop(life, p, append(habits, desk("company", f.desktop()...), visitsRooms, meets, kept(k), officeOf)...)
	return 1
}

func hotDesk(f *Fleet, life string) int {
	p, at := f.commuter()
	f.laptop(life, p, inOffice(at, 0.8), atHome, f.officeDock, visitsRooms, meets, kept(carriedAbout), officeOf)
	return 1
}

// desktop is what stands on a desk.
func (f *Fleet) desktop() []string {
	return pick(f.random, []string{"dock"}, []string{"dock"}, []string{"dock_displaylink"}, []string{"keyboard_and_mouse", "monitor"}, []string{"wireless_receiver", "monitor"})
}

// officeDock is a dock of the pool of an office: another one each day, with its monitor.
func (f *Fleet) officeDock(l *laptop, d *day) {
	unit := fmt.Sprintf("pool-%d", l.random.IntN(260))
	for _, s := range d.spans {
		if s.at.kind == "company" {
			d.swap("dock", unit+s.at.name)
			return
		}
	}
}

// swap plugs in a unit instead of the one before: both are at the same sockets. What
// was plugged in at home is told as gone by desk.
func (d *day) swap(kit, unit string) {
	for _, s := range d.spans {
		c := change{at: s.from}
		rows := d.fleet.unit(kit, unit)
		if s.at.kind == "company" {
			c.put = rows
		} else if !d.brings(rows) {
			for _, row := range rows {
				c.take = append(c.take, row.UID)
			}
		}
		d.changes = append(d.changes, c)
	}
}

// brings says whether the day's own desk has something at the same sockets.
func (d *day) brings(rows []finding.Observation) bool {
	for _, c := range d.changes {
		for _, put := range c.put {
			if put.UID == rows[0].UID {
				return true
			}
		}
	}
	return false
}

// visitsRooms shows something on a room's display for an hour, on some days in an office.
func visitsRooms(l *laptop, d *day) {
	if d.awake() && d.spans[0].at.kind == "company" && chance(l.random, share("visit to a meeting room, a working day in an office")) {
		room := l.random.IntN(len(d.fleet.company.rooms))
		kit := []string{"conference_bar", "conference_switch", "conference_matrix", "television", "interactive_projector"}[room%5]
		d.during(2+3*l.random.Float64(), 1, d.fleet.unit(kit, d.fleet.company.rooms[room])...)
	}
}

func nightShift(f *Fleet, life string) int {
	p, at := f.commuter()
	night := func(l *laptop, d *day) {
		if d.weekday() && d.working() {
			d.stands(pick(l.random, at, at, l.person.home), 21.5, 8)
		}
	}
	f.laptop(life, p, night, desk("home", f.desktop()...), meets, kept(carriedAbout), officeOf)
	return 1
}

func deskSwitch(f *Fleet, life string) int {
	f.laptop(life, f.anybody(), atHome, desk("home", "desk_kvm_switch"), meets, kept(closedInDock), family)
	return 1
}

func drawing(f *Fleet, life string) int {
	f.laptop(life, f.anybody(), atHome, desk("home", "drawing_tablets", "monitor"), meets, kept(carriedAbout), family)
	return 1
}

func headset(f *Fleet, life string) int {
	p, at := f.commuter()
	f.laptop(life, p, inOffice(at, 0.4), atHome, carried("security_keys", "headset"), meets, kept(carriedAbout))
	return 1
}

// roomLaptop is nobody's: it belongs to a room, and everybody uses it.
func roomLaptop(f *Fleet, life string) int {
	p := f.anybody()
	at, room := f.company.offices[f.random.IntN(3)], pick(f.random, f.company.rooms...)
	l := f.laptop(life, p, allDay(func(*laptop) *place { return at }), meets, kept(leftOn), officeOf, func(_ *laptop, d *day) {
		d.is(0, d.fleet.unit("conference_bar", room)...)
		d.is(0, d.fleet.unit("conference_matrix", room)...)
		d.is(0, d.fleet.unit("presenter", room)...)
	})
	l.group = "rooms"
	return 1
}

func presenter(f *Fleet, life string) int {
	p, at := f.commuter()
	n := 0
	shows := func(l *laptop, d *day) {
		if chance(l.random, 0.4) {
			n++
			d.during(1+l.random.Float64()*4, 1.5, d.fleet.unit(pick(l.random, "projector", "television", "interactive_projector", "conference_switch"), fmt.Sprint("elsewhere-", n))...)
		}
	}
	f.laptop(life, p, inOffice(at, 0.3), atHome, carried("presenter"), shows, meets, kept(carriedAbout))
	return 1
}
