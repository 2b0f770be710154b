package site

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// driven are so many laptops at one router, with some sessions.
func driven(laptops int, sessions []Session) scene {
	s := scene{today: day(20), use: Use{Sessions: sessions, Driven: map[string]time.Time{}}}
	for n := range laptops {
		id := fmt.Sprint("laptop-", n)
		s.ground.Devices = append(s.ground.Devices, device.Enrolled{ID: id, EnrolledAt: day(-100)})
		for d := 1; d <= 20; d++ {
			s.stays = append(s.stays, device.Stay{DeviceID: id, Gateway: "g", Address: "g", Network: 7922, NetworkClass: device.NetworkResidential, First: day(d), Last: day(d).Add(23 * time.Hour)})
		}
	}
	return s
}

// counted are the days of turns and of beginnings together, by laptop.
func (s scene) counted() string {
	survey, text := s.survey(), ""
	p := survey.pace(s.use)
	for _, d := range s.ground.Devices {
		l := survey.fleet.laptops[d.ID]
		text += fmt.Sprint(d.ID, " ", p.turns[l].count(), " ", p.together[l].count(), "; ")
	}
	return text
}

// A shift is a day of its own, at whatever hour of UTC it falls.
func TestAShiftOverMidnightIsOneDay(t *testing.T) {
	var turns, together []Session
	for d := 3; d <= 7; d++ { // 23:58 is the only hand-over
		turns = append(turns, Session{"laptop-0", day(d).Add(20 * time.Hour), day(d).Add(24*time.Hour - 2*time.Minute)}, Session{"laptop-1", day(d + 1).Add(3 * time.Minute), day(d + 1).Add(4 * time.Hour)})
		for n := range 2 {
			for _, clock := range []time.Duration{20 * time.Hour, 23*time.Hour + 59*time.Minute, 26 * time.Hour} {
				at := day(d).Add(clock + time.Duration(n)*50*time.Second)
				together = append(together, Session{fmt.Sprint("laptop-", n), at.Add(20 * time.Second), at.Add(time.Hour)})
			}
		}
	}
	for want, sessions := range map[string][]Session{"laptop-0 5 0; laptop-1 5 0; ": turns, "laptop-0 0 5; laptop-1 0 5; ": together} {
		if got := driven(2, sessions).counted(); got != want {
			t.Errorf("counted is %q, want %q", got, want)
		}
	}
}

// Whatever people do in ten hours of a day counts for as many days wherever they do it.
func TestShiftsAreCountedAlikeEverywhere(t *testing.T) {
	for seed := range uint64(20) {
		chance := rand.New(rand.NewPCG(seed, 3))
		var sessions []Session
		for d := 4; d <= 14; d++ {
			for at := day(d).Add(8 * time.Hour); at.Before(day(d).Add(16 * time.Hour)); at = at.Add(time.Duration(chance.IntN(20)) * time.Minute) {
				until := at.Add(time.Duration(5+chance.IntN(100)) * time.Minute)
				sessions = append(sessions, Session{fmt.Sprint("laptop-", chance.IntN(3)), at, until})
				if seed%2 == 0 || chance.IntN(2) == 0 { // one pair of hands
					at = until
				}
			}
		}
		want := driven(3, sessions).counted()
		for minutes := -12 * 60; minutes < 12*60; minutes += 47 {
			by, moved := time.Duration(minutes)*time.Minute, []Session(nil)
			for _, one := range sessions {
				moved = append(moved, Session{one.DeviceID, one.From.Add(by), one.To.Add(by)})
			}
			if got := driven(3, moved).counted(); got != want {
				t.Errorf("seed %d: %v later counted is %q, and was %q", seed, by, got, want)
			}
		}
	}
}
