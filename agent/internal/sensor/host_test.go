package sensor

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/bpf"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// machine makes a host of the files of a recording.
func machine(t testing.TB, text string) host.Host {
	t.Helper()
	if !strings.Contains(text, "-- platform.yaml --") {
		text = "-- platform.yaml --\nos: linux\nchassis: laptop\n" + text
	}
	h, err := host.ReadRecording(txtar.Parse([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// answers is a host that answers as the test says, and counts how often it was asked.
type answers struct {
	host.Host // its files and whatever is not below

	processes []host.Process
	sockets   []host.Socket
	sessions  []host.Session
	err       error
	output    string
	asked     map[string]int
}

func (a *answers) ask(what string) {
	if a.asked == nil {
		a.asked = map[string]int{}
	}
	a.asked[what]++
}

func (a *answers) Files() host.FS {
	if a.Host == nil {
		return fstest.MapFS{} // a disk with nothing on it
	}
	return a.Host.Files()
}

func (a *answers) Platform() host.Platform {
	if a.Host == nil {
		return host.Platform{OS: "linux"}
	}
	return a.Host.Platform()
}

func (a *answers) Processes(context.Context) ([]host.Process, error) {
	a.ask("processes")
	return a.processes, a.err
}

func (a *answers) Sockets(context.Context) ([]host.Socket, error) {
	a.ask("sockets")
	return a.sockets, a.err
}

func (a *answers) Sessions(context.Context) ([]host.Session, error) { return a.sessions, a.err }

func (a *answers) Run(context.Context, host.Tool) ([]byte, error) {
	a.ask("run")
	return []byte(a.output), a.err
}

func (a *answers) AccessPoints(context.Context) ([]host.AccessPoint, error) {
	return nil, host.ErrUnsupported
}

func (a *answers) Packets(context.Context, []bpf.RawInstruction) (host.PacketSource, error) {
	return nil, host.ErrUnsupported
}

// look gives a sensor's rows as "column=value …" in the order of its columns,
// those that are empty left out, and its coverage.
func look(t testing.TB, h host.Host, s Sensor) ([]string, finding.Coverage) {
	t.Helper()
	rows, coverage := Look(context.Background(), h, s)
	uids := map[string]bool{}
	var lines []string
	for _, row := range rows {
		if uids[row.UID] {
			t.Errorf("two rows of %s have the UID %s", s.Class, row.UID)
		}
		uids[row.UID] = true
		var words []string
		for _, c := range s.Columns {
			if v, ok := row.Columns[c.Name]; ok {
				words = append(words, c.Name+"="+v)
			}
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return lines, coverage
}

// closedFS is a disk on which nothing may be opened.
type closedFS struct{ fstest.MapFS }

func (closedFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func (closedFS) Stat(name string) (fs.FileInfo, error) {
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrPermission}
}
