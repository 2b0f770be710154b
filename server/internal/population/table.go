package population

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Write writes the outcome as people read it, in Markdown.
func (o Outcome) Write(w io.Writer) error {
	var b strings.Builder
	with := "with the company's imports"
	if !o.Options.Roster {
		with = "without any import"
	}
	fmt.Fprintf(&b, "## %d laptops, %d days, %s (seed %d)\n\n", o.Options.Laptops+Farmed, o.Options.Days, with, o.Options.Seed)
	o.summary(&b)
	o.farms(&b)
	o.lives(&b)
	o.mistaken(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (o Outcome) summary(b *strings.Builder) {
	by, either := o.FoundBy(FoundByDay)
	atEnd, eitherAtEnd := o.FoundBy(o.Options.Days)
	b.WriteString("| | what came out | budget |\n|---|---|---|\n")
	fmt.Fprintf(b, "| alerts at high among the ordinary | %d | 0 |\n", len(o.Highs))
	fmt.Fprintf(b, "| alerts at medium among the ordinary | %d | %d |\n", len(o.Mediums), o.Budget)
	fmt.Fprintf(b, "| farm laptops found by day %d | %d of %d (remotely_controlled %d, in_farm %d) | %d |\n", FoundByDay, either, Farmed, by[finding.RemotelyControlled], by[finding.InFarm], FoundAtLeast)
	fmt.Fprintf(b, "| farm laptops found in the end | %d of %d (remotely_controlled %d, in_farm %d) | |\n", eitherAtEnd, Farmed, atEnd[finding.RemotelyControlled], atEnd[finding.InFarm])
	right := 0
	for _, f := range o.Farms {
		if s := f.Site; len(s.Names) == 1 && len(s.Missing)+len(s.Strangers) == 0 {
			right++
		}
	}
	fmt.Fprintf(b, "| farms whose laptops are one site, and nobody else's in it | %d | %d |\n\n", right, len(o.Farms))
}

func (o Outcome) farms(b *strings.Builder) {
	b.WriteString("### The farms\n\n| farm | laptops | remotely_controlled on day | in_farm on day | site | joined right | site told on day | why |\n|---|---|---|---|---|---|---|---|\n")
	for _, f := range o.Farms {
		s := f.Site
		fit := "yes"
		if len(s.Names) != 1 || len(s.Missing)+len(s.Strangers) > 0 {
			fit = fmt.Sprintf("no: %d sites, %d missing, %d strangers", len(s.Names), len(s.Missing), len(s.Strangers))
		}
		fmt.Fprintf(b, "| %s | %d | %s | %s | %s | %s | %s | %s |\n", f.Name, len(f.Laptops), f.days(finding.RemotelyControlled), f.days(finding.InFarm), cmp.Or(string(s.Level), "none"), fit, onDay(s.Day), cmp.Or(s.Why, "–"))
	}
	b.WriteString("\n| farm | laptop | joined | remotely_controlled | in_farm | why |\n|---|---|---|---|---|---|\n")
	for _, f := range o.Farms {
		for _, l := range f.Laptops {
			why := slices.DeleteFunc([]string{l.Why[finding.RemotelyControlled], l.Why[finding.InFarm]}, func(s string) bool { return s == "" })
			fmt.Fprintf(b, "| %s | %s | %d | %s | %s | %s |\n", f.Name, l.ID, l.Joined, l.told(finding.RemotelyControlled), l.told(finding.InFarm), strings.Join(why, " · "))
		}
	}
	b.WriteString("\n")
}

// days says on which days the laptops of a farm were found.
func (f FarmTally) days(c finding.Conclusion) string {
	var days []string
	never := 0
	for _, l := range f.Laptops {
		if l.Found[c] == 0 {
			never++
		} else {
			days = append(days, fmt.Sprint(l.Found[c]))
		}
	}
	if never > 0 {
		days = append(days, fmt.Sprintf("never: %d", never))
	}
	return strings.Join(days, " ")
}

func (l FarmLaptop) told(c finding.Conclusion) string {
	if l.Found[c] == 0 {
		return string(l.Level[c])
	}
	return fmt.Sprintf("%s, day %d", l.Level[c], l.Found[c])
}

func onDay(day int) string {
	if day == 0 {
		return "never"
	}
	return fmt.Sprint(day)
}

func (o Outcome) lives(b *strings.Builder) {
	b.WriteString("### The lives\n\nThe highest level that each laptop ever came to, by the life it leads.\n\n| life | laptops | remotely_controlled: none | watch | medium | high | in_farm: none | watch | medium | high |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, t := range o.Lives {
		name := t.Life
		if t.Mechanism {
			name += " ¹"
		}
		fmt.Fprintf(b, "| %s | %d", name, t.Laptops)
		for _, c := range conclusions {
			for _, level := range []finding.Level{finding.LevelNone, finding.LevelWatch, finding.LevelMedium, finding.LevelHigh} {
				n := fmt.Sprint(t.Levels[c][level])
				if n == "0" {
					n = "·"
				}
				fmt.Fprintf(b, " | %s", n)
			}
		}
		b.WriteString(" |\n")
	}
	b.WriteString("\n¹ Such a laptop really can be driven from elsewhere and nobody sanctioned that, so that `remotely_controlled` is right of it and no part of the budget; `in_farm` would be wrong and is counted.\n\n")
}

func (o Outcome) mistaken(b *strings.Builder) {
	fmt.Fprintf(b, "### Alerts among the ordinary\n\n")
	type line struct{ life, conclusion, level, why string }
	counts := map[line]int{}
	count := func(kind string, list []Mistaken) {
		for _, m := range list {
			life := m.Life + kind
			if m.Site {
				life = "site of " + life
			}
			counts[line{life, string(m.Conclusion), string(m.Level), m.Why}]++
		}
	}
	count("", o.Mediums)
	count("", o.Highs)
	count(" ¹", o.ByDesign)
	if len(counts) == 0 {
		b.WriteString("None.\n\n")
		return
	}
	b.WriteString("| life | conclusion | level | alerts | why |\n|---|---|---|---|---|\n")
	lines := slices.SortedFunc(maps.Keys(counts), func(a, b line) int {
		return cmp.Or(cmp.Compare(a.life, b.life), cmp.Compare(a.conclusion, b.conclusion), cmp.Compare(a.level, b.level), cmp.Compare(a.why, b.why))
	})
	for _, l := range lines {
		fmt.Fprintf(b, "| %s | %s | %s | %d | %s |\n", l.life, l.conclusion, l.level, counts[l], l.why)
	}
	b.WriteString("\n")
}
