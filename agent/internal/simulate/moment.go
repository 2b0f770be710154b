package simulate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A moment is a time of a scenario: a day, and how long after its midnight.
type moment struct {
	day int
	of  time.Duration
}

// parseMoment reads "D3 09:12", "D3 09:12:30" or "D-2".
func parseMoment(text string) (moment, error) {
	day, clock, timed := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.Atoi(strings.TrimPrefix(day, "D"))
	if err != nil || !strings.HasPrefix(day, "D") {
		return moment{}, fmt.Errorf("%q is no moment; write D3 09:12", text)
	}
	m := moment{day: n}
	if timed {
		m.of, err = parseClock(strings.TrimSpace(clock))
	}
	return m, err
}

// parseClock reads "09:12" or "09:12:30".
func parseClock(text string) (time.Duration, error) {
	for _, form := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(form, text); err == nil {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, nil
		}
	}
	return 0, fmt.Errorf("%q is no time of day; write 09:12", text)
}

// parseUntil reads when something ends that began at a moment: a moment, a time
// of that day or the next, or how long after.
func parseUntil(text string, from moment) (moment, error) {
	if strings.HasPrefix(text, "D") {
		return parseMoment(text)
	}
	if long, err := time.ParseDuration(text); err == nil {
		return from.plus(long), nil
	}
	clock, err := parseClock(text)
	if err != nil {
		return moment{}, fmt.Errorf("%q is no moment, time of day or duration; write D5 10:00, 17:30 or 8h30m", text)
	}
	if clock <= from.of {
		return moment{from.day + 1, clock}, nil
	}
	return moment{from.day, clock}, nil
}

func (m moment) plus(d time.Duration) moment {
	of := m.of + d
	days := int(of / (24 * time.Hour))
	return moment{m.day + days, of - time.Duration(days)*24*time.Hour}
}

func (m moment) before(o moment) bool { return m.day < o.day || m.day == o.day && m.of < o.of }

// String writes a moment as files have it.
func (m moment) String() string {
	return fmt.Sprintf("D%d %s", m.day, time.Time{}.Add(m.of).Format("15:04:05"))
}

// parseDays reads "D2-D6" or "D4".
func parseDays(text string) (first, last int, err error) {
	from, to, several := strings.Cut(text, "-D")
	first, err = strconv.Atoi(strings.TrimPrefix(from, "D"))
	last = first
	if err == nil && several {
		last, err = strconv.Atoi(to)
	}
	if err != nil || !strings.HasPrefix(from, "D") || last < first {
		return 0, 0, fmt.Errorf("%q are no days; write D2-D6 or D4", text)
	}
	return first, last, nil
}

var weekdays = map[string]time.Weekday{
	"": time.Monday, "monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday, "thursday": time.Thursday,
	"friday": time.Friday, "saturday": time.Saturday, "sunday": time.Sunday,
}

// falls says whether "every" takes in a weekday.
func falls(every string, day time.Weekday) bool {
	weekend := day == time.Saturday || day == time.Sunday
	return every == "" || every == "day" || every == "weekday" && !weekend || every == "weekend" && weekend
}

// An occasion is one time that an entry happens.
type occasion struct {
	at    moment
	until moment
	ends  bool
}

// occasions lists when an entry happens, in order.
func (s *Scenario) occasions(e Entry) ([]occasion, error) {
	if e.Days == "" {
		at, err := parseMoment(e.At)
		if err != nil {
			return nil, err
		}
		one, err := occasionOf(at, e.Until)
		return []occasion{one}, err
	}
	first, last, err := parseDays(e.Days)
	if err != nil {
		return nil, err
	}
	clock, err := parseClock(e.At)
	if err != nil {
		return nil, err
	}
	var all []occasion
	for day := first; day <= last; day++ {
		weekday := (int(weekdays[s.Begins]) + day%7 + 7) % 7
		if !falls(e.Every, time.Weekday(weekday)) {
			continue
		}
		one, err := occasionOf(moment{day, clock}, e.Until)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func occasionOf(at moment, until string) (occasion, error) {
	if until == "" {
		return occasion{at: at}, nil
	}
	to, err := parseUntil(until, at)
	if err == nil && !at.before(to) {
		err = fmt.Errorf("it ends at %s, before it begins at %s", to, at)
	}
	return occasion{at, to, true}, err
}

// parseBy reads a deadline: a moment, or an entry's name and how long after.
func parseBy(text string) (name string, after time.Duration, at moment, err error) {
	if strings.HasPrefix(text, "D") {
		at, err = parseMoment(text)
		return "", 0, at, err
	}
	name, long, more := strings.Cut(text, "+")
	if more {
		after, err = time.ParseDuration(strings.TrimSpace(long))
	}
	return strings.TrimSpace(name), after, moment{}, err
}
