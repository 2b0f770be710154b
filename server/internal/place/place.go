// Package place says what kind of network a public address belongs to, and in
// which country it is registered, from files on the disk: nothing is asked of
// anybody. It works without those files as well and says what is missing.
package place

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// The files of the folder of places.
const (
	networksFile  = "networks.places"
	countriesFile = "countries.places"
)

// oldAfter is the age at which so many addresses have changed hands that a
// person should hear of it.
const oldAfter = 365 * 24 * time.Hour

// A Network is what is known of the network that an address belongs to.
type Network struct {
	Number  uint32 // of the autonomous system; 0 unknown
	Name    string // as its operator registered it; "" unknown
	Class   string // one of device.Network…
	Country string // of the registration, ISO 3166 alpha-2; "" unknown
}

// An Atlas knows networks and countries by address. The zero value knows none.
type Atlas struct {
	networks, countries *table
	classes             *classes
	missing             []string
}

// Open reads a folder of places. What is not there, or cannot be used, is told by
// Missing and no reason not to start.
func Open(folder string, now time.Time) *Atlas {
	a := &Atlas{}
	for _, f := range []struct {
		file, what string
		to         **table
	}{
		{networksFile, "to which network a device's address belongs, and of which kind it is", &a.networks},
		{countriesFile, "in which country a device's address is registered", &a.countries},
	} {
		path := filepath.Join(folder, f.file)
		t, err := readTable(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			a.missing = append(a.missing, fmt.Sprintf("It is not known %s: there is no %s. `make geo` makes it from public data; put it there and start the collector again.", f.what, path))
		case err != nil:
			a.missing = append(a.missing, fmt.Sprintf("It is not known %s: %v. Make it anew with `make geo` and start the collector again.", f.what, err))
		case now.Sub(t.source.At) > oldAfter:
			a.missing = append(a.missing, fmt.Sprintf("It may be told wrongly %s: %s is of %s, and addresses change hands. `make geo` of a newer version makes a newer one.", f.what, path, t.source.At.Format(time.DateOnly)))
			*f.to = t
		default:
			*f.to = t
		}
	}
	var err error
	if a.classes, err = readClasses(classesFile); err != nil {
		a.missing = append(a.missing, fmt.Sprintf("It is not known of which kind a network is: the list in this program does not read: %v", err))
	}
	return a
}

// Missing says in whole sentences what the atlas does not know and why; none when it knows all.
func (a *Atlas) Missing() []string { return a.missing }

// Attribution is what has to stand wherever networks and countries are shown;
// none where there is no data.
func (a *Atlas) Attribution() []string {
	var list []string
	for _, t := range []*table{a.networks, a.countries} {
		if t != nil {
			list = append(list, t.source.Attribution)
		}
	}
	return list
}

// Sources says where the data comes from; none where there is none.
func (a *Atlas) Sources() []Source {
	var list []Source
	for _, t := range []*table{a.networks, a.countries} {
		if t != nil {
			list = append(list, t.source)
		}
	}
	return list
}

// Look says what is known of an address.
func (a *Atlas) Look(at netip.Addr) Network {
	at = at.Unmap()
	if !Public(at) {
		return Network{Class: device.NetworkInternal}
	}
	n := Network{Class: device.NetworkUnknown}
	if a.countries != nil {
		n.Country = a.countries.look(at)
	}
	if a.networks == nil {
		return n
	}
	number, name, _ := strings.Cut(a.networks.look(at), " ")
	if value, err := strconv.ParseUint(number, 10, 32); err == nil {
		n.Number, n.Name = uint32(value), name
	}
	if a.classes != nil && n.Number != 0 {
		n.Class = a.classes.of(n.Number, n.Name)
	}
	return n
}

// shared is what providers use between a customer's router and their own (RFC
// 6598); overlay networks use it as well.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// Public says whether an address tells anything of where a device stands.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}
