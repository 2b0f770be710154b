package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A processTable lists processes by one answer of the kernel and one question for
// each one's file: 400 take about two milliseconds. Command lines are read soon
// after a program began and not again: they lie in its own memory, where it can
// change them later.
type processTable struct {
	mu    sync.Mutex
	met   map[processKey]metProcess
	users map[int]string
}

type processKey struct {
	pid     int
	started int64
	name    string
	path    string
}

type metProcess struct {
	startedAs
	hidden bool
	looks  int // how often its command line was read
}

// settled is how often the command line of a process that just began is read: the
// first time may be before it became what it is.
const settled = 2

// retry asks the kernel again whose list grew while it was being given.
func retry(ask func() ([]byte, error)) ([]byte, error) {
	answer, err := ask()
	for range 3 {
		if !errors.Is(err, unix.ENOMEM) {
			break
		}
		answer, err = ask()
	}
	return answer, err
}

func (h *LiveHost) listProcesses(ctx context.Context) ([]Process, error) {
	return h.processes.list(ctx)
}

func (t *processTable) list(ctx context.Context) ([]Process, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	answer, err := retry(func() ([]byte, error) { return unix.SysctlRaw("kern.proc.all") })
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	rows, err := parseKinfo(answer)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	met, hidden := make(map[processKey]metProcess, len(rows)), 0
	for i := range rows {
		if ctx.Err() != nil {
			return rows[:i], fmt.Errorf("list processes: %w", ctx.Err())
		}
		p := &rows[i]
		p.Path = processPath(p.PID)
		key := processKey{p.PID, p.Started.UnixNano(), p.Name, p.Path}
		known, ok := t.met[key]
		if !ok || known.looks < settled {
			known = readCommandLine(p.PID, known.looks+1)
		}
		met[key] = known
		if known.hidden {
			hidden++
		}
		p.Path = known.knownFile(p.Path)
		p.Name, p.Args, p.Unit, p.User = fullName(p.Name, p.Path), known.args, known.unit, t.userName(p.UID)
	}
	t.met = met
	if hidden > 0 {
		return rows, fmt.Errorf("the command lines of %d of %d processes are hidden: %w: run as root, as the service does", hidden, len(rows), ErrDenied)
	}
	return rows, nil
}

// processPath is the file of a process; "" of one that ended, or whose file was deleted.
func processPath(pid int) string {
	var buffer [4096]byte // PROC_PIDPATHINFO_MAXSIZE
	length, err := libSystem.call("proc_pidpath", uintptr(pid), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	if err != nil || int32(length) <= 0 {
		return ""
	}
	return cString(buffer[:min(int(int32(length)), len(buffer))])
}

// readCommandLine reads one process's. Those of other people are told to root alone.
func readCommandLine(pid, looks int) metProcess {
	answer, err := unix.SysctlRaw("kern.procargs2", pid)
	if err != nil {
		return metProcess{hidden: os.Geteuid() != 0, looks: looks} // root meets one that ended
	}
	started, err := parseProcargs(answer)
	return metProcess{startedAs: started, hidden: err != nil && os.Geteuid() != 0, looks: looks}
}

// userName is a user's name, asked for once: macOS asks its directory for it.
func (t *processTable) userName(uid int) string {
	if name, ok := t.users[uid]; ok {
		return name
	}
	if t.users == nil || len(t.users) > 4096 {
		t.users = map[int]string{}
	}
	name := ""
	if found, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		name = found.Username
	}
	t.users[uid] = name
	return name
}
