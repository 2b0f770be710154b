//go:build tools

package main_test

import (
	"fmt"
	"net"
	"os"
	"path"
	"strings"
	"testing"
	"time"
)

// A scene is a laptop on which one tool runs, and the machine of whoever visits.
type scene struct {
	mine, theirs *laptop
	disguised    bool // programs of the tool run as copies, under other names
	copies       int
	unit         string     // service that runs the tool, as Debian sets it up
	programs     []*program // of the tool, as they were begun
}

// patience is how long a program may take to be there, on a machine that has much to do.
const patience = 90 * time.Second

// A disguise is another folder and another name.
const disguises = "/home/kim/.local/lib/notes"

// start begins a program of the tool, or a copy under another name.
func (s *scene) start(argv ...string) *program {
	s.mine.t.Helper()
	as := ""
	if s.disguised {
		as = s.copyOf(argv[0])
		argv = append([]string{as}, argv[1:]...)
	}
	return s.startAs(as, argv...)
}

// startThrough begins a program of the tool by way of another, such as runuser.
func (s *scene) startThrough(way []string, argv ...string) *program {
	s.mine.t.Helper()
	if s.disguised {
		argv = append([]string{s.copyOf(argv[0])}, argv[1:]...)
	}
	return s.startAs(way[0], append(way, argv...)...)
}

// startAs begins a program of the tool under a name of its own choosing.
func (s *scene) startAs(as string, argv ...string) *program {
	s.mine.t.Helper()
	if !s.disguised {
		s.mine.service = s.unit // a copy is nobody's service
	}
	p := s.mine.start(as, argv...)
	s.mine.service = ""
	s.programs = append(s.programs, p)
	return p
}

// steady waits a moment and makes sure that every program of the tool still runs.
func (s *scene) steady() {
	s.mine.t.Helper()
	time.Sleep(2 * time.Second)
	for _, p := range s.programs {
		if !s.mine.exists("/proc/" + p.pid) {
			s.mine.t.Fatalf("a program of the tool ended by itself:\n%s", tail(s.mine.read(p.log), 20))
		}
	}
}

// copyOf copies a program to another folder under another name.
func (s *scene) copyOf(file string) string {
	s.mine.t.Helper()
	s.copies++
	to := path.Join(disguises, fmt.Sprintf("notes-%c", 'a'+s.copies-1))
	s.mine.run("/bin/sh", "-c", `mkdir -p "$(dirname "$1")" && cp -L "$0" "$1"`, file, to)
	return to
}

// awaits waits until the laptop listens on a TCP port.
func (s *scene) awaits(port int) {
	s.mine.t.Helper()
	defer func() {
		if s.mine.t.Failed() {
			s.mine.t.Log(s.words())
		}
	}()
	eventually(s.mine.t, patience, fmt.Sprintf("somebody listens on port %d", port), func() bool { return s.mine.sockets("0A", 1, port) })
}

// sockets says whether a machine has a TCP socket in a state (0A listens, 01 is
// connected) whose own (1) or other (2) end is a port.
func (l *laptop) sockets(state string, end, port int) bool {
	for _, table := range []string{"tcp", "tcp6"} {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", l.pid, table))
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > 3 && strings.HasSuffix(fields[end], fmt.Sprintf(":%04X", port)) && fields[3] == state {
				return true
			}
		}
	}
	return false
}

// words are the last words of the tool's programs.
func (s *scene) words() string {
	var all []string
	for _, p := range s.programs {
		all = append(all, tail(s.mine.read(p.log), 12))
	}
	return strings.Join(all, "\n--\n")
}

