package sensor

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// openrc are the scripts of OpenRC. One that a runlevel links to starts with it.
func (s *startShelf) openrc(v *survey) []start {
	levels := v.list("etc/runlevels")
	if len(levels) == 0 {
		return nil
	}
	on := map[string]bool{}
	for _, level := range levels {
		for _, link := range v.list(path.Join("etc/runlevels", level.Name())) {
			on[link.Name()] = on[link.Name()] || level.Name() != "shutdown"
		}
	}
	return s.scripts(v, "openrc", on)
}

// sysv are the scripts of systems that have neither systemd nor OpenRC. One that
// is linked to with an S starts in that runlevel.
func (s *startShelf) sysv(v *survey) []start {
	for _, other := range []string{"etc/runlevels", "usr/lib/systemd/system", "lib/systemd/system", "run/systemd/system"} {
		if exists(v.fsys, other) {
			return nil
		}
	}
	on := map[string]bool{}
	for _, level := range "2345S" {
		for _, folder := range []string{"etc/rc" + string(level) + ".d", "etc/rc.d/rc" + string(level) + ".d"} {
			for _, link := range v.list(folder) {
				if name := link.Name(); len(name) > 3 && name[0] == 'S' {
					on[name[3:]] = true
				}
			}
		}
	}
	return s.scripts(v, "sysv", on)
}

func (s *startShelf) scripts(v *survey, kind string, on map[string]bool) []start {
	var found []start
	for _, file := range v.matchingUpTo(startLimit, "*", "etc/init.d") {
		one, ok := s.file(v, file, readInitScript)
		if name := path.Base(file); ok && name != "README" && name != "functions.sh" {
			one.name, one.kind, one.scope, one.enabled = name, kind, "system", yes(on[name])
			found = append(found, one)
		}
	}
	return found
}

// readInitScript reads what a script starts, as far as it says so in one word:
// OpenRC's names its command, most others call theirs DAEMON.
func readInitScript(content []byte) (start, error) {
	command := wholeLine(content, "command")
	if command == "" {
		command = wholeLine(content, "DAEMON")
	}
	command = strings.Trim(command, `"'`)
	if _, usual, chosen := strings.Cut(command, ":-"); chosen && strings.HasPrefix(command, "${") {
		command = strings.TrimSuffix(usual, "}")
	}
	if strings.Contains(command, "$") {
		return start{}, nil // made of other words
	}
	arguments := strings.Trim(wholeLine(content, "command_args"), `"'`)
	return start{}.running(parse.SplitCommand(command + " " + arguments)), nil
}

// autostart are the programs that a desktop starts with a login.
func (s *startShelf) autostart(v *survey) []start {
	var found []start
	for _, file := range v.matching("*.desktop", append([]string{"etc/xdg/autostart"}, v.inHomes(".config/autostart")...)...) {
		if one, ok := s.file(v, file, readDesktopEntry); ok {
			one.name, one.kind, one.scope = path.Base(file), "xdg", "user"
			found = append(found, one)
		}
	}
	return found
}

func readDesktopEntry(content []byte) (start, error) {
	hidden := strings.EqualFold(wholeLine(content, "Hidden"), "true") || strings.EqualFold(wholeLine(content, "X-GNOME-Autostart-enabled"), "false")
	return start{enabled: yes(!hidden)}.running(parse.SplitCommand(wholeLine(content, "Exec"))), nil
}

// cron is what cron starts with the machine. The files of people are named after
// them, so that such a start is called by its program.
func (s *startShelf) cron(v *survey) []start {
	var found []start
	add := func(scope string, files ...string) {
		for _, file := range files {
			lines, err := s.many.read(v.fsys, file, func(r io.Reader) ([]start, error) { return readCrontab(r, scope) })
			if err != nil {
				v.closed = v.closed || errors.Is(err, fs.ErrPermission)
				continue
			}
			for _, one := range lines {
				one.place = file
				found = append(found, one)
			}
		}
	}
	add("system", append([]string{"etc/crontab"}, v.matching("*", "etc/cron.d")...)...)
	for _, folder := range []string{"var/spool/cron/crontabs", "var/spool/cron", "var/at/tabs"} {
		if !exists(v.fsys, folder) {
			continue
		}
		add("user", v.matching("*", folder)...)
		break
	}
	return found
}

// readCrontab reads the lines that begin with the machine. In the system's own
// tables a line says who runs it, before what it runs.
func readCrontab(r io.Reader, scope string) ([]start, error) {
	var found []start
	err := eachLine(io.LimitReader(r, unitLimit), func(line string) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "@reboot")
		words := parse.SplitCommand(command)
		if scope == "system" && len(words) > 0 {
			words = words[1:]
		}
		if ok && len(words) > 0 && len(found) < folderLimit {
			one := start{kind: "cron", scope: scope, enabled: "true"}.running(words)
			one.name = path.Base(one.program)
			found = append(found, one)
		}
	})
	return found, err
}
