package egress

import (
	_ "embed" // for the table of countries
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed countries.csv
var countryTable string

// A country is as far as it reaches, and what its clocks show.
type country struct {
	middle  Spot
	reach   float64 // kilometres from the middle to its farthest point
	offsets []int   // minutes east of UTC
}

// A Spot is a point of the earth, in degrees north and east.
type Spot struct{ North, East float64 }

var countries = sync.OnceValue(func() map[string]country {
	table, err := readCountries(countryTable)
	if err != nil { // a test reads it before anybody ships it
		return map[string]country{}
	}
	return table
})

func readCountries(text string) (map[string]country, error) {
	table := map[string]country{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, ",")
		if len(fields) != 5 || len(fields[0]) != 2 {
			return nil, fmt.Errorf("countries.csv:%d: want code,north,east,reach,offsets", number)
		}
		var c country
		var err error
		for i, into := range []*float64{&c.middle.North, &c.middle.East, &c.reach} {
			if *into, err = strconv.ParseFloat(fields[i+1], 64); err != nil {
				return nil, fmt.Errorf("countries.csv:%d: %w", number, err)
			}
		}
		for _, word := range strings.Fields(fields[4]) {
			minutes, err := strconv.Atoi(word)
			if err != nil {
				return nil, fmt.Errorf("countries.csv:%d: %w", number, err)
			}
			c.offsets = append(c.offsets, minutes)
		}
		if _, twice := table[fields[0]]; twice {
			return nil, fmt.Errorf("countries.csv:%d: %s stands twice", number, fields[0])
		}
		table[fields[0]] = c
	}
	return table, nil
}

// impossible says whether no clock of a country shows an offset from UTC. Of a
// country that is not in the table nothing is impossible.
func impossible(code string, minutes int) bool {
	c, known := countries()[code]
	return known && !slices.Contains(c.offsets, minutes)
}

// A Place is where the collector stands, as its administrator declares.
type Place struct {
	Spot  Spot
	reach float64 // how many kilometres from there it may be
}

// rounded is how far off a place may be that is told in degrees.
const rounded = 100

// ReadPlace reads where the collector stands: a country's two letters, or degrees
// north and east as "38.7,-9.1", of which the whole ones are enough.
func ReadPlace(text string) (*Place, error) {
	if c, known := countries()[strings.ToUpper(text)]; known {
		return &Place{Spot: c.middle, reach: c.reach}, nil
	}
	north, east, two := strings.Cut(text, ",")
	n, wrong := strconv.ParseFloat(strings.TrimSpace(north), 64)
	e, wrongToo := strconv.ParseFloat(strings.TrimSpace(east), 64)
	if !two || wrong != nil || wrongToo != nil || !(math.Abs(n) <= 90 && math.Abs(e) <= 180) {
		return nil, fmt.Errorf("%q is no place of a collector: write a country's two letters as PT, or degrees north and east as 38.7,-9.1", text)
	}
	return &Place{Spot: Spot{n, e}, reach: rounded}, nil
}

const earth = 6371.0 // kilometres

// distance is the great circle between two spots, in kilometres.
func distance(a, b Spot) float64 {
	rad := math.Pi / 180
	north, east := (b.North-a.North)*rad, (b.East-a.East)*rad
	h := math.Pow(math.Sin(north/2), 2) + math.Cos(a.North*rad)*math.Cos(b.North*rad)*math.Pow(math.Sin(east/2), 2)
	return 2 * earth * math.Asin(math.Sqrt(min(h, 1)))
}

// Light needs a millisecond for a hundred kilometres of fibre there and back. No
// cable lies on a great circle; half as much again is the rule of thumb.
const (
	roundTripPerKilometre = time.Millisecond * 3 / 2 / 100
	slack                 = 80 * time.Millisecond // of lines, Wi-Fi and busy laptops
)

// reachable is the longest round trip that a laptop anywhere in a country explains
// by its distance, the last of those that the way leads by. It is told to the
// countries' farthest points, since the table does not say where in them the laptop
// or a way out is: what is longer is farther, and much that is farther is not longer.
func reachable(from *Place, by ...string) (time.Duration, bool) {
	far, at, reach := 0.0, from.Spot, from.reach
	for _, code := range by {
		c, known := countries()[code]
		if !known {
			return 0, false
		}
		far += distance(at, c.middle) + reach + c.reach
		at, reach = c.middle, c.reach
	}
	return time.Duration(far*float64(roundTripPerKilometre)) + slack, true
}
