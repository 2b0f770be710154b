//go:build e2e

package main_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMeetingClient is no test: it is the stand-in for Zoom, which a copy of this
// program is under Zoom's name. It notes its number, opens a socket for sound as a
// client in a meeting does, if it is told to, and waits.
func TestMeetingClient(t *testing.T) {
	note := os.Getenv("MEETING_PID")
	if note == "" {
		return // this is the test, not the stand-in
	}
	if os.Getenv("MEETING_SOUND") != "" {
		socket, err := net.ListenPacket("udp4", "0.0.0.0:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = socket.Close() }()
	}
	if err := os.WriteFile(note+".new", []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(note+".new", note); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
}

// meetingDesk is a desktop's settings by which links to meetings open the stand-in.
type meetingDesk struct {
	*installation
	zoom string
	note string
	env  []string
}

func newMeetingDesk(t *testing.T) *meetingDesk {
	t.Helper()
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	d := &meetingDesk{installation: &installation{t: t, bin: bin, dir: t.TempDir()}}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d.zoom, d.note = d.copied(own, "zoom"), d.path("pid")
	entry := fmt.Sprintf("[Desktop Entry]\nType=Application\nName=Zoom\nExec=%s -test.run=^TestMeetingClient$ %%U\nMimeType=x-scheme-handler/zoommtg;\n", d.zoom)
	d.written("share/applications/Zoom.desktop", entry)
	d.written("config/mimeapps.list", "[Default Applications]\nx-scheme-handler/zoommtg=Zoom.desktop\n")
	d.env = []string{
		"XDG_DATA_HOME=" + d.path("share"), "XDG_CONFIG_HOME=" + d.path("config"), "XDG_CURRENT_DESKTOP=X-Generic", "DISPLAY=:77", "BROWSER=/bin/false",
		"MEETING_PID=" + d.note, "HOME=" + d.dir,
	}
	return d
}

func (d *meetingDesk) written(name, content string) {
	d.t.Helper()
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(d.path(name), []byte(content), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// copied is a program under another name.
func (d *meetingDesk) copied(program, name string) string {
	d.t.Helper()
	copied := d.path(name)
	if out, err := exec.Command("cp", program, copied).CombinedOutput(); err != nil {
		d.t.Fatal(string(out))
	}
	return copied
}

// joined is the number of the stand-in, once it runs.
func (d *meetingDesk) joined(t *testing.T) int {
	t.Helper()
	pid := 0
	eventually(t, 20*time.Second, "the stand-in runs", func() bool {
		text, err := os.ReadFile(d.note)
		if err != nil {
			return false
		}
		pid, err = strconv.Atoi(string(text))
		return err == nil
	})
	if err := os.Remove(d.note); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill()
		}
	})
	return pid
}

// TestMeetings begins a meeting program by a link in the ways there are. Real are the
// link's way through xdg-open and the desktop's settings, Python, all processes, sockets and the
// agent. Stand-ins, known by their names alone, are Zoom, the desktop and the browser.
func TestMeetings(t *testing.T) {
	d := newMeetingDesk(t)
	const link = "zoommtg://zoom.us/join?action=join&confno=77888999"
	shell, browser := d.copied("/bin/dash", "gnome-shell"), d.copied("/bin/dash", "firefox")
	d.written("join.py", "import subprocess\nsubprocess.run(['xdg-open', '"+link+"'])\n")
	for _, test := range []struct {
		name, by, rule, lasting string
		env                     []string
		command                 []string
	}{
		{"a script, in a meeting", "program", "meeting.started_by_program", "minutes", []string{"MEETING_SOUND=1"}, []string{"python3", d.path("join.py")}},
		{"the desktop", "shell", "meeting.started_outside_browser", "", nil, []string{shell, "-c", "xdg-open '" + link + "'; :"}},
		{"a browser", "browser", "", "", nil, []string{browser, "-c", "xdg-open '" + link + "'; :"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d.begin(append(slices.Clone(d.env), test.env...), test.command[0], test.command[1:]...)
			pid := d.joined(t)
			seen := d.acts(t, "1s")
			row := seen.row("meetings", pid)
			if row["tool"] != "zoom" || row["started_by"] != test.by || row["by_link"] != "true" || row["lasting"] != test.lasting {
				t.Errorf("shown as %v, want it begun by %s and lasting %q", row, test.by, test.lasting)
			}
			for _, value := range row {
				if strings.Contains(value, "77888999") {
					t.Errorf("the link is told: %v", row)
				}
			}
			rules := slices.DeleteFunc(seen.rules(pid), func(rule string) bool { return !strings.HasPrefix(rule, "meeting.") })
			if want := slices.DeleteFunc([]string{test.rule}, func(rule string) bool { return rule == "" }); !slices.Equal(rules, want) {
				t.Errorf("found %q, want %q", rules, want)
			}
		})
	}
}
