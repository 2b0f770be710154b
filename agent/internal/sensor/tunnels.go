package sensor

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// tunnel is one way by which somebody elsewhere reaches a port through a program
// of this laptop, past the router and the company's network.
type tunnel struct {
	PID         int    `column:"pid,key,public" about:"number of the process that keeps the way open"`
	*program           // never nil
	Kind        string `column:"kind,key,public" about:"what keeps it open: ssh_reverse (ssh -R), ngrok, cloudflared, frp, chisel, another known kind, or unlisted for a program that is known by its connections alone"`
	ExposesPort string `column:"exposes_port,key,public" about:"port to which the way leads; nothing where it is none in particular"`
	TargetScope string `column:"target_scope,key,public" about:"where that port is: loopback (this laptop), private (another machine of the local network) or public"`
	Exposes     string `column:"exposes,public" about:"what can be reached: remote_desktop, vnc, ssh, web, editor (files and a terminal), any (whatever the other side asks for), other, or unknown"`
	Waits       string `column:"waits,public" about:"whether a program of this laptop waits at that port now"`
	WaitsFile   string `column:"waits_file,public" people:"out" about:"file name of the program that waits there"`
	ToldBy      string `column:"told_by,public" about:"by what this is known: arguments (its command line), settings (its file of settings) or connection (it is connected to both sides)"`
}

// tunnels gives the sensor of ways in, which shares with the others what is known
// of the programs.
func (t *ownerTable) tunnels() Sensor {
	return Define(Options{
		Class: "network_tunnels", Every: 20 * time.Second,
		About: "Looks at which programs let somebody elsewhere reach a port of this laptop, and what waits at that port, to recognise a desktop that is opened to the internet. It reads where command lines and settings of such programs lead, and no password, key or token in them.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: blindToTunnels},
			{OS: "windows", Reach: Partial, Why: blindToTunnels + " PuTTY's saved sessions are not read. How the program at the port greets is not heard on Windows, so what waits there is known by its port and its name; command lines of protected programs are not shown."},
			{OS: "darwin", Reach: Partial, Why: blindToTunnels + " A program that connects through Apple's own Network framework is known by its command line and settings alone."},
		},
	}, newTunnelWindow(t).collect)
}

// blindToTunnels is what is not seen of tunnels on any system.
const blindToTunnels = "Tunnels inside a virtual machine, WSL or a container's own network are not seen, nor is one that has another name and its settings within itself while nobody uses it. " +
	"A relay between a tunnel and a desktop is seen while it is used. Conditions in settings of ssh that ask for more than a host's name are not weighed: what stands under them is left out."

const tunnelLimit = 1024 // rows, and ties that are remembered

func (w *tunnelWindow) collect(ctx context.Context, h host.Host) ([]tunnel, error) {
	sockets, err := w.owners.look(ctx, h)
	w.owners.within(sockets)
	look := &tunnelLook{survey: newSurvey(h), window: w, sockets: sockets, parents: map[int]int{}, rows: map[tunnelKey]tunnel{}}
	look.findListeners()
	running, failure := w.owners.running(ctx, h)
	if len(running) == 0 && len(sockets) == 0 {
		return nil, cmp.Or(failure, err)
	}
	for _, one := range running {
		look.parents[one.said.PID] = one.said.Parent
	}
	known := map[int]string{}
	for _, one := range running {
		if command, ok := commandOf(one); ok {
			known[one.said.PID] = command.Kind
			look.told(one, command)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remember(ctx, h)
	w.follow(sockets, sinceStart(ctx, h))
	look.joined(known)
	return look.sorted(), errors.Join(err, failure, look.failure())
}

// A runningProgram is a process with what is known of it, as it was at one look.
type runningProgram struct {
	said    host.Process
	program *program
}

// running gives the processes of the last look.
func (t *ownerTable) running(ctx context.Context, h host.Host) ([]runningProgram, error) {
	t.mu.Lock()
	met := len(t.known)
	t.mu.Unlock()
	var err error
	if met == 0 {
		_, err = t.all(ctx, h)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]runningProgram, 0, len(t.known))
	for _, o := range t.known {
		list = append(list, runningProgram{o.said, o.row.program})
	}
	slices.SortFunc(list, func(a, b runningProgram) int { return cmp.Compare(a.said.PID, b.said.PID) })
	return list, err
}

// commandOf reads a process' command line by each of its program's names: by what
// its file says of itself as well, whatever it is called.
func commandOf(one runningProgram) (parse.TunnelCommand, bool) {
	who := identify(one.said)
	words := one.said.Args[min(who.rest, len(one.said.Args)):]
	for _, name := range []string{who.script, who.file, one.program.OriginalName, lastElement(one.program.BuildPath)} {
		if command, ok := parse.ParseTunnelCommand(name, words); ok {
			return command, true
		}
	}
	return parse.ParseForwards(words)
}

type tunnelKey struct {
	pid               int
	kind, port, scope string
}

// add takes in a row. What a command line says comes first, and stays.
func (l *tunnelLook) add(row tunnel) {
	key := tunnelKey{row.PID, row.Kind, row.ExposesPort, row.TargetScope}
	if _, there := l.rows[key]; there {
		return
	}
	if len(l.rows) >= tunnelLimit {
		l.crowded = true
		return
	}
	l.rows[key] = row
}

// sorted gives the rows in order. That a program leads to something unknown is
// said only while nothing is known of it.
func (l *tunnelLook) sorted() []tunnel {
	known := map[int]bool{}
	for _, row := range l.rows {
		known[row.PID] = known[row.PID] || row.Exposes != exposesUnknown
	}
	rows := make([]tunnel, 0, len(l.rows))
	for _, row := range l.rows {
		if row.Exposes != exposesUnknown || !known[row.PID] {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b tunnel) int {
		return cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ExposesPort, b.ExposesPort), cmp.Compare(a.TargetScope, b.TargetScope))
	})
	return rows
}

// The things that a way may lead to, beside those that a passage says itself.
const (
	exposesDesktop = "remote_desktop"
	exposesVNC     = "vnc"
	exposesShell   = "ssh"
	exposesWeb     = "web"
	exposesOther   = "other"
	exposesUnknown = "unknown"
)

// webPorts are where pages are usually served, and where developers serve theirs.
var webPorts = []int{80, 443, 1313, 4200, 4321, 5173, 5500, 6006}

// exposed says what a port is, by how the program there greets and else by number,
// where hardly anything else is served at it.
func exposed(port int, banner string) string {
	switch banner {
	case "rfb":
		return exposesVNC
	case "ssh":
		return exposesShell
	case "":
	default:
		return exposesDesktop
	}
	switch {
	case port >= 5900 && port < 5906:
		return exposesVNC
	case port == 22:
		return exposesShell
	case port == 3389:
		return exposesDesktop
	case slices.Contains(webPorts, port), port >= 3000 && port < 3100, port >= 5000 && port < 5010, port >= 8000 && port < 9000:
		return exposesWeb
	}
	return exposesOther
}

func portText(port int) string {
	if port == 0 {
		return ""
	}
	return strconv.Itoa(port)
}
