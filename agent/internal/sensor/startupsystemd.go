package sensor

import (
	"path"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// unitFolder is a place where units are kept, for the system or for its users.
type unitFolder struct{ scope, path string }

// unitFolders are the places in the order in which systemd prefers them.
func unitFolders(v *survey) []unitFolder {
	var folders []unitFolder
	for _, p := range []string{"etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"} {
		folders = append(folders, unitFolder{"system", p})
	}
	for _, p := range append(v.inHomes(".config/systemd/user"), "etc/systemd/user", "run/systemd/user", "usr/local/lib/systemd/user", "usr/lib/systemd/user") {
		folders = append(folders, unitFolder{"user", p})
	}
	return folders
}

// systemd are systemd's units, those made for a person or screen by the name of
// their pattern. What is masked, linked to nothing, systemd refuses to start,
// wherever else it is.
func (s *startShelf) systemd(v *survey) []start {
	var found []start
	links, masked, met := map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, folder := range unitFolders(v) {
		for _, entry := range v.list(folder.path) {
			base, name := entry.Name(), path.Join(folder.path, entry.Name())
			key := folder.scope + "/" + pattern(base)
			switch {
			case strings.HasSuffix(base, ".wants"), strings.HasSuffix(base, ".requires"):
				linked(v, folder.scope, name, links)
			case !isUnit(base):
			case linkBase(v.fsys, name) == "null":
				masked[key] = masked[key] || pattern(base) == base
			default:
				met[key] = true
				found = append(found, s.unit(v, folder.scope, name))
			}
		}
	}
	for key, link := range links {
		if !met[key] { // it is kept somewhere else
			found = append(found, s.unit(v, path.Dir(key), link))
		}
	}
	kept := found[:0]
	for _, one := range found {
		key := one.scope + "/" + one.name
		if one.enabled = yes(links[key] != ""); !masked[key] {
			kept = append(kept, one)
		}
	}
	return kept
}

// linked notes the units that a folder of links switches on, and by which link.
func linked(v *survey, scope, folder string, links map[string]string) {
	for _, link := range v.list(folder) {
		if isUnit(link.Name()) {
			links[scope+"/"+pattern(link.Name())] = path.Join(folder, link.Name())
		}
	}
}

// unit reads one unit. One that cannot be read is there all the same.
func (s *startShelf) unit(v *survey, scope, name string) start {
	var one start
	if path.Ext(name) == ".service" {
		one, _ = s.file(v, name, readUnit)
	}
	one.name, one.kind, one.scope, one.place = pattern(path.Base(name)), "systemd", scope, name
	return one
}

// pattern is the template of a unit ("x@.service" of "x@anna.service"). What an
// instance is made for is often a person or a network, and no rule asks for it.
func pattern(name string) string {
	if template, _, made := strings.Cut(name, "@"); made {
		return template + "@" + path.Ext(name)
	}
	return name
}

func isUnit(name string) bool {
	return slices.Contains([]string{".service", ".socket", ".timer"}, path.Ext(name))
}

// readUnit reads what a unit of systemd runs; of several commands the first.
func readUnit(content []byte) (start, error) {
	command := strings.TrimLeft(wholeLine(content, "ExecStart"), "-@:+!|")
	return start{}.running(parse.SplitCommand(command)), nil
}
