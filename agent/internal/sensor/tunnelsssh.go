package sensor

import (
	"io"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// sshDepth is how far files of settings that name others are followed.
const sshDepth = 4

func (l *tunnelLook) sshPlaces(p host.Process, named []string) []string {
	if len(named) > 0 {
		return l.named(p, named)
	}
	places := []string{"etc/ssh/ssh_config", "ProgramData/ssh/ssh_config"}
	for _, home := range l.homesOf(p) {
		places = append(places, path.Join(home, ".ssh/config"))
	}
	return places
}

// sshPassages gives what a file of settings, and those that it names, ask for
// when a process goes to a host.
func (l *tunnelLook) sshPassages(p host.Process, place, remote string, depth int) []parse.Passage {
	blocks, err := l.window.ssh.read(l.fsys, place, func(r io.Reader) ([]parse.SSHHost, error) {
		content, err := io.ReadAll(io.LimitReader(r, settingsLimit+1))
		if err != nil {
			return nil, err
		}
		return parse.ParseSSHSettings(content)
	})
	l.trouble(place, err)
	var passages []parse.Passage
	for _, block := range blocks {
		if !block.Fits(remote) {
			continue
		}
		passages = append(passages, block.Passages...)
		if depth > 1 {
			for _, file := range l.sshIncluded(p, place, block.Included) {
				passages = append(passages, l.sshPassages(p, file, remote, depth-1)...)
			}
		}
		if len(passages) > tunnelLimit {
			l.crowded = true
			return passages[:tunnelLimit]
		}
	}
	return passages
}

// sshIncluded are the files that settings name: without a folder they are beside
// those of all, and else in the person's folder.
func (l *tunnelLook) sshIncluded(p host.Process, place string, names []string) []string {
	var files []string
	for _, name := range names {
		switch folder := path.Dir(place); {
		case strings.HasPrefix(name, "/"), strings.HasPrefix(name, "~/"), strings.Contains(name, ":"):
		case folder == "etc/ssh", folder == "ProgramData/ssh":
			name = "/" + path.Join(folder, name)
		default:
			name = "~/.ssh/" + name
		}
		for _, pattern := range l.named(p, []string{name}) {
			files = append(files, l.matching(path.Base(pattern), path.Dir(pattern))...)
		}
	}
	return files
}
