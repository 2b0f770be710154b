package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/mdlayher/wifi"
	"golang.org/x/sys/unix"
)

// machine is a Linux machine as it runs.
type machine struct {
	processes *processTable
	sockets   *socketTable
	owners    ownerSearch
}

func (h *LiveHost) start() {
	root := h.options.Root
	if root == "" {
		root = "/"
	}
	proc := filepath.Join(root, "proc")
	h.platform = linuxPlatform(h.files)
	h.platform.Arch = runtime.GOARCH
	h.processes = newProcessTable(proc, h.files)
	h.sockets = newSocketTable(proc, h.files, h.options.Now)
	h.owners.finder.proc = proc
	if root != "/" {
		h.sockets.dial = nil // the kernel would answer for the machine we run on
	}
}

func liveFiles(root string) FS {
	if root == "" {
		root = "/"
	}
	return newOSFS(root)
}

func systemRoot() string { return "/" }

func programDirs() []string {
	return []string{"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}
}

func toolEnvironment() []string {
	return []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", "LC_ALL=C"}
}

func (h *LiveHost) listProcesses(ctx context.Context) ([]Process, error) {
	return h.processes.list(ctx)
}

// listSockets has who owns a new socket looked at again: it may have become
// another program since it was met.
func (h *LiveHost) listSockets(ctx context.Context) ([]Socket, error) {
	sockets, fresh, err := h.sockets.list(ctx)
	for _, pid := range fresh {
		h.processes.doubt(pid)
	}
	return sockets, err
}

func (h *LiveHost) listSessions(context.Context) ([]Session, error) { return filedSessions(h.files) }

// listAccessPoints asks the kernel over nl80211. A machine without Wi-Fi has no
// rows, which is an answer.
func (h *LiveHost) listAccessPoints(ctx context.Context) ([]AccessPoint, error) {
	client, err := wifi.New()
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask for Wi-Fi interfaces: %w", orDenied(err, "run as root or grant CAP_NET_ADMIN"))
	}
	defer done(client)
	if deadline, ok := ctx.Deadline(); ok {
		if err := client.SetDeadline(deadline); err != nil {
			return nil, fmt.Errorf("ask for Wi-Fi interfaces: %w", err)
		}
	}
	interfaces, err := client.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list Wi-Fi interfaces: %w", orDenied(err, "run as root or grant CAP_NET_ADMIN"))
	}
	var points []AccessPoint
	var problems []error
	for _, i := range interfaces {
		if i.Name == "" || i.Type != wifi.InterfaceTypeStation {
			continue
		}
		bss, err := client.BSS(i)
		if errors.Is(err, os.ErrNotExist) {
			continue // not joined
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("ask which access point %s is joined to: %w", i.Name, orDenied(err, "run as root or grant CAP_NET_ADMIN")))
			continue
		}
		points = append(points, AccessPoint{Interface: i.Name, BSSID: bss.BSSID.String(), SSID: bss.SSID})
	}
	return points, errors.Join(problems...)
}

// orDenied says what to do about a refusal.
func orDenied(err error, advice string) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%w: %s", ErrDenied, advice)
	}
	return err
}

// cost reads what the kernel counts of this process.
func (h *LiveHost) cost(context.Context) (Cost, error) {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return Cost{}, fmt.Errorf("read own CPU time: %w", err)
	}
	c := Cost{CPU: time.Duration(usage.Utime.Nano() + usage.Stime.Nano())}
	var pages uint64
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return c, fmt.Errorf("read own memory: %w", err)
	}
	if _, err := fmt.Sscan(string(text), new(uint64), &pages); err != nil {
		return c, fmt.Errorf("read own memory: /proc/self/statm: %w", err)
	}
	c.RSS = pages * uint64(os.Getpagesize())
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return c, fmt.Errorf("count own open files: %w", err)
	}
	c.OpenFiles = len(files) - 1 // one of them is the directory just read
	return c, nil
}
