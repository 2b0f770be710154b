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
	errTangled   = errors.New("links that lead to each other")
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

// linkTarget is where a link leads, as a drive and a name on it; the drive is
// empty where it stays on its own. It is false of what leads to no drive: that
// may be another machine, to which whoever follows it would show who he is. The
// kernel's own paths ("\Device\...") may lead there too, and a path from the top
// of a drive cannot be told from one of those.
func linkTarget(link, target string) (drive, name string, ok bool) {
	target = strings.ReplaceAll(target, "/", `\`)
	if rest, long := strings.CutPrefix(target, `\\?\`); long && len(rest) > 2 && rest[1] == ':' {
		target = rest
	}
	switch {
	case strings.HasPrefix(target, `\`):
		return "", "", false
	case strings.Contains(target, ":"):
		if drive, ok = programPlace(target + `\`); !ok {
			return "", "", false
		}
		drive, target = strings.ToUpper(drive[:1]), target[2:]
		link = ""
	}
	// Windows stops at the top of a drive, and so does this.
	return drive, strings.TrimPrefix(path.Join("/", path.Dir(link), strings.ReplaceAll(target, `\`, "/")), "/"), true
}

// mostLinks is how many links a name may lead through; Windows gives up at 63.
const mostLinks = 63

// followable is nil when no link that a name leads through leads to another
// machine. A disk is what a letter stands for, the empty one for the drive of the
// name, and nil of drives on the network. Everybody may make folders at the top
// of a drive, and links on a stick need no right at all, so all names are looked
// at. Who swaps a link between the look and the use is not kept from it.
func followable(disk func(drive string) FS, name string) error {
	drive := ""
	for range mostLinks {
		files := disk(drive)
		if files == nil {
			return errElsewhere
		}
		link, target := firstLink(files, name)
		if link == "" {
			return nil
		}
		to, at, ok := linkTarget(link, target)
		if !ok {
			return errElsewhere
		}
		if to != "" {
			drive = to
		}
		name = path.Join(at, strings.TrimPrefix(strings.TrimPrefix(name, link), "/"))
	}
	return errTangled
}

// unread stands for where a link leads that was not told; it is no drive either.
const unread = `\`

// firstLink is the first element of a name that is a link, and where it leads.
func firstLink(files FS, name string) (link, target string) {
	for end := 0; end < len(name); {
		next := strings.IndexByte(name[end:], '/')
		if next < 0 {
			next = len(name) - end
		}
		end += next
		at := name[:end]
		end++
		if at == "" || at == "." {
			continue
		}
		stat, err := files.Lstat(at)
		if err != nil || stat.Mode()&(fs.ModeSymlink|fs.ModeIrregular) == 0 {
			continue
		}
		target, err := files.ReadLink(at)
		switch {
		case err == nil:
			return at, target
		case stat.Mode()&fs.ModeSymlink != 0:
			return at, unread
		} // other marks than links are on files of the store and of the cloud
	}
	return "", ""
}
