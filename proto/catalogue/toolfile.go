package catalogue

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	toolID     = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	categories = []string{
		"remote-desktop", "rmm", "screen-share-with-control", "tunnel", "ide-tunnel", "vpn", "mesh",
		"residential-proxy", "jiggler", "virtual-camera", "kvm-software",
	}
)

func (l *loader) loadTools(c *Catalogue) {
	for _, name := range l.files("tools") {
		var t Tool
		f := l.read(name, &t)
		if f.root != nil {
			l.vetTool(f, &t)
		}
		if l.keep(f) {
			c.Tools = append(c.Tools, t)
		}
	}
	slices.SortStableFunc(c.Tools, func(a, b Tool) int { return strings.Compare(a.ID, b.ID) })
	for i := range c.Tools {
		c.Rules = append(c.Rules, rulesOf(&c.Tools[i])...)
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
	if t.Category != "" && !slices.Contains(categories, t.Category) {
		f.at("category", "unknown category %q, want one of %s", t.Category, strings.Join(categories, ", "))
	}
	if len(t.Sources) == 0 {
		f.at("sources", "sources is missing: say where the facts were read")
	}
	vetMachines(f, t.Machines, t.Lookalikes)
	for key, traces := range t.systems() {
		vetTraces(f, key, traces)
	}
	for i, domain := range t.Network.Domains {
		where := fmt.Sprintf("network.domains[%d]", i)
		refuse(f, where, domainFault(domain))
		refuse(f, where, t.strayFault(domain))
	}
	for i, port := range t.Network.Ports {
		if port < 1 || port > 65535 {
			f.at(fmt.Sprintf("network.ports[%d]", i), "port %d is outside 1–65535", port)
		}
	}
	slices.SortStableFunc(f.mistakes, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	shows := func(r Rule) bool { return r.State != StateContacted }
	if len(f.mistakes) == 0 && t.scored() && !slices.ContainsFunc(rulesOf(t), shows) {
		f.at("id", "%s has no process, package or unit, so nothing could ever show it", t.ID)
	}
}

// systems gives the traces by the key they stand under.
func (t *Tool) systems() map[string]*Traces {
	return map[string]*Traces{"linux": &t.Linux, "macos": &t.MacOS, "windows": &t.Windows}
}

func vetTraces(f *yamlFile, key string, t *Traces) {
	lists := map[string][]string{
		"processes": t.Processes, "packages": t.Packages, "units": t.Units, "signers": t.Signers, "team_ids": t.TeamIDs,
		"bundle_ids": t.BundleIDs, "products": t.Products, "originals": t.Originals, "arguments": t.Arguments, "session_log": t.SessionLog,
	}
	for _, list := range slices.Sorted(maps.Keys(lists)) {
		for i, value := range lists[list] {
			where := fmt.Sprintf("%s.%s[%d]", key, list, i)
			refuse(f, where, plainFault(value))
			switch list {
			case "processes", "originals":
				refuse(f, where, processFault(value, len(t.Arguments) > 0))
			case "packages", "units":
				refuse(f, where, shortFault(value))
			case "team_ids":
				if !teamID.MatchString(value) {
					f.at(where, "%q is not an Apple Team ID of ten letters and digits", value)
				}
			}
		}
	}
	for i, value := range t.Paths {
		refuse(f, fmt.Sprintf("%s.paths[%d]", key, i), pathFault(value))
	}
}

func refuse(f *yamlFile, where, fault string) {
	if fault != "" {
		f.at(where, "%s", fault)
	}
}
