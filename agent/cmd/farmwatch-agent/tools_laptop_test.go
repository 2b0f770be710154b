//go:build tools

package main_test

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Where installer/dev/tools.sh puts what it installs.
const toolsDir = "../../../var/tools"

// Addresses of the two machines of a test. The visitor has one on the local
// network and one that is nobody's (RFC 5737), as if it were elsewhere.
const (
	laptopAddress  = "192.168.77.10"
	visitorAddress = "192.168.77.1"
	farAddress     = "203.0.113.77"
)

// laptop is a Debian of its own within this machine: its own processes, network
// and mounts, over a layer that is thrown away with it.
type laptop struct {
	t     *testing.T
	init  *exec.Cmd
	pid   int // number of its first process, as this machine counts
	begun int // programs begun so far

	service string // unit that is to run what is begun next, if any
}

// boot is what the first process of a laptop does.
//
//go:embed testdata/laptop.sh
var boot string

// newLaptop makes a laptop on which, of the tools of the catalogue, only these
// packages are installed.
func newLaptop(t *testing.T, packages ...string) *laptop {
	t.Helper()
	folder, err := filepath.Abs(toolsDir)
	if err != nil {
		t.Fatal(err)
	}
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "laptop") //nolint:usetesting // a test's name may hold what a mount's options may not
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("unshare", "--net", "--pid", "--mount", "--ipc", "--uts", "--fork", "--kill-child", "--propagation", "private",
		"/bin/sh", "-euc", boot, "laptop", folder, bin, dir)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var errs bytes.Buffer
	c.Stderr = &errs
	said, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	l := &laptop{t: t, init: c}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait(); _ = os.Remove(dir) })
	if word, err := bufio.NewReader(said).ReadString('\n'); word != "ready\n" {
		_ = c.Process.Kill()
		_ = c.Wait()
		t.Fatalf("a laptop could not be made (%v): %s\nit takes root and a kernel with overlayfs and namespaces", err, errs.String())
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", c.Process.Pid, c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if l.pid, err = strconv.Atoi(strings.TrimSpace(string(children))); err != nil {
		t.Fatalf("children of unshare: %v", err)
	}
	l.keepPackages(packages)
	return l
}

// joined makes a laptop and a visitor's machine with a cable between them.
func joined(t *testing.T, packages ...string) (mine, theirs *laptop) {
	t.Helper()
	mine, theirs = newLaptop(t, packages...), newLaptop(t)
	mine.link("link", "add", "lan0", "type", "veth", "peer", "name", "lan0", "netns", strconv.Itoa(theirs.pid))
	for _, end := range []struct {
		l       *laptop
		address string
	}{{mine, laptopAddress}, {theirs, visitorAddress}} {
		end.l.link("address", "add", end.address+"/24", "dev", "lan0")
		end.l.link("link", "set", "lan0", "up")
	}
	theirs.link("address", "add", farAddress+"/32", "dev", "lo")
	mine.link("route", "add", "default", "via", visitorAddress)
	return mine, theirs
}

