package host

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

func liveNow(t *testing.T) *LiveHost {
	t.Helper()
	return New(Options{Now: time.Now})
}

func TestLivePlatform(t *testing.T) {
	p := liveNow(t).Platform()
	t.Logf("%+v", p)
	if p.OS != "windows" || !strings.Contains(p.OSVersion, "Windows") || !strings.Contains(p.OSVersion, "(build ") || p.Arch == "" || p.Name == "" || p.Hardware == "" {
		t.Errorf("%+v", p)
	}
	if !strings.HasPrefix(p.BootID, "boot-") || p.BootID != bootID() {
		t.Errorf("boot %q, then %q", p.BootID, bootID())
	}
}

// TestASleepingChild is a child of the test below, found by its command line.
func TestASleepingChild(t *testing.T) {
	if os.Getenv("FARMWATCH_SLEEPS") == "" {
		return
	}
	time.Sleep(time.Minute)
	t.Log("slept") // its parent ended without ending it
}

func TestLiveProcesses(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self, "-test.run=TestASleepingChild", "-test.v", `--words=a b`)
	child.Env = append(os.Environ(), "FARMWATCH_SLEEPS=1")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end := func() {
		if !ended {
			ended = true
			_ = child.Process.Kill() // it may have ended by itself
			_ = child.Wait()
		}
	}
	defer end()
	h := liveNow(t)
	rows, err := h.Processes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var own, found Process
	for _, p := range rows {
		switch p.PID {
		case os.Getpid():
			own = p
		case child.Process.Pid:
			found = p
		}
	}
	t.Logf("%d processes, own %+v, child %+v", len(rows), own, found)
	if !strings.EqualFold(filepath.Base(own.Path), filepath.Base(self)) || own.User == "" || time.Since(own.Started) > time.Hour {
		t.Errorf("own: %+v", own)
	}
	if found.Parent != own.PID || found.Name != own.Name || len(found.Args) != 4 || found.Args[3] != "--words=a b" {
		t.Errorf("child: %+v", found)
	}
	if met := len(h.processes.known); met != len(rows) {
		t.Errorf("%d are known of %d", met, len(rows))
	}
	end()
	rows, err = h.Processes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range rows {
		if p.PID == child.Process.Pid && p.Started.Equal(found.Started) {
			t.Errorf("an ended process runs: %+v", p)
		}
	}
}

func TestLiveServices(t *testing.T) {
	services, err := runningServices()
	t.Logf("%v, %v", services, err)
	if err != nil {
		t.Error(err)
	}
}

func TestDriveDevices(t *testing.T) {
	if drives := driveDevices(); len(drives) == 0 {
		t.Error("no drive stands for a device")
	}
}

func TestLiveSockets(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer done(listener)
	there, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer done(there)
	here, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer done(here)
	rows, err := liveNow(t).Sockets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(listener.Addr().String())
	waits, inbound := false, false
	for _, s := range rows {
		waits = waits || s.State == stateListen && s.Local == at
		inbound = inbound || s.State == stateEstablished && s.Local == at && s.Inbound
		if s.Local == at && s.PID != os.Getpid() && !underWine() { // Wine does not tell whose a socket is
			t.Errorf("%+v is not ours", s)
		}
	}
	if !waits || !inbound {
		t.Errorf("of %d sockets the listener is %v, its connection %v", len(rows), waits, inbound)
	}
}

// Nobody is in a session under Wine, and it has no Wi-Fi: no rows are an answer.
func TestLiveSessions(t *testing.T) {
	rows, err := liveNow(t).Sessions(t.Context())
	t.Logf("%+v, %v", rows, err)
	if err != nil {
		t.Error(err)
	}
	if _, err := askSession(^uint32(0), wtsUserName); err != nil {
		t.Logf("our own session: %v", err)
	}
}

func TestLiveAccessPoints(t *testing.T) {
	rows, err := liveNow(t).AccessPoints(t.Context())
	t.Logf("%+v, %v", rows, err)
	if err != nil && !errors.Is(err, ErrDenied) && !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
}

func TestLiveCost(t *testing.T) {
	c, err := liveNow(t).Cost(t.Context())
	if err != nil || c.RSS < 1<<20 || c.OpenFiles == 0 && !underWine() || c.CPU <= 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// What a look costs when nothing changed, which is nearly always.
func BenchmarkLiveProcesses(b *testing.B) {
	h := New(Options{Now: time.Now})
	for b.Loop() {
		if _, err := h.Processes(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTakeRight(t *testing.T) {
	if err := takeRight("SeNoSuchPrivilege"); err == nil {
		t.Error("a right was taken that there is not")
	}
	if err := takeRight("SeDebugPrivilege"); err != nil && (windows.GetCurrentProcessToken().IsElevated() || !errors.Is(err, ErrDenied)) {
		t.Error(err)
	}
}
