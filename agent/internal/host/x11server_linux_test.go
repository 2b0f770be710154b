package host

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// TestKeyOfAServerOpensNothingElse: who is root and opens what somebody names
// may start a watchdog or rewind a tape.
func TestKeyOfAServerOpensNothingElse(t *testing.T) {
	special := filepath.Join(t.TempDir(), "special")
	if err := unix.Mkfifo(special, 0o600); err != nil {
		t.Fatal(err)
	}
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer closeFD(watch)
	if _, err := unix.InotifyAddWatch(watch, special, unix.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	if _, err := keyOf(Process{PID: os.Getpid(), UID: os.Getuid(), Args: []string{"Xorg", "-auth", special}}, "0"); err == nil {
		t.Error("it was taken for a key")
	}
	if _, err := unix.Read(watch, make([]byte, 256)); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("it was opened: %v", err)
	}
}

// TestDisplayOfAServer: among sockets of others, and where somebody put a great many.
func TestDisplayOfAServer(t *testing.T) {
	folder := usersFolder(t)
	if err := os.WriteFile(filepath.Join(folder, "X1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := net.Listen("unix", filepath.Join(folder, "X7"))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	conn, display, err := dialDisplay(folder, os.Getpid())
	if err != nil || display != "7" {
		t.Fatalf("display %q, %v", display, err)
	}
	conn.Close()
	if conn, _, err := dialDisplay(folder, 1); err == nil {
		conn.Close()
		t.Error("a socket of another process is taken for the server's")
	}
	for _, place := range []string{filepath.Join(folder, "X1"), filepath.Join(folder, "none")} {
		if _, _, err := dialDisplay(place, os.Getpid()); err == nil {
			t.Errorf("%s is taken for a folder", place)
		}
	}
}

// TestManyServers: more than are listened to are said, and none is waited for long.
func TestManyServers(t *testing.T) {
	root := t.TempDir()
	h := New(Options{Now: time.Now})
	s := newXServers(h, func([]Input) {})
	var processes []Process
	for i := range 3 * mostServers {
		processes = append(processes, Process{PID: 1<<21 + i, Name: "bash"}, Process{PID: 1<<22 + i, Name: "Xorg", Args: []string{"Xorg", "-auth", filepath.Join(root, "none")}})
	}
	began := time.Now()
	before := slices.Clone(processes)
	s.meet(processes)
	if diff := cmp.Diff(before, processes); diff != "" {
		t.Errorf("it changes a list that it shares with others (-before +after):\n%s", diff)
	}
	devices, err := s.devices()
	if len(devices) != 0 || err == nil || !strings.Contains(err.Error(), fmt.Sprintf("more than %d", mostServers)) || strings.Count(err.Error(), "\n") > mostServers {
		t.Errorf("%v, %v", devices, err)
	}
	if took := time.Since(began); took > 2*xPatience {
		t.Errorf("took %s", took)
	}
}
