package sensor

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const (
	homeLimit   = 500 // people whose settings are read
	folderLimit = 200 // files of one folder of settings
)

// A survey is one look through the folders in which a system, its programs and
// its people keep their settings, and notes what stood in the way.
type survey struct {
	host  host.Host
	fsys  host.FS
	homes []string

	closed  bool  // whether a file or folder did not let us in
	other   error // the first other trouble
	crowded bool  // whether there was more than is looked at
}

func newSurvey(h host.Host) survey {
	v := survey{host: h, fsys: h.Files()}
	v.homes = v.findHomes()
	return v
}

// findHomes are the folders in which people, root and services keep their settings.
func (v *survey) findHomes() []string {
	var homes []string
	for _, place := range []string{"home", "Users"} {
		for _, entry := range v.list(place) {
			if entry.IsDir() && len(homes) < homeLimit {
				homes = append(homes, path.Join(place, entry.Name()))
			}
		}
	}
	for _, home := range []string{"root", "var/root", "Windows/System32/config/systemprofile", "Windows/ServiceProfiles/LocalService", "Windows/ServiceProfiles/NetworkService"} {
		if exists(v.fsys, home) {
			homes = append(homes, home)
		}
	}
	return homes
}

// inHomes are the places below each home.
func (v *survey) inHomes(below ...string) []string {
	var places []string
	for _, home := range v.homes {
		for _, place := range below {
			places = append(places, path.Join(home, place))
		}
	}
	return places
}

// list reads a folder; one that is not there is empty.
func (v *survey) list(folder string) []fs.DirEntry {
	if _, err := v.fsys.Lstat(folder); err != nil {
		v.trouble(folder, err)
		return nil
	}
	entries, err := fs.ReadDir(v.fsys, folder)
	v.trouble(folder, err)
	v.crowded = v.crowded || len(entries) > rowLimit
	return entries[:min(len(entries), rowLimit)]
}

// text is a value of the registry, as registryText reads it. Of one that was
// listed, what stands in the way is noted: nothing is to be hidden by a key that
// lets nobody in, or by a name that no program can ask for.
func (v *survey) text(name string) string {
	_, err := fs.Stat(v.fsys, name)
	if v.trouble(name, err); errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(path.Base(name), "\x00\uFFFD") && v.other == nil {
		v.other = fmt.Errorf("a value below /%s has a name that hides it", path.Dir(name))
	}
	return registryText(v.fsys, name)
}

// matching are the files in folders whose names fit a pattern.
func (v *survey) matching(pattern string, folders ...string) []string {
	return v.matchingUpTo(folderLimit, pattern, folders...)
}

// matchingUpTo takes so many files of each folder.
func (v *survey) matchingUpTo(limit int, pattern string, folders ...string) []string {
	var found []string
	for _, folder := range folders {
		n := 0
		for _, entry := range v.list(folder) {
			if fits, err := path.Match(pattern, entry.Name()); err != nil || !fits {
				continue
			}
			if n++; n > limit {
				v.crowded = true
				break
			}
			found = append(found, path.Join(folder, entry.Name()))
		}
	}
	return found
}

// has says whether a file is there and not empty: of secrets no more is asked.
func (v *survey) has(name string) bool {
	stat, err := fs.Stat(v.fsys, name)
	v.trouble(name, err)
	return err == nil && stat.Mode().IsRegular() && stat.Size() > 0
}

// trouble keeps what stood in the way. What is not there is no trouble.
func (v *survey) trouble(name string, err error) {
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid), strings.Contains(err.Error(), "not a directory"):
	case errors.Is(err, fs.ErrPermission):
		v.closed = true
	case v.other == nil:
		v.other = fmt.Errorf("read /%s: %w", name, err)
	}
}
