// Package journal follows the logs of remote-access software and says which
// sessions they tell of.
//
// It reads what was added since the last look, within bounds, and keeps no more
// of a line than parse names. A log may be renamed, emptied, replaced or be in
// another encoding at any time; none of it is an error.
package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

const (
	filesLimit    = 256 // logs followed at once
	shareLimit    = 24  // of those, logs that one person can make
	sessionsLimit = 200
	seekEvery     = 6 // looks: how often new logs are sought; known ones are looked at each time
)

// A Session is what a log says of one session.
type Session struct {
	Place                    // where it is told
	parse.SessionMark        // who and how; At is the begin, Until the end, each zero where it is not told
	Log               string // which log, since one log tells each session once
	Over              bool   // it is told that it ended
	Noted             bool   // it says only where a session comes from of which another log tells
	Lost              bool   // its program started anew meanwhile, so it is not alive
}

// A Follower follows the logs of one machine. It is used by one goroutine.
type Follower struct {
	tails   map[string]*tail
	streams map[string]*Stream
	shares  map[string]int // logs followed by who can make them
	looks   int
	unseen  error // what the last search could not look at
	crowded bool  // a log was found for which there was no room
	Cut     int   // lines that were longer than is read
}

// New makes a follower that has read nothing yet.
func New() *Follower {
	return &Follower{tails: map[string]*tail{}, streams: map[string]*Stream{}, shares: map[string]int{}}
}

// Look reads what was added to the logs in their known places, and to those of
// more, which are paths of one form each.
func (f *Follower) Look(ctx context.Context, fsys host.FS, system string, clock parse.SessionClock, more []Found) error {
	if f.looks%seekEvery == 0 {
		f.unseen = f.seek(fsys, system)
	}
	f.looks++
	for _, found := range more {
		f.follow(found)
	}
	problems := []error{f.unseen}
	if f.crowded {
		problems = append(problems, errCrowded)
	}
	var closed error
	for _, name := range sortedNames(f.tails) { // in order, so that the same trouble is told in the same words
		t := f.tails[name]
		if err := ctx.Err(); err != nil {
			return errors.Join(append(problems, fmt.Errorf("read session logs: %w", err))...)
		}
		err := t.look(fsys, clock)
		f.Cut += t.cutter.takeCut()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if t.forgotten(clock) {
				f.shares[t.share]--
				delete(f.tails, name)
			}
		case denied(err):
			closed = refusal(path.Dir(name)) // one says what would mend it
		case err != nil:
			problems = append(problems, fmt.Errorf("read %s: %w", name, err))
		}
	}
	return errors.Join(append(problems, closed)...)
}

// A Found is a log at a place that was learned from a running program.
type Found struct {
	Name  string // path as in io/fs
	Share string // who can make it: a home or an account, "" for the system alone
	Place
}

// errCrowded says that somebody has more logs than any program makes. What is
// not followed then is that person's own.
var errCrowded = errors.New("follow session logs: there are more of them than are followed; put the old ones elsewhere")

func (f *Follower) seek(fsys host.FS, system string) error {
	f.crowded = false
	var problems []error
	for _, place := range Places() {
		if place.System != "" && place.System != system {
			continue
		}
		for _, pattern := range place.patterns(system) {
			pattern = outside(fsys, pattern)
			names, err := find(fsys, pattern)
			f.crowded = f.crowded || errors.Is(err, errCrowded)
			if denied(err) && len(problems) == 0 { // one says what would mend it
				problems = append(problems, err)
			}
			for _, name := range names {
				f.follow(Found{Name: name, Share: shareOf(name), Place: place})
			}
		}
	}
	return errors.Join(problems...)
}

func (f *Follower) follow(found Found) {
	if f.tails[found.Name] != nil || found.Lines == nil {
		return
	}
	if len(f.tails) >= filesLimit || found.Share != "" && f.shares[found.Share] >= shareLimit {
		f.crowded = true
		return
	}
	f.shares[found.Share]++
	f.tails[found.Name] = newTail(found)
}

// outside is a pattern in the folder for temporary files that others use: a
// service has one of its own.
func outside(fsys host.FS, pattern string) string {
	const theirs = "proc/1/root/"
	if !strings.HasPrefix(pattern, "tmp/") {
		return pattern
	}
	ours, err := fs.Stat(fsys, "tmp")
	if err != nil {
		return pattern
	}
	others, err := fs.Stat(fsys, theirs+"tmp")
	if err != nil {
		return pattern
	}
	if same, told := host.SameFile(ours, others); same || !told {
		return pattern
	}
	return theirs + pattern
}

// shareOf is the home that a log lies in, or the folder where anybody may put one.
func shareOf(name string) string {
	elements := strings.SplitN(name, "/", 3)
	switch {
	case len(elements) == 3 && (elements[0] == "home" || elements[0] == "Users"):
		return elements[0] + "/" + elements[1]
	case elements[0] == "root" || elements[0] == "tmp" || strings.HasPrefix(name, "proc/"):
		return elements[0]
	}
	return ""
}

// Stream is the log of this name that is no file; its marks come from outside.
func (f *Follower) Stream(name string, place Place) *Stream {
	s := f.streams[name]
	if s == nil {
		s = &Stream{pairs: pairing{log: name, place: place}}
		f.streams[name] = s
	}
	return s
}

// A Stream is a log that is no file.
type Stream struct{ pairs pairing }

// Take takes a mark in.
func (s *Stream) Take(m parse.SessionMark) { s.pairs.take(m) }

// Forget forgets the streams whose names begin so, for a log that is told whole each time.
func (f *Follower) Forget(prefix string) {
	for name := range f.streams {
		if strings.HasPrefix(name, prefix) {
			delete(f.streams, name)
		}
	}
}

// Sessions are those that all logs tell of, those of one log in their order.
func (f *Follower) Sessions() []Session {
	var all []Session
	for _, name := range sortedNames(f.tails) {
		all = append(all, f.tails[name].pairs.told()...)
	}
	for _, name := range sortedNames(f.streams) {
		all = append(all, f.streams[name].pairs.told()...)
	}
	return all
}

func sortedNames[T any](of map[string]T) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
