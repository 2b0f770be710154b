package sensor

import (
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
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

// windowsPath is where a file of a command line lies below the root of the disk.
func windowsPath(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if len(name) > 2 && name[1] == ':' {
		name = name[2:]
	}
	return strings.Trim(name, "/")
}
