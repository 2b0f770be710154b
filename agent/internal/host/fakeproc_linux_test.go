package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A fakeProc is a /proc in a folder, for what a test cannot make the real one do.
type fakeProc struct {
	t    *testing.T
	root string
	now  time.Time
	host *LiveHost
}

func newFakeProc(t *testing.T) *fakeProc {
	f := &fakeProc{t: t, root: t.TempDir(), now: time.Unix(1700000000, 0)}
	f.write("proc/stat", "btime 1700000000\n")
	f.write("etc/passwd", "anne:x:1000:1000::/home/anne:/bin/sh\n")
	f.net()
	f.host = New(Options{Root: f.root, Now: func() time.Time { return f.now }})
	return f
}

func (f *fakeProc) write(name, text string) {
	f.t.Helper()
	full := filepath.Join(f.root, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// process puts a process there; program tells one program of the same pid from another.
func (f *fakeProc) process(pid, parent int, name string, program int, sockets ...int) {
	f.t.Helper()
	dir := fmt.Sprintf("proc/%d/", pid)
	f.end(pid)
	f.write(dir+"stat", fmt.Sprintf("%d (%s) S %d 0 0 0 0 4194304 0 0 0 0 1 1 0 0 20 0 1 0 %d 0 0 0 0 0 %d 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 %d 0 0 0 0\n", pid, name, parent, pid, program, program))
	f.write(dir+"status", "Name:\t"+name+"\nUid:\t1000\t1000\t1000\t1000\n")
	f.write(dir+"cmdline", name+"\x00")
	if err := os.MkdirAll(filepath.Join(f.root, dir, "fd"), 0o755); err != nil {
		f.t.Fatal(err)
	}
	for i, inode := range sockets {
		if err := os.Symlink(fmt.Sprintf("socket:[%d]", inode), filepath.Join(f.root, dir, "fd", fmt.Sprint(i))); err != nil {
			f.t.Fatal(err)
		}
	}
	f.write(fmt.Sprintf("%stask/%d/children", dir, pid), "")
}

func (f *fakeProc) children(pid int, children ...int) {
	f.write(fmt.Sprintf("proc/%d/task/%d/children", pid, pid), strings.Trim(fmt.Sprint(children), "[]")+" ")
}

func (f *fakeProc) end(pid int) { os.RemoveAll(filepath.Join(f.root, "proc", fmt.Sprint(pid))) }

// net writes /proc/net/tcp: rows of local, remote, state and inode.
func (f *fakeProc) net(rows ...string) {
	text := "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	for i, row := range rows {
		w := strings.Fields(row)
		text += fmt.Sprintf("%4d: %s %s %s 00000000:00000000 00:00000000 00000000 1000 0 %s 1\n", i, w[0], w[1], w[2], w[3])
	}
	f.write("proc/net/tcp", text)
}

const (
	sshListens = "00000000:0016 00000000:0000 0A 100"
	sshComes   = "0100007F:0016 0200007F:9C40 01 101"
	webGoes    = "0100007F:9C41 0300007F:01BB 01 102"
)

// owners gives the pid of each socket after the clock moved on.
func (f *fakeProc) owners(later time.Duration) []int {
	f.t.Helper()
	f.now = f.now.Add(later)
	rows, err := f.host.Sockets(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	pids := make([]int, len(rows))
	for i, row := range rows {
		pids[i] = row.PID
	}
	return pids
}

func (f *fakeProc) want(what string, got []int, want ...int) {
	f.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		f.t.Errorf("%s: owners %v, want %v", what, got, want)
	}
}

func TestOwnersAreFoundWithoutASweep(t *testing.T) {
	f := newFakeProc(t)
	f.process(50, 1, "sshd", 1, 100)
	f.net(sshListens)
	f.want("the listener", f.owners(0), 50)
	f.process(60, 50, "sshd", 1, 101)
	f.process(70, 1, "curl", 1, 102)
	f.children(50, 60)
	f.net(sshListens, sshComes, webGoes)
	f.want("half a second later, by the family alone", f.owners(time.Second/2), 50, 60, 0)
	f.want("the outbound one waits for its sweep", f.owners(2*time.Second), 50, 60, 0)
	f.want("and gets it", f.owners(8*time.Second), 50, 60, 70)
}

func TestListenerAndConnectionInOneTick(t *testing.T) {
	f := newFakeProc(t)
	f.process(40, 1, "curl", 1, 102)
	f.net(webGoes)
	f.want("something swept just before", f.owners(0), 40)
	f.process(50, 1, "x11vnc", 1, 100, 101)
	f.net(webGoes, sshListens)
	f.want("a listener alone waits a second", f.owners(time.Second/10), 40, 0)
	f.net(webGoes, sshListens, sshComes)
	f.want("a connection does not", f.owners(time.Second/10), 40, 50, 50)
}

func TestConnectionHandedToGrandchild(t *testing.T) {
	f := newFakeProc(t)
	f.process(50, 1, "sshd", 1, 100, 101)
	f.net(sshListens, sshComes)
	f.want("while the listener still holds it", f.owners(0), 50, 50)
	f.process(50, 1, "sshd", 1, 100)
	f.process(60, 50, "sshd", 1)
	f.process(65, 60, "sshd", 1, 101)
	f.children(50, 60)
	f.children(60, 65)
	f.want("after it was handed on twice", f.owners(2*time.Second), 50, 65)
}

func TestDaemonOutlivesItsFirstProcess(t *testing.T) {
	f := newFakeProc(t)
	f.process(50, 1, "x11vnc", 1, 100)
	f.net(sshListens)
	f.want("the first process", f.owners(0), 50)
	f.process(51, 1, "x11vnc", 1, 100)
	f.end(50)
	f.want("its child", f.owners(2*time.Second), 51)
}

func TestInitGivesWayToTheService(t *testing.T) {
	f := newFakeProc(t)
	f.process(1, 0, "systemd", 1, 100)
	f.net(sshListens)
	f.want("before anybody came", f.owners(0), 1)
	f.process(90, 1, "sshd", 1, 100, 101)
	f.children(1, 90)
	f.net(sshListens, sshComes)
	f.want("once the service runs", f.owners(2*time.Second), 90, 90)
}

func TestUnknownOwnersAreNotSweptForEver(t *testing.T) {
	f := newFakeProc(t)
	f.process(50, 1, "sh", 1)
	f.net(webGoes)
	for range 5 {
		f.want("nobody holds it", f.owners(20*time.Second), 0)
	}
	swept := f.host.sockets.swept
	f.owners(20 * time.Second)
	if !f.host.sockets.swept.Equal(swept) {
		t.Error("it was swept for again")
	}
}

func TestIdentityIsReadAgainWhenItChanges(t *testing.T) {
	f := newFakeProc(t)
	f.process(50, 1, "sh", 1)
	name := func() string {
		rows, err := f.host.Processes(context.Background())
		if err != nil || len(rows) != 1 {
			t.Fatalf("%v, %v", rows, err)
		}
		if rows[0].User != "anne" || !rows[0].Started.Equal(time.Unix(1700000000, 5e8)) {
			t.Errorf("%+v", rows[0])
		}
		return rows[0].Args[0]
	}
	for range 3 {
		if got := name(); got != "sh" {
			t.Errorf("args %q", got)
		}
	}
	f.write("proc/50/cmdline", "changed\x00")
	if got := name(); got != "sh" {
		t.Errorf("args %q: the identity is not remembered", got)
	}
	f.process(50, 1, "sh", 2)
	f.write("proc/50/cmdline", "sh2\x00")
	looks := 1
	for ; name() != "sh2" && looks < verifyLooks; looks++ {
	}
	if got := name(); got != "sh2" {
		t.Errorf("args %q %d looks after the process became another program", got, looks)
	}

	f.process(50, 1, "sh", 3)
	f.write("proc/50/cmdline", "sh3\x00")
	f.host.processes.doubt(50)
	if got := name(); got != "sh3" {
		t.Errorf("args %q at the first look after the process was doubted", got)
	}

	if err := os.Rename(filepath.Join(f.root, "proc/50"), filepath.Join(f.root, "proc/old")); err != nil {
		t.Fatal(err)
	}
	f.process(50, 1, "sh", 4)
	f.write("proc/50/cmdline", "sh4\x00")
	if got := name(); got != "sh4" {
		t.Errorf("args %q at the first look after another process got the number", got)
	}
}

func TestHostileProc(t *testing.T) {
	f := newFakeProc(t)
	f.process(50, 1, "sh", 1)
	f.write("proc/51/stat", "rubbish")
	f.write("proc/52/stat", "")
	f.write("proc/99999999999/stat", "1 (a) S")
	f.write("proc/53", "a file")
	f.write("proc/54/stat", "54 (thread) S 2 0 0 0 0 2129984 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n")
	for range 8 {
		rows, err := f.host.Processes(context.Background())
		if err != nil || len(rows) != 1 {
			t.Errorf("%v, %v", rows, err)
		}
	}
	f.write("proc/net/tcp", "  sl\n 0: rubbish\n")
	if _, err := f.host.Sockets(context.Background()); err == nil || !strings.Contains(err.Error(), "/proc/net/tcp: line 2") {
		t.Errorf("sockets: %v", err)
	}
	os.RemoveAll(filepath.Join(f.root, "proc/net"))
	if _, err := f.host.Sockets(context.Background()); !errors.Is(err, ErrAbsent) {
		t.Errorf("without tables: %v", err)
	}
}

func TestEntryNumbers(t *testing.T) {
	got, _ := appendNumbers([]byte{1, 2, 3}, nil, nil)
	if len(got) != 0 {
		t.Errorf("a torn entry gave %v", got)
	}
	entry := make([]byte, 24)
	entry[16] = 24
	copy(entry[dirent64:], "812\x00")
	if got, _ = appendNumbers(append(entry, 0, 0), nil, nil); fmt.Sprint(got) != "[812]" {
		t.Errorf("%v", got)
	}
	dir, err := unix.Open(t.TempDir(), unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(dir)
	if got, err := new(numberedDir).list(dir, nil, 10); err != nil || len(got) != 0 {
		t.Errorf("an empty directory: %v, %v", got, err)
	}
}

func FuzzEntryNumbers(f *testing.F) {
	f.Add(make([]byte, 48))
	f.Fuzz(func(_ *testing.T, entries []byte) { appendNumbers(entries, nil, nil) })
}
