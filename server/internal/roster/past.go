package roster

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// A Past is what the roster adds to the past of a device, by which it is judged.
type Past struct {
	InService time.Time        // when it was handed to who holds it now; zero where nobody said
	Staging   []Span           // in which it was being set up or repaired
	Missing   []string         // what was not imported, in sentences, sorted
	Grants    []alert.Sanction // of tickets that name a tool: what they permit, on this device, while they are open
	Windows   []alert.Window   // of tickets: they open the sanctions that require one
}

// What is said where nothing was imported. It lowers the confidence and changes no points.
const (
	missingAll     = "Nothing was imported about who holds which laptop, so each counts as a person of its own (farmwatchctl context import)."
	missingHolder  = "It was not imported who holds this laptop, so it counts as a person of its own."
	missingPerson  = "Nothing was imported about who holds this laptop: their start, their place and their household are not known."
	missingPlace   = "Where the person works by their own word was not imported, so it cannot be told whether the laptop is elsewhere."
	missingTickets = "Tickets were not imported, so help that was asked for cannot be told from help that nobody asked for."
	missingAway    = "Travel and leave were not imported, so a journey cannot be told from a laptop that was sent on."
)

// ofSite says of the laptops of a site what was said of one laptop.
var ofSite = map[string]string{
	missingHolder: "It was not imported who holds some of these laptops, so each of those counts as a person of its own.",
	missingPerson: "Nothing was imported about some of the people who hold these laptops: their start, their place and their household are not known.",
	missingPlace:  "Where some of these people work by their own word was not imported, so it cannot be told whether their laptops are elsewhere.",
}

// OfSite makes what is missing of the laptops of a site into what is missing of the
// site, each thing once, sorted.
func OfSite(missing []string) []string {
	list := make([]string, len(missing))
	for i, sentence := range missing {
		list[i] = cmp.Or(ofSite[sentence], sentence)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Past says what the roster adds to the judgement of a device. Sanctions are those
// that may speak of it; tickets open the ones that require a ticket.
func (r *Roster) Past(about Known, sanctions []alert.Sanction, now time.Time) Past {
	if r.Empty() {
		return Past{Missing: []string{missingAll}}
	}
	p := Past{Staging: r.Staging(about), Missing: r.missing(about, now)}
	if h, held := r.holding(about.ID, now); held {
		p.InService = r.served(h, about.First)
	}
	for _, t := range r.tickets[about.ID] {
		if t.Tool != "" {
			p.Grants = append(p.Grants, grant(t))
		}
		for _, s := range sanctions {
			if s.Conditions.Ticket && (t.Tool == "" || slices.ContainsFunc(s.Tools, func(named string) bool { return of(named, t.Tool) })) {
				p.Windows = append(p.Windows, alert.Window{ID: grantID(t) + "/" + s.ID, Sanction: s.Name, Device: about.ID, Ticket: t.Ticket, From: t.From, To: t.To, OpenedBy: "import"})
			}
		}
	}
	return p
}

// of says whether a sanction that names something speaks of a tool: by its id or by one of its rules'.
func of(named, tool string) bool {
	return named == tool || strings.HasPrefix(named, "tool."+tool+".")
}

func grantID(t Ticket) string { return "ticket " + t.Ticket + " " + t.From.UTC().Format(time.RFC3339) }

// grant is what a ticket permits: what sanctions grant for some hours do, from its
// beginning until its end in event time, whenever it was imported.
func grant(t Ticket) alert.Sanction {
	return alert.Sanction{
		ID: grantID(t) + " " + t.Tool, Name: "ticket " + t.Ticket, Version: 1, Tools: []string{t.Tool}, Devices: []string{t.Device}, Ticket: t.Ticket,
		Justification: "An imported ticket", CreatedBy: "import", CreatedAt: t.From, StartsAt: t.From, ExpiresAt: t.To,
	}
}

func (r *Roster) missing(about Known, now time.Time) []string {
	var list []string
	say := func(is bool, sentence string) {
		if is {
			list = append(list, sentence)
		}
	}
	h, held := r.holding(about.ID, now)
	person, told := r.People[h.PersonID]
	say(!held, missingHolder)
	say(held && !told, missingPerson)
	say(told && person.Declared.Country == "", missingPlace)
	say(!r.Has(Tickets), missingTickets)
	say(!r.Has(Travel) && !r.Has(Leave), missingAway)
	sort.Strings(list)
	return list
}

// Staging lists in which stretches of time a device was in a group of laptops that
// are set up or repaired. One ends as the laptop leaves the group, and at the latest
// when it is handed out: what is found afterwards counts again, though nobody took
// it out of the group, and so it does after a month, whether a hand-out is told or not.
// Where the hand-out is told as a day, on that day it may still
// stand on the bench.
func (r *Roster) Staging(about Known) []Span {
	var list []Span
	for i, m := range about.Members {
		kind := r.GroupKind(m.Group)
		if kind != Staging && kind != Repair {
			continue
		}
		s := Span{From: m.Since, To: m.Since.Add(longestBench)}
		if i+1 < len(about.Members) && about.Members[i+1].Since.Before(s.To) {
			s.To = about.Members[i+1].Since
		}
		if s, ok := r.benched(about.ID, s, kind); ok {
			list = append(list, s)
		}
	}
	return list
}

// benched cuts a span where the laptop was handed out. A laptop that somebody holds
// is not being set up, but it may be in repair. A hand-out without a day says nothing
// of when: lists are filled in before a laptop leaves the bench.
func (r *Roster) benched(deviceID string, s Span, kind string) (Span, bool) {
	for _, h := range r.held[deviceID] {
		if h.From.IsZero() {
			continue
		}
		out := h.From
		if out.Equal(out.Truncate(day)) {
			out = out.Add(day)
		}
		switch {
		case !out.After(s.From):
			if kind == Staging && (h.To.IsZero() || h.To.After(s.From)) {
				return s, false
			}
		case s.To.IsZero() || out.Before(s.To):
			s.To = out
		}
	}
	return s, s.To.IsZero() || s.To.After(s.From)
}
