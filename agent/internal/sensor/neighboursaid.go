package sensor

import (
	"regexp"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// kvmWords are the products whose default host names are known, sorted. A word of
// this list is all that may be said of a name.
var kvmWords = []string{"blikvm", "glkvm", "jetkvm", "nanokvm", "onekvm", "openterface", "pikvm", "tinypilot"}

// nanoDefault is what a NanoKVM calls itself: kvm- and four digits of its number.
var nanoDefault = regexp.MustCompile(`^kvm-[0-9a-f]{4}$`)

// kvmNamed is the number in kvmWords of the product that a host name stands for;
// negative when it stands for none. People add to default names (pikvm-attic), so
// that one word among several is enough.
func kvmNamed(name string) int {
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	if nanoDefault.MatchString(name) {
		name = "nanokvm"
	}
	name = strings.ReplaceAll(name, "one-kvm", "onekvm")
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '-' || r == '_' }) {
		if at := slices.Index(kvmWords, strings.TrimRight(word, "0123456789")); at >= 0 {
			return at
		}
	}
	return -1
}

// traits are what a device said of itself, as far as it is kept: no name.
type traits struct {
	kvm     uint16     // bit n for kvmWords[n]
	class   makerClass // of its services and names; unknown when they tell none
	sure    bool       // nothing else has such a service
	scheme  string     // of its names: the longest that has one
	lengths int        // of that name
}

// traitsOf keeps of an announcement what is counted.
func traitsOf(said parse.Announcement) traits {
	t := traits{class: unknownClass}
	for _, name := range said.Names[:min(len(said.Names), namesPerAnnouncement)] {
		if at := kvmNamed(name); at >= 0 {
			t.kvm |= 1 << at
		}
		if class := classOfName(name); class != unknownClass {
			t.class, t.sure = class, true
		}
		if scheme := schemeOf(name); scheme != "" && len(name) > t.lengths {
			t.scheme, t.lengths = scheme, len(name)
		}
	}
	for _, service := range said.Services[:min(len(said.Services), namesPerAnnouncement)] {
		if class, sure := classOfService(service); class != unknownClass && !t.sure {
			t.class, t.sure = class, sure
		}
		if service == "_pikvm._tcp" {
			t.kvm |= 1 << slices.Index(kvmWords, "pikvm")
		}
	}
	switch class := classOfProduct(said.Product); {
	case class != unknownClass:
		t.class, t.sure = class, true
	case strings.HasPrefix(said.Vendor, "android-dhcp") && !t.sure:
		t.class = phoneClass
	}
	return t
}

// classOfProduct knows what Apple's machines say that they are.
func classOfProduct(product string) makerClass {
	for _, known := range []struct {
		prefix string
		class  makerClass
	}{{"MacBook", laptopClass}, {"iPhone", phoneClass}, {"iPad", phoneClass}, {"AppleTV", iotClass}, {"AudioAccessory", iotClass}} {
		if strings.HasPrefix(product, known.prefix) {
			return known.class
		}
	}
	return unknownClass
}

// namesPerAnnouncement bounds what is read of one announcement.
const namesPerAnnouncement = 64

var (
	phoneNames   = regexp.MustCompile(`(^|[-_])(iphone|ipad|ipod|android|galaxy|pixel|redmi|oneplus)([-_0-9]|$)`)
	printerNames = regexp.MustCompile(`^(npi[0-9a-f]{6}|br[nw][0-9a-f]{12}|hp[0-9a-f]{6}|epson[0-9a-f]{6}|canon[0-9a-f]{6})$|printer`)
	iotNames     = regexp.MustCompile(`(^|[-_])(apple-?tv|homepod|chromecast|google-home|shelly.*|tasmota.*|esp[-_].*|sonos.*|roku.*|lgwebostv|bravia.*|echo|fire-?tv)([-_0-9]|$)`)
)

// classOfName knows names that devices give themselves.
func classOfName(name string) makerClass {
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	switch {
	case phoneNames.MatchString(name):
		return phoneClass
	case printerNames.MatchString(name):
		return printerClass
	case iotNames.MatchString(name):
		return iotClass
	}
	return unknownClass
}

// Services that only one kind of device has, and such as laptops may have too: a
// laptop shares a printer, takes AirPlay and plays music for others.
var (
	phoneServices   = []string{"_apple-mobdev2._tcp", "_apple-mobdev._tcp"}
	printerServices = []string{"_pdl-datastream._tcp", "_uscan._tcp", "_uscans._tcp", "_scanner._tcp"}
	iotServices     = []string{
		"_googlecast._tcp", "_hap._tcp", "_matter._tcp", "_matterc._udp", "_meshcop._udp", "_hue._tcp", "_sonos._tcp", "_mediaremotetv._tcp", "_touch-able._tcp", "_sleep-proxy._udp",
		"_homekit._tcp", "_amzn-wplay._tcp", "_esphomelib._tcp", "_shelly._tcp", "_viziocast._tcp", "_androidtvremote2._tcp", "_androidtvremote._tcp", "_miio._udp", "_nanoleafapi._tcp", "_philipstv_rpc._tcp", "_axis-video._tcp",
	}
	maybePrinterServices = []string{"_ipp._tcp", "_ipps._tcp", "_printer._tcp"}
	maybeIoTServices     = []string{"_airplay._tcp", "_raop._tcp", "_spotify-connect._tcp", "_dlna._tcp"}
)

func classOfService(service string) (class makerClass, sure bool) {
	switch {
	case slices.Contains(phoneServices, service):
		return phoneClass, true
	case slices.Contains(printerServices, service):
		return printerClass, true
	case slices.Contains(iotServices, service):
		return iotClass, true
	case slices.Contains(maybePrinterServices, service):
		return printerClass, false
	case slices.Contains(maybeIoTServices, service):
		return iotClass, false
	}
	return unknownClass, false
}

// refined is the class of a device, by its maker and by what it says of itself. A
// board stays a board whatever is made of it, and what anybody can say does not
// make a laptop of anything.
func refined(maker makerClass, said traits) makerClass {
	switch {
	case maker == boardClass, maker == kvmClass, maker == routerClass, said.class == unknownClass:
		return maker
	case said.sure, maker != laptopClass:
		return said.class
	}
	return maker
}
