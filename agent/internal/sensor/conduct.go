package sensor

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// conduct is what one program does that remote-desktop programs do, whatever it
// is called. It has a row only while it injects input, captures the screen or
// greets those who connect to it in a protocol for desktops.
type conduct struct {
	PID        int    `column:"pid,key,public" about:"number of the process"`
	*program          // never nil
	Injects    string `column:"injects,public" about:"how it makes input: xtest (in an X server), uinput or uhid (a virtual device)"`
	Captures   string `column:"captures,public" about:"how it takes pictures of the screen, again and again: x11"`
	Banner     string `column:"banner,public" about:"protocol for desktops in which it greets those who connect to it: rfb (VNC), rdp, spice, nx, x11, barrier or synergy"`
	Listens    string `column:"listens,public" about:"from where it can be reached: any, public, lan or loopback"`
	Connection string `column:"connection,public" about:"for how long it has been connected to one other machine: minutes, hour (one or more) or hours (four or more)"`
	Recent     string `column:"recent,public" about:"whether its file came to this laptop, or was changed, in the last 14 days; of an installed package when it was first installed"`
	Lasting    string `column:"lasting,public" about:"for how long it has done so, with breaks of a few minutes: minutes, hour (one or more) or hours (four or more)"`
}

// conduct gives the sensor of what programs do, which shares with the others
// what is known of the programs themselves and of how they greet.
func (t *ownerTable) conduct() Sensor {
	w := newConductWindow(t)
	return Define(Options{
		Class: "program_conduct", Every: 20 * time.Second, Watch: w.watch,
		About: "Looks at which programs do what remote-desktop software does: make input, take pictures of the screen, or greet in its protocols. " +
			"Of input and pictures only that they are made is seen, and of a greeting its first 16 bytes.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "A Wayland session tells nobody which program takes pictures of it or makes input, except through devices of its own; a session on Xorg shows both, and greetings are heard by root only."},
			{OS: "windows", Reach: Impossible, Why: "Windows tells nobody which program takes pictures of the screen or makes input, and this agent brings no driver with which it could hear how programs greet: a tool that is not in the catalogue is known there by its connections, sessions and input alone."},
			{OS: "darwin", Reach: Partial, Why: "How a program greets those who connect is heard by root. Which program takes pictures of the screen or makes input macOS tells nobody; which may, stands in tcc_access."},
		},
	}, w.collect)
}

// recently is how long a program is new on a laptop.
const recently = 14 * 24 * time.Hour

func (w *conductWindow) collect(ctx context.Context, h host.Host) ([]conduct, error) {
	if h.Platform().OS == "windows" {
		return nil, missing(h, "what programs do to the screen and to input")
	}
	sockets, err := w.owners.look(ctx, h)
	err = errors.Join(err, w.owners.wire.state(ctx), w.state(ctx))
	now := sinceStart(ctx, h)
	rows := map[int]*conduct{}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remember(ctx, h)
	err = errors.Join(err, w.meet(ctx, h))
	w.follow(sockets, now)
	for _, s := range sockets {
		if s.PID != 0 && s.listens() && s.Protocol == "tcp" {
			w.greets(rows, s, now)
		}
	}
	for pid, d := range w.doing {
		if words := d.lately(now); len(words) > 0 {
			row := w.row(rows, pid)
			row.Injects, row.Captures = ways(words, injecting), ways(words, capturing)
			row.Lasting = bucket(d.lasted(now))
		}
	}
	w.part(now)
	w.owners.shoot(rows)
	out := make([]conduct, 0, len(rows))
	for _, pid := range slices.Sorted(maps.Keys(rows)) {
		row := rows[pid]
		if row.Injects == "" && row.Captures == "" && row.Banner == "" {
			continue // it only listens
		}
		row.Connection, row.Recent = bucket(w.connected(pid, now)), w.recent(h, pid, now)
		out = append(out, *row)
	}
	return out[:min(len(out), rowLimit)], err
}

// noOwner stands for a process that has ended or is not known.
var noOwner = &owner{row: process{program: unknownProgram}}

func (t *ownerTable) who(pid int) *owner {
	t.mu.Lock()
	defer t.mu.Unlock()
	if o := t.known[pid]; o != nil {
		return o
	}
	return noOwner
}

func (w *conductWindow) row(rows map[int]*conduct, pid int) *conduct {
	if rows[pid] == nil {
		rows[pid] = &conduct{PID: pid, program: w.owners.who(pid).row.program}
	}
	return rows[pid]
}

// greets takes in a listener: how it greets, where that is a protocol for
// desktops, and how far away those may be who can connect.
func (w *conductWindow) greets(rows map[int]*conduct, s ownedSocket, now float64) {
	row := w.row(rows, s.PID)
	row.Listens = farther(row.Listens, lan(reachOf(s.Local.Addr())))
	if banner := w.owners.banners.of(s.Socket); banner != "" && banner != "ssh" {
		row.Banner = banner
		w.does(s.PID, greeting, now)
	}
}

// farther is the scope from which more others can connect.
func farther(a, b string) string {
	order := []string{"", "loopback", "lan", "public", "any"}
	if slices.Index(order, a) > slices.Index(order, b) {
		return a
	}
	return b
}

func ways(words []string, kind string) string {
	var out []string
	for _, word := range words {
		if how, ok := strings.CutPrefix(word, kind); ok {
			out = append(out, how)
		}
	}
	return strings.Join(out, " ")
}

// bucket says how long something has lasted without saying when it began.
func bucket(lasted time.Duration) string {
	switch {
	case lasted < 0:
		return ""
	case lasted >= 4*time.Hour:
		return "hours"
	case lasted >= time.Hour:
		return "hour"
	}
	return "minutes"
}

// recent says whether a process's program is new on this laptop. What an
// interpreter runs counts instead of the interpreter. Programs of the system
// change with every update of their package: since when the package is there is
// told by the folder of its documents.
func (w *conductWindow) recent(h host.Host, pid int, now float64) string {
	told, known := w.since[pid]
	if !known {
		told.known, told.at = w.birth(h, pid, now)
		w.since[pid] = told
	}
	switch {
	case !told.known:
		return ""
	case now-told.at <= recently.Seconds():
		return "true"
	}
	return "false"
}

func (w *conductWindow) birth(h host.Host, pid int, now float64) (known bool, at float64) {
	o := w.owners.who(pid)
	ages, can := h.(host.ConductHost)
	name := programFile(o.said)
	if !can || name == "" {
		return false, 0
	}
	age, err := ages.Age(pid, name)
	if err != nil {
		return false, 0
	}
	if o.row.Package != "" && o.row.Script == "" && systemFile(name) {
		if installed, err := ages.Age(pid, "/usr/share/doc/"+o.row.Package); err == nil {
			age = max(age, installed)
		}
	}
	return true, now - age.Seconds()
}

// programFile is the file of what a process runs: of an interpreter its script.
func programFile(p host.Process) string {
	path := strings.TrimSuffix(p.Path, " (deleted)")
	if script, at := interpreted(lastElement(path), p.Args); at > 0 {
		return script
	}
	return path
}

// systemFile says whether a file is where packages put theirs and people do not.
func systemFile(name string) bool {
	if strings.HasPrefix(name, "/usr/local/") {
		return false
	}
	return slices.ContainsFunc([]string{"/usr/", "/opt/", "/bin/", "/sbin/", "/lib/"}, func(folder string) bool { return strings.HasPrefix(name, folder) })
}
