// Package site judges which laptops of different people belong together: by the
// routers, access points and things that they share it links them, and what certain
// links join is a site. It is pure: the same traits give the same sites, in whatever
// order they come.
//
// A wrong certain link is worse than none: it would let one laptop answer for
// another. So only certain links join, and possible ones are shown apart. It sees
// equalities of keyed hashes; it knows no address and no name. Of working hours it asks
// only in which quarter of a day (UTC) a laptop rests, so that what is done over midnight
// is of one day; that is kept nowhere and told to nobody.
package site

import (
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Class is the class of the rows that are made here.
const Class = device.SiteClass

// Memory is how many days of traits are looked back on.
const Memory = 30

// A PlaceKind is what kind of place a router or an access point stands in.
type PlaceKind string

// The kinds of places, learned or declared.
const (
	Home    PlaceKind = "home"
	Company PlaceKind = "company" // an office of the company's own
	Staging PlaceKind = "staging" // a bench where laptops are set up, which leave it within days
	Repair  PlaceKind = "repair"  // laptops come to it one by one, stay for days and go back
	Room    PlaceKind = "room"    // a meeting room, a desk for everybody
	Public  PlaceKind = "public"  // a hotel, a conference, a coworking space
	Unknown PlaceKind = "unknown"
)

// A Site is what certain links join: laptops of different people.
type Site struct {
	ID        string // from the earliest of its certain traits: it stays when others come
	Name      string // as people read it
	PlaceKind PlaceKind
	Declared  bool     // somebody said what kind of place it is; else it was learned
	People    int      // whose laptops are part of it for certain; those of one household are one
	Devices   int      // that are part of it for certain
	Possible  int      // further devices that may be part of it and are not counted
	Kinds     []string // kinds of the certain links that join it, sorted
	Anchors   []string // hashes of its certain traits, sorted: by them it stays the same site
	Since     time.Time
	Last      time.Time // when two of its devices were last met together
}

// A Member is a device of a site.
type Member struct {
	DeviceID   string
	Person     string    // opaque; empty where no import says whose it is
	Certain    bool      // false: it only may be part of it
	Mechanisms []string  // titles of what lets somebody else drive it, is open, and nobody sanctioned; sorted
	Since      time.Time // since when it is linked
	Last       time.Time // when it last shared something
}

// Driven says whether somebody else can drive the device and nobody sanctioned that.
func (m Member) Driven() bool { return len(m.Mechanisms) > 0 }

// A Link joins two devices of different people. Certain links join sites; possible
// ones are shown.
type Link struct {
	From, To string // ids of devices; From is the smaller one
	Certain  bool
	Kind     string  // of the trait they share, or address, together, turns
	Strength float64 // 0 to 1: about how often so much in common means one place or one pair of hands
	Reason   string  // in words
	First    time.Time
	Last     time.Time
	Days     int // on which it held
}
