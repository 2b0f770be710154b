package site

import "github.com/farmwatch/farmwatch/server/internal/device"

// The store notes of each day (UTC) when a thing was there first and last. A working day
// in San Francisco is 17:00 to 01:00 UTC, so that two of them would be three days, and a
// visit of two days a stay. So each laptop's days begin at an hour at which it rests, and
// what was noted before it counts for the day before (ADR 0045 has the same in mind). Who
// does not work over midnight of UTC has days of UTC.

// rests are the hours (UTC) at which days may begin, in the order in which they are preferred.
// A day that begins at 18:00 is called as the next one is, in which most of it lies.
var rests = []int{0, 6, 18, 12}

// lateFrom and earlyUntil are from and until which hour a laptop was heard that works on
// over midnight: it may be closed for an hour or two meanwhile.
const (
	lateFrom   = 21
	earlyUntil = 3
)

// noted is between which hours of a day (UTC) something was noted; the last is 24 where it
// goes on until midnight.
type noted struct{ first, last uint8 }

// A told is on which days (UTC) something was noted, and of these, on which before and on
// which after each hour at which days may begin: 6, 12, 18.
type told struct {
	days, weakly, plainly days
	before, after         [3]days
}

func (t *told) add(b days, hours noted) {
	t.days |= b
	for i := range t.before {
		if hour := uint8(6 * (i + 1)); hours.first < hour {
			t.before[i] |= b
		}
		if hour := uint8(6 * (i + 1)); hours.last >= hour {
			t.after[i] |= b
		}
	}
}

// from are the days of some notes where days begin at an hour.
func (t *told) from(hour int, of days) (on days) {
	if hour == 0 {
		return of
	}
	before, after := of&t.before[hour/6-1], of&t.after[hour/6-1]
	if on = before>>1 | after; hour == 18 {
		on = before | after<<1&all
	}
	if on == 0 { // the first of what is looked at, or a day that is just beginning
		return of
	}
	return on
}

// hoursOf are the hours of a note.
func hoursOf(first, last int64) noted {
	day := first / 86400 * 86400
	return noted{uint8((first - day) / 3600), uint8(min(max(last-day, first-day)/3600, 24))}
}

// hear notes when a laptop was heard.
func (l *laptop) hear(b days, hours noted) {
	at := &l.hours[Memory-1-b.last()]
	if l.told.days&b == 0 {
		*at = hours
	}
	at.first, at.last = min(at.first, hours.first), max(at.last, hours.last)
	l.told.add(b, *at)
	l.unsettled = true
}

// over says whether a laptop was heard until the end of a day and from the beginning of the next.
func (l *laptop) over(day int) bool {
	if day < 0 || day >= Memory-1 {
		return false
	}
	both := days(0b11) << day
	return l.told.days&both == both && l.hours[day].last >= lateFrom && l.hours[day+1].first < earlyUntil
}

// restsAt is the hour at which a laptop was met least in the middle of its work. What it
// did between the first and the last word of a day at both ends of which it works on is
// not known, nor when today ends.
func (l *laptop) restsAt() int {
	var met [4]int
	for day := range Memory {
		if l.told.days&(1<<day) == 0 {
			continue
		}
		begun, on := l.over(day-1), l.over(day)
		if on {
			met[0]++
		}
		for i := 1; i < len(met); i++ {
			hour := uint8(6 * i)
			early, late := l.hours[day].first < hour, l.hours[day].last >= hour
			if !begun && early && (on || late) || begun && !on && late && day < Memory-1 {
				met[i]++
			}
		}
	}
	best := 0
	for _, hour := range rests {
		if met[hour/6] < met[best/6] {
			best = hour
		}
	}
	return best
}

// settle says on which days of its own a laptop had what it had.
func (l *laptop) settle() {
	l.unsettled = false
	l.rests = l.restsAt()
	l.heard = l.told.from(l.rests, l.told.days)
	l.once, l.twice, l.onceAP, l.twiceAP = 0, 0, 0, 0
	for _, h := range l.had {
		h.days, h.weakly, h.plainly = h.own(h.told.days), h.own(h.told.weakly), h.own(h.told.plainly)
		switch h.what.kind {
		case device.TraitGateway:
			l.once, l.twice = l.once|h.days, l.twice|l.once&h.days
		case device.TraitAccessPoint:
			l.onceAP, l.twiceAP = l.onceAP|h.days, l.twiceAP|l.onceAP&h.days
		}
	}
}

// own are days of the laptop's own, of some on which it had a thing.
func (h *had) own(of days) days {
	if of == 0 {
		return 0
	}
	return h.told.from(h.by.rests, of)
}

// dayOf is the laptop's own day of a moment, in days since 1970.
func (l *laptop) dayOf(seconds int64) int64 {
	if l.rests == 18 {
		return (seconds + 6*3600) / 86400
	}
	return (seconds - int64(l.rests)*3600) / 86400
}
