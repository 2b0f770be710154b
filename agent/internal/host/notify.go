package host

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
)

// A Notifier is a host that can put words before the people who are logged in.
type Notifier interface {
	// Notices opens the way to them. Nothing is shown yet.
	Notices(ctx context.Context) (Notices, error)
}

// Notices are words that stand before people. Its methods may be called by several at once.
type Notices interface {
	// People are the logins that a notice could reach.
	People(ctx context.Context) ([]Person, error)
	// Show puts a notice on every desktop and every terminal where somebody is
	// logged in, in the place of an earlier one with its ID. It says on how many
	// it stands; the error says where it could not be put and why.
	Show(ctx context.Context, n Notice) (Told, error)
	// Pressed gives the ID of each notice whose button was pressed.
	Pressed() <-chan string
	io.Closer
}

// A Notice is what people are to read.
type Notice struct {
	ID     string
	Title  string
	Text   string // plain, with line ends
	Button string // the words of its one button; empty for the last word about it, and not shown on a terminal
}

// Person is one login as far as it matters for telling somebody something.
type Person struct {
	Session  string // its ID or terminal
	UID      int
	Desktop  bool   // it has a screen full of windows
	Terminal string // below /dev, where it is one of text
	Remote   bool   // it comes from elsewhere
	Locked   bool   // its screen is locked, where the system tells
}

// Told is on how many desktops and terminals a notice stands.
type Told struct {
	Screens, Terminals int
	Remote             int // of both together, those in logins from elsewhere
}

func (t *Told) add(p Person) {
	if p.Desktop {
		t.Screens++
	} else {
		t.Terminals++
	}
	if p.Remote {
		t.Remote++
	}
}

// people are the logins of a Linux machine that have a desktop or a terminal.
// A person with two sessions on one desktop is told once.
func people(files FS, sessions []Session) []Person {
	var all []Person
	seen := map[Person]bool{}
	for _, s := range sessions {
		p := Person{Session: cmp.Or(s.ID, s.Terminal), UID: sessionOwner(files, s.ID)}
		p.Remote = s.Remote != "" || s.Kind == kindSSH || s.Kind == kindRemoteDesktop
		switch s.Kind {
		case kindGraphical, kindRemoteDesktop:
			p.Desktop = true
		default:
			p.Terminal = s.Terminal
		}
		place := Person{UID: p.UID, Desktop: p.Desktop, Terminal: p.Terminal}
		if !p.Desktop && p.Terminal == "" || seen[place] {
			continue
		}
		seen[place] = true
		all = append(all, p)
	}
	return all
}

// sessionOwner is the account of a session as logind wrote it down, or -1.
func sessionOwner(files FS, id string) int {
	if id == "" || !fs.ValidPath(id) {
		return -1
	}
	text, err := fs.ReadFile(files, path.Join(sessionDir, id))
	if err != nil {
		return -1 // over, or never logind's
	}
	uid, err := strconv.Atoi(keyValues(text)["UID"])
	if err != nil {
		return -1
	}
	return uid
}

var _ Notifier = (*recording)(nil)

// Notices of a recorded machine reach whoever was logged in when it was
// recorded, and change nothing.
func (r *recording) Notices(ctx context.Context) (Notices, error) {
	sessions, err := r.Sessions(ctx)
	if err != nil && len(sessions) == 0 {
		return nil, fmt.Errorf("find who is logged in: %w", err)
	}
	return recordedNotices(people(r.files, sessions)), nil
}

type recordedNotices []Person

// People are those who were logged in.
func (n recordedNotices) People(context.Context) ([]Person, error) { return n, nil }

// Show says whom it would have reached.
func (n recordedNotices) Show(context.Context, Notice) (Told, error) {
	var told Told
	for _, p := range n {
		told.add(p)
	}
	return told, nil
}

// Pressed never gives any: nobody is there.
func (recordedNotices) Pressed() <-chan string { return nil }

// Close has nothing to end.
func (recordedNotices) Close() error { return nil }
