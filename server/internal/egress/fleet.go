package egress

import (
	"cmp"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A stay is a device.Stay as it is held: a fleet of 10,000 has half a million.
type stay struct {
	device                                  int32
	day                                     int32 // since 1970, UTC
	address, gateway, access                word
	network                                 uint32
	name, class, country, corporate, listed word
	timeZone                                bool // the device told one
	offset                                  int16
	trip                                    int32 // microseconds
	first, last                             int64 // seconds since 1970
	times, flips                            int32
}

// A word is a text by its number; 0 is the empty one.
type word uint32

// A Fleet holds the stays of all devices. Its past is read once; the present day is
// read again whenever there is news.
type Fleet struct {
	numbers Numbers
	place   *Place // where the collector stands; nil where nobody said
	known   map[string]word
	texts   []string
	devices map[string]int32
	past    []stay // by device, day and time
	present []stay // of the last day, likewise
	day     int32  // the last day
	mixed   bool   // what was added is not in order yet
}

// NewFleet makes an empty fleet.
func NewFleet(n Numbers, collector *Place) *Fleet {
	return &Fleet{numbers: n, place: collector, known: map[string]word{"": 0}, texts: []string{""}, devices: map[string]int32{}}
}

// Add takes one stay. The row that counts the places of which none is kept tells nothing here.
func (f *Fleet) Add(s *device.Stay) {
	day, err := time.Parse(time.DateOnly, s.Day)
	if err != nil || s.Address == "" && s.Gateway == "" && s.AccessPoint == "" {
		return
	}
	at, known := f.devices[s.DeviceID]
	if !known {
		at = int32(len(f.devices))
		f.devices[s.DeviceID] = at
	}
	held := stay{
		device: at, day: int32(day.Unix() / 86400), address: f.word(s.Address), gateway: f.word(s.Gateway), access: f.word(s.AccessPoint),
		network: s.Network, name: f.word(s.NetworkName), class: f.word(s.NetworkClass), country: f.word(s.Country), corporate: f.word(s.Corporate), listed: f.word(s.Listed),
		timeZone: s.TimeZone != "", offset: int16(s.UTCOffset), trip: int32(min(s.RoundTrip, time.Minute).Microseconds()),
		first: s.First.Unix(), last: s.Last.Unix(), times: int32(s.Times), flips: int32(s.Flips),
	}
	if held.address == f.known[device.AddressInternal] {
		held.address = 0
	}
	if held.day > f.day {
		f.past = append(f.past, f.present...)
		f.present, f.day = nil, held.day
	}
	if held.day == f.day {
		f.present = append(f.present, held)
	} else {
		f.past = append(f.past, held)
	}
	f.mixed = true
}

// Renew forgets the last day, so that it can be read again, and says which it is
// (2026-11-25, UTC): empty when there is nothing in the fleet.
func (f *Fleet) Renew() string {
	f.present = nil
	if f.day == 0 {
		return ""
	}
	return time.Unix(int64(f.day)*86400, 0).UTC().Format(time.DateOnly)
}

func (f *Fleet) word(text string) word {
	w, known := f.known[text]
	if !known {
		w = word(len(f.texts))
		f.known[text] = w
		f.texts = append(f.texts, text)
	}
	return w
}

func (f *Fleet) text(w word) string { return f.texts[w] }

// settle puts what was added in order, and lets go of days that are too old for any row.
func (f *Fleet) settle() {
	if !f.mixed {
		return
	}
	f.past = slices.DeleteFunc(f.past, func(s stay) bool { return s.day < f.day-lastBit })
	for _, list := range [][]stay{f.past, f.present} {
		if !slices.IsSortedFunc(list, inOrder) {
			slices.SortFunc(list, inOrder)
		}
	}
	f.mixed = false
}

func inOrder(a, b stay) int {
	return cmp.Or(cmp.Compare(a.device, b.device), cmp.Compare(a.day, b.day), cmp.Compare(a.first, b.first),
		cmp.Compare(a.last, b.last), cmp.Compare(a.gateway, b.gateway), cmp.Compare(a.access, b.access), cmp.Compare(a.address, b.address))
}

// of gives the stays of one device, by day and time.
func of(list []stay, device int32) []stay {
	from, _ := slices.BinarySearchFunc(list, device, func(s stay, d int32) int { return cmp.Compare(s.device, d) })
	to := from
	for to < len(list) && list[to].device == device {
		to++
	}
	return list[from:to]
}
