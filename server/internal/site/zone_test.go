package site

import (
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// later is the same fleet some hours to the west, or to the east where they are below 0: all happens so much later, and what is
// noted of a day (UTC) goes on in a note of the next one.
func (s scene) later(by time.Duration) scene {
	west := s
	west.today = s.today.Add(24 * time.Hour) // on which the last shift ends
	west.stays, west.traits, west.use = nil, nil, Use{Driven: map[string]time.Time{}}
	west.ground.Devices = slices.Clone(s.ground.Devices)
	for i := range west.ground.Devices {
		west.ground.Devices[i].EnrolledAt = west.ground.Devices[i].EnrolledAt.Add(by)
	}
	for _, y := range s.stays {
		for _, n := range notes(y.First.Add(by), y.Last.Add(by)) {
			y.Day, y.First, y.Last = n[0].Format(time.DateOnly), n[0], n[1]
			west.stays = append(west.stays, y)
		}
	}
	for _, y := range s.traits {
		for _, n := range notes(y.First.Add(by), y.Last.Add(by)) {
			y.Day, y.First, y.Last = n[0].Format(time.DateOnly), n[0], n[1]
			west.traits = append(west.traits, y)
		}
	}
	west.stays = merged(west.stays, func(y *device.Stay) ([6]string, *time.Time, *time.Time) {
		return [6]string{y.DeviceID, y.Day, y.Gateway, y.AccessPoint, y.Address, y.NetworkClass}, &y.First, &y.Last
	})
	west.traits = merged(west.traits, func(y *device.Trait) ([6]string, *time.Time, *time.Time) {
		return [6]string{y.DeviceID, y.Day, y.Kind, y.Value}, &y.First, &y.Last
	})
	for _, one := range s.use.Sessions {
		west.use.Sessions = append(west.use.Sessions, Session{one.DeviceID, one.From.Add(by), one.To.Add(by)})
	}
	for id, at := range s.use.Driven {
		west.use.Driven[id] = at.Add(by)
	}
	if s.ground.Driven != nil {
		west.ground.Driven = west.use.Driven
	}
	return west
}

// notes are those of one stretch of time, of each day one.
func notes(from, to time.Time) (list [][2]time.Time) {
	for midnight := from.Truncate(24 * time.Hour).Add(24 * time.Hour); midnight.Before(to); midnight = midnight.Add(24 * time.Hour) {
		list = append(list, [2]time.Time{from, midnight.Add(-time.Minute)})
		from = midnight
	}
	return append(list, [2]time.Time{from, to})
}

// merged makes one note of those of one day, as the collector keeps them.
func merged[T any](list []T, of func(*T) ([6]string, *time.Time, *time.Time)) (some []T) {
	at := map[[6]string]int{}
	for _, one := range list {
		key, from, to := of(&one)
		i, known := at[key]
		if !known {
			at[key] = len(some)
			some = append(some, one)
			continue
		}
		_, first, last := of(&some[i])
		*first, *last = earlier(*first, *from), later(*last, *to)
	}
	return some
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// TestWhereTheSunRisesDoesNotMatter: the same life lived some hours to the west makes the
// same sites and links, and the same days of turns and beginnings together.
func TestWhereTheSunRisesDoesNotMatter(t *testing.T) {
	fleets := everyFleet(t)
	fleets["a company with a farm"] = company(60) // at home in the evening, in offices by day
	for name, s := range fleets {
		p := s.later(0)
		want := p.picture(t, p.fleet(nil)).shape()
		for hours := -12; hours <= 11; hours++ {
			p := s.later(time.Duration(hours) * time.Hour)
			got := p.picture(t, p.fleet(nil)).shape()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %d hours to the west\nonly there %v\nonly here %v", name, hours, without(got, want), without(want, got))
			}
		}
	}
}

func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return slices.Contains(others, one) })
}

// shape is what of a picture names no moment.
func (p picture) shape() (list []string) {
	for _, one := range p.Sites {
		text := "site " + string(one.PlaceKind)
		for _, m := range p.Members[one.ID] {
			text += " " + m.DeviceID
			if !m.Certain {
				text += "?"
			}
		}
		list = append(list, text)
	}
	for _, l := range p.Links {
		text := "possible "
		if l.Certain {
			text = "certain "
		}
		list = append(list, text+l.Kind+" "+l.From+" "+l.To)
	}
	for id, row := range p.Verdicts {
		for _, column := range []string{"in_turns_days", "started_together_days"} {
			list = append(list, id+" "+column+" "+row[column])
		}
	}
	for claim := range p.Claims {
		list = append(list, claim)
	}
	slices.Sort(list)
	return list
}
