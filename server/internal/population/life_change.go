package population

import "fmt"

// The lives in which a laptop comes, goes, or passes to somebody else.

// bench sets a laptop up where all new ones are, by the bench's own KVM, for a day.
func (f *Fleet) benchDay(on int) habit {
	return func(_ *laptop, d *day) {
		if d.number == on {
			d.stands(f.company.bench, 9, 8)
			d.is(0.2, f.unit("pikvm_on_linux", "bench")...)
			d.gone(7, f.unit("pikvm_on_linux", "bench")...)
		}
	}
}

// arrives lays down a laptop that is set up on a day and is with its person some days later.
func (f *Fleet) arrives(life string, p *person, on int, habits ...habit) *laptop {
	out := on + 3 + f.random.IntN(4)
	wait := func(_ *laptop, d *day) {
		if d.number < out {
			d.none = true
		}
	}
	l := f.laptop(life, p, append([]habit{f.benchDay(on), wait}, habits...)...).joins(on, 8)
	l.group = "staging"
	p.since, p.shippedTo = firstDay.AddDate(0, 0, out-1), p.home
	return l.turn(turn{day: out, note: "handed_out", holder: p, group: "laptops"})
}

func newHire(f *Fleet, life string) int {
	p, at := f.commuter()
	on := 1 + f.random.IntN(max(1, f.Days-8))
	l := f.arrives(life, p, on, inOffice(at, 0.3), atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	out := l.turns[0].day
	l.also(func(_ *laptop, d *day) { // somebody helps on the first days
		if d.awake() && d.number >= out && d.number < out+3 && chance(l.random, 0.4) {
			d.help(0.5, 0.6)
		}
	})
	return 1
}

// agencyWorker is one of several whom an agency sends. Some begin now; they sit in its office or at home.
func agencyWorker(f *Fleet, life string) int {
	p := f.somebody(warsaw)
	p.worker, p.group = "agency", "agency-1"
	habits := []habit{inPlace(f.company.agency, 0.6), atHome, desk("home", f.desktop()...), meets, kept(carriedAbout)}
	if f.random.IntN(3) == 0 {
		f.arrives(life, p, 1+f.random.IntN(max(1, f.Days-8)), habits...)
		return 1
	}
	f.laptop(life, p, habits...)
	p.since = firstDay.AddDate(0, 0, -10-f.random.IntN(200))
	return 1
}

func inPlace(at *place, often float64) habit {
	return func(l *laptop, d *day) {
		if len(d.spans) == 0 && d.weekday() && chance(l.random, often) && d.working() {
			d.stands(at, l.person.starts+0.5, 8)
		}
	}
}

// reimaged is set up anew in the depot, or at home by the person with help.
func reimaged(f *Fleet, life string) int {
	p, at := f.commuter()
	on := 4 + f.random.IntN(max(1, f.Days-8))
	inDepot := chance(f.random, 0.5)
	l := f.laptop(life, p, func(_ *laptop, d *day) {
		if inDepot && d.number >= on-1 && d.number <= on {
			d.stands(f.company.depot, 9, 6)
		}
		if inDepot && d.number > on && d.number <= on+2 {
			d.none = true
		}
	}, inOffice(at, 0.4), atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	if inDepot {
		l.turn(turn{day: on - 1, group: "repair"})
	}
	l.turn(turn{day: on, reimage: true, note: "reimaged"})
	if inDepot {
		l.turn(turn{day: on + 3, group: "laptops"})
	}
	return 1
}

// replaced sends the old laptop back once the new one came; both are on for two days.
func replaced(f *Fleet, life string) int {
	p, at := f.commuter()
	on := 1 + f.random.IntN(max(1, f.Days-12))
	habits := []habit{inOffice(at, 0.4), atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family}
	l := f.arrives(life, p, on, habits...)
	out := l.turns[0].day
	p.since, l.turns[0].note = firstDay.AddDate(0, 0, -900), "replaced"
	f.laptop(life, p, append([]habit{func(_ *laptop, d *day) { d.none = d.number > out+1 }}, habits...)...)
	return 2
}

// handedOver goes to somebody else, who has another home.
func handedOver(f *Fleet, life string) int {
	first, at := f.commuter()
	second := f.somebody(at.zone)
	on := 5 + f.random.IntN(max(1, f.Days-10))
	l := f.laptop(life, first, func(l *laptop, d *day) {
		d.none = d.number > on-3 && d.number < on
		if l.person = first; d.number >= on {
			l.person = second
		}
	}, inOffice(at, 0.4), atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	l.turn(turn{day: on, holder: second, note: "handed_over"})
	return 1
}

// vendorHelp is help by a maker of other software, with the maker's own tool, to which
// the person agrees. The desk has a ticket of it, now and then a day late.
func vendorHelp(f *Fleet, life string) int {
	p, at := f.commuter()
	l := f.laptop(life, p, inOffice(at, 0.3), atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	on := 2 + f.random.IntN(max(1, f.Days-3))
	done := false
	l.also(func(l *laptop, d *day) {
		if done || d.number < on || !d.awake() || !d.weekday() {
			return
		}
		done = true
		known := d.number
		if chance(l.random, share("such help whose ticket comes a day late")) {
			known++
		}
		d.ticket("anydesk", 1, 0.8, known)
		d.during(1, 0.8, program("AnyDesk.exe"), rowOf("remote_access", map[string]string{"tool": "anydesk", "unattended": "false", "self_hosted": "false"}))
		d.session("anydesk", "person", fmt.Sprint("maker-", l.number%3), 1.05, 0.7)
	})
	return 1
}
