package host

import (
	"context"
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

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"golang.org/x/tools/txtar"
)

// somebodyElse is an account that is not the one the test runs as, where the
// test may become another one, and the test's own where it may not.
func somebodyElse() int {
	if os.Geteuid() == 0 {
		return 65534
	}
	return os.Geteuid()
}

// startBus runs a bus of an account's own until the test ends.
func startBus(t *testing.T, users string, uid int) string {
	t.Helper()
	folder := filepath.Join(users, strconv.Itoa(uid))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(folder, uid, -1); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "bus")
	bus := exec.Command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path="+path)
	bus.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(os.Getegid()), NoSetGroups: true}}
	if err := bus.Start(); err != nil {
		t.Fatalf("start a bus: %v; make setup installs what is missing", err)
	}
	t.Cleanup(func() {
		bus.Process.Kill()
		bus.Wait()
	})
	for range 200 {
		if conn, err := net.Dial("unix", path); err == nil { // its file is there before it listens
			conn.Close()
			return path
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the bus did not come up")
	return ""
}

func usersFolder(t *testing.T) string {
	t.Helper()
	users, err := os.MkdirTemp("", "bus") //nolint:usetesting // short: a socket's path has room for 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(users) })
	if err := os.Chmod(users, 0o755); err != nil {
		t.Fatal(err)
	}
	return users
}

// fakeDesktop shows notices as a desktop does: it keeps them.
type fakeDesktop struct {
	conn  *dbus.Conn
	calls chan string
	next  uint32
}

func (d *fakeDesktop) Notify(app string, replaces uint32, _, title, text string, actions []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	if replaces == 0 {
		d.next++
		replaces = d.next
	}
	d.calls <- fmt.Sprintf("%d %s: %s / %s / %s / %v", replaces, app, title, text, strings.Join(actions, "="), hints["urgency"].Value())
	return replaces, nil
}

func (d *fakeDesktop) GetCapabilities() ([]string, *dbus.Error) {
	return []string{"actions", "body", "body-markup"}, nil
}

func (d *fakeDesktop) press(t *testing.T, number uint32, key string) {
	t.Helper()
	if err := d.conn.Emit(notifyPath, notifications+".ActionInvoked", number, key); err != nil {
		t.Fatal(err)
	}
}

func serveDesktop(t *testing.T, path string, uid int) *fakeDesktop {
	t.Helper()
	conn, err := dialBus(t.Context(), path, uid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	d := &fakeDesktop{conn: conn, calls: make(chan string, 8)}
	if err := conn.Export(d, notifyPath, notifications); err != nil {
		t.Fatal(err)
	}
	if reply, err := conn.RequestName(notifications, 0); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	return d
}

func wait[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came within 10 s")
	}
	panic("not reached")
}

func loggedIn(t *testing.T, sessions string) FS {
	t.Helper()
	h, err := ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\n" + sessions)))
	if err != nil {
		t.Fatal(err)
	}
	return h.Files()
}

func session(id string, lines ...string) string {
	return "-- files/run/systemd/sessions/" + id + " --\nCLASS=user\nSTATE=active\n" + strings.Join(lines, "\n") + "\n"
}

// TestNoticesReachADesktop: as the person whose bus it is, also where that is not whom we run as.
func TestNoticesReachADesktop(t *testing.T) {
	uid, users := somebodyElse(), usersFolder(t)
	d := serveDesktop(t, startBus(t, users, uid), uid)
	sessions := session("2", "TYPE=wayland", "USER=kim", "TTY=tty2", fmt.Sprint("UID=", uid))
	n := newNotices(t.Context(), loggedIn(t, sessions), users, t.TempDir(), filepath.Join(users, "no-system-bus"))
	defer n.Close()
	notice := Notice{ID: "a", Title: "Is somebody there?", Text: "Press <keys> & more", Button: "Another way"}
	for range 2 {
		told, err := n.Show(t.Context(), notice)
		if err != nil || told != (Told{Screens: 1}) {
			t.Fatalf("told %+v, %v", told, err)
		}
		if got, want := wait(t, d.calls), "1 farmwatch: Is somebody there? / Press &lt;keys&gt; &amp; more / other-way=Another way / 1"; got != want {
			t.Errorf("the desktop got %q, want %q", got, want)
		}
	}
	d.press(t, 1, "default")
	d.press(t, 7, "other-way")
	d.press(t, 1, "other-way")
	if got := wait(t, n.Pressed()); got != "a" {
		t.Errorf("the button of %q was pressed", got)
	}
	if _, err := n.Show(t.Context(), Notice{ID: "a", Title: "Thank you", Text: "It is answered."}); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, d.calls); got != "1 farmwatch: Thank you / It is answered. /  / 1" {
		t.Errorf("the desktop got %q", got)
	}
	if len(n.desktops) > 0 {
		t.Error("it stays on the bus and hears which buttons are pressed")
	}
}

func TestNoticesReachATerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	number, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("pts/%d", number)
	if err := os.Chown("/dev/"+name, somebodyElse(), -1); err != nil {
		t.Fatal(err)
	}
	sessions := session("7", "TYPE=tty", "SERVICE=sshd", "REMOTE=1", "REMOTE_HOST=192.0.2.1", "USER=kim", "TTY="+name)
	n := newNotices(t.Context(), loggedIn(t, sessions), usersFolder(t), "/dev", "")
	defer n.Close()
	told, err := n.Show(t.Context(), Notice{ID: "a", Title: "Is somebody there?", Text: "Press\x1b[2J keys"})
	if err != nil || told != (Told{Terminals: 1, Remote: 1}) {
		t.Fatalf("told %+v, %v", told, err)
	}
	text := make([]byte, 200)
	read, err := terminal.Read(text)
	if got := string(text[:read]); err != nil || !strings.Contains(got, "farmwatch: Is somebody there?") || !strings.Contains(got, "Press?[2J keys") {
		t.Errorf("the terminal got %q, %v", got, err)
	}
}

