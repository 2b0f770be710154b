package sensor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// disklog is a laptop whose disk a test changes between looks.
type disklog struct {
	answers
	files fstest.MapFS
	hours float64
	at    int // number of the look, which gives changed files another time
}

func (d *disklog) Files() host.FS {
	d.files["proc/uptime"] = &fstest.MapFile{Data: fmt.Appendf(nil, "%.2f 1.0", 3600*(100+d.hours))}
	return mapLinks{d.files}
}

type mapLinks struct{ fstest.MapFS }

func (d *disklog) put(name string, size int) {
	d.at++
	d.files[name] = &fstest.MapFile{Data: make([]byte, size), ModTime: time.Unix(int64(1_790_000_000+d.at), 0)}
}

func (d *disklog) link(name, target string) {
	d.files[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink}
}

// turn notes what logrotate does when it turned a log over.
func (d *disklog) turn(log, when string) {
	d.files["var/lib/logrotate/status"] = &fstest.MapFile{Data: []byte("logrotate state -- version 2\n\"/var/log/wtmp\" 2026-11-1-0:0:0\n\"/var/log/" + log + "\" " + when + "\n")}
}

func (d *disklog) look(t *testing.T, s Sensor) string {
	t.Helper()
	rows, coverage := look(t, d, s)
	if coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v", coverage)
	}
	d.hours += 1.0 / 60
	return strings.Join(rows, " | ")
}

func newDisklog() *disklog {
	d := &disklog{files: fstest.MapFS{}}
	d.put("home/sam/.bashrc", 100)
	d.put("home/sam/.bash_history", 20_000)
	d.put("home/sam/.zsh_history", 9000)
	for name, size := range map[string]int{"wtmp": 8000, "auth.log": 50_000, "auth.log.1": 90_000, "btmp": 4000} {
		d.put("var/log/"+name, size)
	}
	for i := range 6 {
		d.put(fmt.Sprintf("var/log/journal/4f/system@%d.journal", i), 8<<20)
	}
	d.put("var/log/journal/4f/system.journal", 8<<20)
	return d
}

