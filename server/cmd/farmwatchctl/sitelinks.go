package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

// links writes the certain or the possible ones. What several laptops share each with
// each is one line: ten laptops behind one router are no forty-five.
func (p *program) links(b *strings.Builder, title string, list []*consolev1.SiteLink, certain bool) {
	list = slices.DeleteFunc(slices.Clone(list), func(l *consolev1.SiteLink) bool { return l.GetCertain() != certain })
	if len(list) == 0 {
		return
	}
	b.WriteString("\n" + p.paint(bold, title) + "\n")
	for _, f := range folded(list, certain) {
		laptops, reason, by := f.words()
		p.bullet(b, laptops)
		b.WriteString(p.wrap("    ", reason))
		b.WriteString(p.wrap("    ", by))
	}
}

// A fold is links of one kind that are told as one.
type fold struct {
	names []string
	links []*consolev1.SiteLink
	how   string // in which way more than two laptops are linked
}

func folded(list []*consolev1.SiteLink, whole bool) []fold {
	if !whole {
		return stars(list)
	}
	var folds []fold
	var kinds []string
	for _, l := range list {
		if !slices.Contains(kinds, l.GetKind()) {
			kinds = append(kinds, l.GetKind())
		}
	}
	for _, kind := range kinds {
		of := slices.DeleteFunc(slices.Clone(list), func(l *consolev1.SiteLink) bool { return l.GetKind() != kind })
		for _, names := range joined(of) {
			inside := slices.DeleteFunc(slices.Clone(of), func(l *consolev1.SiteLink) bool { return !slices.Contains(names, named(l.GetFrom())) })
			if n := len(names); n >= 3 && len(inside) == n*(n-1)/2 {
				folds = append(folds, fold{names, inside, "each with each"})
				continue
			}
			for _, l := range inside {
				folds = append(folds, single(l))
			}
		}
	}
	return folds
}

func single(l *consolev1.SiteLink) fold {
	return fold{names: ends(l), links: []*consolev1.SiteLink{l}}
}

func ends(l *consolev1.SiteLink) []string { return []string{named(l.GetFrom()), named(l.GetTo())} }

// stars puts into one what is said in the very same words of one laptop and of three others or more.
func stars(list []*consolev1.SiteLink) []fold {
	var folds []fold
	for len(list) > 0 {
		first, most := list[0], fold{}
		for _, middle := range ends(first) {
			f := fold{names: []string{middle}, how: "the first with each of the others"}
			for _, l := range list {
				if l.GetKind() == first.GetKind() && l.GetReason() == first.GetReason() && slices.Contains(ends(l), middle) {
					f.links = append(f.links, l)
					f.names = append(f.names, slices.DeleteFunc(ends(l), func(name string) bool { return name == middle })...)
				}
			}
			if len(f.links) > len(most.links) {
				most = f
			}
		}
		if len(most.links) < 3 {
			most = single(first)
		}
		folds = append(folds, most)
		list = slices.DeleteFunc(list, func(l *consolev1.SiteLink) bool { return slices.Contains(most.links, l) })
	}
	return folds
}

// joined gives the laptops of links, by what hangs together, in the order in which they are met.
func joined(list []*consolev1.SiteLink) [][]string {
	var groups [][]string
	at := func(name string) int {
		return slices.IndexFunc(groups, func(g []string) bool { return slices.Contains(g, name) })
	}
	for _, l := range list {
		from, to := named(l.GetFrom()), named(l.GetTo())
		i, j := at(from), at(to)
		switch {
		case i < 0 && j < 0:
			groups = append(groups, []string{from, to})
		case i < 0:
			groups[j] = append(groups[j], from)
		case j < 0:
			groups[i] = append(groups[i], to)
		case i != j:
			groups[i] = append(groups[i], groups[j]...)
			groups = slices.Delete(groups, j, j+1)
		}
	}
	return groups
}

// words name the laptops of a fold, and say why they are linked, by what, how strongly and when.
func (f fold) words() (names, reason, by string) {
	first := f.links[0]
	strength, fewest, most, last := first.GetStrength(), first.GetDays(), first.GetDays(), first.GetLastSeen()
	for _, l := range f.links {
		strength, fewest, most = min(strength, l.GetStrength()), min(fewest, l.GetDays()), max(most, l.GetDays())
		if later(l.GetLastSeen(), last) {
			last = l.GetLastSeen()
		}
	}
	names, reason = strings.Join(f.names, ", "), first.GetReason()
	if f.how != "" {
		names += ": " + f.how
	}
	days := counted(fewest, "day")
	if most != fewest {
		days = fmt.Sprintf("%d to %d days", fewest, most)
		reason = onDays.ReplaceAllLiteralString(reason, "on "+days) // each link tells its own days
	}
	return names, reason, fmt.Sprintf("by: %s; strength %.2f of 1; on %s, last %s", linkKinds([]string{first.GetKind()}), strength, days, clock(last))
}

var onDays = regexp.MustCompile(`\bon \d+ days\b`)

// linkNames say by what laptops are linked, where the API's name is nobody's word.
var linkNames = map[string]string{
	"gateway": "router", "kvm": "KVM", "usb": "USB device", "tenant": "account of a remote-access tool", "peer": "other side of sessions",
	"network": "network name", "together": "sessions that began together", "turns": "sessions in turns",
}

func linkKinds(kinds []string) string {
	var list []string
	for _, kind := range kinds {
		list = append(list, cmp.Or(linkNames[kind], words(kind)))
	}
	return strings.Join(list, ", ")
}

func later(a, b *timestamppb.Timestamp) bool { return a.AsTime().After(b.AsTime()) }
