package site

import "slices"

// linkTenant links those whose remote-access software answers to one account that
// nobody named: when few do, it is one stranger's.
func (s *Survey) linkTenant(t *thing) {
	if t.crowded || s.ground.Tenants[t.value] {
		return
	}
	there := s.users(t)
	certain := s.strangers(there)
	if !certain && len(there) > mostPossible {
		return
	}
	for i, x := range there {
		for _, y := range there[:i] {
			if !s.apartAtAll(x, y) {
				continue
			}
			on := (x.days | y.days) & s.until
			l := link{certain: certain && (x.days&^x.weak())&s.until != 0 && (y.days&^y.weak())&s.until != 0, days: on, strength: strongTenant, reason: reasonTenant}
			if s.replaced(x, y) {
				l.certain, l.strength, l.reason = false, strongReplaced, reasonTenant+doubtReplaced
			}
			s.put(x, y, l)
		}
	}
}

// strangers says whether the account that some laptops answer to may be one operator's.
// What half of a small company answers to is its service provider's, sanctioned or not,
// and what very many do is mostly a department's; but those of a department do not stand
// side by side in the houses of a few.
func (s *Survey) strangers(there []*had) bool {
	laptops, fleet := len(there), len(s.enrolled)
	switch {
	case laptops >= manyPeople && 2*laptops > fleet:
		return false
	case laptops <= mostAtTenant && (fleet <= largeFleet || laptops*tenantShare <= fleet):
		return true
	}
	return 2*s.sideBySide(there) >= laptops
}

// sideBySide counts those of some laptops that stand for certain in one place with
// another one of them.
func (s *Survey) sideBySide(there []*had) int {
	beside := map[*laptop]bool{}
	for i, x := range there {
		for _, y := range there[:i] {
			b := s.links[pairOf(x.by, y.by)]
			if b != nil && slices.ContainsFunc(b.sure, func(l link) bool { return isSpot(l.what) }) {
				beside[x.by], beside[y.by] = true, true
			}
		}
	}
	return len(beside)
}
