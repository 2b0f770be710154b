package sensor

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
)

// A start is a program that this machine starts by itself or could, or that runs
// now. Of its command line only what it says of remote access is kept.
type start struct {
	name    string // of the unit, the service or the label; "" of a running program
	kind    string // what starts it
	scope   string // system, or user with a login
	program string // its file below the root of the disk
	enabled string // whether it starts by itself; "" when that is not known
	wanted  bool   // of launchd: whether something prompts it, were it switched on
	config  string // its file of settings, where its command line names one
	says    []remoteAccess
	place   string
}

// Bounds of what is looked at. Anybody can put what starts into their own home,
// and a large file there must not keep the sensor.
const (
	startLimit = 5000
	unitLimit  = 64 << 10 // bytes of one file
)

// running says what a start runs.
func (s start) running(words []string) start {
	s.says = commandSays(words)
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
	own := strings.ToLower(s.name)
	for _, ending := range []string{".service", ".desktop", ".plist"} {
		own = strings.TrimSuffix(own, ending)
	}
	if begin, open := strings.CutSuffix(name, "*"); open {
		return strings.HasPrefix(own, begin)
	}
	return own == name && own != ""
}

// startShelf remembers what it understood of the files that say what starts.
type startShelf struct {
	files memory[start]
	many  memory[[]start] // of files that say several
}

// read gathers what this machine starts by itself, as each system has it.
func (s *startShelf) read(ctx context.Context, v *survey) []start {
	var found []start
	for _, find := range []func(*survey) []start{s.systemd, s.openrc, s.sysv, s.autostart, s.cron, s.launchd, services, s.tasks, runKeys, s.startupFolders} {
		if ctx.Err() != nil {
			return found
		}
		found = append(found, find(v)...)
		if len(found) > startLimit {
			v.crowded = true
			return found[:startLimit]
		}
	}
	return found
}

// file reads one file that says of one thing how it starts. A link that leads
// nowhere starts nothing; that a file may not be read is noted, and that one is
// too long to be understood.
func (s *startShelf) file(v *survey, name string, read func([]byte) (start, error)) (start, bool) {
	cut := false
	found, err := s.files.read(v.fsys, name, func(r io.Reader) (start, error) {
		content, err := io.ReadAll(io.LimitReader(r, unitLimit))
		if err != nil {
			return start{}, err
		}
		cut = len(content) == unitLimit
		return read(content)
	})
	var refused *fs.PathError
	if errors.As(err, &refused) {
		v.trouble(name, err)
	}
	v.crowded = v.crowded || cut && err != nil // what its system reads behind the bound is not known
	found.place = name
	return found, err == nil
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

// fileStem is a file's name without its folder and an ending.
func fileStem(name, ending string) string { return strings.TrimSuffix(path.Base(name), ending) }
