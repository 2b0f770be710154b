package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// xServers listens to the X servers of this machine for what programs inject
// through XTEST, as x11vnc does: no input device tells of it.
type xServers struct {
	host   *LiveHost
	inject func([]Input)
	open   map[int]*xConnection // by the server's process
	failed map[int]error
	hidden error // of a graphical session that is no X server's
	all    sync.WaitGroup
	mu     sync.Mutex
}

type xConnection struct {
	net.Conn
	devices []InputDevice
}

// Bounds, since anybody may start a program that calls itself a server, and may
// put sockets where those of servers are.
const (
	xPatience   = time.Second // for one server to let us in
	mostSockets = 256
)

func newXServers(h *LiveHost, inject func([]Input)) *xServers {
	return &xServers{host: h, inject: inject, open: map[int]*xConnection{}, failed: map[int]error{}}
}

func (s *xServers) close() {
	s.mu.Lock()
	for _, c := range s.open {
		done(c)
	}
	s.mu.Unlock()
	s.all.Wait()
}

// devices are those through which programs can inject, and what cannot be seen.
func (s *xServers) devices() ([]InputDevice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []InputDevice
	for _, pid := range slices.Sorted(maps.Keys(s.open)) {
		all = append(all, s.open[pid].devices...)
	}
	problems := []error{s.hidden}
	for _, pid := range slices.Sorted(maps.Keys(s.failed)) {
		problems = append(problems, s.failed[pid])
	}
	return all, errors.Join(problems...)
}

// rescan connects to servers that are new. One that refuses is asked again at
// the next turn.
func (s *xServers) rescan(ctx context.Context) {
	if s.host.diskOnly() {
		return
	}
	processes, err := s.host.processesLately(ctx)
	if err != nil {
		return // the sensor of processes says so
	}
	s.meet(processes)
}

// meet connects to the servers among processes.
func (s *xServers) meet(processes []Process) {
	failed := greetServers(newServers(processes, s.has), mostServers-s.count(), "what programs inject", s.connect)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed, s.hidden = failed, hiddenSession(s.host.files)
}

func (s *xServers) has(pid int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[pid] != nil
}

func (s *xServers) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// hiddenSession says what nobody can see: a compositor of the Wayland kind tells
// no other program where an input came from.
func hiddenSession(files FS) error {
	entries, _ := fs.ReadDir(files, sessionDir) // without logind there is no telling
	for _, entry := range entries {
		text, err := fs.ReadFile(files, sessionDir+"/"+entry.Name())
		if err != nil {
			continue // ended meanwhile
		}
		if values := keyValues(text); values["TYPE"] == "wayland" && values["CLASS"] == "user" && values["STATE"] != "closing" {
			return fmt.Errorf("what programs inject cannot be seen in a Wayland session, only input devices can; a session on Xorg shows it: %w", ErrDenied)
		}
	}
	return nil
}

func (s *xServers) connect(p Process) error {
	conn, display, err := dialX(p)
	if err != nil {
		return orDenied(err, "start the agent by its unit")
	}
	_ = conn.SetDeadline(s.host.options.Now().Add(xPatience))
	cookie, err := keyOf(p, display)
	if err != nil {
		done(conn)
		return orDenied(err, "start the agent by its unit")
	}
	x, err := openX(conn, cookie, monotonic)
	if err != nil {
		done(conn)
		return err
	}
	_ = conn.SetDeadline(time.Time{})
	c := &xConnection{Conn: conn}
	for _, number := range slices.Sorted(maps.Keys(x.injectors)) {
		can := x.injectors[number]
		id := "xtest:" + display + ":" + can
		x.devices[number] = id
		c.devices = append(c.devices, InputDevice{ID: id, Name: "XTEST " + can, Bus: systemOfXTest, Place: InputVirtual, Maker: makerXTest, Can: []string{can}})
	}
	s.mu.Lock()
	s.open[p.PID] = c
	s.mu.Unlock()
	s.all.Go(func() { s.follow(p.PID, c, x) })
	return nil
}

func (s *xServers) follow(pid int, c *xConnection, x *xServer) {
	for {
		inputs, err := x.read()
		if err != nil {
			break // it ended, or we do
		}
		if len(inputs) > 0 {
			s.inject(inputs)
		}
	}
	done(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, pid)
}

// dialX finds the display that a server serves: of all sockets in its folder,
// the one at whose other end that very process is. The folder is looked up as
// the server sees it, since the agent has a /tmp of its own.
func dialX(p Process) (*net.UnixConn, string, error) {
	return dialDisplay(filepath.Join("/proc", strconv.Itoa(p.PID), "root/tmp/.X11-unix"), p.PID)
}

func dialDisplay(folder string, pid int) (*net.UnixConn, string, error) {
	dir, err := os.OpenFile(folder, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, "", err
	}
	defer done(dir)
	names, err := dir.Readdirnames(mostSockets)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	for _, name := range names {
		display, ok := strings.CutPrefix(name, "X")
		if !ok {
			continue
		}
		conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Net: "unix", Name: filepath.Join(folder, name)})
		if err != nil {
			continue // left by a server that ended
		}
		if peer(conn) == pid {
			return conn, display, nil
		}
		done(conn)
	}
	return nil, "", fmt.Errorf("process %d serves no display that can be reached", pid)
}

func peer(conn *net.UnixConn) (pid int) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) {
		if credentials, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(credentials.Pid)
		}
	})
	return pid
}

// keyOf reads a server's key from the file it was started with. Anybody may
// start a program that calls itself a server and name somebody else's file, to
// be sent the key in it: the file must be the server's own user's, unless the
// server runs as root. Nothing else is opened: to open a device does something.
func keyOf(p Process, display string) ([]byte, error) {
	at := slices.Index(p.Args, "-auth")
	if at < 0 || at+1 >= len(p.Args) {
		return nil, nil
	}
	name := filepath.Join("/proc", strconv.Itoa(p.PID), "root", p.Args[at+1])
	place, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("read the server's key: %w", err)
	}
	defer closeFD(place)
	var stat unix.Stat_t
	if err := unix.Fstat(place, &stat); err != nil {
		return nil, fmt.Errorf("read the server's key: %w", err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFREG || p.UID != 0 && int(stat.Uid) != p.UID {
		return nil, fmt.Errorf("the server's key is in a file that is not its own")
	}
	file, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", place))
	if err != nil {
		return nil, fmt.Errorf("read the server's key: %w", err)
	}
	defer done(file)
	keys, err := readBounded(file, "the server's key", maxAttribute)
	if err != nil {
		return nil, err
	}
	return xCookie(keys, display), nil
}
