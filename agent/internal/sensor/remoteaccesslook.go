package sensor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// registryRoot is where a recording keeps Windows' registry: a key is a folder,
// a value a file that holds its text.
const registryRoot = "registry"

// homeLimit bounds the people whose settings are read.
const homeLimit = 500

// accessShelf remembers what it understood of the files it has read: never a
// file's bytes, and of secrets only that there is one.
type accessShelf struct{}

func newAccessShelf() *accessShelf { return &accessShelf{} }

// accessLook is one look at the settings.
type accessLook struct {
	ctx    context.Context
	host   host.Host
	fsys   host.FS
	shelf  *accessShelf
	homes  []string
	rows   accessRows
	closed bool  // whether a file or folder did not let us in
	other  error // the first other trouble
}

func (s *accessShelf) begin(ctx context.Context, h host.Host) *accessLook {
	look := &accessLook{ctx: ctx, host: h, fsys: h.Files(), shelf: s, rows: accessRows{}}
	look.homes = look.findHomes()
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

// list reads a folder; one that is not there is empty.
func (l *accessLook) list(folder string) []fs.DirEntry {
	entries, err := fs.ReadDir(l.fsys, folder)
	l.trouble(folder, err)
	return entries[:min(len(entries), rowLimit)]
}

// trouble keeps what stood in the way. What is not there is no trouble.
func (l *accessLook) trouble(name string, err error) {
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
	case errors.Is(err, fs.ErrPermission):
		l.closed = true
	case l.other == nil && !strings.Contains(err.Error(), "not a directory"):
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
	return errors.Join(closed, l.other, unseen)
}

// tenantName is the one way in which a tenant is written, on the laptop and by
// whoever allows it: without spaces around it, in lower case.
func tenantName(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// settingsReaders are those who read the settings, each for one program or a few.
func settingsReaders() []func(*accessLook) { return nil }
