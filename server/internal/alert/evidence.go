package alert

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// evidence adds what the judgement rests on to the alert and tells what came and went.
func evidence(a Alert, j Judgement) (Alert, []Entry) {
	var lines []Entry
	told := sorted(slices.Clone(j.Told))
	if Alarming(j.Present) {
		told = append(told, uids(j.Present)...)
	}
	if Alarming(j.Peak) {
		told = append(told, uids(j.Peak)...)
	}
	known := grown(a.Findings, told)
	there := present(known, j)
	for _, uid := range known {
		s, seen := j.Sightings[uid]
		if !seen {
			continue
		}
		was, is := has(a.Present, uid), has(there, uid)
		switch fresh := !has(a.Findings, uid); {
		case fresh:
			lines = append(lines, Entry{At: s.From, Kind: FindingOpened, Text: s.Title})
			if !is {
				lines = append(lines, Entry{At: s.To, Kind: FindingClosed, Text: s.Title})
			}
		case is && !was:
			lines = append(lines, Entry{At: s.From, Kind: FindingOpened, Text: s.Title})
		case was && !is:
			lines = append(lines, Entry{At: s.To, Kind: FindingClosed, Text: s.Title})
		}
	}
	slices.SortStableFunc(lines, func(x, y Entry) int { return x.At.Compare(y.At) })
	a.Findings, a.Present = known, there
	a.LastSeen = lastSeen(a, j)
	if a.SiteID != "" {
		a.SiteName = cmp.Or(j.SiteName, a.SiteName) // as it was called last, where it is gone; and it goes on naming the device that it was opened with
	} else {
		a.DeviceName = j.DeviceName
	}
	return a, lines
}

// lastSeen is when the latest of an alert's evidence was there.
func lastSeen(a Alert, j Judgement) time.Time {
	last := a.LastSeen
	for _, uid := range a.Findings {
		if s, ok := j.Sightings[uid]; ok && s.Last.After(last) {
			last = s.Last
		}
	}
	return last
}

// mostFindings is how many findings one alert rests on at most. Nobody reads as
// many; a laptop that invents them must not make its alert grow without end.
const mostFindings = 5000

// grown is the findings known before with those told now, sorted.
func grown(known, told []string) []string {
	all := slices.Clone(known)
	for _, uid := range told {
		if len(all) >= mostFindings {
			break
		}
		if !has(known, uid) {
			all = append(all, uid)
		}
	}
	return sorted(all)
}

// has looks for a uid in a sorted list.
func has(list []string, uid string) bool {
	_, found := slices.BinarySearch(list, uid)
	return found
}

func present(known []string, j Judgement) []string {
	var there []string
	for _, uid := range known {
		if s, ok := j.Sightings[uid]; ok && s.To.IsZero() {
			there = append(there, uid)
		}
	}
	return there
}

// uids lists the findings a ledger rests on, sorted, each once.
func uids(a catalogue.Assessment) []string {
	var all []string
	for _, e := range a.Ledger {
		all = append(all, strings.Fields(e.Finding)...)
	}
	return sorted(all)
}

func sorted(s []string) []string {
	slices.Sort(s)
	return slices.Compact(s)
}

func covers(a Alert, evidence []string) bool {
	for _, uid := range evidence {
		if !has(a.Findings, uid) {
			return false
		}
	}
	return true
}