// screen gives a machine an X server without a screen.
func (l *laptop) screen() {
	l.t.Helper()
	l.start("", "/usr/bin/Xvfb", ":5", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset")
	eventually(l.t, patience, "an X server", func() bool {
		conn, err := net.Dial("unix", l.path("/tmp/.X11-unix/X5"))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// A visit is somebody who comes in and stays until leave.
type visit func(s *scene) (leave func())

// viewing drives the laptop's desktop with an RFB client from elsewhere.
func viewing(port int) visit {
	return func(s *scene) func() {
		s.mine.t.Helper()
		done := make(chan struct{})
		eventually(s.mine.t, patience, "somebody drives the desktop", func() bool {
			return driveOver(s.theirs.dial(fmt.Sprintf("%s:%d", laptopAddress, port)), done) == nil
		})
		time.Sleep(time.Second)
		return func() { close(done); time.Sleep(time.Second) }
	}
}

// holding only connects and stays.
func holding(port int) visit {
	return func(s *scene) func() {
		conn := s.theirs.dial(fmt.Sprintf("%s:%d", laptopAddress, port))
		return func() { conn.Close(); time.Sleep(time.Second) }
	}
}

// using lets a program of the visitor's machine come in, and waits until it is there.
func using(port int, argv ...string) visit {
	return func(s *scene) func() {
		s.mine.t.Helper()
		s.theirs.screen()
		p := s.theirs.start("", argv...)
		eventually(s.mine.t, patience, argv[0]+" comes in", func() bool { return s.visited(port) })
		time.Sleep(3 * time.Second)
		if !s.visited(port) {
			s.mine.t.Fatalf("%s left by itself:\n%s\n--\n%s", argv[0], tail(s.theirs.read(p.log), 20), s.words())
		}
		return func() { p.stop(); time.Sleep(time.Second) }
	}
}

// visited says whether the visitor's machine has a connection to the port.
func (s *scene) visited(port int) bool { return s.theirs.sockets("01", 2, port) }

// newScene makes a scene on which these packages are installed.
func newScene(t *testing.T, disguised bool, packages ...string) *scene {
	t.Helper()
	s := &scene{disguised: disguised}
	s.mine, s.theirs = joined(t, packages...)
	return s
}

// listens opens a port on the visitor's machine and takes whoever calls.
func (s *scene) listens(address string) {
	s.mine.t.Helper()
	err := s.theirs.within(func() error {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		s.mine.t.Cleanup(func() { l.Close() })
		go func() {
			for {
				if _, err := l.Accept(); err != nil {
					return
				}
			}
		}()
		return nil
	})
	if err != nil {
		s.mine.t.Fatal(err)
	}
}

// reaches waits until the laptop is connected to a port elsewhere.
func (s *scene) reaches(port int) {
	s.mine.t.Helper()
	eventually(s.mine.t, patience, fmt.Sprintf("the laptop is connected to port %d", port), func() bool { return s.mine.sockets("01", 2, port) })
}

// person gives the laptop somebody who may sign in.
func (l *laptop) person() {
	l.t.Helper()
	l.run("/bin/sh", "-c", "useradd -m -s /bin/bash kim 2>/dev/null; echo kim:correct-horse | chpasswd")
}

// bus gives the laptop a message bus of a desktop session.
func (l *laptop) bus() {
	l.t.Helper()
	l.start("", "/usr/bin/dbus-daemon", "--session", "--nofork", "--address=unix:path=/run/bus")
	eventually(l.t, patience, "a message bus", func() bool { return l.exists("/run/bus") })
}

// doorkeeper lets the laptop sign in on the visitor's machine by ssh, with a key.
func (s *scene) doorkeeper() {
	s.mine.t.Helper()
	s.mine.run("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/key")
	s.theirs.write("/root/.ssh/authorized_keys", s.mine.read("/root/key.pub"))
	s.theirs.run("/bin/sh", "-c", "chmod 700 /root /root/.ssh; mkdir -p /run/sshd; test -e /etc/ssh/ssh_host_ed25519_key || ssh-keygen -q -A")
	s.theirs.start("", "/usr/sbin/sshd", "-D", "-o", "UsePAM=no")
	s.theirs.dial(farAddress + ":22").Close()
}

// lookAtArrivals looks for some seconds in which others knock as well, since a
// server says which protocol it speaks only to who has just connected.
func (s *scene) lookAtArrivals(port int) look {
	s.mine.t.Helper()
	if port == 0 {
		return s.mine.look()
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(500 * time.Millisecond):
				_ = s.theirs.within(func() error { return knock(fmt.Sprintf("%s:%d", laptopAddress, port)) })
			}
		}
	}()
	return s.mine.look("--for", "5s")
}

// knock waits for a server's greeting, and asks as an RDP client does where none comes.
func knock(address string) error {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	first := make([]byte, 64)
	_ = conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	if n, _ := conn.Read(first); n > 0 {
		return nil
	}
	if _, err := conn.Write([]byte{3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0}); err != nil {
		return err
	}
	_ = conn.SetReadDeadline(time.Now().Add(time.Second))
	_, err = conn.Read(first)
	return err
}
