package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// startupItem is one thing that this machine starts by itself, or could.
type startupItem struct {
	Name     string `column:"name,key,public" people:"out" about:"name of it; of a unit that is made for a person, a screen or a network, the name of its pattern, as in x@.service"`
	Kind     string `column:"kind,key,public" about:"what starts it: systemd"`
	Enabled  bool   `column:"enabled,public" about:"whether it starts by itself"`
	Scope    string `column:"scope,key,public" about:"system, or user for one that starts with a login"`
	ExecFile string `column:"exec_file,public" people:"out" about:"file name of the program it starts"`
}

// Startup looks at what this machine starts by itself.
func Startup() Sensor {
	shelf := &unitShelf{}
	return Define(Options{
		Class: "startup_items", Every: 10 * time.Minute,
		About: "Looks at which programs are set up to start by themselves, to recognise remote control that is always ready.",
	}, shelf.collect)
}

// unitLimit is how much of one unit is read. Anybody can put units into their own
// home, and a large one must not keep the sensor.
const unitLimit = 64 << 10

// unitShelf remembers the unit files it has read.
type unitShelf struct {
	files memory[string] // by path: the program a unit starts
}

// unitFolder is a place where units are kept, for the system or for its users.
type unitFolder struct{ scope, path string }

// unitFolders are the places in the order in which systemd prefers them.
func unitFolders(fsys host.FS) []unitFolder {
	homes, err := fs.Glob(fsys, "home/*/.config/systemd/user")
	if err != nil {
		homes = nil // the pattern is constant
	}
	var folders []unitFolder
	for _, p := range []string{"etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"} {
		folders = append(folders, unitFolder{"system", p})
	}
	for _, p := range append(homes, "etc/systemd/user", "run/systemd/user", "usr/local/lib/systemd/user", "usr/lib/systemd/user") {
		folders = append(folders, unitFolder{"user", p})
	}
	return folders
}

func (s *unitShelf) collect(ctx context.Context, h host.Host) ([]startupItem, error) {
	fsys := h.Files()
	rows := unitRows{}
	there := false
	var failure error
	for _, folder := range unitFolders(fsys) {
		entries, err := fs.ReadDir(fsys, folder.path)
		if err != nil {
			failure = errors.Join(failure, unlessAbsent("read "+folder.path, err))
			continue
		}
		there = true
		for _, entry := range entries[:min(len(entries), rowLimit)] {
			if err := ctx.Err(); err != nil {
				return rows.sorted(), errors.Join(failure, fmt.Errorf("read %s: %w", folder.path, err))
			}
			s.note(fsys, rows, folder.scope, path.Join(folder.path, entry.Name()))
		}
	}
	if !there && failure == nil {
		failure = missing(h, "systemd units")
	}
	return rows.sorted(), failure
}

// unitRows are the units seen so far, by scope and name.
type unitRows map[string]*unitRow

type unitRow struct {
	startupItem
	masked bool // linked to /dev/null: systemd refuses to start it, wherever else it is
}

// note takes in one entry of a unit folder: a unit, or a folder of links that
// enable others.
func (s *unitShelf) note(fsys host.FS, rows unitRows, scope, name string) {
	base := path.Base(name)
	if strings.HasSuffix(base, ".wants") || strings.HasSuffix(base, ".requires") {
		links, err := fs.ReadDir(fsys, name)
		if err != nil {
			return // a folder that vanished enables nothing
		}
		for _, link := range links[:min(len(links), rowLimit)] {
			if isUnit(link.Name()) {
				s.enable(fsys, rows, scope, path.Join(name, link.Name()))
			}
		}
		return
	}
	if !isUnit(base) {
		return
	}
	row := rows.of(scope, base)
	row.masked = row.masked || pattern(base) == base && linkBase(fsys, name) == "null"
	if row.ExecFile == "" {
		row.ExecFile = s.program(fsys, name)
	}
}

// enable marks a unit as starting by itself.
func (s *unitShelf) enable(fsys host.FS, rows unitRows, scope, link string) {
	row := rows.of(scope, path.Base(link))
	row.Enabled = true
	if row.ExecFile == "" {
		row.ExecFile = s.program(fsys, link)
	}
}

// pattern is the template of a unit ("x@.service" of "x@anna.service"). What an
// instance is made for is often a person or a network, and no rule asks for it.
func pattern(name string) string {
	if template, _, made := strings.Cut(name, "@"); made {
		return template + "@" + path.Ext(name)
	}
	return name
}

func (rows unitRows) of(scope, name string) *unitRow {
	name = pattern(name)
	key := scope + "/" + name
	if rows[key] == nil {
		rows[key] = &unitRow{startupItem: startupItem{Name: tidy(name), Kind: "systemd", Scope: scope}}
	}
	return rows[key]
}

func isUnit(name string) bool {
	return slices.Contains([]string{".service", ".socket", ".timer"}, path.Ext(name))
}

// program is what a unit starts. A link that leads nowhere starts nothing.
func (s *unitShelf) program(fsys host.FS, name string) string {
	file, err := s.files.read(fsys, name, parseUnit)
	if err != nil {
		return ""
	}
	return file
}

// parseUnit reads the file name of the first program that a unit starts.
func parseUnit(r io.Reader) (string, error) {
	section, file := "", ""
	err := eachLine(io.LimitReader(r, unitLimit), func(line string) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
			return
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || section != "[Service]" || strings.TrimSpace(name) != "ExecStart" || file != "" {
			return
		}
		file = execFile(value)
	})
	return file, err
}

// execFile is the last element of the program in an ExecStart line, without the
// marks that systemd allows before it and the quotes around it.
func execFile(command string) string {
	command = strings.TrimLeft(strings.TrimSpace(command), "-@:+!|")
	if quote := command[:min(1, len(command))]; quote == `"` || quote == "'" {
		inside, _, _ := strings.Cut(command[1:], quote)
		return tidy(lastElement(inside))
	}
	first, _, _ := strings.Cut(command, " ")
	return tidy(lastElement(first))
}

func (rows unitRows) sorted() []startupItem {
	var sorted []startupItem
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		if row := rows[key]; !row.masked && len(sorted) < rowLimit {
			sorted = append(sorted, row.startupItem)
		}
	}
	return sorted
}
