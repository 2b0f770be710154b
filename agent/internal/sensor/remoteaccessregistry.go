package sensor

import (
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// registryRoot is where a recording keeps Windows' registry: a key is a folder,
// a value a file that holds its text, a number in decimal.
const registryRoot = "registry"

// software are the keys of one maker's software: 32-bit programs have a tree of their own.
func (l *accessLook) software(below string) []string {
	var keys []string
	for _, tree := range []string{"SOFTWARE", "SOFTWARE/WOW6432Node"} {
		key := path.Join(registryRoot, "HKLM", tree, below)
		if exists(l.fsys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// value is the text of a value in the registry; "" when it is not there.
func (l *accessLook) value(key, name string) string {
	return registryText(l.fsys, path.Join(key, name))
}

func registryText(fsys host.FS, name string) string {
	stat, err := fs.Stat(fsys, name)
	if err != nil || !stat.Mode().IsRegular() {
		return ""
	}
	return attribute(fsys, name)
}

// services are Windows' services and what starts them.
func (l *accessLook) services() []start {
	const key = registryRoot + "/HKLM/SYSTEM/CurrentControlSet/Services"
	var found []start
	for _, entry := range l.list(key) {
		place := path.Join(key, entry.Name())
		command := registryText(l.fsys, place+"/ImagePath")
		if command == "" {
			continue
		}
		automatic := registryText(l.fsys, place+"/Start")
		found = append(found, startOf(entry.Name(), parse.SplitCommand(command), yes(automatic == "2" || automatic == "0x2"), place))
	}
	return found
}

// windowsPath is where a file of a command line lies below the root of the disk.
func windowsPath(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if len(name) > 2 && name[1] == ':' {
		name = name[2:]
	}
	return strings.Trim(name, "/")
}
