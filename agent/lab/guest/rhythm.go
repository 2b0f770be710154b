//go:build linux

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A rhythm is what the agent says of typing on the laptop's own keyboard.
type rhythm struct {
	gaps, dwells    []int // percent of the times between presses, and of those a key is held, by length
	short, together int   // percent: held below 30 ms; pressed or released less than 6 ms after another
}

func (v verdict) rhythm() rhythm {
	for _, r := range v.Rows {
		if r.Class == "input_devices" && r.Columns["place"] == "built_in" && r.Columns["typing"] == "enough" {
			return rhythm{
				gaps: numbers(r.Columns["gap_histogram"]), dwells: numbers(r.Columns["dwell_histogram"]),
				short: number(r.Columns["short_dwell_percent"]), together: number(r.Columns["together_percent"]),
			}
		}
	}
	return rhythm{}
}

func (r rhythm) String() string {
	return fmt.Sprintf("held below 30 ms: %d %%, less than 6 ms apart: %d %%, gaps %v, dwells %v", r.short, r.together, r.gaps, r.dwells)
}

func numbers(words string) []int {
	var all []int
	for _, word := range strings.Fields(words) {
		all = append(all, number(word))
	}
	return all
}

func number(word string) int {
	n, _ := strconv.Atoi(word)
	return n
}

// sameAs: a connection that always takes equally long cannot be told. One
// percent is rounding.
func (r rhythm) sameAs(local rhythm) error {
	if apart(r.gaps, local.gaps) > 4 || apart(r.dwells, local.dwells) > 4 || max(r.short-local.short, r.together-local.together) > 1 {
		return fmt.Errorf("the rhythm is not that of local typing, which was: %v", local)
	}
	return nil
}

// batchedBeside: what was typed between two ticks arrives at once, so that keys
// are held for no time and pressed together.
func (r rhythm) batchedBeside(local rhythm) error {
	if r.short < local.short+5 || r.together < local.together+10 {
		return fmt.Errorf("the rhythm is not told from that of local typing, which was: %v", local)
	}
	return nil
}

// apart is how many of a hundred times are in other buckets.
func apart(a, b []int) int {
	if len(a) == 0 || len(a) != len(b) {
		return 100
	}
	sum := 0
	for i := range a {
		sum += max(a[i]-b[i], b[i]-a[i])
	}
	return sum / 2
}
