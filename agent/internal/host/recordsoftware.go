package host

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// packages records what is installed: names and versions, nothing else that
// the databases hold.
func (r *recorder) packages() {
	r.copy("var/lib/dpkg/status", r.scrubber.dpkg)
	r.each("var/lib/pacman/local", func(folder string) { r.copy(folder+"/desc", pacmanNames) })
	r.each("var/lib/flatpak/app", r.folder)
	r.homes(".local/share/flatpak/app", func(place string) { r.each(place, r.folder) })
	r.each("snap", func(snap string) {
		if target, err := r.files.ReadLink(snap + "/current"); err == nil {
			r.link("files/"+snap+"/current", target)
			r.copy(path.Join(snap, target, "meta/snap.yaml"), func(text string) string { return keepLines(text, "name:", "version:") })
		}
	})
	for _, place := range []string{"usr/lib/sysimage/rpm", "var/lib/rpm"} {
		for _, file := range []string{"rpmdb.sqlite", "Packages.db", "Packages"} {
			if _, err := fs.Stat(r.files, path.Join(place, file)); err == nil {
				r.add("files/"+path.Join(place, file), nil) // that it is there; tools/ holds the rest
			}
		}
	}
}

func (r *recorder) folder(name string) { r.add("files/"+r.scrubber.text(name)+"/", nil) }

func (r *recorder) homes(below string, do func(place string)) {
	r.each("home", func(home string) { do(path.Join(home, below)) })
}

// dpkg keeps of each paragraph what names the package and says it is installed.
func (s scrubber) dpkg(text string) string {
	return keepLines(text, "\n", "Package:", "Status:", "Version:", "Architecture:")
}

// keepLines keeps the lines that begin with one of the words.
func keepLines(text string, words ...string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		for _, word := range words {
			if strings.HasPrefix(line, word) {
				out.WriteString(strings.TrimRight(line, "\n") + "\n")
				break
			}
		}
	}
	return out.String()
}

// pacmanNames keeps the name and version of a desc file.
func pacmanNames(text string) string {
	var out strings.Builder
	keep := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "%") {
			keep = strings.HasPrefix(line, "%NAME%") || strings.HasPrefix(line, "%VERSION%")
		}
		if keep {
			out.WriteString(line)
		}
	}
	return out.String()
}

// units records the units of systemd: which there are, which are enabled, and
// which program each starts.
func (r *recorder) units() {
	for _, place := range []string{"etc", "run", "usr/local/lib", "usr/lib", "lib"} {
		// On machines where /lib is a link to usr/lib this would be all of it again.
		if target, err := r.files.ReadLink(place); err == nil {
			r.link("files/"+place, target)
			continue
		}
		r.unitFolder(place+"/systemd/system", 1)
		r.unitFolder(place+"/systemd/user", 1)
	}
	r.homes(".config/systemd/user", func(place string) { r.unitFolder(place, 1) })
}

func (r *recorder) unitFolder(folder string, depth int) {
	entries, err := fs.ReadDir(r.files, folder)
	if err != nil {
		return
	}
	r.folder(folder)
	for _, entry := range entries {
		name := path.Join(folder, entry.Name())
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			if target, err := r.files.ReadLink(name); err == nil {
				r.link("files/"+r.scrubber.text(name), r.scrubber.text(target))
			}
		case entry.IsDir() && depth > 0:
			r.unitFolder(name, depth-1)
		case entry.Type().IsRegular() && slices.Contains([]string{".service", ".socket", ".timer", ".target", ".path", ".mount"}, path.Ext(name)):
			r.copy(name, r.scrubber.unit)
		}
	}
}

// unit keeps the program of each command but none of its arguments, and what
// enables the unit.
func (s scrubber) unit(text string) string {
	command := regexp.MustCompile(`^(Exec[A-Za-z]*=)\s*([-@:+!]*\S+).*$`)
	var out strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case command.MatchString(line):
			out.WriteString(s.text(command.ReplaceAllString(line, "$1$2")) + "\n")
		case strings.HasPrefix(line, "["), strings.HasPrefix(line, "Type="), strings.HasPrefix(line, "WantedBy="),
			strings.HasPrefix(line, "RequiredBy="), strings.HasPrefix(line, "Alias="), strings.HasPrefix(line, "Also="):
			out.WriteString(s.text(line) + "\n")
		}
	}
	return out.String()
}
