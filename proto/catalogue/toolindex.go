package catalogue

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// derived makes the rules of tools as they are needed and keeps those that
// were: of thousands a laptop meets a handful, and each has its words.
type derived struct {
	mu    sync.Mutex
	rules map[place]map[string]*Rule // by place and tool
	ids   map[string][]*Rule         // those that were asked for by id
}

// asked gives the rules of an id that a tool has, and makes them when they are
// asked for the first time.
func (d *derived) asked(id string, find func() []*Rule) []*Rule {
	d.mu.Lock()
	list := d.ids[id]
	d.mu.Unlock()
	if list != nil {
		return list
	}
	if list = find(); len(list) == 0 {
		return nil // not kept: whoever asks for what is not there can ask for anything
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ids == nil {
		d.ids = map[string][]*Rule{}
	}
	d.ids[id] = list
	return list
}

// toolRule gives the one rule of a tool and place.
func (c *Catalogue) toolRule(t *Tool, p place) *Rule {
	d := &c.index.derived
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rules == nil {
		d.rules = map[place]map[string]*Rule{}
	}
	if d.rules[p] == nil {
		d.rules[p] = map[string]*Rule{}
	}
	r := d.rules[p][t.ID]
	if r == nil {
		r = t.rule(c, p)
		d.rules[p][t.ID] = r
	}
	return r
}

// toolRules gives the rules of tools that hold for one row, in order of id.
func (c *Catalogue) toolRules(o finding.Observation) []*Rule {
	k := c.index.known
	var list []*Rule
	add := func(t *Tool, states ...string) {
		for _, state := range states {
			list = append(list, c.toolRule(t, place{state, o.Class}))
		}
	}
	switch o.Class {
	case classProcesses, classListeners, classSockets:
		for _, e := range k.recognised(o) {
			add(e.tool, e.states(o)...)
		}
	case classPackages:
		for _, t := range k.packaged(o.Columns) {
			add(t, StateInstalled)
		}
	case classStartup:
		for _, t := range k.installed(&k.units, o.Columns["name"]) {
			add(t, StateInstalled)
			if o.Columns["enabled"] == "true" && t.Unattended && !t.passage() && !t.context() {
				add(t, StateUnattended)
			}
		}
	case classNames:
		for _, t := range k.contacted(o.Columns["name"]) {
			add(t, c.contact(t, o))
		}
	case classAccess, classSessions:
		if at, there := k.byID[strings.ToLower(o.Columns["tool"])]; there {
			add(&k.tools[at], k.tools[at].told(o)...)
		}
	}
	slices.SortFunc(list, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// installed gives the tools that a package or unit belongs to.
func (k *known) installed(x *markIndex, name string) []*Tool {
	var list []*Tool
	x.find(k, strings.ToLower(name), func(m mark) {
		t, a := &k.tools[m.tool], k.artefact(m)
		if t.scored() && a.alone() && !a.is(flagViewer) && !slices.Contains(list, t) {
			list = append(list, t)
		}
	})
	return list
}

// packaged gives the tools that a row of installed software belongs to: by its
// package, and by what its maker calls it in Windows' list and in macOS' programs.
// Where it is known how Windows lists a tool, the name that its programs carry says
// nothing there: viewers and pages kept as programs are often called the same.
func (k *known) packaged(row map[string]string) []*Tool {
	list := k.installed(&k.packages, row["name"])
	shown := map[string]string{"bundle_id": row["bundle_id"]}
	if row["source"] == sourceInstaller {
		shown["product"] = row["name"]
	}
	for _, column := range k.columns {
		value := shown[column.name]
		if value == "" {
			continue
		}
		for _, index := range column.marks {
			for _, t := range k.installed(index, value) {
				if !slices.Contains(list, t) && (column.name != "product" || !t.listedByWindows()) {
					list = append(list, t)
				}
			}
		}
	}
	return list
}

// listedByWindows says whether it is known how Windows lists the tool.
func (t *Tool) listedByWindows() bool {
	return slices.ContainsFunc(t.Artefacts, func(a Artefact) bool { return a.Type == "package" && a.OS == "windows" && a.alone() })
}

// sourceInstaller is the source of programs that Windows offers to remove.
const sourceInstaller = "installer"

// contacted gives the tools that a host name belongs to.
func (k *known) contacted(name string) []*Tool {
	var room [8]int
	var list []*Tool
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	for _, at := range k.hosts.named(room[:0], name) {
		m := k.domains[at]
		t, a := &k.tools[m.tool], k.artefact(m)
		if t.scored() && !a.weak() && domainFits(name, m.key) && (a.Match == "suffix" || labels(name) == labels(m.key)) && !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

func labels(domain string) int { return strings.Count(domain, ".") }

// told gives what a row says of a tool that a sensor read the traces of.
func (t *Tool) told(o finding.Observation) []string {
	if !t.scored() {
		return nil
	}
	row, control := o.Columns, !t.passage() && !t.context()
	var states []string
	add := func(holds bool, state string) {
		if holds {
			states = append(states, state)
		}
	}
	if o.Class == classAccess {
		add(control && row["unattended"] == "true", StateUnattended)
		add((control || t.passage()) && row["tenant"] != "", StateTenant)
		return states
	}
	incoming := control && row["direction"] == "incoming"
	add(incoming && row["state"] == "active", StateControlled)
	add(incoming && (row["approval"] == "password" || row["approval"] == "unattended"), StateEntered)
	add(incoming && (row["state"] == "ended" || row["state"] == "unknown"), StateVisited)
	return states
}

// shows says whether rows of a class can show the tool as one of the sides.
func (t *Tool) shows(class string, sides ...string) bool {
	single := class == classPackages || class == classStartup
	for i := range t.Artefacts {
		a := &t.Artefacts[i]
		side := t.sideOf(a)
		if !a.in(class) || !slices.Contains(sides, side) {
			continue
		}
		if a.alone() || !single && slices.ContainsFunc(t.Artefacts, func(b Artefact) bool {
			with := t.sideOf(&b)
			return b.Type != a.Type && b.in(class) && (with == RoleBoth || with == side)
		}) {
			return true
		}
	}
	return false
}

// sideOf gives the side that an artefact alone shows.
func (t *Tool) sideOf(a *Artefact) string {
	switch {
	case t.role() != RoleBoth:
		return t.role()
	case a.host():
		return RoleHost
	case a.is(flagViewer):
		return RoleViewer
	}
	return RoleBoth
}

// in says whether rows of a class can show the artefact.
func (a *Artefact) in(class string) bool {
	switch class {
	case classPackages:
		return a.Type == "package" || a.Type == "product" || a.Type == "bundle_id"
	case classStartup:
		return a.Type == "unit"
	case classListeners, classSockets:
		return a.Type != "path" && a.Type != "port" && a.Type != "banner" && len(a.With) == 0 && len(kinds[a.Type].columns) > 0
	}
	return a.Type != "port" && a.Type != "banner" && len(kinds[a.Type].columns) > 0
}
