package roster_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// As many working days elsewhere are as many days, whatever the time zone: dates of UTC
// would make one more of them in America.
func TestDaysElsewhereAreTheSameInEveryTimeZone(t *testing.T) {
	about := laptop("d1", at(1, 0))
	r := build(t, []roster.Known{about}, file{roster.People, "person,declared_place\np-1,PT\n"}, file{roster.Devices, "device,person,handed_out\nd1,p-1,2026-11-02\n"})
	for hours := -11; hours <= 14; hours++ {
		for many := 1; many <= 4; many++ {
			byDate := map[string]roster.Stood{}
			var dates []string
			for n := range many {
				begin := at(10+n, 9).Add(-time.Duration(hours) * time.Hour)
				for h := range 10 { // a heartbeat an hour, from nine to six there
					beat := begin.Add(time.Duration(h) * time.Hour)
					date := beat.Format(time.DateOnly)
					s, known := byDate[date]
					if !known {
						s = roster.Stood{Day: date, Countries: []string{"BR"}, From: beat}
						dates = append(dates, date)
					}
					s.To = beat
					byDate[date] = s
				}
			}
			var stood []roster.Stood
			for _, date := range dates {
				stood = append(stood, byDate[date])
			}
			if got := r.Row(about, stood, at(20, 12)).Columns["place_declared_differs"]; got != strconv.Itoa(many) {
				t.Errorf("%d working days at UTC%+d count as %s", many, hours, got)
			}
		}
	}
}
