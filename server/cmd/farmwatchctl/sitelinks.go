package main

import (
	"cmp"
	"fmt"
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
		laptops, by := f.words()
		p.bullet(b, laptops)
		b.WriteString(p.wrap("    ", f.links[0].GetReason()))
		b.WriteString(p.wrap("    ", by))
	}
}

// A fold is links of one kind, among laptops that are linked each with each.
type fold struct {
	names []string
	links []*consolev1.SiteLink
}

func folded(list []*consolev1.SiteLink, whole bool) []fold {
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
			if n := len(names); whole && n >= 3 && len(inside) == n*(n-1)/2 {
				folds = append(folds, fold{names, inside})
				continue
			}
			for _, l := range inside {
				folds = append(folds, fold{[]string{named(l.GetFrom()), named(l.GetTo())}, []*consolev1.SiteLink{l}})
			}
		}
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

// words name the laptops of a fold, and say by what they are linked, how strongly and when.
func (f fold) words() (names, by string) {
	first := f.links[0]
	strength, fewest, most, last := first.GetStrength(), first.GetDays(), first.GetDays(), first.GetLastSeen()
	for _, l := range f.links {
		strength, fewest, most = min(strength, l.GetStrength()), min(fewest, l.GetDays()), max(most, l.GetDays())
		if later(l.GetLastSeen(), last) {
			last = l.GetLastSeen()
		}
	}
	names = strings.Join(f.names, ", ")
	if len(f.names) > 2 {
		names += ": each with each"
	}
	days := counted(fewest, "day")
	if most != fewest {
		days = fmt.Sprintf("%d to %d days", fewest, most)
	}
	return names, fmt.Sprintf("by: %s; strength %.2f of 1; on %s, last %s", linkKinds([]string{first.GetKind()}), strength, days, clock(last))
}

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
