package catalogue

import "time"

// Days counts days that are 24 hours each, from the first moment that none before it
// covers. Dates of UTC would make three of two working days in America, and two in Europe.
type Days struct {
	N   int
	end time.Time // of the last of them
}

// Add counts what a stretch of time takes beyond the days before. Stretches come in order
// of their begin, and hold their end.
func (d *Days) Add(from, to time.Time) {
	if from = later(from, d.end); to.Before(from) {
		return
	}
	n := int(to.Sub(from)/aDay) + 1
	d.N, d.end = d.N+n, from.Add(time.Duration(n)*aDay)
}
