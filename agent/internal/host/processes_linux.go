package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// What one look at the processes may cost.
const (
	refreshLooks   = 10 // verifications after which a process's identity is read anew
	nameLooks      = 60 // looks after which the names of users are read anew
	settlingLooks  = 2  // a process met in the middle of its start is read once more
	verifyLooks    = 6  // looks after which a settled process is read, to see whether it is still the same
	statBufferSize = 4096
)

// A processTable lists processes at the price of one directory and a small read
// for every sixth of them. Who a process is was read when it was first met and is
// read again when the kernel's line about it says that it became another program.
//
// A number given to a new process shows at once, since the kernel gives its
// folder a new inode. A process that became another program long after its start
// shows within verifyLooks, or as soon as it owns a new socket (see doubt).
type processTable struct {
	mu      sync.Mutex
	proc    string
	files   FS
	known   map[int]*knownProcess
	dir     numberedDir
	pids    []int
	look    uint64
	boot    time.Time
	users   userNames
	stat    [statBufferSize]byte
	scratch [maxCommandLine]byte
}

// knownProcess is a process met before. The key is what changes when its pid is
// given to another program.
type knownProcess struct {
	statName string // "<pid>/stat"
	started  uint64
	stack    uint64
	arg      uint64
	looks    int
	look     uint64 // the last look that met it
	inode    uint64 // of its folder, which a new process with its number does not share
	kernel   bool   // whether it is a thread of the kernel
	hidden   bool   // whether its executable may not be read
	row      Process
}

func newProcessTable(proc string, files FS) *processTable {
	t := &processTable{proc: proc, files: files, known: map[int]*knownProcess{}, users: userNames{files: files}}
	stat, err := fs.ReadFile(files, "proc/stat")
	if err == nil {
		t.boot = parseBootTime(stat)
	}
	return t
}

func (t *processTable) list(ctx context.Context) ([]Process, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	proc, err := unix.Open(t.proc, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", t.proc, orDenied(err, "run as root"))
	}
	defer closeFD(proc)
	if t.pids, err = t.dir.list(proc, t.pids[:0], maxProcesses); err != nil {
		return nil, fmt.Errorf("list %s: %w", t.proc, err)
	}
	t.look++
	t.users.refresh()
	rows, hidden := make([]Process, 0, len(t.known)+16), 0
	for i, pid := range t.pids {
		if i%256 == 255 && ctx.Err() != nil {
			return rows, fmt.Errorf("list processes: %w", ctx.Err())
		}
		k := t.meet(proc, pid, t.dir.inodes[i])
		if k == nil || k.row.PID == 0 {
			continue
		}
		if k.hidden {
			hidden++
		}
		rows = append(rows, k.row)
	}
	t.forget()
	return rows, t.incomplete(len(rows), hidden)
}

// meet gives what is known of a process: nil when it is gone, a row without a
// pid for a thread of the kernel.
func (t *processTable) meet(proc, pid int, inode uint64) *knownProcess {
	k := t.known[pid]
	if k == nil {
		k = &knownProcess{statName: strconv.Itoa(pid) + "/stat"}
	}
	if k.inode == inode && k.looks >= settlingLooks && (t.look+uint64(pid))%verifyLooks != 0 {
		k.look = t.look
		return k
	}
	k.inode = inode
	n, err := readAt(proc, k.statName, t.stat[:])
	if err != nil {
		return nil // ended since it was listed
	}
	s, err := parseStat(t.stat[:n])
	if err != nil || s.gone() {
		return nil
	}
	t.known[pid] = k
	k.look = t.look
	k.looks++
	if k.kernel = s.kernelThread(); k.kernel {
		k.row = Process{}
		return k
	}
	same := k.row.PID != 0 && k.started == s.started && k.stack == s.stack && k.arg == s.arg && k.row.Name == s.name
	if !same {
		k.looks = 1
	}
	if !same || k.looks == settlingLooks || (k.looks+pid)%refreshLooks == 0 {
		k.started, k.stack, k.arg = s.started, s.stack, s.arg
		t.identify(proc, k, s, same)
	}
	k.row.Parent = s.parent
	return k
}

// doubt has a process read at the next look, whatever is known of it.
func (t *processTable) doubt(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.known[pid]; k != nil {
		k.looks = 0
	}
}

// identify reads who a process is. Its control group, which it was given before
// it became this program, is read when it is met and once it has settled.
func (t *processTable) identify(proc int, k *knownProcess, s procStat, again bool) {
	dir := strings.TrimSuffix(k.statName, "stat")
	row := Process{PID: s.pid, Name: s.name, UID: -1, Started: startTime(t.boot, s.started)}
	if n, err := readAt(proc, dir+"cmdline", t.scratch[:]); err == nil {
		row.Args = parseCommandLine(t.scratch[:n])
	}
	if n, err := readAt(proc, dir+"status", t.scratch[:]); err == nil {
		row.UID = parseStatus(t.scratch[:n]).uid
	}
	if again && k.looks > settlingLooks {
		row.Unit = k.row.Unit
	} else if n, err := readAt(proc, dir+"cgroup", t.scratch[:]); err == nil {
		row.Unit = serviceUnit(string(t.scratch[:n]))
	}
	n, err := unix.Readlinkat(proc, dir+"exe", t.scratch[:])
	if err == nil {
		row.Path = strings.ToValidUTF8(executable(string(t.scratch[:n])), "\uFFFD")
	}
	k.hidden = errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
	row.User = t.users.name(row.UID)
	k.row = row
}

func (t *processTable) forget() {
	for pid, k := range t.known {
		if k.look != t.look {
			delete(t.known, pid)
		}
	}
}

// incomplete says what the kernel hides from us, if anything.
func (t *processTable) incomplete(rows, hidden int) error {
	if _, init := t.known[1]; !init && t.proc == "/proc" {
		return fmt.Errorf("other people's processes are hidden, since /proc is mounted with hidepid: %w: run as root", ErrDenied)
	}
	if hidden > 0 && os.Geteuid() != 0 { // root can be granted no more
		return fmt.Errorf("the executables of %d of %d processes are hidden: %w: run as root, or grant CAP_SYS_PTRACE", hidden, rows, ErrDenied)
	}
	return nil
}

// userNames gives names for numeric ids, as /etc/passwd does and, for accounts
// of a directory service, as logind knows them while they are logged in.
type userNames struct {
	files  FS
	names  map[int]string
	passwd fs.FileInfo
	looks  int
}

// refresh reads the names again when /etc/passwd changed or some time went by.
func (u *userNames) refresh() {
	stat, err := fs.Stat(u.files, "etc/passwd")
	changed := err == nil && (u.passwd == nil || !stat.ModTime().Equal(u.passwd.ModTime()) || !os.SameFile(stat, u.passwd))
	if u.looks++; !changed && u.names != nil && u.looks%nameLooks != 0 {
		return
	}
	text, _ := fs.ReadFile(u.files, "etc/passwd") // without it only logind's names are known
	u.names, u.passwd = parseUsers(text), stat
	entries, _ := fs.ReadDir(u.files, "run/systemd/users") // there only under systemd
	for _, entry := range entries {
		uid, err := strconv.Atoi(entry.Name())
		if err != nil || u.names[uid] != "" {
			continue
		}
		if text, err := fs.ReadFile(u.files, "run/systemd/users/"+entry.Name()); err == nil {
			u.names[uid] = keyValues(text)["NAME"]
		}
	}
}

func (u *userNames) name(uid int) string { return u.names[uid] }
