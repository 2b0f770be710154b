package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// settingsLimit is how many bytes of one file of settings are read.
const settingsLimit = 1 << 20

// accessShelf remembers what it understood of the files it has read: never a
// file's bytes, and of secrets only that there is one.
type accessShelf struct {
	settings memory[parse.Settings]
	tailnets memory[[]parse.Tailnet]
	starts   *startShelf
}

// accessLook is one look at the settings.
type accessLook struct {
	survey
	shelf  *accessShelf
	starts []start // what this machine starts by itself, or runs now
	rows   accessRows
}

func (s *accessShelf) begin(ctx context.Context, h host.Host) *accessLook {
	look := &accessLook{survey: newSurvey(h), shelf: s, rows: accessRows{}}
	look.starts = look.findStarts(ctx)
	return look
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

// failure is what stood in the way, in words that say what would mend it.
func (l *accessLook) failure() error {
	var closed, unseen error
	if l.closed {
		closed = fmt.Errorf("some settings of remote-access software are closed to the agent: %w: run it as root or administrator", host.ErrDenied)
	}
	if l.host.Platform().OS == "windows" && !exists(l.fsys, registryRoot) {
		unseen = fmt.Errorf("this machine shows no registry: %w", host.ErrAbsent)
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
