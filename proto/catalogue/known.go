package catalogue

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A mark is one artefact under the text by which it is looked up.
type mark struct {
	key      string // folded
	pattern  string // what a whole value must fit as well, folded; empty where the key is all
	tool     uint16
	artefact uint16
}

// A markIndex finds artefacts by a column's value: exact ones by halving, the
// others by their first letter.
type markIndex struct {
	exact []mark
	loose map[byte][]mark // 0 holds those that begin with a *
}

// A knownColumn is a column by which programs are recognised.
type knownColumn struct {
	name  string
	words bool
	marks []*markIndex
}

// known is all that the catalogue's tools show themselves by, made to be
// searched with one row: hundreds of tools cost hardly more than a few.
type known struct {
	tools    []Tool
	byID     map[string]int
	columns  []knownColumn
	packages markIndex
	units    markIndex
	hosts    hostIndex      // by domain; its numbers are places in domains
	domains  []mark         // of all tools
	pairs    map[string]int // tool by "banner port", -1 where several share them
}

func newKnown(tools []Tool) *known {
	k := &known{tools: tools, byID: make(map[string]int, len(tools)), hosts: hostIndex{rules: map[string][]int{}}, pairs: map[string]int{}}
	indexes := map[string]*markIndex{}
	short := &markIndex{}
	for i := range tools {
		k.byID[tools[i].ID] = i
		k.addTool(i, indexes, short)
	}
	for _, name := range programColumns {
		column := knownColumn{name: name}
		for _, kindName := range slices.Sorted(maps.Keys(indexes)) {
			if slices.Contains(kinds[kindName].columns, name) {
				column.words = kinds[kindName].words
				column.marks = append(column.marks, indexes[kindName])
			}
		}
		if name == "name" {
			column.marks = append(column.marks, short)
		}
		if len(column.marks) > 0 {
			k.columns = append(k.columns, column)
		}
	}
	for _, index := range indexes {
		index.sort()
	}
	short.sort()
	k.packages.sort()
	k.units.sort()
	return k
}

func (k *known) addTool(i int, indexes map[string]*markIndex, short *markIndex) {
	t := &k.tools[i]
	for j := range t.Artefacts {
		a := &t.Artefacts[j]
		m := mark{key: strings.ToLower(a.Value), tool: uint16(i), artefact: uint16(j)}
		switch a.Type {
		case "domain":
			k.hosts.add(plainEnding(m.key), len(k.domains))
			k.domains = append(k.domains, m)
			continue
		case "package":
			k.packages.add(a, m)
		case "unit":
			k.units.add(a, m)
		case "process", "session_process":
			if len(m.key) > shortName && (a.OS == "" || a.OS == "linux") && a.Match == "" {
				s := m
				s.key = s.key[:shortName]
				short.add(a, s)
			}
		case "banner":
			k.addPairs(i, m.key)
		}
		if len(kinds[a.Type].columns) > 0 {
			if indexes[a.Type] == nil {
				indexes[a.Type] = &markIndex{}
			}
			indexes[a.Type].add(a, m)
		}
	}
}

// addPairs notes which tool a banner on one of its ports shows; ports and
// banners that several tools share show none.
func (k *known) addPairs(tool int, banner string) {
	for i := range k.tools[tool].Artefacts {
		if a := &k.tools[tool].Artefacts[i]; a.Type == "port" {
			pair := banner + " " + a.Value
			if other, taken := k.pairs[pair]; taken && other != tool {
				k.pairs[pair] = -1
			} else {
				k.pairs[pair] = tool
			}
		}
	}
}

func (x *markIndex) add(a *Artefact, m mark) {
	switch a.Match {
	case "":
		x.exact = append(x.exact, m)
		return
	case "glob":
		if end := base(m.key); a.Type == "path" && !strings.ContainsAny(end, "*?") {
			m.key, m.pattern = end, m.key
			x.exact = append(x.exact, m)
			return
		}
	}
	m.pattern = m.key
	var first byte
	if a.Match != "suffix" && m.key[0] != '*' && m.key[0] != '?' {
		first = m.key[0]
	}
	if x.loose == nil {
		x.loose = map[byte][]mark{}
	}
	x.loose[first] = append(x.loose[first], m)
}

func (x *markIndex) sort() {
	slices.SortFunc(x.exact, func(a, b mark) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.tool, b.tool), cmp.Compare(a.artefact, b.artefact))
	})
}

// find calls each for every artefact that a folded value shows.
func (x *markIndex) find(k *known, value string, each func(m mark)) {
	x.findExact(k, value, value, each)
	if end := base(value); len(end) < len(value) {
		x.findExact(k, end, value, each)
	}
	if len(x.loose) == 0 || value == "" {
		return
	}
	for _, first := range [2]byte{0, value[0]} {
		for _, m := range x.loose[first] {
			if k.fits(m, value) {
				each(m)
			}
		}
	}
}

func (x *markIndex) findExact(k *known, key, value string, each func(m mark)) {
	at, _ := slices.BinarySearchFunc(x.exact, key, func(m mark, key string) int { return strings.Compare(m.key, key) })
	for ; at < len(x.exact) && x.exact[at].key == key; at++ {
		if m := x.exact[at]; m.pattern == "" && len(key) == len(value) || m.pattern != "" && k.fits(m, value) {
			each(m)
		}
	}
}

// fits compares a value with what is no whole value.
func (k *known) fits(m mark, value string) bool {
	switch k.tools[m.tool].Artefacts[m.artefact].Match {
	case "prefix":
		return strings.HasPrefix(value, m.pattern)
	case "suffix":
		return strings.HasSuffix(value, m.pattern)
	}
	return globFits(value, m.pattern)
}
