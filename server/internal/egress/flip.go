package egress

import "slices"

// flip tells how often a day the device changed between networks of places and
// networks that hide the place, as a VPN on the router does that comes and goes.
func (v *view) flip(c map[string]string) {
	most, many := 0, 0
	for from := 0; from < len(v.past); {
		to := from
		for to < len(v.past) && v.past[to].day == v.past[from].day {
			to++
		}
		n := v.flips(v.past[from:to])
		most = max(most, n)
		if n >= manyFlips {
			many++
		}
		if v.past[from].day == v.day {
			c["flips_today"] = number(n)
		}
		from = to
	}
	c["flips_most"] = number(most)
	c["flip_days"] = number(many)
}

// manyFlips is from how many changes a day they are more than one laptop's VPN being
// switched on and off again.
const manyFlips = 3

// flips counts the changes of one day, as they were noted when they happened. Ways
// out that turned out to be the company's own hide nothing: only those that are not
// are counted, and as many ways back.
func (v *view) flips(list []stay) int {
	hid, told := 0, 0
	for i := range list {
		switch v.kind(&list[i]) {
		case masked:
			hid += int(list[i].flips)
		case plain:
			told += int(list[i].flips)
		}
	}
	if !slices.ContainsFunc(list, func(h stay) bool { return v.masked(&h) }) {
		return 0
	}
	return hid + min(told, hid+1)
}
