//go:build tools

package main_test

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// installable are the packages that the catalogue knows tools by.
var installable = sync.OnceValues(func() (map[string]bool, error) {
	c, err := embedded()
	if err != nil {
		return nil, err
	}
	names := map[string]bool{"tor": true} // which it knows by its services
	for i := range c.Tools {
		for _, artefact := range c.Tools[i].Artefacts {
			if artefact.Type == "package" {
				names[artefact.Value] = true
			}
		}
	}
	return names, nil
})

// keepPackages lets the laptop forget every tool of the catalogue but these, as
// if they had never been installed: what dpkg says of them, and their services.
// The programs stay where they are, since parts of one are used by another.
func (l *laptop) keepPackages(keep []string) {
	l.t.Helper()
	known, err := installable()
	if err != nil {
		l.t.Fatal(err)
	}
	const status = "/var/lib/dpkg/status"
	var kept bytes.Buffer
	for _, stanza := range strings.SplitAfter(l.read(status), "\n\n") {
		name := packageName(stanza)
		if !known[name] || slices.Contains(keep, name) {
			kept.WriteString(stanza)
			continue
		}
		l.forget(name)
	}
	l.write(status, kept.String())
	l.run("find", "/etc/systemd", "-xtype", "l", "-delete")
}

func packageName(stanza string) string {
	line, _, _ := strings.Cut(stanza, "\n")
	return strings.TrimPrefix(line, "Package: ")
}

// forget removes what dpkg keeps of one package, and the package's services.
func (l *laptop) forget(name string) {
	l.t.Helper()
	for _, pattern := range []string{name + ".*", name + ":*"} {
		files, _ := filepath.Glob(l.path("/var/lib/dpkg/info/" + pattern))
		for _, file := range files {
			if strings.HasSuffix(file, ".list") {
				l.removeServices(file)
			}
			if err := os.Remove(file); err != nil {
				l.t.Fatal(err)
			}
		}
	}
}

func (l *laptop) removeServices(list string) {
	file, err := os.Open(list)
	if err != nil {
		l.t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		path := lines.Text()
		if strings.Contains(path, "/systemd/") && filepath.Ext(path) != "" || strings.HasPrefix(path, "/etc/init.d/") {
			_ = os.Remove(l.path(path))
		}
	}
}
