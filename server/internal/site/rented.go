package site

import "github.com/farmwatch/farmwatch/server/internal/device"

// rented: a room that somebody rents for laptops of others looks like a small office on
// a line for companies. It is taken for none where hardly a laptop was ever elsewhere,
// people are few and no great part of the company, and somebody else can drive those of
// two people and one in five of all who are there, which nobody sanctioned.
func (s *Survey) rented(there []*had) bool {
	stay, driven := map[*laptop]days{}, map[*laptop]days{}
	carried, homes := 0, map[*had]days(nil)
	for _, h := range there {
		on := h.days & s.until
		if !s.counts(h.by) || on.span() < settledDays {
			continue
		}
		if homes == nil {
			homes = s.homes(there)
		}
		stay[h.by] = on
		if (homes[h] & since(on.first())).count() > 1 {
			carried++
		}
		if since, is := s.ground.Driven[h.by.id]; is && since.Before(s.fleet.time(s.age-1)) {
			driven[h.by] = on
		}
	}
	people, hands := s.people.count(stay, true), s.people.count(driven, true)
	return hands >= 2 && 5*hands >= people && 5*carried <= len(stay) && people <= mostInRoom && 2*people <= len(s.enrolled)
}

// OnCompanyLine says whether a device stood at a line that is one for companies or schools.
func (f *Fleet) OnCompanyLine(deviceID string) bool {
	l := f.laptops[deviceID]
	if l == nil {
		return false
	}
	for _, h := range l.had {
		if h.at == nil {
			continue
		}
		if class, ok := h.at.classes.most(h, all); ok && companyLine(class) {
			return true
		}
	}
	return false
}

func companyLine(class string) bool {
	return class == device.NetworkBusiness || class == device.NetworkEducation
}
