package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	toolID     = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	categories = []string{
		"remote-desktop", "rmm", "screen-share-with-control", "tunnel", "ide-tunnel", "vpn", "mesh",
		"residential-proxy", "jiggler", "virtual-camera", "kvm-software", "vm", "client",
	}
	roles   = []string{RoleHost, RoleViewer, RoleBoth}
	systems = []string{"linux", "macos", "windows"}
	matches = []string{"exact", "prefix", "suffix", "glob"}
)

// maxArtefacts bounds what one tool may show itself by.
const maxArtefacts = 500

func (l *loader) loadTools(c *Catalogue) {
	files := l.files("tools")
	owners := ownersOf(l.below, files)
	for _, name := range files {
		t := &Tool{}
		f := l.read(name, t)
		if f.root != nil {
			l.vetTool(f, t)
			vetOwners(f, t, owners)
		}
		if l.keep(f) {
			c.Tools = append(c.Tools, *t)
		}
	}
	slices.SortStableFunc(c.Tools, func(a, b Tool) int { return strings.Compare(a.ID, b.ID) })
	all := replaced(l.below, c.Tools, toolKey)
	for i := range c.Tools {
		l.lintBrings(all, &c.Tools[i])
	}
}

// ownersOf says which tool, of those that files do not replace, each of their artefacts shows.
func ownersOf(tools []Tool, files []string) map[string]*Tool {
	owners := map[string]*Tool{}
	for i := range tools {
		if !slices.Contains(files, "tools/"+tools[i].ID+".yaml") {
			vetOwners(nil, &tools[i], owners)
		}
	}
	return owners
}

// lintBrings wants who brings another tool along to be its maker's only one, so
// that one more tool never makes for fewer makers.
func (l *loader) lintBrings(tools []Tool, t *Tool) {
	at := slices.IndexFunc(tools, func(other Tool) bool { return other.ID == t.Brings })
	switch file := "tools/" + t.ID + ".yaml"; {
	case t.Brings == "":
	case at < 0:
		l.lint(file, "brings: there is no tool %q", t.Brings)
	case t.Brings == t.ID || t.Vendor != "" || tools[at].Brings != "":
		l.lint(file, "brings: %s must be its maker's only tool and bring another, which brings none", t.ID)
	}
}

func (l *loader) vetTool(f *yamlFile, t *Tool) {
	required(f, map[string]string{"id": t.ID, "name": t.Name, "category": t.Category})
	l.claim(f, "tool", t.ID)
	switch {
	case t.ID == "":
	case !toolID.MatchString(t.ID):
		f.at("id", "id %q is not lower-case words joined by hyphens", t.ID)
	case t.ID != f.stem():
		f.at("id", "id %q does not fit the file's name, want %s.yaml", t.ID, t.ID)
	}
	if t.Category != "" {
		oneWord(f, "category", "category", t.Category, categories)
	}
	if t.Role != "" {
		oneWord(f, "role", "role", t.Role, roles)
	}
	switch {
	case t.Category == "client" && t.role() != RoleViewer:
		f.at("role", "a client controls other machines and not this one, want role: viewer")
	case t.meeting() && t.role() == RoleHost:
		f.at("role", "a meeting program is either side, want role: both")
	}
	vetMachines(f, t.Machines, t.Lookalikes)
	l.vetArtefacts(f, t)
	slices.SortStableFunc(f.mistakes, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	if len(f.mistakes) == 0 && t.scored() && !slices.ContainsFunc(t.places(), place.seen) {
		f.at("id", "nothing could ever show %s: it has no artefact that can stand alone, nor two flagged ones of different types on a program", t.ID)
	}
}

// seen says whether rows show a tool by themselves: a name that is looked up is
// too little, and other sensors name tools that must be known otherwise as well.
func (p place) seen() bool {
	return p.class != classNames && p.class != classAccess && p.class != classSessions
}

func (l *loader) vetArtefacts(f *yamlFile, t *Tool) {
	if len(t.Artefacts) == 0 {
		f.at("artefacts", "artefacts is missing: say what shows the tool")
	}
	if len(t.Artefacts) > maxArtefacts {
		f.at("artefacts", "%d artefacts, at most %d", len(t.Artefacts), maxArtefacts)
		return
	}
	seen := map[string]bool{}
	for i := range t.Artefacts {
		a, where := &t.Artefacts[i], fmt.Sprintf("artefacts[%d]", i)
		vetArtefact(f, where, t, a)
		key := strings.Join(append([]string{a.Type, strings.ToLower(a.Value), a.OS, a.Match}, a.With...), "\x00")
		if seen[key] {
			f.at(where, "the %s %q stands twice", a.Type, a.Value)
		}
		seen[key] = true
	}
}

// vetOwners refuses what would show two makers' tools at once, which would then
// count as two: it is flagged in both, or belongs to one. Without a file it only notes.
func vetOwners(f *yamlFile, t *Tool, owners map[string]*Tool) {
	for i := range t.Artefacts {
		a := &t.Artefacts[i]
		if !a.alone() || len(a.With) > 0 || a.Match != "" {
			continue
		}
		key := a.Type + " " + strings.ToLower(a.Value)
		other := owners[key]
		if f != nil && other != nil && other.ID != t.ID && (t.Vendor == "" || other.Vendor != t.Vendor) {
			f.at(fmt.Sprintf("artefacts[%d]", i), "the %s %q is %s's as well: flag it shared in both, or leave it to one", a.Type, a.Value, other.ID)
		}
		if other == nil {
			owners[key] = t
		}
	}
}

func oneWord(f *yamlFile, where, what, word string, known []string) {
	if !slices.Contains(known, word) {
		f.at(where, "unknown %s %q, want one of %s", what, word, strings.Join(known, ", "))
	}
}

func refuse(f *yamlFile, where, fault string) {
	if fault != "" {
		f.at(where, "%s", fault)
	}
}
