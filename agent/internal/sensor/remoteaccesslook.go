package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

const (
	homeLimit     = 500     // people whose settings are read
	folderLimit   = 200     // files of one folder of settings
	settingsLimit = 1 << 20 // bytes of one file of settings
)

// accessShelf remembers what it understood of the files it has read: never a
// file's bytes, and of secrets only that there is one.
type accessShelf struct {
	settings memory[parse.Settings]
	starts   memory[start]
	tailnets memory[[]parse.Tailnet]
}

// accessLook is one look at the settings.
type accessLook struct {
	host   host.Host
	fsys   host.FS
	shelf  *accessShelf
	homes  []string
	starts []start // what this machine starts by itself, or runs now
	rows   accessRows
	closed bool  // whether a file or folder did not let us in
	other  error // the first other trouble

	crowded bool // whether there was more than is looked at
}

func (s *accessShelf) begin(ctx context.Context, h host.Host) *accessLook {
	look := &accessLook{host: h, fsys: h.Files(), shelf: s, rows: accessRows{}}
	look.homes = look.findHomes()
	look.starts = look.findStarts(ctx)
	return look
}

// findHomes are the folders in which people, root and services keep their settings.
func (l *accessLook) findHomes() []string {
	var homes []string
	for _, place := range []string{"home", "Users"} {
		for _, entry := range l.list(place) {
			if entry.IsDir() && len(homes) < homeLimit {
				homes = append(homes, path.Join(place, entry.Name()))
			}
		}
	}
	for _, home := range []string{"root", "var/root", "Windows/System32/config/systemprofile", "Windows/ServiceProfiles/LocalService"} {
		if exists(l.fsys, home) {
			homes = append(homes, home)
		}
	}
	return homes
}

// inHomes are the places below each home.
func (l *accessLook) inHomes(below ...string) []string {
	var places []string
	for _, home := range l.homes {
		for _, place := range below {
			places = append(places, path.Join(home, place))
		}
	}
	return places
}

// list reads a folder; one that is not there is empty.
func (l *accessLook) list(folder string) []fs.DirEntry {
	if !exists(l.fsys, folder) {
		return nil
	}
	entries, err := fs.ReadDir(l.fsys, folder)
	l.trouble(folder, err)
	return entries[:min(len(entries), rowLimit)]
}

// matching are the files in folders whose names fit a pattern.
func (l *accessLook) matching(pattern string, folders ...string) []string {
	var found []string
	for _, folder := range folders {
		n := 0
		for _, entry := range l.list(folder) {
			if fits, err := path.Match(pattern, entry.Name()); err != nil || !fits {
				continue
			}
			if n++; n > folderLimit {
				l.crowded = true
				break
			}
			found = append(found, path.Join(folder, entry.Name()))
		}
	}
	return found
}

// has says whether a file is there and not empty: of secrets no more is asked.
func (l *accessLook) has(name string) bool {
	stat, err := fs.Stat(l.fsys, name)
	l.trouble(name, err)
	return err == nil && stat.Mode().IsRegular() && stat.Size() > 0
}

// A settingsFormat reads settings from a file's bytes.
type settingsFormat func([]byte, parse.Wanted) (parse.Settings, error)

// settings reads what is wanted of one file; false when it cannot be read.
func (l *accessLook) settings(name string, as settingsFormat, wanted parse.Wanted) (parse.Settings, bool) {
	found, err := l.shelf.settings.read(l.fsys, name, func(r io.Reader) (parse.Settings, error) {
		content, err := io.ReadAll(io.LimitReader(r, settingsLimit+1))
		if err != nil {
			return nil, err
		}
		return as(content, wanted)
	})
	l.trouble(name, err)
	return found, err == nil
}

// trouble keeps what stood in the way. What is not there is no trouble.
func (l *accessLook) trouble(name string, err error) {
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid), strings.Contains(err.Error(), "not a directory"):
	case errors.Is(err, fs.ErrPermission):
		l.closed = true
	case l.other == nil:
		l.other = fmt.Errorf("read /%s: %w", name, err)
	}
}

// failure is what stood in the way, in words that say what would mend it.
func (l *accessLook) failure() error {
	var closed, unseen error
	if l.closed {
		closed = fmt.Errorf("some settings of remote-access software are closed to the agent: %w: run it as root or administrator", host.ErrDenied)
	}
	if l.host.Platform().OS == "windows" && !exists(l.fsys, registryRoot) {
		unseen = fmt.Errorf("this agent cannot read the registry on this system: %w", host.ErrUnsupported)
	}
	var withheld error
	if w, ok := l.host.(host.Withholder); ok {
		withheld = w.Withheld("remote_access")
	}
	var crowded error
	if l.crowded {
		crowded = errors.New("there are more settings and accounts of remote-access software than are looked at; see who made so many")
	}
	return errors.Join(closed, withheld, l.other, unseen, crowded)
}

// add takes in a row that was read from a place.
func (l *accessLook) add(place string, row remoteAccess) {
	row.Place = "/" + place
	if !l.rows.add(row) {
		l.crowded = true
	}
}

// known says whether anything of these names starts by itself: "" when nothing
// of such a name is there. A name that ends in * stands for all that begin so.
func (l *accessLook) known(names ...string) string {
	known := ""
	for _, s := range l.starts {
		for _, name := range names {
			if s.named(name) {
				known = either(known, s.enabled)
			}
		}
	}
	return known
}
