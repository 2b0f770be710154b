package alert

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Hours are when a tool may be used: days and a stretch of the day, as the
// clocks on the walls of one zone show them, e.g. Mon-Fri 08:00-18:00 Europe/Lisbon.
type Hours struct {
	days     [7]bool // by time.Weekday
	from, to int     // minutes of the day; a stretch past midnight belongs to the day it began
	zone     *time.Location
	text     string
}

const hoursExample = "Mon-Fri 08:00-18:00 Europe/Lisbon"

// ParseHours reads hours as people write them; nothing is at any time.
func ParseHours(s string) (Hours, error) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return Hours{}, nil
	}
	if len(words) != 3 {
		return Hours{}, refuse(ErrInvalid, "%q are no hours: write days, times and a zone, e.g. %q", s, hoursExample)
	}
	h := Hours{text: strings.Join(words, " ")}
	var err error
	if h.days, err = parseDays(words[0]); err != nil {
		return Hours{}, err
	}
	from, to, ok := strings.Cut(words[1], "-")
	if h.from, err = parseMinute(from); err == nil {
		h.to, err = parseMinute(to)
	}
	if !ok || err != nil || h.from == h.to || h.from == endOfDay {
		return Hours{}, refuse(ErrInvalid, "%q is no stretch of a day: write e.g. 08:00-18:00, 22:00-06:00 or 00:00-24:00", words[1])
	}
	if h.zone, err = zone(words[2]); err != nil {
		return Hours{}, refuse(ErrInvalid, "%q is no time zone: write one of the IANA names, e.g. Europe/Lisbon, America/New_York or UTC", words[2])
	}
	return h, nil
}

// String is the hours as they were written.
func (h Hours) String() string { return h.text }

// Any says that there are no hours to keep to.
func (h Hours) Any() bool { return h.zone == nil }

// Hold says whether a moment is within the hours: from the first second of the
// first minute, until the one before the last.
func (h Hours) Hold(at time.Time) bool {
	if h.Any() {
		return true
	}
	local := at.In(h.zone)
	today, minute := local.Weekday(), local.Hour()*60+local.Minute()
	if h.from < h.to {
		return h.days[today] && minute >= h.from && minute < h.to
	}
	yesterday := (today + 6) % 7
	return h.days[today] && minute >= h.from || h.days[yesterday] && minute < h.to
}

// Turns gives, in order, when the hours begin and end between two moments; a few more
// times than those are given too.
func (h Hours) Turns(from, until time.Time, give func(time.Time)) {
	if h.Any() {
		return
	}
	year, month, day := from.In(h.zone).AddDate(0, 0, -1).Date()
	for ; ; day++ {
		if time.Date(year, month, day, 0, 0, 0, 0, h.zone).After(until) {
			return
		}
		for _, minute := range []int{0, h.from, h.to} {
			if at := time.Date(year, month, day, 0, minute, 0, 0, h.zone); at.After(from) && at.Before(until) {
				give(at)
			}
		}
	}
}

const endOfDay = 24 * 60

func parseMinute(s string) (int, error) {
	hour, minute, ok := strings.Cut(s, ":")
	h, errH := strconv.Atoi(hour)
	m, errM := strconv.Atoi(minute)
	if !ok || errH != nil || errM != nil || len(hour) != 2 || len(minute) != 2 || h < 0 || m < 0 || m > 59 || h*60+m > endOfDay {
		return 0, fmt.Errorf("%q is no time of the day", s)
	}
	return h*60 + m, nil
}

// parseDays reads Mon-Fri, Mon,Wed,Fri, or Sat-Mon.
func parseDays(s string) (days [7]bool, err error) {
	for part := range strings.SplitSeq(s, ",") {
		first, last, ranged := strings.Cut(part, "-")
		if !ranged {
			last = first
		}
		from, okFrom := weekday(first)
		to, okTo := weekday(last)
		if !okFrom || !okTo {
			return days, refuse(ErrInvalid, "%q are no days: write e.g. Mon-Fri or Mon,Wed,Sat", s)
		}
		for day := from; ; day = (day + 1) % 7 {
			days[day] = true
			if day == to {
				break
			}
		}
	}
	return days, nil
}

func weekday(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(s, d.String()[:3]) || strings.EqualFold(s, d.String()) {
			return d, true
		}
	}
	return 0, false
}

// zones are those that were read before: reading one takes longer than weighing a device.
var zones sync.Map

func zone(name string) (*time.Location, error) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	if name == "Local" { // the collector's own, which says nothing to who reads the sanction
		return nil, fmt.Errorf("%q is no zone", name)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	zones.Store(name, z)
	return z, nil
}
