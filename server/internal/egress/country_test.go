package egress

import (
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the samples, also where the system knows none

	"github.com/farmwatch/farmwatch/server/internal/device"
)

func TestCountriesRead(t *testing.T) {
	table, err := readCountries(countryTable)
	if err != nil || len(table) < 240 {
		t.Fatalf("%d countries, %v", len(table), err)
	}
	for code, c := range table {
		if c.middle.North < -90 || c.middle.North > 90 || c.middle.East < -180 || c.middle.East > 180 || c.reach < 50 || c.reach > 5000 || len(c.offsets) == 0 {
			t.Errorf("%s: %+v", code, c)
		}
		for _, minutes := range c.offsets {
			if minutes < -12*60 || minutes > 14*60 || minutes%15 != 0 {
				t.Errorf("%s: no clock shows %d minutes from UTC", code, minutes)
			}
		}
	}
	for text, want := range map[string]string{
		"PT,41,-19,1150": "countries.csv:1: want", "PT,x,1,1,0": "invalid syntax", "PT,1,1,1,noon": "invalid syntax", "PT,1,1,1,0\nPT,1,1,1,0": "countries.csv:2: PT stands twice",
	} {
		if _, err := readCountries(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// The table must know every offset that its countries' zones have, in summer and winter.
func TestOffsetsAreThoseOfTheZones(t *testing.T) {
	for zone, code := range map[string]string{
		"Europe/Lisbon": "PT", "Atlantic/Azores": "PT", "America/New_York": "US", "Pacific/Honolulu": "US", "America/Anchorage": "US", "Asia/Shanghai": "CN", "Asia/Kolkata": "IN",
		"Asia/Pyongyang": "KP", "Asia/Seoul": "KR", "Australia/Lord_Howe": "AU", "America/St_Johns": "CA", "Asia/Kathmandu": "NP", "Europe/Kaliningrad": "RU", "Asia/Kamchatka": "RU",
		"America/Sao_Paulo": "BR", "Africa/Casablanca": "MA", "Pacific/Chatham": "NZ",
	} {
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for month := time.January; month <= time.December; month++ {
			_, seconds := time.Date(2026, month, 2, 12, 0, 0, 0, place).Zone()
			if impossible(code, seconds/60) {
				t.Errorf("%s in %s: %d minutes are impossible in %s", zone, month, seconds/60, code)
			}
		}
	}
	if !impossible("US", 480) || impossible("XX", 480) {
		t.Error("a clock of China's is possible in the United States, or a country of which nothing is known rules it out")
	}
}

func TestDistances(t *testing.T) {
	lisbon, _ := ReadPlace("38.7,-9.1")
	newYork := Spot{40.7, -74}
	if d := distance(lisbon.Spot, newYork); d < 5350 || d > 5500 {
		t.Errorf("from Lisbon to New York it is %.0f km", d)
	}
	near, _ := reachable(lisbon, "PT")
	far, _ := reachable(lisbon, "AU")
	// From Lisbon to Australia packets need about 300 ms; what any honest line needs must pass.
	if near < 80*time.Millisecond || near > 125*time.Millisecond || far < 300*time.Millisecond || far > 420*time.Millisecond {
		t.Errorf("as far as Portugal reaches in %s, as far as Australia in %s", near, far)
	}
	for _, bad := range []string{"", "PTX", "91,0", "0,181", "1", "NaN,1", "one,two", "1,2,3"} {
		if p, err := ReadPlace(bad); err == nil {
			t.Errorf("%q is a place: %+v", bad, p)
		}
	}
	if p, err := ReadPlace("pt"); err != nil || p.reach < 500 {
		t.Errorf("a country: %+v, %v", p, err)
	}
}

// TestALyingLaptopStaysBounded: whatever a laptop says of its router, the rows of all
// others stay as they are, and its own costs no more than a moment.
func TestALyingLaptopStaysBounded(t *testing.T) {
	c := known(t)
	fleet := NewFleet(Default(), nil)
	for day := range 30 {
		for n := range 64 {
			at := firstDay.AddDate(0, 0, day).Add(time.Duration(n) * time.Minute)
			fleet.Add(&device.Stay{DeviceID: "liar", Day: at.Format(time.DateOnly), Gateway: fmt.Sprintf("g-%d-%d", day, n), AccessPoint: fmt.Sprintf("p-%d-%d", day, n),
				Address: fmt.Sprintf("a-%d-%d", day, n), NetworkClass: []string{device.NetworkVPN, device.NetworkResidential}[n%2], Country: "US", TimeZone: "x", UTCOffset: 480,
				Listed: "x", First: at, Last: at, Times: 1, Flips: 1 << 30})
		}
	}
	fleet.Add(&device.Stay{DeviceID: "other", Day: "2026-11-02", Gateway: "home", Address: "home", NetworkClass: device.NetworkResidential, Country: "US", First: firstDay, Last: firstDay})
	fleet.Add(&device.Stay{DeviceID: "noise", Day: "no day"})
	fleet.Add(&device.Stay{DeviceID: "noise", Day: "2026-11-02"})
	began := time.Now()
	s := fleet.Survey()
	v, ok := s.Judge(c, device.Enrolled{ID: "liar"})
	if took := time.Since(began); !ok || len(v.Claims) == 0 || took > 5*time.Second {
		t.Errorf("judged %v in %s", v.Claims, took)
	}
	if v, ok := s.Judge(c, device.Enrolled{ID: "other"}); !ok || len(v.Claims) != 0 {
		t.Errorf("the other has %v", v.Claims)
	}
	if _, ok := s.Judge(c, device.Enrolled{ID: "noise"}); ok {
		t.Error("what counts no place has a row")
	}
}
