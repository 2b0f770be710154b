package sensor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/journal"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// zoneLimit is the most that a file which describes a time zone may have.
const zoneLimit = 64 << 10

func readZone(r io.Reader) (*time.Location, error) {
	content, err := io.ReadAll(io.LimitReader(r, zoneLimit))
	if err != nil {
		return nil, err
	}
	return time.LoadLocationFromTZData("Local", content)
}

// toldLogs are the logs that running programs write to where nobody would look
// for them: named on their command lines, or what their output goes to.
type toldLogs struct {
	known map[int]toldLog
}

type toldLog struct {
	started time.Time
	found   []journal.Found
}

// logs looks at a process once: what it writes to does not change.
func (t *toldLogs) logs(fsys host.FS, processes []host.Process) []journal.Found {
	next := map[int]toldLog{}
	var all []journal.Found
	of := map[int]int{} // accounts
	for _, p := range processes {
		tool := writesLog(p)
		if tool == "" || len(next) >= 256 || of[p.UID] >= 16 {
			continue
		}
		of[p.UID]++
		known, ok := t.known[p.PID]
		if !ok || !known.started.Equal(p.Started) {
			known = toldLog{started: p.Started, found: logsOf(fsys, p, tool)}
		}
		next[p.PID] = known
		all = append(all, known.found...)
	}
	t.known = next
	return all
}

// writesLog says of which tool a program is that writes its log wherever it is told to.
func writesLog(p host.Process) string {
	name := p.Name
	if file := lastElement(strings.TrimSuffix(p.Path, " (deleted)")); file != "" {
		name = file
	}
	switch name {
	case "x11vnc":
		return "x11vnc"
	case "X0tigervnc", "x0vncserver", "Xtigervnc", "Xvnc":
		return "tigervnc"
	}
	return ""
}

// toldLimit is how many logs one program writes.
const toldLimit = 4

// asSeenBy is a file under the name by which we reach what a process calls so: it
// may have a disk of its own, and the agent has a folder for temporary files of its own.
func asSeenBy(fsys host.FS, pid int, name string) string {
	theirs := "proc/" + strconv.Itoa(pid) + "/root/" + name
	seen, err := fs.Stat(fsys, theirs)
	if err != nil {
		return name
	}
	if own, err := fs.Stat(fsys, name); err == nil {
		if same, told := host.SameFile(own, seen); same || !told {
			return name
		}
	}
	return theirs
}

func logsOf(fsys host.FS, p host.Process, tool string) []journal.Found {
	place, ok := journal.Of(tool)
	if !ok {
		return nil
	}
	var found []journal.Found
	add := func(target string) {
		name, absolute := strings.CutPrefix(target, "/")
		special := strings.HasPrefix(name, "dev/") || strings.HasPrefix(name, "proc/") || strings.HasPrefix(name, "sys/")
		if absolute && fs.ValidPath(name) && !special && len(found) < toldLimit {
			found = append(found, journal.Found{Name: asSeenBy(fsys, p.PID, name), Share: "account " + strconv.Itoa(p.UID), Place: place})
		}
	}
	for i, arg := range p.Args[:max(0, len(p.Args)-1)] {
		switch strings.TrimPrefix(arg, "-") {
		case "-o", "-oa", "-logfile", "-logappend", "o", "oa", "logfile", "logappend":
			add(p.Args[i+1])
		}
	}
	for _, stream := range []string{"1", "2"} {
		if target, err := fsys.ReadLink("proc/" + strconv.Itoa(p.PID) + "/fd/" + stream); err == nil {
			add(target)
		}
	}
	return found
}

const (
	journaldEvery  = 30 * time.Second // how often the journal is asked while one of its programs runs
	journaldRecent = 9 * time.Minute  // since the last answer: longer ago the whole day is asked for
)

// journaldWatch remembers how far systemd's journal was read.
type journaldWatch struct {
	asked   time.Time // by the machine's clock
	once    bool
	ran     bool      // one of the programs ran at the last look, so it may have written since
	changed time.Time // when its files were last written, as seen when it was asked
	last    time.Time // of the newest record
	boot    string
	problem error // of the last answer, which holds until the next
	lines   map[string]journal.Lines
}

