package population

import "github.com/farmwatch/farmwatch/server/internal/device"

// The lives of those who share a home, and of those whose home reaches the internet in another way.

// couple are two people of the company with one home. On some days they swap desks.
func couple(f *Fleet, life string) int {
	return f.household(life, 2)
}

func flatShare(f *Fleet, life string) int {
	return f.household(life, 3)
}

func (f *Fleet) household(life string, n int) int {
	first := f.anybody()
	for i := range n {
		p := first
		if i > 0 {
			p = f.somebody(first.lives)
			p.home, p.starts = first.home, first.starts+f.random.Float64()
			if n == 2 { // who shares a flat is no household for the company's systems
				p.household = first.household
			}
		}
		f.laptop(life, p, atHome, func(l *laptop, d *day) {
			unit := p.id
			if chance(l.random, 0.2) {
				unit = first.id // at the other's desk
			}
			d.is(0, d.fleet.unit("dock", unit)...)
		}, meets, kept(carriedAbout), family)
	}
	return n
}

// by goes out by another line than the home's own.
func by(lines ...line) habit {
	return func(l *laptop, d *day) {
		if d.absent() || !d.working() {
			return
		}
		via := lines[l.number%len(lines)]
		if d.number%9 == 0 { // the shared service moves whom it serves to another address
			via = lines[(l.number+1)%len(lines)]
		}
		d.stands(l.person.home, l.person.starts, 8.5, via)
		if chance(l.random, 0.2) {
			d.stands(l.person.home, 19, 1)
		}
	}
}

func companyVPN(f *Fleet, life string) int {
	f.laptop(life, f.anybody(), by(f.company.vpn...), desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	return 1
}

func securityService(f *Fleet, life string) int {
	f.laptop(life, f.anybody(), by(f.company.service...), desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	return 1
}

// carrierLine is a home on a line whose public address many homes share.
func carrierLine(f *Fleet, life string) int {
	p := f.anybody()
	class := pick(f.random, device.NetworkMobile, device.NetworkMobile, device.NetworkSatellite)
	p.home.day = carrier(p.home, class, 12)
	f.laptop(life, p, atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family)
	return 1
}

func hotspotUser(f *Fleet, life string) int {
	p := f.anybody()
	phone := f.hotspot(p.lives)
	f.laptop(life, p, func(l *laptop, d *day) {
		if d.weekday() && chance(l.random, 0.6) {
			d.stands(p.home, p.starts, 2)
			d.stands(phone, p.starts+2.2, 4)
			d.stands(p.home, p.starts+6.4, 2)
		}
	}, atHome, meets, kept(carriedAbout))
	return 1
}

// privateRelay is a home whose address a relay hides most of the time.
func privateRelay(f *Fleet, life string) int {
	p := f.anybody()
	l := f.laptop(life, p, func(l *laptop, d *day) {
		if d.absent() || !d.working() {
			return
		}
		d.stands(p.home, p.starts, 4, relay(l, p.lives))
		d.stands(p.home, p.starts+4, 1)
		d.stands(p.home, p.starts+5, 3.5, relay(l, p.lives))
	}, meets, kept(carriedAbout), family)
	l.system = "darwin"
	return 1
}

// privateVPN is switched on and off by somebody who likes it, for hours or for minutes.
func privateVPN(f *Fleet, life string) int {
	p := f.anybody()
	often := 0.1 + 0.6*f.random.Float64()
	f.laptop(life, p, func(l *laptop, d *day) {
		if d.absent() || !d.working() || !chance(l.random, often) {
			return
		}
		d.stands(p.home, p.starts, 2)
		d.stands(p.home, p.starts+2, 3, rented(l, "NL"))
		d.stands(p.home, p.starts+5, 3.5)
		d.during(2, 3, program("NordVPN.exe"), program("nordvpn-service.exe"))
	}, atHome, meets, kept(carriedAbout), family)
	return 1
}
