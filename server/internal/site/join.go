package site

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A cluster is a site while it is worked on.
type cluster struct {
	Site
	members []*laptop // for certain, by id
	maybe   []*laptop // possibly, by id
}

// mostAnchors is by how many things a site is known again at most.
const mostAnchors = 64

// join makes sites of what certain links join.
func (s *Survey) join() {
	root := map[*laptop]*laptop{}
	var find func(*laptop) *laptop
	find = func(l *laptop) *laptop {
		if up, known := root[l]; known && up != l {
			top := find(up)
			root[l] = top
			return top
		}
		root[l] = l
		return l
	}
	for p, b := range s.links {
		if b.certain {
			x, y := find(p.a), find(p.b)
			if x.id > y.id {
				x, y = y, x
			}
			root[y] = x
		}
	}
	by := map[*laptop]*cluster{}
	for _, l := range sorted(root) {
		top := find(l)
		if by[top] == nil {
			by[top] = &cluster{}
			s.sites = append(s.sites, by[top])
		}
		by[top].members = append(by[top].members, l)
		s.of[l] = by[top]
	}
	s.describe()
	s.maybes()
	s.keepIDs()
	slices.SortFunc(s.sites, func(a, b *cluster) int { return cmp.Compare(a.ID, b.ID) })
}

// An anchored is a thing that joins a site, and since when.
type anchored struct {
	hash  string
	what  *thing
	since time.Time
	pairs int
}

// note adds a certain link to what joins a site.
func (c *cluster) note(set map[*thing]*anchored, l link) {
	at := set[l.what]
	if at == nil {
		at = &anchored{hash: anchor(l.what), what: l.what, since: l.first}
		set[l.what] = at
	}
	at.since, at.pairs = earlier(at.since, l.first), at.pairs+1
	if c.Last.Before(l.last) {
		c.Last = l.last
	}
	if !slices.Contains(c.Kinds, l.kind) {
		c.Kinds = append(c.Kinds, l.kind)
	}
}

// describe says of each site what joins it.
func (s *Survey) describe() {
	anchors := map[*cluster]map[*thing]*anchored{}
	for _, c := range s.sites {
		anchors[c] = map[*thing]*anchored{}
	}
	for p, b := range s.links {
		if c := s.of[p.a]; c != nil {
			for _, l := range b.sure {
				c.note(anchors[c], l)
			}
		}
	}
	for c, set := range anchors {
		list := make([]*anchored, 0, len(set))
		for _, at := range set {
			list = append(list, at)
		}
		slices.SortFunc(list, func(a, b *anchored) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.hash, b.hash)) })
		c.ID, c.Since = "site-"+list[0].hash[:12], list[0].since
		for _, at := range list[:min(len(list), mostAnchors)] {
			c.Anchors = append(c.Anchors, at.hash)
		}
		slices.Sort(c.Anchors)
		slices.Sort(c.Kinds)
		c.Devices, c.People = len(c.members), s.people.count(s.onAll(c.members), true)
		s.placeSite(c, list)
	}
}

// anchor is what a site is known again by.
func anchor(t *thing) string {
	sum := sha256.Sum256([]byte(t.kind + "\x00" + t.value))
	return hex.EncodeToString(sum[:])[:16]
}

func (s *Survey) onAll(list []*laptop) map[*laptop]days {
	on := map[*laptop]days{}
	for _, l := range list {
		on[l] = l.heard & s.until
	}
	return on
}

// placeSite says what kind of place a site is: that of the router or access point that
// joins most of its pairs.
func (s *Survey) placeSite(c *cluster, list []*anchored) {
	c.PlaceKind = Unknown
	most := 0
	for _, at := range list {
		if (at.what.kind == device.TraitGateway || at.what.kind == device.TraitAccessPoint) && at.pairs > most {
			p := s.placeOf(at.what)
			most, c.PlaceKind, c.Declared = at.pairs, p.kind, p.declared
			if p.label != "" {
				c.Name = p.label
			}
		}
	}
}

// maybes are the devices that are of no site and possibly linked to one of it.
func (s *Survey) maybes() {
	for p, b := range s.links {
		if b.certain {
			continue
		}
		for _, side := range []pair{{p.a, p.b}, {p.b, p.a}} {
			if c := s.of[side.a]; c != nil && s.of[side.b] == nil && !slices.Contains(c.maybe, side.b) {
				c.maybe = append(c.maybe, side.b)
			}
		}
	}
	for _, c := range s.sites {
		slices.SortFunc(c.maybe, func(a, b *laptop) int { return cmp.Compare(a.id, b.id) })
		c.Possible = len(c.maybe)
	}
}

// keepIDs lets sites be those that they were: one that shares a certain trait with an
// earlier one is that one; of several the oldest.
func (s *Survey) keepIDs() {
	by := map[string][]int{} // of kept sites, by anchor
	kept := slices.SortedFunc(slices.Values(s.ground.Kept), func(a, b Site) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID)) })
	for i, k := range kept {
		for _, a := range k.Anchors {
			by[a] = append(by[a], i)
		}
	}
	taken, same := map[string]bool{}, map[*cluster]bool{}
	order := slices.SortedFunc(slices.Values(s.sites), func(a, b *cluster) int {
		return cmp.Or(cmp.Compare(len(b.members), len(a.members)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.members[0].id, b.members[0].id))
	})
	for _, c := range order {
		if best := c.was(kept, by, taken); best >= 0 {
			taken[kept[best].ID], same[c] = true, true
			c.ID, c.Since = kept[best].ID, earlier(c.Since, kept[best].Since)
		}
	}
	for _, c := range order {
		if !same[c] && taken[c.ID] { // one router can join two sites whose laptops never met
			c.ID = "site-" + anchor(&thing{kind: c.ID, value: c.members[0].id})[:12]
		}
		taken[c.ID] = true
		if c.Name == "" {
			c.Name = "Site " + strings.ToUpper(strings.TrimPrefix(c.ID, "site-")[:6])
		}
	}
}

// was is the oldest of the kept sites that shares a certain trait and is no other's; -1 if there is none.
func (c *cluster) was(kept []Site, by map[string][]int, taken map[string]bool) int {
	best := -1
	for _, a := range c.Anchors {
		for _, i := range by[a] {
			if !taken[kept[i].ID] && (best < 0 || i < best) {
				best = i
			}
		}
	}
	return best
}
