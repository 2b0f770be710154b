package engine_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// markedMeeting is a laptop on which a link to a meeting, the script that opened
// it, what histories and logs hold and who has them are marked.
func markedMeeting(system, home, path string) string {
	link := "zoommtg://zoom.us/join?confno=77888999&pwd=markpassword&uname=markuser"
	return "-- platform.yaml --\nos: " + system + "\nname: mark-host\nchassis: laptop\n" +
		"-- files/etc/passwd --\nmarkuser:x:1000:1000::/home/markuser:/bin/bash\n-- files/proc/uptime --\n400000.00 1.00\n-- power.yaml --\nmains: \"true\"\nuptime: 111h\n" +
		"-- processes.yaml --\n" +
		"- {pid: 10, parent: 1, name: python3, path: /usr/bin/python3.12, args: [python3, " + home + "/markuser/sync.py, '" + link + "'], uid: 1000, user: markuser}\n" +
		"- {pid: 20, parent: 10, name: zoom, path: '" + path + "', args: [zoom, '--url=" + link + "'], uid: 1000, user: markuser}\n" +
		"- {pid: 21, parent: 20, name: CptHost, path: /opt/zoom/CptHost, args: [CptHost, -key, markkey], uid: 1000, user: markuser}\n" +
		"-- sockets.yaml --\n- {protocol: udp, state: other, local: \"192.168.77.12:41022\", pid: 20}\n- {protocol: tcp, state: established, local: \"192.168.77.12:41023\", remote: \"203.0.113.77:443\", pid: 20}\n" +
		"-- held.yaml --\nmeeting of 20: 7h\n-- files/proc/asound/card0/pcm0c/sub0/status --\nclosed\n-- clock.yaml --\nnow: 2026-11-02T17:30:00Z\n" +
		"-- files/" + strings.TrimPrefix(home, "/") + "/.bashrc --\nmark\n" +
		"-- files/" + strings.TrimPrefix(home, "/") + "/.zsh_history --\nmarkcommand --password markpassword\n" +
		"-- files/" + strings.TrimPrefix(home, "/") + "/.bash_history -> /dev/null --\n" +
		"-- files/registry/HKU/S-1-5-21-7-7-7-1001/SOFTWARE/Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/microphone/NonPackaged/C#Users#markuser#mark.exe/LastUsedTimeStop --\n1\n" +
		"-- records/security-cleared.xml --\n<Event><System><EventID>1102</EventID><TimeCreated SystemTime=\"2026-11-02T16:00:00Z\"/><Computer>mark-host</Computer></System>" +
		"<UserData><LogFileCleared><SubjectUserName>markuser</SubjectUserName><SubjectDomainName>MARKCO</SubjectDomainName></LogFileCleared></UserData></Event>\n-- records/system-cleared.xml --\n"
}

// TestNoMeetingLeaves: of a meeting nothing leaves but what began it, how long it
// lasts and whether anybody is heard; of a log nothing but which and how. Where
// no rule fires, nothing leaves of either.
func TestNoMeetingLeaves(t *testing.T) {
	for _, s := range sensor.All() {
		if slices.Contains([]string{"meetings", "cleared_logs", "agent_runs"}, s.Class) && s.Facts {
			t.Errorf("rows of %s leave where no rule fires", s.Class)
		}
	}
	for name, machine := range map[string]string{
		"linux":   markedMeeting("linux", "/home/markuser", "/home/markuser/opt/zoom"),
		"windows": markedMeeting("windows", "/Users/markuser", `C:\Users\markuser\Zoom.exe`),
		"macOS":   markedMeeting("darwin", "/Users/markuser", "/Users/markuser/zoom.us"),
	} {
		t.Run(name, func(t *testing.T) {
			h, err := host.ReadRecording(txtar.Parse([]byte(machine)))
			if err != nil {
				t.Fatal(err)
			}
			report := leaving(t, h) // which demands that no mark is in it
			left := map[string]map[string]string{}
			for _, f := range report.Findings {
				for _, row := range f.Evidence {
					left[row.Class] = row.Columns
				}
			}
			if got := slices.Sorted(maps.Keys(left["meetings"])); !slices.Equal(got, []string{"by_link", "lasting", "pid", "started_by", "tool", "voice"}) {
				t.Errorf("of the meeting there left %v", left["meetings"])
			}
			for column := range left["cleared_logs"] {
				if !slices.Contains([]string{"log", "how", "user", "when"}, column) {
					t.Errorf("of the logs there left %v", left["cleared_logs"])
				}
			}
			if left["cleared_logs"] == nil {
				t.Error("no row of cleared_logs left, so this test says nothing of it")
			}
		})
	}
}