// TestClearedLogs: what is done between two looks, and what the third says.
func TestClearedLogs(t *testing.T) {
	const history, journal = "home/sam/.bash_history", "var/log/journal/4f/"
	for name, test := range map[string]struct {
		do   func(d *disklog)
		want string
	}{
		"a history is emptied":         {func(d *disklog) { d.put(history, 0) }, "log=bash_history user=sam how=emptied when=hours"},
		"and begun anew":               {func(d *disklog) { d.put(history, 120) }, "log=bash_history user=sam how=emptied when=hours"},
		"a history is removed":         {func(d *disklog) { delete(d.files, history) }, "log=bash_history user=sam how=removed when=hours"},
		"a history leads to nowhere":   {func(d *disklog) { d.link(history, "/dev/null") }, "log=bash_history user=sam how=redirected when=hours"},
		"a log is emptied":             {func(d *disklog) { d.put("var/log/auth.log", 0) }, "log=auth_log how=emptied when=hours"},
		"a log is emptied and goes on": {func(d *disklog) { d.put("var/log/auth.log", 1900) }, "log=auth_log how=emptied when=hours"},
		"logins are removed":           {func(d *disklog) { delete(d.files, "var/log/wtmp") }, "log=logins how=removed when=hours"},
		"logins lead to nowhere":       {func(d *disklog) { d.link("var/log/wtmp", "../../dev/null") }, "log=logins how=redirected when=hours"},
		"the journal's past is removed": {func(d *disklog) {
			for i := range 6 {
				delete(d.files, fmt.Sprintf(journal+"system@%d.journal", i))
			}
		}, "log=journal how=emptied when=hours"},

		"nothing":                                  {func(*disklog) {}, ""},
		"a history is written anew, longer":        {func(d *disklog) { d.put(history, 20_100) }, ""},
		"a history is trimmed to 500 lines":        {func(d *disklog) { d.put(history, 1900) }, ""},
		"a history is trimmed by half":             {func(d *disklog) { d.put(history, 10_000) }, ""},
		"a log is turned over":                     {func(d *disklog) { d.put("var/log/auth.log.1", 50_000); d.put("var/log/auth.log", 0) }, ""},
		"a log is copied and cut":                  {func(d *disklog) { d.put("var/log/wtmp-20261101", 8000); d.put("var/log/wtmp", 0) }, ""},
		"a log is turned over, none anew":          {func(d *disklog) { d.put("var/log/btmp.1", 4000); delete(d.files, "var/log/btmp") }, ""},
		"a log is turned over into another folder": {func(d *disklog) { d.put("var/log/auth.log", 0); d.turn("auth.log", "2026-11-2-0:0:5") }, ""},
		"a log is turned over, none kept":          {func(d *disklog) { delete(d.files, "var/log/btmp"); d.turn("btmp", "2026-11-2-0:0:5") }, ""},
		"another log is turned over":               {func(d *disklog) { d.put("var/log/auth.log", 0); d.turn("auth.log.old", "2026-11-2-0:0:5") }, "log=auth_log how=emptied when=hours"},
		"the journal's oldest parts go": {func(d *disklog) {
			for i := range 4 {
				delete(d.files, fmt.Sprintf(journal+"system@%d.journal", i))
			}
		}, ""},
		"a history kept elsewhere by a link": {func(d *disklog) { d.put("home/sam/dotfiles/h", 20_000); d.link(history, "dotfiles/h") }, ""},
		"the home is closed, as its owner left": {func(d *disklog) {
			delete(d.files, history)
			delete(d.files, "home/sam/.zsh_history")
			delete(d.files, "home/sam/.bashrc")
			d.put("home/sam/README.txt", 1)
		}, ""},
		"the account is removed": {func(d *disklog) {
			for name := range d.files {
				if strings.HasPrefix(name, "home/sam") {
					delete(d.files, name)
				}
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, s := newDisklog(), ClearedLogs()
			if first := d.look(t, s); first != "" {
				t.Errorf("at first: %s", first)
			}
			test.do(d)
			d.look(t, s)
			if got := d.look(t, s); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// A log that is turned over is met before logrotate, which compresses meanwhile, notes that.
func TestClearedLogsWaitForTheNoteOfARotation(t *testing.T) {
	d, s := newDisklog(), ClearedLogs()
	d.turn("auth.log", "2026-11-1-0:0:0")
	d.look(t, s)
	d.put("var/log/auth.log", 0)
	d.look(t, s)
	d.turn("auth.log", "2026-11-2-0:0:5")
	for range 3 {
		if got := d.look(t, s); got != "" {
			t.Errorf("%q after it was turned over", got)
		}
	}
	d.put("var/log/auth.log", 50_000)
	d.look(t, s)
	d.put("var/log/auth.log", 0)
	d.look(t, s)
	if got := d.look(t, s); got != "log=auth_log how=emptied when=hours" {
		t.Errorf("%q after it was emptied", got)
	}
}

// A shell that writes its history anew is met in between, without a history.
func TestClearedLogsWaitForASecondLook(t *testing.T) {
	d, s := newDisklog(), ClearedLogs()
	d.look(t, s)
	delete(d.files, "home/sam/.bash_history")
	if got := d.look(t, s); got != "" {
		t.Errorf("%q at once", got)
	}
	d.put("home/sam/.bash_history", 20_050)
	if got := d.look(t, s); got != "" {
		t.Errorf("%q once it is there again", got)
	}
}

// A clearing is told as of hours, then of a day, then no more; a link to nowhere for as long as it is there.
func TestClearedLogsAreToldForADay(t *testing.T) {
	d, s := newDisklog(), ClearedLogs()
	d.link("home/sam/.zsh_history", "/dev/null")
	if got := d.look(t, s); got != "log=zsh_history user=sam how=redirected" {
		t.Errorf("at first: %q", got)
	}
	d.put("home/sam/.bash_history", 0)
	for _, step := range []struct {
		hours float64
		want  string
	}{{0.1, "log=bash_history user=sam how=emptied when=hours | "}, {11, "log=bash_history user=sam how=emptied when=hours | "}, {13, "log=bash_history user=sam how=emptied when=day | "}, {25, ""}} {
		d.hours = step.hours
		if got := d.look(t, s); got != step.want+"log=zsh_history user=sam how=redirected" {
			t.Errorf("after %v hours: %q", step.hours, got)
		}
	}
	d.put("home/sam/.zsh_history", 10)
	if got := d.look(t, s); got != "" {
		t.Errorf("the link is gone: %q", got)
	}
}

// No content is read: a history that lets nobody read it is looked at all the same.
func TestClearedLogsReadNoContents(t *testing.T) {
	d, s := newDisklog(), ClearedLogs()
	closed := &unreadable{disklog: d}
	look(t, closed, s)
	d.put("home/sam/.bash_history", 0)
	rows, coverage := look(t, closed, s)
	if len(rows) != 1 || coverage.State != finding.CoverageOK || len(closed.opened) > 0 {
		t.Errorf("rows %q, coverage %+v, opened %q", rows, coverage, closed.opened)
	}
}

// unreadable notes which logs and histories are opened.
type unreadable struct {
	*disklog
	opened []string
}

func (u *unreadable) Files() host.FS {
	return openedFS{mapLinks{u.disklog.Files().(mapLinks).MapFS}, u}
}

type openedFS struct {
	mapLinks
	by *unreadable
}

func (f openedFS) Open(name string) (fs.File, error) {
	file, err := f.mapLinks.Open(name)
	if err == nil {
		if stat, err := file.Stat(); err == nil && !stat.IsDir() && name != "proc/uptime" {
			f.by.opened = append(f.by.opened, name)
		}
	}
	return file, err
}

func TestClearedLogsOfWindows(t *testing.T) {
	text := "-- platform.yaml --\nos: windows\n-- clock.yaml --\nnow: %s\n-- records/security-cleared.xml --\n<Event><System><EventID>1102</EventID><TimeCreated SystemTime=\"2026-11-02T08:00:00Z\"/></System></Event>" +
		"<Event><System><EventID>1102</EventID><TimeCreated SystemTime=\"2026-11-02T16:00:00Z\"/></System></Event>\n-- records/system-cleared.xml --\n"
	for now, want := range map[string]string{"2026-11-02T17:00:00Z": "when=hours", "2026-11-03T09:00:00Z": "when=day", "2026-11-05T09:00:00Z": "how=emptied"} {
		rows, coverage := look(t, machine(t, fmt.Sprintf(text, now)), ClearedLogs())
		if len(rows) != 1 || !strings.HasPrefix(rows[0], "log=security_log") || !strings.HasSuffix(rows[0], want) || coverage.State != finding.CoverageOK {
			t.Errorf("at %s: rows %q, coverage %+v, want %s", now, rows, coverage, want)
		}
	}
	rows, coverage := look(t, machine(t, "-- platform.yaml --\nos: windows\n-- denied.yaml --\nrecords/security-cleared.xml: the Security log is closed\n-- records/system-cleared.xml --\n<Event><System><EventID>104"), ClearedLogs())
	if len(rows) > 0 || coverage.State == finding.CoverageOK || !strings.Contains(coverage.Detail, "closed") {
		t.Errorf("rows %q, coverage %+v", rows, coverage)
	}
}

// FuzzClearedLogs puts anything where logs are, and looks twice.
func FuzzClearedLogs(f *testing.F) {
	f.Add("linux", "-- files/home/sam/.bash_history -> /dev/null --\n", "-- files/var/log/wtmp --\nx\n")
	f.Add("windows", "-- records/system-cleared.xml --\n<Event><System><EventID>104</EventID></System><UserData><L><Channel>System</Channel></L></UserData></Event>\n", "-- records/security-cleared.xml --\n<\n")
	f.Add("linux", "-- files/var/log/journal/a/b@.journal --\nx\n", "-- files/var/log/journal -> journal --\n")
	f.Fuzz(func(t *testing.T, system, before, after string) {
		if system != "windows" && system != "darwin" {
			system = "linux"
		}
		s := ClearedLogs()
		for _, text := range []string{before, after, after} {
			h, err := host.ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: " + system + "\n" + text)))
			if err != nil {
				return
			}
			rows, coverage := Look(context.Background(), h, s)
			if strings.Contains(coverage.Detail, "broke at") {
				t.Fatal(coverage.Detail)
			}
			for _, row := range rows {
				if len(row.Columns["log"]) > 24 || len(row.Columns["how"]) > 12 || len(row.Columns["when"]) > 6 {
					t.Fatalf("row %v", row.Columns)
				}
			}
		}
	})
}

// On a real disk: a history is emptied by the shell's own way, and a log is turned over.
func TestClearedLogsOnADisk(t *testing.T) {
	root := t.TempDir()
	write := func(name string, size int) {
		place := filepath.Join(root, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(place), 0o700), os.WriteFile(place, make([]byte, size), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write("home/sam/.bashrc", 10)
	write("home/sam/.bash_history", 9000)
	write("var/log/wtmp", 9000)
	h, s := host.New(host.Options{Root: root}), ClearedLogs()
	if rows, coverage := look(t, h, s); len(rows) > 0 || coverage.State != finding.CoverageOK {
		t.Errorf("at first %q, coverage %+v", rows, coverage)
	}
	if err := os.Rename(filepath.Join(root, "var/log/wtmp"), filepath.Join(root, "var/log/wtmp.1")); err != nil {
		t.Fatal(err)
	}
	write("var/log/wtmp", 0)
	write("home/sam/.bash_history", 0)
	if rows, _ := look(t, h, s); len(rows) != 1 || !strings.HasPrefix(rows[0], "log=bash_history user=sam how=emptied") {
		t.Errorf("then %q", rows)
	}
}
