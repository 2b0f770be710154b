package program

import (
	"bytes"
	"slices"
	"strings"
)

// An index finds a package's number by a key: the key's upper 48 bits and the
// number in the lower 16, in order.
type index []uint64

func (x index) sorted() index {
	slices.Sort(x)
	return slices.Clone(x) // without the room it had to grow
}

func (x index) find(key uint64, packages []string) string {
	at, _ := slices.BinarySearch(x, key&^0xffff)
	if at == len(x) || x[at]>>16 != key>>16 {
		return ""
	}
	number := int(x[at] & 0xffff)
	if number >= len(packages) {
		return ""
	}
	return packages[number]
}

// pathKey is a path as a number. A path below /usr is the same without: whether
// /bin is /usr/bin differs from machine to machine and from package to package.
func pathKey(name string) uint64 {
	name = strings.TrimPrefix(name, "/")
	if below, ok := strings.CutPrefix(name, "usr/"); ok {
		name = below
	}
	// FNV-1a, 64 bits
	hash := uint64(14695981039346656037)
	for i := range len(name) {
		hash = (hash ^ uint64(name[i])) * 1099511628211
	}
	return hash
}

// isCommand says whether a file lies where only programs do.
func isCommand(file []byte) bool {
	file = bytes.TrimPrefix(bytes.TrimPrefix(file, []byte("/")), []byte("usr/"))
	place, _, _ := bytes.Cut(bytes.TrimPrefix(file, []byte("local/")), []byte("/"))
	switch string(place) {
	case "bin", "sbin", "games", "libexec":
		return true
	}
	return false
}

// isProgram says whether a package's file may be a program or a script, by where
// it lies and how its name ends.
func isProgram(file []byte) bool {
	file = bytes.TrimPrefix(bytes.TrimPrefix(file, []byte("/")), []byte("usr/"))
	place, below, ok := bytes.Cut(bytes.TrimPrefix(file, []byte("local/")), []byte("/"))
	if !ok || len(below) == 0 {
		return false
	}
	switch string(place) {
	case "lib", "lib64", "lib32", "opt":
	default:
		return isCommand(file)
	}
	base := below[bytes.LastIndexByte(below, '/')+1:]
	if bytes.Contains(base, []byte(".so.")) {
		return false
	}
	dot := bytes.LastIndexByte(base, '.')
	if dot < 0 {
		return true
	}
	switch string(base[dot:]) {
	case ".so", ".py", ".pyc", ".h", ".hpp", ".a", ".o", ".ko", ".mo", ".png", ".svg", ".xml", ".json", ".html", ".css", ".md", ".txt", ".gz", ".xz", ".zst",
		".conf", ".pm", ".rb", ".js", ".mjs", ".ts", ".cmake", ".pc", ".la", ".el", ".elc", ".go", ".ps", ".tcl", ".enc", ".dll", ".java", ".mk", ".map", ".d",
		".yaml", ".yml", ".service", ".target", ".socket", ".timer", ".ini", ".lua", ".rules", ".hwdb", ".pak", ".bin", ".fw", ".ucode", ".crt", ".pem":
		return false
	}
	return true
}
