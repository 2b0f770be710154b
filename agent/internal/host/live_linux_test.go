package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestLiveProcesses(t *testing.T) {
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sleeper.Process.Kill(); sleeper.Wait() })
	h := New(Options{Now: time.Now})
	for look := range 3 {
		rows, err := h.Processes(context.Background())
		if err != nil && !errors.Is(err, ErrDenied) {
			t.Fatal(err)
		}
		i := slices.IndexFunc(rows, func(p Process) bool { return p.PID == sleeper.Process.Pid })
		if i < 0 {
			t.Fatalf("look %d: the sleeping process is missing", look)
		}
		p := rows[i]
		if p.Name == "exe" || strings.HasPrefix(p.Path, "/proc/self") {
			continue // met between fork and exec, which the next look mends
		}
		if p.Name != "sleep" || filepath.Base(p.Path) == "" || p.Parent != os.Getpid() || p.UID != os.Getuid() || !slices.Equal(p.Args, []string{"sleep", "60"}) {
			t.Errorf("look %d: %+v", look, p)
		}
		if age := time.Since(p.Started); age < -time.Minute || age > time.Minute {
			t.Errorf("look %d: started %s ago", look, age)
		}
	}
}

// TestProcessBecomesAnother runs a shell that replaces itself: the pid and the
// start stay, the program does not.
func TestProcessBecomesAnother(t *testing.T) {
	shell := exec.Command("sh", "-c", "read go; exec sleep 60")
	in, err := shell.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shell.Process.Kill(); shell.Wait() })
	h := New(Options{Now: time.Now})
	name := func() string {
		rows, _ := h.Processes(context.Background())
		for _, p := range rows {
			if p.PID == shell.Process.Pid {
				return p.Name + " " + strings.Join(p.Args, " ")
			}
		}
		return ""
	}
	await(t, "the shell", func() bool { return strings.HasPrefix(name(), "sh sh") })
	fmt.Fprintln(in, "go")
	await(t, "the program it became", func() bool { return name() == "sleep sleep 60" })
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 400 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("did not see %s", what)
}

func TestLiveSockets(t *testing.T) {
	h := New(Options{Now: time.Now})
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	at := netip.MustParseAddrPort(listener.Addr().String())
	row := find(t, h, func(s Socket) bool { return s.State == stateListen && s.Local == at })
	if row.PID != os.Getpid() || row.Protocol != "tcp" || row.Remote.IsValid() || row.UID != os.Getuid() {
		t.Errorf("listener: %+v", row)
	}
	near, err := net.Dial("tcp4", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	// One call must be enough to know that somebody is in, and in what.
	row = find(t, h, func(s Socket) bool { return s.State == stateEstablished && s.Local == at })
	if !row.Inbound || row.PID != os.Getpid() {
		t.Errorf("inbound: %+v", row)
	}
	client := netip.MustParseAddrPort(near.LocalAddr().String())
	if row = find(t, h, func(s Socket) bool { return s.Local == client }); row.Inbound || row.Remote != at {
		t.Errorf("outbound: %+v", row)
	}
}

func find(t *testing.T, h Host, is func(Socket) bool) Socket {
	t.Helper()
	rows, err := h.Sockets(context.Background())
	if err != nil && !errors.Is(err, ErrDenied) {
		t.Fatal(err)
	}
	i := slices.IndexFunc(rows, is)
	if i < 0 {
		t.Fatal("the socket is missing")
	}
	return rows[i]
}

func TestLiveUDP(t *testing.T) {
	h := New(Options{Now: time.Now})
	socket, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		lacking(t, "IPv6 on loopback: "+err.Error())
	}
	defer socket.Close()
	at := netip.MustParseAddrPort(socket.LocalAddr().String())
	if row := find(t, h, func(s Socket) bool { return s.Local == at }); row.Protocol != "udp" || row.State != stateListen || row.PID != os.Getpid() {
		t.Errorf("%+v", row)
	}
}

