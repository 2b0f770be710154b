package sensor

import (
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

func TestKVMNamed(t *testing.T) {
	for name, want := range map[string]string{
		"pikvm": "pikvm", "PIKVM.local": "pikvm", "pikvm-attic": "pikvm", "pikvm2": "pikvm", "tinypilot": "tinypilot", "jetkvm-0a1b2c": "jetkvm",
		"glkvm": "glkvm", "blikvm": "blikvm", "kvm-12ab": "nanokvm", "one-kvm": "onekvm", "kvm-switch": "", "kvm": "", "mypikvms": "", "linux-kvm-host": "", "": "",
	} {
		got := ""
		if at := kvmNamed(name); at >= 0 {
			got = kvmWords[at]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestRefined: what a device says of itself corrects what its maker stands for,
// and a laptop that shares a printer stays one.
func TestRefined(t *testing.T) {
	for name, c := range map[string]struct {
		maker makerClass
		said  parse.Announcement
		want  makerClass
	}{
		"laptop that says nothing":                  {laptopClass, parse.Announcement{}, laptopClass},
		"Mac that takes AirPlay":                    {laptopClass, parse.Announcement{Services: []string{"_airplay._tcp", "_raop._tcp"}}, laptopClass},
		"Apple TV":                                  {laptopClass, parse.Announcement{Services: []string{"_airplay._tcp", "_mediaremotetv._tcp"}}, iotClass},
		"iPhone":                                    {laptopClass, parse.Announcement{Names: []string{"annas-iphone"}}, phoneClass},
		"laptop that shares a printer":              {laptopClass, parse.Announcement{Services: []string{"_ipp._tcp"}}, laptopClass},
		"printer of a laptop maker":                 {laptopClass, parse.Announcement{Names: []string{"npi3f2a91"}}, printerClass},
		"television of a phone maker":               {phoneClass, parse.Announcement{Services: []string{"_airplay._tcp"}}, iotClass},
		"MacBook with an address of its own making": {unknownClass, parse.Announcement{Product: "MacBookPro18,3"}, laptopClass},
		"iPad": {laptopClass, parse.Announcement{Product: "iPad13,4"}, phoneClass},
		"phone with an address of its own making": {unknownClass, parse.Announcement{Vendor: "android-dhcp-14"}, phoneClass},
		"speaker that is a Raspberry Pi":          {boardClass, parse.Announcement{Services: []string{"_spotify-connect._tcp"}}, boardClass},
		"KVM that calls itself a printer":         {kvmClass, parse.Announcement{Names: []string{"printer"}}, kvmClass},
	} {
		if got := refined(c.maker, traitsOf(c.said)); got != c.want {
			t.Errorf("%s: class %d, want %d", name, got, c.want)
		}
	}
}
