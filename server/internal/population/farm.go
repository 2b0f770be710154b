package population

import (
	"fmt"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// The three farms, and how their laptops are driven. What is known of farms is
// what courts and companies told (threat research, 1): laptops that were sent to a facilitator's home, each for a person who is
// not there; IP-KVMs on a shelf, remote-access software of two brands at once, or
// the remote control of meeting programs. Sizes follow the sweeps of 2024 and 2025 (six
// to nine a site); that one company sees that many of one site is harder on nobody but
// easier on us than the usual one to three, and is what the budget asks for.
const (
	shelfSite = "shelf of KVMs"
	houseSite = "house with software"
	flatSite  = "flat with meetings"
)

// Farmed is how many laptops stand in the farms.
const Farmed = 25

// hide makes the farms. Their laptops come on the first nine days.
func (f *Fleet) hide() {
	shelf, house, flat := f.farmHome(arizona), f.farmHome(tenn), f.farmHome(georgia)
	for n, kits := range shelved {
		f.shelved(n, kits, shelf)
	}
	for n := range 9 {
		f.housed(n, house)
	}
	for n := range 6 {
		f.flatted(n, flat)
	}
}

func (f *Fleet) farmHome(z zone) *place {
	p := f.home(z)
	p.line.class, p.access = device.NetworkResidential, p.access[:1]
	return p
}

// farmed makes a laptop whose person says they live somewhere else.
func (f *Fleet) farmed(n int, site string, at *place, kits ...string) *laptop {
	p := f.somebody(at.zone)
	p.claims, p.shippedTo, p.worker = f.home(pick(f.random, newYork, georgia, arizona)), at, pick(f.random, "employee", "contractor", "agency")
	p.lives = p.claims.zone
	p.home = at
	joined := 1 + n%9
	p.since = firstDay.AddDate(0, 0, joined-1)
	l := f.laptop("farm: "+site, p).joins(joined, 15+2*f.random.Float64())
	l.site, l.system, l.group = site, "windows", "laptops"
	// From its first start it is on day and night.
	l.also(func(_ *laptop, d *day) {
		if d.number == joined {
			d.stands(at, 10.5, 13.2)
		} else {
			d.stands(at, 0.1, 23.7)
		}
	}, func(l *laptop, d *day) {
		if d.number > joined || d.number == joined && len(kits) > 0 {
			d.is(0.6, d.fleet.kitsOf(l, kits)...)
		}
	}, meets)
	l.turn(turn{day: joined, note: "handed_out", holder: p})
	return l
}

// shelved are the KVMs of the shelf: five as their makers sell them, five that say they are something else.
var shelved = [][]string{
	{"pikvm", "pikvm_jiggler"}, {"jetkvm", "jetkvm_jiggler"}, {"glkvm"}, {"tinypilot"}, {"pikvm"},
	{"jetkvm_as_logitech"}, {"pikvm_as_keyboard", "pikvm_jiggler_relative"}, {"pikvm_as_gaming_keyboard"}, {"ch9329_renamed"}, {"jetkvm_as_logitech", "pikvm_jiggler_relative"},
}

func (f *Fleet) shelved(n int, kits []string, at *place) {
	f.farmed(n, shelfSite, at, kits...).also(kept(closedInDock), neighbourhood("home", map[string]string{
		"watched": "day", "devices": "20", "laptops": "20", "single_boards": "5", "kvms": "5", "boards_per_laptop": "60", "corporate_schemes": "5", "routers": "1",
	}))
}

// housed are driven by software of two brands, most of them under one account.
func (f *Fleet) housed(n int, at *place) {
	brands := [][]string{{"anydesk"}, {"rustdesk", "anydesk"}, {"chrome-remote-desktop"}, {"chrome-remote-desktop", "anydesk"}, {"screenconnect"}, {"meshagent", "rustdesk"}, {"splashtop"}, {"screenconnect", "chrome-remote-desktop"}, {"rustdesk"}}[n]
	tenant := "operators"
	if n == 8 {
		tenant = "another operator"
	}
	l := f.farmed(n, houseSite, at)
	begins := 8.5 + 0.05*l.random.Float64() // by the clock of the house; operators begin together on most days
	l.also(kept(leftOn), func(l *laptop, d *day) {
		for i, tool := range brands {
			after := 1.5 + 24*float64(i) // the second brand comes a day later
			if d.number > l.turns[0].day+i {
				after = 0.1
			}
			if after < 20 {
				d.is(after, hostOf(tool, tenant)...)
			}
		}
		if d.weekday() && d.awake() && d.number > l.turns[0].day {
			tool := brands[d.number%len(brands)]
			if d.number <= l.turns[0].day+1 {
				tool = brands[0]
			}
			d.session(tool, "password", fmt.Sprint("operator-", n%3), begins, 8)
			d.during(begins, 8, driven())
		}
	}, neighbourhood("home", map[string]string{"watched": "day", "devices": "20", "laptops": "10", "corporate_schemes": "3", "routers": "1"}))
}

// driven is input that arrives in bundles, as remote access brings it.
func driven() finding.Observation {
	return rowOf("input_devices", map[string]string{
		"device": "sendinput", "name": "made by programs", "bus": "virtual", "place": "virtual", "maker": "sendinput", "can": "keyboard pointer", "keys": "enough", "key_percent": "98",
		"pointer": "enough", "pointer_percent": "98", "only_pointer": "false", "built_in": "silent", "injected_percent": "100", "typing": "enough", "short_dwell_percent": "40", "together_percent": "25", "cadence": "none",
	})
}

// flatted are driven through a meeting that lasts all day: something types its link in
// the morning, and nobody is ever heard or seen in it.
func (f *Fleet) flatted(n int, at *place) {
	kits := []string{}
	if n%2 == 0 {
		kits = append(kits, "keyboard_gadget")
	}
	l := f.farmed(n, flatSite, at, kits...)
	begun := []string{"program", "shell"}[n%2]
	camera := leftOn
	camera.camera, camera.virtual = "both", true
	l.also(kept(camera), func(l *laptop, d *day) {
		if !d.weekday() || !d.awake() || d.number <= l.turns[0].day {
			return
		}
		zoom := meetings["windows"][1]
		meeting := map[string]string{"pid": zoom.Columns["pid"], "tool": "zoom", "started_by": begun, "by_link": "true", "sharing": "true", "voice": "none", "lasting": "minutes"}
		d.is(9, rowOf("meetings", meeting), driven())
		for lasting, after := range map[string]float64{"hour": 10, "hours": 13, "most_of_a_day": 15} {
			longer := map[string]string{}
			for k, v := range meeting {
				longer[k] = v
			}
			longer["lasting"] = lasting
			d.is(after, rowOf("meetings", longer))
		}
		d.gone(18, rowOf("meetings", meeting), driven())
		if n < 4 {
			d.is(0.5, script()...)
		}
		if n%3 == 0 {
			d.during(8.9, 2, rowOf("arp_relay", map[string]string{"kind": "text_in_address", "times": "4", "distinct": "2"}), rowOf("arp_relay", map[string]string{"kind": "twin_frames", "times": "8", "distinct": "4"}))
		}
	})
}

// script is one that stays connected, as the operators' program did.
func script() []finding.Observation {
	of := map[string]string{"pid": "300", "file": "pythonw.exe", "name": "pythonw.exe", "script": "beacon.py"}
	flow := map[string]string{"direction": "outbound", "protocol": "tcp", "remote_address": "relay-of-operators", "remote_port": "443", "remote_scope": "public", "lasting": "hours", "shape": "both_ways", "follows_input": "unknown", "input_minutes": "none", "experimental": "true"}
	for k, v := range of {
		flow[k] = v
	}
	return []finding.Observation{program("pythonw.exe", "script", "beacon.py"), rowOf("network_flows", flow)}
}