// TestInboundGoesToTheChild is what sshd does: the listener accepts, and a child
// serves the connection.
func TestInboundGoesToTheChild(t *testing.T) {
	h := New(Options{Now: time.Now})
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	at := netip.MustParseAddrPort(listener.Addr().String())
	find(t, h, func(s Socket) bool { return s.Local == at })
	near, err := net.Dial("tcp4", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	file, err := far.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	is := func(s Socket) bool { return s.Local == at && s.State == stateEstablished }
	if row := find(t, h, is); row.PID != os.Getpid() {
		t.Errorf("at first sight: %+v", row)
	}
	child := exec.Command("sleep", "60")
	child.ExtraFiles = []*os.File{file}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { child.Process.Kill(); child.Wait() })
	file.Close()
	far.Close()
	if row := find(t, h, is); row.PID != child.Process.Pid || !row.Inbound {
		t.Errorf("after it was handed on: %+v, want pid %d", row, child.Process.Pid)
	}
}

func TestSocketsWithoutNetlink(t *testing.T) {
	h := New(Options{Now: time.Now})
	h.sockets.dial = func() (*diagSocket, error) { return nil, unix.EPERM }
	listener, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := netip.MustParseAddrPort(listener.Addr().String()).Port()
	if row := find(t, h, func(s Socket) bool { return s.Local.Port() == port }); row.PID != os.Getpid() || row.State != stateListen {
		t.Errorf("%+v", row)
	}
}

// TestUnprivileged looks at the machine as nobody, in a copy of this test.
func TestUnprivileged(t *testing.T) {
	if os.Getenv("HOST_TEST_AS_NOBODY") == "1" {
		reportDenied()
		return
	}
	if os.Geteuid() != 0 {
		lacking(t, "only root can look at the machine as somebody else")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") // root's, so hidden from nobody
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "look")
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	nobody := exec.Command(program, "-test.run=^TestUnprivileged$", "-test.v")
	nobody.Dir = "/"
	nobody.Env = append(os.Environ(), "HOST_TEST_AS_NOBODY=1")
	nobody.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := nobody.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for _, want := range []string{
		"processes: rows true, denied true", "CAP_SYS_PTRACE",
		"sockets: rows true, denied true", "CAP_DAC_READ_SEARCH",
		"packets: rows false, denied true", "CAP_NET_RAW",
	} {
		if !strings.Contains(string(output), want) {
			t.Errorf("nobody does not say %q:\n%s", want, output)
		}
	}
}

func reportDenied() {
	h, ctx := New(Options{Now: time.Now}), context.Background()
	processes, err := h.Processes(ctx)
	fmt.Printf("processes: rows %t, denied %t: %v\n", len(processes) > 0, errors.Is(err, ErrDenied), err)
	sockets, err := h.Sockets(ctx)
	fmt.Printf("sockets: rows %t, denied %t: %v\n", len(sockets) > 0, errors.Is(err, ErrDenied), err)
	_, err = h.Packets(ctx, passAll())
	fmt.Printf("packets: rows false, denied %t: %v\n", errors.Is(err, ErrDenied), err)
}

func TestLiveFilesOpenNoPipe(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string]FS{"as the system's": osFS{os.DirFS(dir).(FS), dir}, "as a folder": newOSFS(dir)} {
		if _, err := files.Open("pipe"); err == nil {
			t.Errorf("%s: a pipe was opened", name)
		}
	}
}

func TestCost(t *testing.T) {
	c, err := New(Options{Now: time.Now}).Cost(context.Background())
	if err != nil || c.CPU <= 0 || c.RSS < 1<<20 || c.OpenFiles < 3 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestLivePlatform(t *testing.T) {
	p := New(Options{Now: time.Now}).Platform()
	name, _ := os.Hostname()
	if p.OS != "linux" || p.Name != name || p.BootID == "" || p.Arch == "" {
		t.Errorf("%+v", p)
	}
}

// TestLiveQuestions asks what depends on the machine; all it may not do is fail
// without a reason that coverage knows.
func TestLiveQuestions(t *testing.T) {
	h, ctx := New(Options{Now: time.Now}), context.Background()
	_, sessions := h.Sessions(ctx)
	_, points := h.AccessPoints(ctx)
	for question, err := range map[string]error{"sessions": sessions, "access points": points} {
		if err != nil && !errors.Is(err, ErrAbsent) && !errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v", question, err)
		}
	}
}