// link runs this machine's ip within the laptop's network.
func (l *laptop) link(args ...string) {
	l.t.Helper()
	args = append([]string{"-t", strconv.Itoa(l.pid), "-n", "ip"}, args...)
	if out, err := exec.Command("nsenter", args...).CombinedOutput(); err != nil {
		l.t.Fatalf("nsenter %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// path is where this machine finds a file of the laptop.
func (l *laptop) path(file string) string { return fmt.Sprintf("/proc/%d/root%s", l.pid, file) }

// write puts a file onto the laptop.
func (l *laptop) write(file, text string) {
	l.t.Helper()
	if err := os.MkdirAll(filepath.Dir(l.path(file)), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(l.path(file), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// read is a file of the laptop, empty when it is not there.
func (l *laptop) read(file string) string {
	text, _ := os.ReadFile(l.path(file))
	return string(text)
}

func (l *laptop) exists(file string) bool {
	_, err := os.Lstat(l.path(file))
	return err == nil
}

// enter is a command within the laptop.
func (l *laptop) enter(argv ...string) *exec.Cmd {
	c := exec.Command("nsenter", append([]string{"-t", strconv.Itoa(l.pid), "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--"}, argv...)...)
	c.Env = []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "USER=root", "LANG=C.UTF-8",
		"DISPLAY=:5", "XDG_RUNTIME_DIR=/run", "XDG_SESSION_TYPE=x11", "GSETTINGS_BACKEND=keyfile", "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/bus",
	}
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

// run runs a command within the laptop to its end and returns what it printed.
func (l *laptop) run(argv ...string) string {
	l.t.Helper()
	var errs bytes.Buffer
	c := l.enter(argv...)
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		l.t.Fatalf("%s: %v\n%s%s", strings.Join(argv, " "), err, out, errs.String())
	}
	return strings.TrimSpace(string(out))
}

// program is a command line that goes on, and what it says of itself.
type program struct {
	l   *laptop
	log string // on the laptop
	pid string // as the laptop counts
}

// start begins a program that goes on, under another first word where as says one.
func (l *laptop) start(as string, argv ...string) *program {
	l.t.Helper()
	if as == "" {
		as = argv[0]
	}
	l.begun++
	base := fmt.Sprintf("/run/begun/%d", l.begun)
	l.write(base+".log", "")
	const script = `echo $$ >"$0.pid"; as=$1; shift; exec -a "$as" "$@" >>"$0.log" 2>&1 </dev/null`
	c := l.enter(append([]string{"/bin/bash", "-c", script, base, as}, argv...)...)
	if l.service != "" {
		defer l.inService(c).Close()
	}
	if err := c.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	p := &program{l: l, log: base + ".log"}
	eventually(l.t, patience, argv[0]+" begins", func() bool {
		p.pid = strings.TrimSpace(l.read(base + ".pid"))
		// Until the shell has made way, what runs is the shell.
		return p.pid != "" && !strings.Contains(l.read("/proc/"+p.pid+"/cmdline"), script)
	})
	return p
}

// inService puts a command that is yet to start into a control group called as
// systemd calls that of a service.
func (l *laptop) inService(c *exec.Cmd) *os.File {
	l.t.Helper()
	root := "/sys/fs/cgroup"
	if _, err := os.Stat(root + "/unified"); err == nil {
		root += "/unified"
	}
	slice, err := os.MkdirTemp(root, "farmwatch")
	if err != nil {
		l.t.Fatalf("a control group: %v", err)
	}
	group := filepath.Join(slice, l.service)
	if err := os.Mkdir(group, 0o755); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { l.disband(group, slice) })
	file, err := os.Open(group)
	if err != nil {
		l.t.Fatal(err)
	}
	c.SysProcAttr.UseCgroupFD, c.SysProcAttr.CgroupFD = true, int(file.Fd())
	return file
}

// disband ends the laptop, since what runs there may be in the control groups,
// and removes them.
func (l *laptop) disband(groups ...string) {
	_ = l.init.Process.Kill()
	for _, group := range groups {
		for range 50 {
			if os.Remove(group) == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// stop ends a program with what it started.
func (p *program) stop() {
	p.l.t.Helper()
	p.l.run("/bin/sh", "-c", `kill "$0" $(cat /proc/$0/task/*/children) 2>/dev/null; for i in $(seq 50); do kill -0 "$0" 2>/dev/null || exit 0; sleep 0.1; done; kill -9 "$0" 2>/dev/null || true`, p.pid)
}

// within does something in the laptop's network, and comes back.
func (l *laptop) within(do func() error) error { return inNetworkOf(l.pid, do) }

// dial connects from the laptop to an address, as often as it takes.
func (l *laptop) dial(address string) net.Conn {
	l.t.Helper()
	var conn net.Conn
	eventually(l.t, patience, "a connection to "+address, func() bool {
		return l.within(func() (err error) {
			conn, err = net.DialTimeout("tcp", address, 2*time.Second)
			return err
		}) == nil
	})
	return conn
}
