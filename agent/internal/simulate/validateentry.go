package simulate

import (
	"maps"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// does says which of the things that an entry can do it does.
func (e Entry) does() []string {
	var does []string
	for what, said := range map[string]bool{
		"class": e.Class != "", "kit": e.Kit != "", "place": e.Place != "", "group": e.Group != "",
		"offline": e.Offline != nil, "off": e.Off != nil, "coverage": len(e.Coverage) > 0,
	} {
		if said {
			does = append(does, what)
		}
	}
	slices.Sort(does)
	return does
}

func (v *validator) entry(path []any, e Entry) {
	path = slices.Clip(path)
	if does := e.does(); len(does) != 1 {
		v.say(path, "an entry does one thing of class, kit, place, group, offline, off, coverage; this one %v", does)
	}
	v.word(append(path, "every"), "every", e.Every, "", "day", "weekday", "weekend")
	if e.Every != "" && e.Days == "" {
		v.say(append(path, "every"), "every needs days")
	}
	if all, err := v.s.occasions(e); err != nil {
		v.say(append(path, "at"), "%v", err)
	} else if len(all) == 0 {
		v.say(append(path, "days"), "none of the days is one of %s", e.Every)
	}
	if len(e.whom()) == 0 {
		v.say(path, "it does not say to which device it happens")
	}
	for _, name := range e.whom() {
		if name != "all" {
			v.subject(path, name)
		}
		v.entryOn(path, e, v.systems(name))
	}
	if e.Place != "" {
		v.place(append(path, "place"), e.Place)
	}
	for class, state := range e.Coverage {
		if _, ok := v.kits.sensors[class]; !ok {
			v.say(append(path, "coverage", class), "there is no class %q", class)
		}
		v.word(append(path, "coverage", class), "coverage", state, string(finding.CoverageOK), string(finding.CoverageDenied),
			string(finding.CoverageFailed), string(finding.CoverageAbsent), string(finding.CoverageUnsupported))
	}
}

// entryOn looks at the rows an entry gives on some systems.
func (v *validator) entryOn(path []any, e Entry, systems []string) {
	switch {
	case e.Class != "":
		v.rowOf(path, e, systems)
	case e.Kit != "":
		v.kitOf(path, e, systems)
	}
}

func (v *validator) rowOf(path []any, e Entry, systems []string) {
	s, ok := v.kits.sensors[e.Class]
	if !ok {
		v.say(append(path, "class"), "there is no class %q; proto/catalogue/classes.yaml has them", e.Class)
		return
	}
	if (e.Row == "") == (e.Gone == "") || e.Row != "" && len(e.Columns) == 0 {
		v.say(path, "say row and columns, or which row is gone")
	}
	for _, name := range slices.Sorted(maps.Keys(e.Columns)) {
		if !slices.ContainsFunc(s.Columns, func(c column) bool { return c.Name == name }) {
			v.say(append(path, "columns", name), "the class %s has no column %q", e.Class, name)
		}
	}
	for _, os := range systems {
		if reach, why := s.Reach(os); reach == impossible {
			v.say(append(path, "class"), "on %s nothing is seen of %s: %s", os, e.Class, why)
		}
	}
}

func (v *validator) kitOf(path []any, e Entry, systems []string) {
	kit, ok := v.kits.byName[e.Kit]
	if !ok {
		v.say(append(path, "kit"), "there is no kit %q; there are %s", e.Kit, strings.Join(slices.Sorted(maps.Keys(v.kits.byName)), ", "))
		return
	}
	if e.State != gone {
		v.word(append(path, "state"), "state", e.State, kit.States...)
	}
	for _, brand := range e.Brand {
		if _, ok := kit.Brands[brand]; !ok {
			v.say(append(path, "brand"), "the kit %s has no brand %q", e.Kit, brand)
		}
	}
	for _, os := range systems {
		if len(v.kits.brands(e.Kit, os, e.State, e.Brand)) == 0 {
			v.say(append(path, "brand"), "no brand of %s that may be drawn is on %s and can be %s", e.Kit, os, e.State)
		}
	}
	for name := range e.With {
		known := slices.ContainsFunc(slices.Collect(maps.Values(kit.Brands)), func(b Brand) bool { _, ok := b.With[name]; return ok })
		if !known {
			v.say(append(path, "with", name), "no brand of %s asks for %q", e.Kit, name)
		}
	}
}
