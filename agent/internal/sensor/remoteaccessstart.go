package sensor

import (
	"context"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// A start is a program that this machine starts by itself or could, or that runs
// now. Of its command line only what it says of remote access is kept.
type start struct {
	name    string         // of the unit, the service or the label; "" of a running program
	program string         // its file below the root of the disk
	enabled string         // whether it starts by itself; "" when that is not known
	config  string         // its file of settings, where its command line names one
	says    []remoteAccess // what its command line says
	place   string
}

// startLimit bounds what is looked at.
const startLimit = 5000

func startOf(name string, words []string, enabled, place string) start {
	s := start{name: strings.ToLower(name), enabled: enabled, place: place, says: commandSays(words)}
	if len(words) > 0 {
		s.program, s.config = windowsPath(words[0]), configOf(words)
	}
	return s
}

// configOf is the file of settings that a tunnel's command line names.
func configOf(words []string) string {
	name := ""
	switch strings.TrimSuffix(path.Base(windowsPath(words[0])), ".exe") {
	case "frpc":
		name = option(words, "-c", "--config")
	case "cloudflared", "ngrok", "openvpn":
		name = option(words, "--config")
	case "rathole":
		name = words[len(words)-1]
	}
	if name = windowsPath(path.Clean(name)); !fs.ValidPath(name) || name == "." {
		return ""
	}
	return name
}

// named says whether this is the start of a name, with any of systems' endings.
func (s start) named(name string) bool {
	own := s.name
	for _, ending := range []string{".service", ".desktop", ".plist"} {
		own = strings.TrimSuffix(own, ending)
	}
	if begin, open := strings.CutSuffix(name, "*"); open {
		return strings.HasPrefix(own, begin)
	}
	return own == name && own != ""
}

// findStarts gathers what starts by itself, as systemd, desktops, launchd and
// Windows' services have it, and the programs that run.
func (l *accessLook) findStarts(ctx context.Context) []start {
	found := l.units()
	for _, file := range l.matching("*.desktop", append([]string{"etc/xdg/autostart"}, l.inHomes(".config/autostart")...)...) {
		found = l.startFile(found, file, readDesktopEntry)
	}
	folders := append([]string{"Library/LaunchDaemons", "Library/LaunchAgents"}, l.inHomes("Library/LaunchAgents")...)
	for _, file := range l.matching("*.plist", folders...) {
		found = l.startFile(found, file, readLaunchd)
	}
	found = append(found, l.services()...)
	found = found[:min(len(found), startLimit)]
	processes, err := l.host.Processes(ctx)
	if err != nil && len(processes) == 0 {
		return found // the class of processes says why
	}
	for _, p := range processes[:min(len(processes), startLimit)] {
		s := startOf("", p.Args, "", "proc/"+path.Base(windowsPath(p.Path)))
		if p.Path != "" {
			s.program = windowsPath(p.Path)
		}
		found = append(found, s)
	}
	return found
}

func (l *accessLook) startFile(found []start, file string, read func([]byte) (start, error)) []start {
	s, err := l.shelf.starts.read(l.fsys, file, func(r io.Reader) (start, error) {
		content, err := io.ReadAll(io.LimitReader(r, unitLimit))
		if err != nil {
			return start{}, err
		}
		return read(content)
	})
	if err != nil {
		return found // a link that leads nowhere starts nothing
	}
	if s.place = file; s.name == "" {
		s.name = strings.ToLower(path.Base(file))
	}
	return append(found, s)
}

// units are systemd's services, those made for a person or screen by the name of
// their pattern.
func (l *accessLook) units() []start {
	var found []start
	on, masked := map[string]bool{}, map[string]bool{}
	for _, folder := range unitFolders(l.fsys) {
		for _, entry := range l.list(folder.path) {
			name := path.Join(folder.path, entry.Name())
			switch {
			case strings.HasSuffix(name, ".wants"), strings.HasSuffix(name, ".requires"):
				for _, link := range l.list(name) {
					on[strings.ToLower(pattern(link.Name()))] = true
				}
			case path.Ext(name) == ".service" && linkBase(l.fsys, name) == "null":
				masked[strings.ToLower(entry.Name())] = true
			case path.Ext(name) == ".service":
				found = l.startFile(found, name, readUnit)
			}
		}
	}
	kept := found[:0]
	for _, s := range found {
		s.name = strings.ToLower(pattern(path.Base(s.place)))
		if s.enabled = yes(on[s.name]); !masked[s.name] {
			kept = append(kept, s)
		}
	}
	return kept
}

// readUnit reads what a unit of systemd runs; of several commands the first.
func readUnit(content []byte) (start, error) {
	command := strings.TrimLeft(wholeLine(content, "ExecStart"), "-@:+!|")
	return startOf("", parse.SplitCommand(command), "", ""), nil
}

// wholeLine is the value of the first line of a name, quotes and all; lines that
// go on behind a backslash are one.
func wholeLine(content []byte, name string) string {
	text := strings.ReplaceAll(strings.ReplaceAll(string(content), "\r\n", "\n"), "\\\n", " ")
	for line := range strings.Lines(text) {
		own, value, ok := strings.Cut(line, "=")
		if value = strings.TrimSpace(value); ok && strings.TrimSpace(own) == name && value != "" {
			return value
		}
	}
	return ""
}

func readDesktopEntry(content []byte) (start, error) {
	hidden := strings.EqualFold(wholeLine(content, "Hidden"), "true") || strings.EqualFold(wholeLine(content, "X-GNOME-Autostart-enabled"), "false")
	return startOf("", parse.SplitCommand(wholeLine(content, "Exec")), yes(!hidden), ""), nil
}

func readLaunchd(content []byte) (start, error) {
	found, err := parse.ParsePropertyList(content, parse.Wanted{Values: []string{"label", "program", "programarguments", "runatload", "keepalive", "disabled"}})
	if err != nil {
		return start{}, err
	}
	var words []string
	for _, one := range found {
		if one.Name == "programarguments" && one.Value != "…" {
			words = append(words, one.Value)
		}
	}
	if len(words) == 0 {
		words = []string{found.Value("program")}
	}
	byItself := found.Value("runatload") == "true" || found.Value("keepalive") == "true" || found.Value("keepalive") == "…"
	return startOf(found.Value("label"), words, yes(byItself && found.Value("disabled") != "true"), ""), nil
}

// beside are the files beside the programs that start or run here, under the
// programs' own names and with an ending.
func (l *accessLook) beside(ending string) []string {
	var found []string
	for _, s := range l.starts {
		if s.program == "" || !fs.ValidPath(s.program) {
			continue
		}
		name := strings.TrimSuffix(strings.TrimSuffix(s.program, ".exe"), ".EXE") + ending
		if !slices.Contains(found, name) && exists(l.fsys, name) {
			found = append(found, name)
		}
	}
	return found
}
