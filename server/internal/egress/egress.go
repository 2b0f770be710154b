// Package egress judges where laptops stand and how they reach the internet: from
// all stays of the last days it makes one row per device of the class egress, and
// finds what rules say of it. It is pure: the same stays give the same rows.
//
// It sees equalities, countries and kinds of networks. It knows no address, no
// coordinates, and no way from one place to another; no rule of it may ask where a
// person comes from.
package egress

import (
	"slices"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Class is the class of the rows that are made here.
const Class = device.EgressClass

// Memory is how many days of stays a row looks back on.
const Memory = 30

// Numbers are the thresholds of what is learned of the fleet. The company's own
// way out must be known for its own without anybody telling, and a farm must not
// pass for one: that is what they are weighed by. They are a start, not measured
// over fleets, and can be set.
type Numbers struct {
	// An address is the company's own when, on so many days, so many laptops that
	// stand behind so many routers used it, and they are this share of all that were
	// heard that day. Laptops behind one router are an office or a farm, and are told
	// apart by who runs the line; laptops at home that share an address share a VPN.
	LearnDays     int
	LearnDevices  int
	LearnGateways int
	LearnPercent  int
	// What a provider for homes connects is an office when so many laptops of this
	// company go out by one address and most of them are met elsewhere, too. Farms of
	// which courts told held laptops of many companies, of each one or a few, and none
	// was carried about.
	OfficeDevices int
	// An address behind which so many routers stand is a carrier's, shared by many homes.
	CarrierGateways int
	// A laptop of which nothing was heard for so many days was silent long: weekends
	// and public holidays are shorter.
	SilentDays int
}

// Default is what is used where nothing else is set.
func Default() Numbers {
	return Numbers{LearnDays: 3, LearnDevices: 10, LearnGateways: 5, LearnPercent: 5, OfficeDevices: 20, CarrierGateways: 3, SilentDays: 5}
}

// steps are how counts of other devices are told: at least so many.
var steps = []int{0, 1, 2, 3, 5, 10, 20, 50}

func step(n int) int {
	at, exact := slices.BinarySearch(steps, n)
	if !exact {
		at--
	}
	return steps[max(at, 0)]
}

// A kind is what a network class means for whoever stands in it.
type kind int

const (
	silent kind = iota // tells nothing: internal, unknown
	plain              // of a place: its country is where the laptop is, as far as the data go
	masked             // stands for the place of somebody else: VPNs and servers for rent
	ours               // the company's own, or a service between: relays, SASE
)

func kindOf(class string) kind {
	switch {
	case device.TellsPlace(class):
		return plain
	case device.HidesPlace(class):
		return masked
	case class == device.NetworkCorporate, class == device.NetworkRelay, class == device.NetworkSASE:
		return ours
	}
	return silent
}