func TestNoticesSayWhomTheyDidNotReach(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pts", "3")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sessions := session("2", "TYPE=x11", "UID="+strconv.Itoa(somebodyElse())) + session("3", "TYPE=tty", "TTY=pts/3") +
		session("4", "TYPE=tty", "TTY=../etc/motd") + session("c1", "CLASS=greeter", "TYPE=wayland")
	n := newNotices(t.Context(), loggedIn(t, sessions), usersFolder(t), filepath.Dir(filepath.Dir(file)), "")
	defer n.Close()
	told, err := n.Show(t.Context(), Notice{ID: "a", Title: "?", Text: "?"})
	if told != (Told{}) || err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("told %+v, and why not the three others: %v", told, err)
	}
	if content, err := os.ReadFile(file); err != nil || len(content) > 0 {
		t.Errorf("a file in a terminal's place was written to: %q, %v", content, err)
	}
}

func TestPeople(t *testing.T) {
	files := loggedIn(t, session("2", "TYPE=wayland", "UID=1000", "TTY=tty2")+session("3", "TYPE=x11", "UID=1000", "TTY=tty3")+
		session("5", "TYPE=tty", "SERVICE=sshd", "REMOTE=1", "REMOTE_HOST=192.0.2.1", "UID=1000", "TTY=pts/1")+
		session("6", "TYPE=x11", "SERVICE=xrdp-sesman", "UID=1001", "DISPLAY=:10")+
		session("8", "TYPE=tty", "UID=0", "TTY=tty4")+session("9", "TYPE=unspecified", "UID=0"))
	sessions, err := filedSessions(files)
	if err != nil {
		t.Fatal(err)
	}
	want := []Person{
		{Session: "6", UID: 1001, Desktop: true, Remote: true},
		{Session: "5", UID: 1000, Terminal: "pts/1", Remote: true},
		{Session: "2", UID: 1000, Desktop: true},
		{Session: "8", UID: 0, Terminal: "tty4"},
	}
	if diff := cmp.Diff(want, people(files, sessions)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// fakeLogin answers for two sessions, of which the second is locked.
type fakeLogin struct{}

func (fakeLogin) GetSession(id string) (dbus.ObjectPath, *dbus.Error) {
	if id != "2" && id != "3" {
		return "", dbus.MakeFailedError(os.ErrNotExist)
	}
	return dbus.ObjectPath("/org/freedesktop/login1/session/_3" + id), nil
}

type fakeSession bool

func (s fakeSession) Get(string, string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant(bool(s)), nil
}

func TestPeopleKnowWhoseScreenIsLocked(t *testing.T) {
	users := usersFolder(t)
	path := startBus(t, users, os.Geteuid())
	conn, err := dialSystemBus(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, err := range []error{
		conn.Export(fakeLogin{}, "/org/freedesktop/login1", login+".Manager"),
		conn.Export(fakeSession(false), "/org/freedesktop/login1/session/_32", "org.freedesktop.DBus.Properties"),
		conn.Export(fakeSession(true), "/org/freedesktop/login1/session/_33", "org.freedesktop.DBus.Properties"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.RequestName(login, 0); err != nil {
		t.Fatal(err)
	}
	files := loggedIn(t, session("2", "TYPE=x11", "UID=1000")+session("3", "TYPE=x11", "UID=1001")+session("4", "TYPE=x11", "UID=1002"))
	n := newNotices(t.Context(), files, users, "", path)
	defer n.Close()
	all, err := n.People(t.Context())
	if err != nil || len(all) != 3 || all[0].Locked || !all[1].Locked || all[2].Locked {
		t.Errorf("got %+v, %v; want the second locked", all, err)
	}
}

// TestABusInAnotherPlaceIsNotJoined: who owns a session may put a link in its bus's place.
func TestABusInAnotherPlaceIsNotJoined(t *testing.T) {
	users := usersFolder(t)
	bus, link := startBus(t, users, somebodyElse()), filepath.Join(users, "link")
	if err := os.Symlink(bus, link); err != nil {
		t.Fatal(err)
	}
	if conn, err := dialBus(t.Context(), link, somebodyElse()); err == nil {
		conn.Close()
		t.Error("a link was followed")
	}
}

// TestNoThreadStaysSomebodyElse: not even the first, which does not end.
func TestNoThreadStaysSomebodyElse(t *testing.T) {
	for range 20 {
		err := asUser(somebodyElse(), func() error {
			if got := unix.Geteuid(); got != somebodyElse() {
				t.Errorf("it is account %d, want %d", got, somebodyElse())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	threads, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(threads) == 0 {
		t.Fatal(err)
	}
	for _, thread := range threads {
		status, err := os.ReadFile(thread)
		if err == nil && !strings.Contains(string(status), fmt.Sprintf("\nUid:\t%d\t%[2]d\t", os.Getuid(), os.Geteuid())) { // else it ended
			t.Errorf("%s is of another account:\n%s", thread, status)
		}
	}
}

// TestABusThatDoesNotAnswerIsNotWaitedFor: who owns a session may put anything in its bus's place.
func TestABusThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	path := filepath.Join(usersFolder(t), "bus")
	silent, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if conn, err := dialBus(ctx, path, os.Geteuid()); err == nil {
		conn.Close()
		t.Error("it was taken for a bus")
	}
}
