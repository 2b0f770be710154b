package population

import (
	"fmt"
	"strconv"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// working says whether the person works on this day, and how they do on the others.
func (d *day) working() bool {
	r := d.laptop.random
	if d.weekday() {
		return !chance(r, share("working day on which somebody is absent"))
	}
	return chance(r, share("weekend day on which somebody works a little"))
}

// absent says whether the person is away by what the company's systems know.
func (d *day) absent() bool {
	for _, a := range d.laptop.person.trips {
		if a.kind == "leave" && d.number >= a.from && d.number <= a.to {
			return true
		}
	}
	return false
}

// atHome works at home, on working days.
func atHome(l *laptop, d *day) {
	if len(d.spans) > 0 || d.absent() || !d.working() {
		return
	}
	long := 8.5
	if !d.weekday() {
		long = 1.5
	}
	d.stands(l.person.home, l.person.starts, long)
}

// allDay leaves the laptop on over night, for as long as it is at home: it never sleeps.
func allDay(at func(l *laptop) *place) habit {
	return func(l *laptop, d *day) {
		if len(d.spans) == 0 && !d.absent() {
			d.stands(at(l), 0.1, 23.8)
		}
	}
}

func theirHome(l *laptop) *place { return l.person.home }

// inOffice works in an office on some of the working days, by a probability, and has it
// at home for an hour on some evenings.
func inOffice(at *place, often float64) habit {
	return func(l *laptop, d *day) {
		if len(d.spans) > 0 || d.absent() || !d.weekday() || !chance(l.random, often) || !d.working() {
			return
		}
		d.stands(at, l.person.starts+0.5, 8.5)
		if chance(l.random, 0.25) {
			d.stands(l.person.home, 19.5, 1.2)
		}
	}
}

// desk is what is plugged in where the person's own desk is.
func desk(kind string, kits ...string) habit {
	return func(l *laptop, d *day) {
		d.only(kind, d.fleet.kitsOf(l, kits)...)
	}
}

// carried is plugged in wherever the laptop is awake.
func carried(kits ...string) habit {
	return func(l *laptop, d *day) {
		d.is(0, d.fleet.kitsOf(l, kits)...)
	}
}

func (f *Fleet) kitsOf(l *laptop, kits []string) []finding.Observation {
	var rows []finding.Observation
	for _, k := range kits {
		rows = append(rows, f.unit(k, l.person.id)...)
	}
	return rows
}

// program is a running program. Its number says nothing and stays, as its name does.
func program(file string, more ...string) finding.Observation {
	columns := map[string]string{"pid": fmt.Sprint(2000 + len(file)*7 + int(file[0])), "file": file, "name": file}
	for i := 0; i+1 < len(more); i += 2 {
		columns[more[i]] = more[i+1]
	}
	return rowOf("processes", columns)
}

// The programs that stand open on most laptops, by system.
var meetings = map[string][]finding.Observation{
	"windows": {
		program("ms-teams.exe", "signer", "Microsoft Corporation", "signature", "valid", "product", "Microsoft Teams", "original_name", "ms-teams.exe"),
		program("Zoom.exe", "signer", "Zoom Communications, Inc.", "signature", "valid", "product", "Zoom Workplace"),
		program("mstsc.exe", "signer", "Microsoft Corporation", "signature", "valid", "product", "Microsoft® Windows® Operating System", "original_name", "mstsc.exe"),
	},
	"darwin": {program("MSTeams"), program("zoom.us")},
	"linux":  {program("zoom"), program("teams-for-linux")},
}

// meets has the programs for meetings open, and starts anew now and then.
func meets(l *laptop, d *day) {
	rows := meetings[l.system]
	if chance(l.random, share("restart of a laptop, a working day")) {
		d.gone(0, rows...)
		d.is(0.2, rows...)
		return
	}
	d.is(0, rows...)
	inMeetings(l, d)
}

// inMeetings joins a meeting or two, as most people do: from a calendar or a browser, and
// they are heard in it. Some only listen, some teams keep a room open all day, and some
// people let a program of their own join.
func inMeetings(l *laptop, d *day) {
	if !d.weekday() || l.site != "" {
		return
	}
	m := map[string]string{"pid": "2100", "tool": "teams", "started_by": pick(l.random, "browser", "app", "app", "shell"), "by_link": "true", "voice": "used", "lasting": "hour"}
	long := 0.6 + l.random.Float64()
	switch {
	case kindOf(l, "laptop whose team keeps a meeting open all day"):
		m["lasting"], long = "most_of_a_day", 7
	case kindOf(l, "laptop on which a program of the person's own joins meetings"):
		m["started_by"] = "program"
	case chance(l.random, share("working day on which somebody only listens to a long meeting")):
		m["voice"], m["lasting"], long = "none", "hours", 4.2
	}
	d.during(0.5+2*l.random.Float64(), long, rowOf("meetings", m))
}

// kindOf says whether a laptop is one of those that are so always.
func kindOf(l *laptop, of string) bool {
	n, err := strconv.ParseUint(finding.UID(of, l.id)[:8], 16, 32)
	return err == nil && float64(n)/(1<<32) < share(of)
}

// A keeping is how a laptop is kept, as the class posture has it after a whole day.
type keeping struct {
	lid, mains, uptime string
	suspended, display bool
	camera             string
	virtual            bool
}

var (
	carriedAbout = keeping{lid: "other", mains: "other", uptime: "days", suspended: true, camera: "physical"}
	leftOn       = keeping{lid: "open_all_day", mains: "all_day", uptime: "days", suspended: false, display: true, camera: "physical"}
	closedInDock = keeping{lid: "closed_all_day", mains: "all_day", uptime: "weeks", suspended: false, display: true, camera: "physical"}
)

func (k keeping) row(biometric string) finding.Observation {
	return rowOf("posture", map[string]string{
		"source": "system", "lid": k.lid, "mains": k.mains, "battery_present": "true", "external_display": yes(k.display), "suspended": yes(k.suspended), "uptime": k.uptime,
		"cameras": k.camera, "virtual_camera_only": yes(k.virtual), "biometric": biometric,
	})
}

// kept tells once a day how a laptop is kept.
func kept(k keeping) habit {
	return func(l *laptop, d *day) {
		biometric := "enrolled"
		if l.number%100 < int(100*share("fingerprint reader that works and that nobody enrolled")) {
			biometric = "not_enrolled"
		}
		d.is(1, k.row(biometric))
	}
}

func yes(is bool) string {
	if is {
		return "true"
	}
	return "false"
}

// neighbourhood tells what a network holds once the laptop has been on it for hours.
func neighbourhood(kind string, columns map[string]string) habit {
	row := map[string]string{"interface": "Wi-Fi", "kvms": "0", "single_boards": "0", "corporate_schemes": "0", "laptops": "0"}
	for k, v := range columns {
		row[k] = v
	}
	return func(_ *laptop, d *day) {
		if d.awake() && d.spans[0].at.kind == kind {
			d.is(4, rowOf("network_neighbourhood", row))
		}
	}
}

var (
	family   = neighbourhood("home", map[string]string{"watched": "hours", "devices": "10", "laptops": "2", "phones": "2", "iot": "5", "routers": "1"})
	officeOf = neighbourhood("company", map[string]string{"watched": "hours", "devices": "50", "laptops": "50", "phones": "20", "printers": "3", "routers": "3", "corporate_schemes": "1"})
)
