package site

// A batch is who came to a spot as they were enrolled, many within few days: onto a bench
// where laptops are set up, or onto the shelf of a farm whose laptops came in one parcel.
// Only that they leave, or stay, tells which.
type batch struct {
	open  map[*had]bool // whose time on a bench is not over, or who left within it; nil where there is no batch
	bench bool          // those whose time is over left within it, nearly all
}

// batchOf looks at how those came and went who were at a spot.
func (s *Survey) batchOf(there []*had) batch {
	if len(there) < manyPeople {
		return batch{}
	}
	b := batch{open: map[*had]bool{}}
	var came []int64 // days of enrolment
	fresh, left := 0, 0
	for _, h := range there {
		enrolled, known := s.enrolled[h.by.id]
		here := h.days & s.until
		first, last := s.fleet.today-int64(here.first()), s.fleet.today-int64(here.last())
		if !known || first < enrolled-1 || first > enrolled+benchBatch {
			continue
		}
		came = append(came, enrolled)
		if last > enrolled+benchDays {
			continue // it came to stay
		}
		b.open[h] = true
		// What was there yesterday may not have spoken yet today.
		if today := s.fleet.today - int64(s.age); today > enrolled+benchDays && today-last > 1 {
			left++
		} else {
			fresh++
		}
	}
	for h := range b.open {
		if near(came, s.enrolled[h.by.id], benchBatch) < manyPeople {
			delete(b.open, h)
		}
	}
	b.bench = left >= manyPeople && 5*left >= 4*(len(there)-fresh)
	return b
}

// onBench are the days on which a laptop stood where it came with a batch that may be
// one on a bench.
func (s *Survey) onBench(l *laptop) days {
	on, known := s.benches[l]
	if !known {
		for _, spot := range l.had {
			if s.opened(spot) {
				on |= spot.days & s.until
			}
		}
		s.benches[l] = on
	}
	return on
}

// opened says whether somebody came with a batch to a spot, of which only what follows
// tells what it is.
func (s *Survey) opened(h *had) bool {
	return isSpot(h.what) && len(h.what.had) >= manyPeople && h.days&s.until != 0 && s.placeOf(h.what).batch.open[h]
}

// near counts those of some days that lie within a span around one.
func near(list []int64, day, span int64) (n int) {
	for _, one := range list {
		if one >= day-span && one <= day+span {
			n++
		}
	}
	return n
}
