package sensor

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const (
	meetingURL = "zoommtg://zoom.us/join?confno=1"
	mediaOf    = "-- sockets.yaml --\n- {protocol: udp, state: other, local: \"0.0.0.0:41022\", pid: 30}\n"
	soundOff   = "-- files/proc/asound/card0/pcm0c/sub0/status --\nclosed\n"
	soundIn    = "-- files/proc/asound/card0/pcm0c/sub0/status --\nstate: RUNNING\n"
)

// ps writes processes: pid, parent, path and arguments, one in a line.
func ps(lines ...string) string {
	text := "-- processes.yaml --\n"
	for i, line := range lines {
		words := strings.Fields(line)
		name := words[2][strings.LastIndexAny(words[2], `/\`)+1:]
		name = strings.ReplaceAll(name, "_", " ")
		text += fmt.Sprintf("- {pid: %s, parent: %s, name: '%s', path: '%s', args: ['%s'], uid: 1000, user: sam, started: 2026-11-02T08:%02d:00Z}\n",
			words[0], words[1], name[:min(15, len(name))], words[2], strings.Join(append([]string{name}, words[3:]...), "', '"), min(i, 59))
	}
	return text
}

func uptimeOf(d time.Duration) string {
	return fmt.Sprintf("-- files/proc/uptime --\n%.2f 1.00\n", d.Seconds())
}

// TestMeetingsTellWhatBeganThem: launchers and shells stand for whoever called
// them, scripts and automation for themselves.
func TestMeetingsTellWhatBeganThem(t *testing.T) {
	zoom := "30 20 /opt/zoom/zoom " + meetingURL
	for name, test := range map[string]struct {
		ps   string
		want string
	}{
		"a script":                    {ps("20 1 /usr/bin/python3.12 /home/sam/a.py", zoom), "started_by=program by_link=true"},
		"a script through xdg-open":   {ps("10 1 /usr/bin/python3.12 /home/sam/a.py", "20 10 /usr/bin/dash /usr/bin/xdg-open "+meetingURL, zoom), "started_by=program by_link=true"},
		"text for an interpreter":     {ps("20 1 /usr/bin/perl -e exec", zoom), "started_by=program by_link=true"},
		"a script of a shell":         {ps("10 1 /usr/bin/konsole", "20 10 /usr/bin/bash /home/sam/join.sh", zoom), "started_by=program by_link=true"},
		"a wrapper of a package":      {ps("10 1 /usr/bin/plasmashell", "20 10 /usr/bin/bash /usr/bin/zoom", zoom), "started_by=shell by_link=true"},
		"somebody at a terminal":      {ps("10 1 /usr/bin/konsole", "20 10 /usr/bin/bash", zoom), "started_by=shell by_link=true"},
		"the desktop":                 {ps("20 1 /usr/bin/gnome-shell", zoom), "started_by=shell by_link=true"},
		"the desktop, without a link": {ps("20 1 /usr/bin/gnome-shell", "30 20 /opt/zoom/zoom"), "started_by=shell by_link=false"},
		"a browser":                   {ps("10 1 /usr/lib/firefox/firefox", "20 10 /usr/bin/dash /usr/bin/xdg-open "+meetingURL, zoom), "started_by=browser by_link=true"},
		"cron":                        {ps("10 1 /usr/sbin/cron -f", "20 10 /usr/bin/dash -c zoom", zoom), "started_by=scheduler by_link=true"},
		"a program of nobody's":       {ps("20 1 /home/sam/bin/helper", zoom), "started_by=program by_link=true"},
		"nothing is known any more":   {ps("20 1 /usr/bin/dash -c x", zoom), "started_by=unknown by_link=true"},
		"a number given anew":         {strings.Replace(ps("20 1 /usr/bin/python3.12 a.py", zoom), "T08:00", "T09:00", 1), "started_by=unknown by_link=true"},
		"a part of it":                {ps("20 1 /opt/zoom/ZoomLauncher", "25 20 /opt/zoom/zoom", "30 25 /opt/zoom/zoom "+meetingURL), "pid=25 tool=zoom started_by=unknown by_link=false"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, coverage := look(t, machine(t, test.ps+"-- sockets.yaml --\n[]\n"+uptimeOf(time.Hour)), newOwners().meetings())
			if len(rows) != 1 || !strings.Contains(rows[0], test.want) || !strings.Contains(rows[0], "tool=zoom") || coverage.State != finding.CoverageOK {
				t.Errorf("rows %q, coverage %+v, want %s", rows, coverage, test.want)
			}
			if strings.Contains(strings.Join(rows, " "), "confno") {
				t.Errorf("the link is told: %q", rows)
			}
		})
	}
}

// A program whose maker is known, such as a mail program, is told from one of nobody's.
func TestMeetingsTellProgramsOfKnownMakers(t *testing.T) {
	text := "-- platform.yaml --\nos: windows\nchassis: laptop\n" + ps(`10 1 C:\Office\OUTLOOK.EXE`, `30 10 C:\Zoom\Zoom.exe --url=`+meetingURL, `11 1 C:\Temp\helper.exe`, `31 11 C:\Webex\CiscoCollabHost.exe webex://meet?x`, `12 4 C:\Windows\System32\svchost.exe -s Schedule`, `33 12 C:\Teams\ms-teams.exe msteams:/l/meetup-join/x`)
	text = strings.Replace(text, "name: 'svchost.exe'", "unit: Schedule, name: 'svchost.exe'", 1)
	text += "-- programs.yaml --\n- {path: 'C:\\Office\\OUTLOOK.EXE', signature: valid, signer: Microsoft Corporation}\n"
	rows, _ := look(t, machine(t, text), newOwners().meetings())
	want := []string{"tool=zoom started_by=app by_link=true", "tool=webex started_by=program by_link=true", "tool=teams started_by=scheduler by_link=true"}
	if len(rows) != len(want) {
		t.Fatalf("rows %q", rows)
	}
	for i := range want {
		if !strings.Contains(rows[i], want[i]) {
			t.Errorf("row %q, want %s", rows[i], want[i])
		}
	}
}

// steps looks again and again with one sensor and gives the row of each look.
func steps(t *testing.T, s Sensor, machines ...string) []string {
	t.Helper()
	var said []string
	for i, text := range machines {
		if i > 0 {
			meanwhile(t, s, machines[i-1], text)
		}
		rows, coverage := look(t, machine(t, text), s)
		if coverage.State != finding.CoverageOK {
			t.Errorf("coverage %+v", coverage)
		}
		said = append(said, strings.Join(rows, " | "))
	}
	return said
}

// meanwhile looks every few minutes from one moment of a meeting to the next, as the
// agent does: a meeting at which nobody looked for longer is another one.
func meanwhile(t *testing.T, s Sensor, last, next string) {
	t.Helper()
	const mark = "-- files/proc/uptime --\n"
	if !strings.Contains(last, mediaOf) || !strings.Contains(next, mediaOf) {
		return
	}
	text, from, _ := strings.Cut(last, mark)
	_, until, _ := strings.Cut(next, mark)
	for at := seconds(strings.Fields(from)[0]) + 540; at < seconds(strings.Fields(until)[0]); at += 540 {
		look(t, machine(t, text+uptimeOf(time.Duration(at)*time.Second)), s)
	}
}

func wantEach(t *testing.T, said []string, want ...string) {
	t.Helper()
	for i := range want {
		if !strings.Contains(said[i], want[i]) {
			t.Errorf("look %d: %q, want %s", i+1, said[i], want[i])
		}
	}
}

// A client that waits beside the clock is given a link by a launcher that is gone
// at the next look: what called it is remembered for as long as that meeting lasts.
func TestMeetingsRememberLaunchers(t *testing.T) {
	idle := ps("5 1 /usr/bin/gnome-shell", "30 5 /opt/zoom/zoom")
	called := ps("5 1 /usr/bin/gnome-shell", "30 5 /opt/zoom/zoom", "40 1 /usr/bin/python3.12 a.py", "41 40 /usr/bin/dash /usr/bin/xdg-open "+meetingURL)
	none, at := "-- sockets.yaml --\n[]\n", func(d time.Duration) string { return uptimeOf(10*time.Hour + d) }
	said := steps(t, newOwners().meetings(),
		idle+none+at(0), called+none+at(2*time.Second), idle+mediaOf+soundOff+at(4*time.Second), idle+mediaOf+soundOff+at(time.Hour), idle+none+at(70*time.Minute), idle+none+at(80*time.Minute))
	wantEach(t, said,
		"started_by=shell by_link=false voice=unknown", "started_by=program by_link=true", "started_by=program by_link=true voice=none lasting=minutes",
		"started_by=program by_link=true voice=none lasting=minutes", "lasting=hour", "started_by=program by_link=false voice=unknown")
}

// A launcher that is met before its client speaks for it, and not for one that
// comes much later.
func TestMeetingsRememberLaunchersBeforeTheClient(t *testing.T) {
	call := ps("40 1 /usr/bin/python3.12 a.py", "41 40 /usr/bin/dash /usr/bin/xdg-open "+meetingURL) + "-- sockets.yaml --\n[]\n"
	orphan := ps("30 1 /opt/zoom/zoom") + "-- sockets.yaml --\n[]\n"
	wantEach(t, steps(t, newOwners().meetings(), call+uptimeOf(time.Hour), orphan+uptimeOf(time.Hour+20*time.Second)), "", "started_by=program by_link=true")
	wantEach(t, steps(t, newOwners().meetings(), call+uptimeOf(time.Hour), orphan+uptimeOf(2*time.Hour)), "", "started_by=unknown by_link=false")
}

// How long a meeting lasts, with what breaks, and whether anybody is heard in it.
func TestMeetingsLast(t *testing.T) {
	zoom, none := ps("30 1 /opt/zoom/zoom"), "-- sockets.yaml --\n[]\n"
	at := func(hours float64) string { return uptimeOf(time.Duration((20 + hours) * float64(time.Hour))) }
	said := steps(t, newOwners().meetings(),
		zoom+none+soundOff+at(0), zoom+mediaOf+soundOff+at(0.1), zoom+mediaOf+soundOff+at(1.2), zoom+none+soundOff+at(1.25), zoom+mediaOf+soundOff+at(1.3), zoom+mediaOf+soundOff+at(4.2), zoom+mediaOf+soundOff+at(6.2), zoom+mediaOf+soundIn+at(6.3), zoom+mediaOf+soundOff+at(7))
	wantEach(t, said, "by_link=false voice=unknown", "voice=none lasting=minutes", "voice=none lasting=hour", "voice=none lasting=hour", "voice=none lasting=hour", "voice=none lasting=hours", "voice=none lasting=most_of_a_day", "voice=used lasting=most_of_a_day", "voice=used lasting=most_of_a_day")
	if strings.Contains(said[0], "lasting") {
		t.Errorf("a client that only waits is in a meeting: %s", said[0])
	}
	said = steps(t, newOwners().meetings(), zoom+mediaOf+soundOff+at(0), zoom+none+soundOff+at(5), zoom+mediaOf+soundOff+at(7))
	wantEach(t, said, "lasting=minutes", "voice=unknown", "lasting=minutes")
}

// Neither look-ups, discovery, pages nor a test on this machine itself are a meeting.
func TestMeetingsAreNotPages(t *testing.T) {
	for _, socket := range []string{`local: "0.0.0.0:5353"`, `local: "192.0.2.9:50000", remote: "198.51.100.4:443"`, `local: "127.0.0.1:9000"`, `local: "0.0.0.0:41000", other: x`} {
		pid := "30"
		if strings.HasSuffix(socket, ", other: x") {
			socket, pid = strings.TrimSuffix(socket, ", other: x"), "99" // somebody else's
		}
		said := steps(t, newOwners().meetings(), ps("30 1 /opt/zoom/zoom", "99 1 /usr/bin/other")+"-- sockets.yaml --\n- {protocol: udp, state: other, "+socket+", pid: "+pid+"}\n"+soundOff+uptimeOf(time.Hour))
		if strings.Contains(said[0], "lasting") {
			t.Errorf("%s is a meeting: %s", socket, said[0])
		}
	}
}

// TestMeetingPrograms: a meeting program is one row with all its parts, known by
// its package where its name is another, and a browser is none.
func TestMeetingPrograms(t *testing.T) {
	for name, test := range map[string]struct{ ps, want string }{
		"its parts":              {ps("30 1 /opt/zoom/zoom", "31 30 /opt/zoom/zoom --type=renderer", "32 30 /opt/zoom/zoom"), "pid=30 tool=zoom"},
		"renamed":                {ps("30 1 /opt/other/conference") + "-- files/var/lib/dpkg/info/zoom.list --\n/opt/other/conference\n-- files/var/lib/dpkg/status --\nPackage: zoom\nStatus: install ok installed\nVersion: 6\n", "pid=30 tool=zoom"},
		"Google Meet, installed": {ps("30 1 /opt/google/chrome/chrome --app-id=kjgfgldnnfoeklkmfkjfagphfepbbdan"), "tool=meet-app"},
		"Google Meet, an app":    {ps("30 1 /usr/bin/chromium --app=https://meet.google.com/abc"), "tool=meet-app started_by=unknown by_link=true"},
		"Webex":                  {ps("30 1 /opt/Webex/bin/CiscoCollabHost"), "tool=webex"},
		"Teams":                  {ps("30 1 /opt/teams-for-linux/teams-for-linux"), "tool=teams"},
		"a browser":              {ps("30 1 /opt/google/chrome/chrome https://meet.google.com/abc"), ""},
		"another program":        {ps("30 1 /usr/bin/vim zoommtg://x"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			owners := newOwners()
			h := machine(t, test.ps+"-- sockets.yaml --\n[]\n"+uptimeOf(time.Hour))
			look(t, h, owners.processes()) // which reads programs
			rows, _ := look(t, h, owners.meetings())
			if said := strings.Join(rows, " | "); !strings.Contains(said, test.want) || len(rows) > 1 || test.want == "" && len(rows) > 0 {
				t.Errorf("rows %q, want %q", rows, test.want)
			}
		})
	}
}

// Who shares the screen is known where a program's conduct is.
func TestMeetingsShare(t *testing.T) {
	owners := newOwners()
	owners.shoot(map[int]*conduct{31: {Captures: "x11"}, 40: {Captures: ""}})
	rows, _ := look(t, machine(t, ps("30 1 /opt/zoom/zoom", "31 30 /opt/zoom/zopen", "40 1 /opt/teams/teams")+"-- sockets.yaml --\n[]\n"), owners.meetings())
	if len(rows) != 2 || !strings.Contains(rows[0], "sharing=true") || strings.Contains(rows[1], "sharing") {
		t.Errorf("rows %q", rows)
	}
}

// TestTimed: cron's service and a person's timer are told from what a desktop begins.
func TestTimed(t *testing.T) {
	for unit, want := range map[string]bool{
		"cron.service": true, "atd.service": true, "morning.service": true, "": false, "app-Zoom@1f.service": false, "app-gnome-Zoom-12.scope": false,
		"dbus.service": false, "gnome-terminal-server.service": false, "org.gnome.Shell@wayland.service": false, "sddm.service": false, "plasma-plasmashell.service": false,
	} {
		if timed(unit) != want {
			t.Errorf("%q is timed: %v", unit, !want)
		}
	}
}

// FuzzMeetings gives processes any names and command lines.
func FuzzMeetings(f *testing.F) {
	f.Add("/opt/zoom/zoom", "zoom", meetingURL, "/usr/bin/python3", "a.py", "cron.service")
	f.Add(`C:\Zoom\Zoom.exe`, "Zoom.exe", "--url="+meetingURL, `C:\Windows\explorer.exe`, "", "Schedule")
	f.Add("/usr/bin/dash", "sh", "/usr/bin/xdg-open", "", "\xff", "app-@.service")
	f.Fuzz(func(t *testing.T, path, name, arg, above, script, unit string) {
		processes := []host.Process{
			{PID: 1, Parent: 2, Path: above, Name: name, Args: []string{above, script}, Unit: unit},
			{PID: 2, Parent: 1, Path: path, Name: name, Args: []string{name, arg, script}, Unit: unit},
			{PID: 3, Parent: 2, Path: path, Name: "zoom", Args: []string{path, arg}},
		}
		s := newOwners().meetings()
		for range 2 {
			rows, coverage := Look(context.Background(), &answers{processes: processes}, s)
			if strings.Contains(coverage.Detail, "broke at") || len(rows) > len(processes) {
				t.Fatalf("%d rows, coverage %+v", len(rows), coverage)
			}
			for _, row := range rows {
				for column, value := range row.Columns {
					if len(value) > 16 {
						t.Fatalf("%s is %q", column, value)
					}
				}
			}
		}
	})
}

// BenchmarkMeetings looks at 400 processes, one of them a meeting program.
func BenchmarkMeetings(b *testing.B) {
	lines := []string{"30 1 /opt/zoom/zoom"}
	for pid := 100; pid < 500; pid++ {
		lines = append(lines, fmt.Sprintf("%d 1 /usr/lib/program-%d --flag value", pid, pid))
	}
	h, err := host.ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\nchassis: laptop\n" + ps(lines...) + mediaOf + soundOff)))
	if err != nil {
		b.Fatal(err)
	}
	processes, _ := h.Processes(b.Context())
	sockets, _ := h.Sockets(b.Context())
	a, s := &answers{Host: h, processes: processes, sockets: sockets}, newOwners().meetings()
	b.ReportAllocs()
	for b.Loop() {
		if rows, _ := Look(b.Context(), a, s); len(rows) != 1 {
			b.Fatal(rows)
		}
	}
}
