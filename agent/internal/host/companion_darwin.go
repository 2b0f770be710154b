package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

var (
	_ InputHost     = (*LiveHost)(nil)
	_ CompanionHost = (*LiveHost)(nil)
)

// companionDoor is where the daemon waits for companions. launchd starts one in
// each person's session, and macOS empties the folder at each start.
const companionDoor = "/var/run/farmwatch-agent/companion.sock"

// macLaunchd is the process that starts daemons.
const macLaunchd = 1

// Input hears the input of this session, or as a daemon that of all sessions.
func (h *LiveHost) Input(ctx context.Context) (InputSource, error) {
	begin := func() *companions { return newCompanions(h.options.Now, monotonic) }
	return h.listening.open(ctx, begin, func(ctx context.Context, all *companions) {
		if os.Getppid() != macLaunchd {
			all.hearHere(ctx, uint32(os.Getuid()), openCounts)
			return
		}
		for ctx.Err() == nil {
			all.blocked(hearVisitors(ctx, all))
			pause(ctx, inputRescan)
		}
	}), nil
}

// Companion tells the daemon how input arrives in this session. There is one
// address, so none is given.
func (h *LiveHost) Companion(ctx context.Context, _ string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", companionDoor)
	if err != nil {
		return fmt.Errorf("find the agent: %w", err)
	}
	line, ok := conn.(*net.UnixConn)
	if !ok {
		return errors.Join(fmt.Errorf("find the agent: %w", ErrUnsupported), conn.Close())
	}
	if uid, _, err := visitor(line); err != nil || uid != 0 {
		return errors.Join(fmt.Errorf("account %d is behind %s and not the agent: %w", uid, companionDoor, ErrDenied), err, line.Close())
	}
	source, err := openCounts(ctx)
	if err != nil {
		return errors.Join(err, line.Close())
	}
	return tellInputs(ctx, line, source, greeting{companionVersion, uint32(os.Getpid()), uint32(os.Getuid())}, h.options.Now)
}

// hearVisitors waits at the door until ctx ends.
func hearVisitors(ctx context.Context, all *companions) error {
	ctx, end := context.WithCancel(ctx)
	defer end() // with the door ends the look at who should come through it
	folder := filepath.Dir(companionDoor)
	if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, os.ErrExist) { //nolint:gosec // everybody's companion has to get through
		return fmt.Errorf("make the place where companions report: %w", err)
	}
	var is unix.Stat_t
	if err := unix.Lstat(folder, &is); err != nil || is.Mode&unix.S_IFMT != unix.S_IFDIR || is.Uid != 0 || is.Mode&0o022 != 0 {
		return errors.Join(fmt.Errorf("%s is not root's alone: %w", folder, ErrDenied), err)
	}
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // as above; launchd starts a daemon of ours so that it makes nothing for others
		return fmt.Errorf("open the place where companions report: %w", err)
	}
	_ = os.Remove(companionDoor) // of an agent that was killed
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "unix", companionDoor)
	if err != nil {
		return fmt.Errorf("wait for companions: %w", err)
	}
	defer done(listener)
	if err := os.Chmod(companionDoor, 0o666); err != nil { //nolint:gosec // as above; who may stay is judged by who they are
		return fmt.Errorf("wait for companions: %w", err)
	}
	go all.watchScreens(ctx, peopleAtScreens, screenTurn)
	return all.attend(ctx, listener, companionVisits)
}

// peopleAtScreens are the accounts that are logged in with windows.
func peopleAtScreens() ([]uint32, error) {
	root, err := ioRoot()
	if err != nil {
		return nil, fmt.Errorf("see who is logged in: %w", err)
	}
	return screenPeople(root), nil
}

// companionVisits says whose companion it is, if it is one.
func companionVisits(conn net.Conn) (companionLine, uint32, error) {
	line, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, 0, ErrUnsupported
	}
	uid, pid, err := visitor(line)
	if err != nil {
		return nil, 0, err
	}
	if own, other := processPath(os.Getpid()), processPath(pid); own == "" || own != other {
		return nil, 0, fmt.Errorf("process %d runs %q: %w", pid, other, ErrDenied)
	}
	return line, uid, nil
}

// visitor is whose process is on the other end, and which, as the kernel says.
func visitor(line *net.UnixConn) (uid uint32, pid int, err error) {
	raw, err := line.SyscallConn()
	if err != nil {
		return 0, 0, err
	}
	var asked error
	err = raw.Control(func(fd uintptr) {
		var who *unix.Xucred
		if who, asked = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED); asked != nil {
			return
		}
		uid = who.Uid
		pid, asked = unix.GetsockoptInt(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	})
	if err = errors.Join(err, asked); err != nil {
		return 0, 0, fmt.Errorf("see who is at the other end: %w", err)
	}
	return uid, pid, nil
}
