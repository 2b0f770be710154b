// Package wave finds what appeared on many laptops at once: a change of the whole
// fleet, such as a service provider moving two thousand laptops to another product,
// which one person decides on once.
package wave

import (
	"cmp"
	"slices"
	"time"
)

// Numbers say what counts as a change of the fleet.
type Numbers struct {
	Laptops int           // the fewest laptops, each place counted once
	Percent int           // and the least share of the fleet
	Span    time.Duration // within which they begin
	Crowd   int           // from how many laptops on a place is an office, where each counts
}

// Default is our own judgement, measured on no fleet: below twenty laptops a person
// reads the alerts one by one, and two in a hundred is more than any farm was seen to
// be of one company; so is fifty at one place, since the largest known had some
// ninety laptops of three hundred companies. Changes are rolled out over some days.
func Default() Numbers { return Numbers{Laptops: 20, Percent: 2, Span: 72 * time.Hour, Crowd: 50} }

// threshold is how many laptops make a wave in a fleet of that size.
func (n Numbers) threshold(fleet int) int { return max(n.Laptops, (fleet*n.Percent+99)/100) }

// A Start is when something first appeared on one laptop.
type Start struct {
	Device  string
	Place   string    // what several laptops have in common that is no office; "" none. One place counts once
	Subject string    // a tool's name in the catalogue, or a rule's id
	Tenant  string    // whose account or server the tool there answers to; "" not told
	At      time.Time // event time
}

// A Wave is one thing that appeared on many laptops at once.
type Wave struct {
	Subject string
	Tenant  string // the one that all of them answer to; "" where none is told
	Devices []Member
}

// A Member is a laptop of a wave.
type Member struct {
	Device string
	At     time.Time // when it began there, event time
}

// From is when the first of them began.
func (w Wave) From() time.Time { return w.Devices[0].At }

// To is when the last of them began.
func (w Wave) To() time.Time { return w.Devices[len(w.Devices)-1].At }

// key is what a wave is one of: laptops that answer to different owners did not
// change together.
type key struct{ subject, tenant string }

// Find gives the waves among all starts, in order of subject, tenant and time. The
// order of the starts does not matter, and each laptop's first one counts.
func Find(starts []Start, fleet int, n Numbers) []Wave {
	by, there := map[key][]Start{}, residents(starts)
	for _, s := range firsts(starts) {
		if there[s.Place] >= n.Crowd {
			s.Place = ""
		}
		k := key{s.Subject, s.Tenant}
		by[k] = append(by[k], s)
	}
	var waves []Wave
	for k, list := range by {
		for _, some := range dense(list, n.threshold(fleet), n.Span) {
			w := Wave{Subject: k.subject, Tenant: k.tenant}
			for _, s := range some {
				w.Devices = append(w.Devices, Member{s.Device, s.At})
			}
			waves = append(waves, w)
		}
	}
	slices.SortFunc(waves, func(a, b Wave) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Tenant, b.Tenant), a.From().Compare(b.From()))
	})
	return waves
}

// residents counts the laptops of each place.
func residents(starts []Start) map[string]int {
	type one struct{ place, device string }
	seen, there := map[one]bool{}, map[string]int{}
	for _, s := range starts {
		if k := (one{s.Place, s.Device}); !seen[k] {
			seen[k] = true
			there[s.Place]++
		}
	}
	return there
}

// firsts leaves of each laptop and subject the earliest start, in order of time.
func firsts(starts []Start) []Start {
	starts = slices.Clone(starts)
	slices.SortFunc(starts, func(a, b Start) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Place, b.Place))
	})
	type one struct{ device, subject string }
	seen := map[one]bool{}
	return slices.DeleteFunc(starts, func(s Start) bool {
		again := seen[one{s.Device, s.Subject}]
		seen[one{s.Device, s.Subject}] = true
		return again
	})
}

// dense gives the stretches of starts, in order of time, in which every one lies in
// some window of the span that holds enough of them, or not further before the first
// such window: a change is tried out on a few laptops first.
func dense(list []Start, enough int, span time.Duration) [][]Start {
	in := crowded(list, enough, span)
	var first time.Time
	for i, s := range slices.Backward(list) {
		if in[i] {
			first = s.At
		}
		in[i] = in[i] || first.Sub(s.At) <= span && !first.IsZero()
	}
	var stretches [][]Start
	for i := 0; i < len(list); i++ {
		if !in[i] {
			continue
		}
		j := i + 1
		for j < len(list) && in[j] && list[j].At.Sub(list[j-1].At) <= span {
			j++
		}
		stretches = append(stretches, list[i:j])
		i = j - 1
	}
	return stretches
}

// crowded says of each start whether some window of the span with it holds enough.
func crowded(list []Start, enough int, span time.Duration) []bool {
	in := make([]bool, len(list))
	window := counted{}
	from := 0
	for to := range list {
		window.add(list[to])
		for list[to].At.Sub(list[from].At) > span {
			window.remove(list[from])
			from++
		}
		if window.voices >= enough {
			for i := to; i >= from && !in[i]; i-- {
				in[i] = true
			}
		}
	}
	return in
}

// counted counts the voices in a window: a laptop has one, and all that stand in one
// place have one together, so that a farm is never a change of the fleet.
type counted struct {
	places map[string]int
	voices int
}

func (c *counted) add(s Start) {
	if s.Place == "" {
		c.voices++
		return
	}
	if c.places == nil {
		c.places = map[string]int{}
	}
	if c.places[s.Place]++; c.places[s.Place] == 1 {
		c.voices++
	}
}

func (c *counted) remove(s Start) {
	if s.Place == "" {
		c.voices--
		return
	}
	if c.places[s.Place]--; c.places[s.Place] == 0 {
		c.voices--
	}
}
