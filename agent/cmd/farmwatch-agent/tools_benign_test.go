//go:build tools

package main_test

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A workday is somebody's ordinary use of software that looks like remote
// control and is not control of this laptop.
type workday struct {
	who      string
	packages []string
	work     func(s *scene)
	may      []string // findings that are context and say so
	must     []string // findings without which the day was not what it claims
}

// workdays are those that can be lived for real; the others are recordings.
func workdays() []workday {
	return []workday{
		{who: "a developer with ssh in and out, ssh -X and a VS Code server", work: develops,
			packages: []string{"openssh-server", "openssh-client"}},
		{who: "a technician with five viewers open", work: looksAtOthers, packages: []string{"tigervnc-viewer", "freerdp2-x11", "remmina", "krdc", "putty"}},
		{who: "an engineer who captures packets", work: captures, packages: []string{"tshark"}},
		{who: "a desk with two computers on one keyboard, this one has it", work: sharesKeyboard, packages: []string{"barrier"},
			may: []string{"tool.barrier.installed"}},
	}
}

// TestToolsBenign: none of it is a reason for an alert, and nobody is said to be in.
func TestToolsBenign(t *testing.T) {
	for _, day := range workdays() {
		t.Run(strings.ReplaceAll(day.who, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, false, day.packages...)
			day.work(s)
			k := s.mine.look()
			for _, rule := range k.rules() {
				if strings.HasPrefix(rule, "tool.") && !slices.Contains(day.may, rule) || strings.HasPrefix(rule, "conduct.") {
					t.Errorf("%s was found, by %s", rule, k.by(rule))
				}
			}
			for _, rule := range day.must {
				if k.by(rule) == "" {
					t.Errorf("%s was not found: the day is not what it claims", rule)
				}
			}
			if k.Level != "none" {
				t.Errorf("the level is %s, for %v", k.Level, k.rules())
			}
		})
	}
}

// quietRecordings are ordinary days that cannot be lived here: meshes,
// a meeting in which somebody shows the screen, packets, ssh with windows.
var quietRecordings = []string{
	"tools/linux-developer-mesh", "tools/linux-developer-remote", "tools/linux-wireshark",
	"tools/linux-meetings", "tools/mac-conference", "tools/windows-conference", "tools/windows-technician-five",
	"conduct/meeting", "conduct/viewer", "conduct/ssh-graphical-forward", "conduct/ssh-outwards", "session/windows-technician-outgoing",
}

// TestToolsBenignRecorded: the built agent makes nothing of them.
func TestToolsBenignRecorded(t *testing.T) {
	t.Parallel()
	for _, name := range quietRecordings {
		if k := replayed(t, "../../../proto/catalogue/machines/"+name+".txtar"); k.Level != "none" {
			t.Errorf("%s: the level is %s, for %v", name, k.Level, k.rules())
		}
	}
}

// develops signs in elsewhere and here, shows a window of another machine on
// this one, and runs what VS Code leaves on a machine it works on.
func develops(s *scene) {
	s.doorkeeper()
	s.mine.screen()
	s.mine.run("/bin/sh", "-c", "cat /root/key.pub >/root/.ssh/authorized_keys; mkdir -p /run/sshd; ssh-keygen -q -A")
	s.mine.start("", "/usr/sbin/sshd", "-D", "-o", "UsePAM=no")
	out := []string{"/usr/bin/ssh", "-i", "/root/key", "-o", "StrictHostKeyChecking=no"}
	s.mine.start("", append(out, "root@"+farAddress, "sleep 600")...)
	s.mine.start("", append(out, "-N", "-L", "8080:127.0.0.1:80", "root@"+farAddress)...)
	window := s.mine.start("", append(out, "-X", "root@"+farAddress, "xev")...)
	s.theirs.write("/root/key", s.mine.read("/root/key"))
	s.theirs.start("", append(out, "root@"+laptopAddress, "sleep 600")...)
	const code = "/home/kim/.vscode-server/cli/servers/Stable-1/server"
	s.mine.write(code+"/out/server-main.js", "require('net').createServer().listen(39123, '127.0.0.1')")
	s.mine.run("cp", "/usr/bin/node", code+"/node")
	s.mine.start("", code+"/node", code+"/out/server-main.js", "--host=127.0.0.1", "--port=0", "--connection-token=x", "--start-server")
	s.awaits(39123)
	eventually(s.mine.t, patience, "a window of the other machine", func() bool {
		return strings.Contains(s.mine.read(window.log), "MapNotify")
	})
	eventually(s.mine.t, patience, "somebody signed in here", func() bool { return s.visited(22) })
}

// looksAtOthers has five viewers open, two of them with a session on another machine.
func looksAtOthers(s *scene) {
	s.theirs.screen()
	s.theirs.start("", "/usr/bin/Xtigervnc", ":6", "-SecurityTypes", "None", "-rfbport", "5900")
	s.theirs.start("", "/usr/bin/freerdp-shadow-cli", "/bind-address:0.0.0.0", "-auth")
	s.theirs.dial(farAddress + ":5900").Close()
	s.theirs.dial(farAddress + ":3389").Close()
	s.mine.screen()
	s.mine.bus()
	for _, viewer := range [][]string{
		{"/usr/bin/xtigervncviewer", farAddress + "::5900"},
		{"/usr/bin/xfreerdp", "/v:" + farAddress, "/u:kim", "/p:x", "/cert:ignore", "/log-level:ERROR"},
		{"/usr/bin/remmina"},
		{"/usr/bin/krdc"},
		{"/usr/bin/putty"},
	} {
		s.startAs("", viewer...)
	}
	s.reaches(5900)
	s.reaches(3389)
	time.Sleep(3 * time.Second)
	s.steady()
}

// captures reads every packet of the laptop's network.
func captures(s *scene) {
	p := s.startAs("", "/usr/bin/tshark", "-i", "lan0", "-w", "/root/capture.pcapng")
	eventually(s.mine.t, patience, "a capture", func() bool { return strings.Contains(s.mine.read(p.log), "Capturing") })
	s.steady()
}

// sharesKeyboard is the side of barrier that has the keyboard.
func sharesKeyboard(s *scene) {
	s.mine.screen()
	s.theirs.screen()
	s.mine.write("/root/barrier.conf", barrierScreens)
	s.startAs("", "/usr/bin/barriers", "-f", "--disable-crypto", "-n", "visitor", "-a", ":24800", "-c", "/root/barrier.conf")
	s.awaits(24800)
	s.theirs.start("", "/usr/bin/barrierc", "-f", "--disable-crypto", "-n", "laptop", laptopAddress+":24800")
	eventually(s.mine.t, patience, "the other computer joins", func() bool { return s.visited(24800) })
}
