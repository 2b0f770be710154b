package host

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// driveRoot is below which the drives stand that are not the system's own:
// "drives/d/tools/x.exe" is D:\tools\x.exe.
const driveRoot = "drives"

var (
	errElsewhere = errors.New("a link to another machine, which is not asked")
	errAnnounced = errors.New("kept elsewhere and only announced here: reading it would fetch it over the network")
	errReserved  = errors.New("the name of a device or of a hidden stream")
)

// driveOf takes apart a name below driveRoot.
func driveOf(name string) (drive, rest string, ok bool) {
	below, ok := strings.CutPrefix(name, driveRoot+"/")
	if !ok {
		return "", "", false
	}
	letter, rest, _ := strings.Cut(below, "/")
	if len(letter) != 1 || letter[0] < 'a' || letter[0] > 'z' {
		return "", "", false
	}
	if rest == "" {
		rest = "."
	}
	return strings.ToUpper(letter) + `:\`, rest, true
}

// reservedName says whether Windows takes any part of a name for a device ("NUL",
// "com1.txt") or for a stream beside a file ("a.txt:b").
func reservedName(name string) bool {
	if strings.ContainsAny(name, ":\\\x00") {
		return true
	}
	for element := range strings.SplitSeq(name, "/") {
		base, _, _ := strings.Cut(strings.ToUpper(element), ".")
		switch base = strings.TrimRight(base, " "); {
		case base == "CON", base == "PRN", base == "AUX", base == "NUL", base == "CONIN$", base == "CONOUT$":
			return true
		case len(base) > 3 && (base[:3] == "COM" || base[:3] == "LPT"):
			if strings.Trim(base[3:], "0123456789\u00b9\u00b2\u00b3") == "" && len([]rune(base)) == 4 {
				return true
			}
		}
	}
	return false
}

// leadsElsewhere says whether a link leads to another machine, to which whoever
// follows it would show who he is.
func leadsElsewhere(target string) bool {
	target = strings.ReplaceAll(target, "/", `\`)
	local := len(target) > 5 && strings.HasPrefix(target, `\\?\`) && target[5] == ':' ||
		strings.HasPrefix(strings.ToLower(target), `\\?\volume{`)
	return strings.HasPrefix(target, `\\`) && !local
}

// followable is nil when no element of a name is a link to another machine. Only
// where other people may make links is looked: each look costs a call.
func followable(files FS, name string) error {
	first, _, _ := strings.Cut(strings.ToLower(name), "/")
	if first != "users" && first != "programdata" {
		return nil
	}
	for at := name; at != "."; at = path.Dir(at) {
		stat, err := files.Lstat(at)
		if err != nil || stat.Mode()&(fs.ModeSymlink|fs.ModeIrregular) == 0 {
			continue
		}
		if target, err := files.ReadLink(at); err == nil && leadsElsewhere(target) {
			return errElsewhere
		}
	}
	return nil
}