// read takes in what was added. A machine without a journal has none to read.
func (w *journaldWatch) read(ctx context.Context, h host.Host, f *journal.Follower, clock parse.SessionClock, processes []host.Process) error {
	if h.Platform().OS != "linux" {
		return nil
	}
	ran := w.ran
	w.ran = slices.ContainsFunc(processes, writesJournal)
	if w.once && !ran && !w.ran {
		return w.problem // nobody who could have written
	}
	changed := journalWritten(h.Files())
	since := clock.Now.Sub(w.asked)
	if w.once && (changed.Equal(w.changed) || since >= 0 && since < journaldEvery) {
		w.ran = w.ran || ran // not read yet
		return w.problem
	}
	tool := host.JournalSessionsNow
	if !w.once || since > journaldRecent || since < 0 {
		tool = host.JournalSessions
	}
	w.once, w.asked, w.changed = true, clock.Now, changed
	output, err := h.Run(ctx, tool)
	switch {
	case errors.Is(err, host.ErrAbsent):
		w.problem = nil
	case err != nil:
		w.problem = fmt.Errorf("read session records of the journal: %w", err)
	default:
		w.take(output, f, clock)
		if w.problem = journalHidden(h.Files()); bytes.Count(output, []byte("\n")) >= host.JournalMost {
			w.problem = errors.Join(w.problem, errJournalFull)
		}
	}
	return w.problem
}

// errJournalFull says that older records may have been pushed out of the answer:
// anybody may write to the journal under any program's name.
var errJournalFull = fmt.Errorf("read session records of the journal: there are more than %d, of which the newest were read; see who writes so many", host.JournalMost)

// journalHidden says that the system's journal may not be read: then only what
// this account's own programs wrote is told, and nothing says so.
func journalHidden(fsys host.FS) error {
	for _, pattern := range []string{"var/log/journal/*/system.journal", "run/log/journal/*/system.journal"} {
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			continue // the pattern is constant
		}
		for _, name := range names {
			file, err := fsys.Open(name)
			if errors.Is(err, fs.ErrPermission) {
				return fmt.Errorf("read session records of the journal: %w: run as root", host.ErrDenied)
			}
			if err == nil {
				done(file)
			}
		}
	}
	return nil
}

// writesJournal knows the programs whose records are asked for.
func writesJournal(p host.Process) bool {
	name := p.Name
	if file := lastElement(strings.TrimSuffix(p.Path, " (deleted)")); file != "" {
		name = file
	}
	return journalTools[name] != "" || strings.HasPrefix(name, "chrome-remote-d")
}

// journalWritten is when the journal's files last grew.
func journalWritten(fsys host.FS) time.Time {
	var newest time.Time
	for _, pattern := range []string{"var/log/journal/*/*.journal", "run/log/journal/*/*.journal"} {
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			continue // the pattern is constant
		}
		for _, name := range names[:min(len(names), 100)] {
			if strings.Contains(name, "@") {
				continue // an archived one grows no more
			}
			if stat, err := fs.Stat(fsys, name); err == nil && stat.ModTime().After(newest) {
				newest = stat.ModTime()
			}
		}
	}
	return newest
}

func (w *journaldWatch) take(output []byte, f *journal.Follower, clock parse.SessionClock) {
	before := w.last
	for line := range bytes.Lines(output) {
		r, err := parse.ParseJournalRecord(line)
		if err != nil || !r.At.After(before) {
			continue // told before, or no record
		}
		w.last = r.At
		w.record(r, f, clock)
	}
}

// journalTools are the programs whose records are asked for.
var journalTools = map[string]string{
	"chromoting": "chrome-remote-desktop", "x11vnc": "x11vnc",
	"Xtigervnc": "tigervnc", "X0tigervnc": "tigervnc", "x0vncserver": "tigervnc", "Xvnc": "tigervnc",
}

func (w *journaldWatch) record(r parse.JournalRecord, f *journal.Follower, clock parse.SessionClock) {
	place, ok := journal.Of(journalTools[r.Program])
	if !ok {
		return
	}
	lines := place.Lines
	place.Source, place.Lines = "journal", nil
	if r.Boot != w.boot && w.boot != "" {
		for program, tool := range journalTools {
			if p, ok := journal.Of(tool); ok {
				p.Source = "journal"
				f.Stream("journal/"+program, p).Take(parse.SessionMark{Act: parse.SessionRestarted, At: r.At})
			}
		}
	}
	w.boot = r.Boot
	stream := f.Stream("journal/"+r.Program, place)
	if m, ok := r.SessionMark(); ok {
		stream.Take(m)
		return
	}
	if w.lines == nil || len(w.lines) > 64 {
		w.lines = map[string]journal.Lines{}
	}
	of := r.Program + "/" + strconv.Itoa(r.PID)
	if w.lines[of] == nil {
		w.lines[of] = lines()
	}
	if m, ok := w.lines[of].Line(r.Message, clock); ok {
		stream.Take(m)
	}
}
