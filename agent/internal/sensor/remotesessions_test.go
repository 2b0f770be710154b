package sensor

import (
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/journal"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const clockAtNoon = "-- clock.yaml --\nnow: 2026-11-02T12:00:00Z\noffset: \"+01:00\"\n"

// sessionStates gives of each row "tool source state approval started ended".
func sessionStates(t *testing.T, h host.Host, s Sensor) []string {
	t.Helper()
	rows, coverage := Look(context.Background(), h, s)
	if coverage.State == finding.CoverageFailed {
		t.Errorf("coverage: %s", coverage.Detail)
	}
	var told []string
	for _, r := range rows {
		told = append(told, strings.TrimSpace(strings.Join([]string{r.Columns["tool"], r.Columns["source"], r.Columns["state"], r.Columns["approval"], clockOf(r.Columns["started"]), clockOf(r.Columns["ended"])}, " ")))
	}
	return told
}

func clockOf(moment string) string {
	if len(moment) < len("2026-11-02T12:00:00Z") {
		return moment
	}
	return moment[8:10] + " " + moment[11:16]
}

const openSession = "-- files/var/log/xrdp-sesman.log --\n[20261102-10:12:04] [INFO ] ++ created session (access granted): username anna, ip ::ffff:192.0.2.7:55088 - socket: 12\n"

func socketRow(state, remote string) string {
	return "- {protocol: tcp, state: " + state + ", local: \"192.0.2.1:3389\", remote: \"" + remote + "\", inbound: true}\n"
}

// A begin without an end is a session only while something shows that it lasts.
func TestRemoteSessionStates(t *testing.T) {
	trace := "-- files/var/log/anydesk.trace --\n   info 2026-11-02 09:12:04.298  back  1  2  app.backend_session - Incoming session request: - (221436813)\n" +
		"   info 2026-11-02 09:12:05.298  back  1  2  app.session - Authenticated by local user.\n"
	runs := func(name, since string) string {
		return "-- processes.yaml --\n- {pid: 9, name: " + name + ", started: " + since + "}\n"
	}
	for name, c := range map[string]struct {
		machine string
		want    []string
	}{
		"its connection is there":                {openSession + "-- sockets.yaml --\n" + socketRow("established", "192.0.2.7:55088"), []string{"xrdp xrdp_sesman active password 02 09:12"}},
		"its connection is gone":                 {openSession + "-- sockets.yaml --\n" + socketRow("established", "192.0.2.7:4"), []string{"xrdp xrdp_sesman ended password 02 09:12"}},
		"connections are not known":              {openSession, []string{"xrdp xrdp_sesman unknown password 02 09:12"}},
		"the machine began anew since":           {openSession + "-- files/proc/uptime --\n600.00 1\n-- sockets.yaml --\n" + socketRow("established", "192.0.2.7:55088"), []string{"xrdp xrdp_sesman unknown password 02 09:12"}},
		"the service began anew since":           {openSession + "[20261102-10:30:00] [INFO ] starting xrdp-sesman with pid 18\n-- sockets.yaml --\n[]\n", []string{"xrdp xrdp_sesman unknown password 02 09:12"}},
		"its program has run since before":       {trace + runs("anydesk", "2026-11-02T08:00:00Z"), []string{"anydesk anydesk_trace active person 02 09:12"}},
		"its program was started since":          {trace + runs("anydesk", "2026-11-02T10:00:00Z"), []string{"anydesk anydesk_trace unknown person 02 09:12"}},
		"its program does not run":               {trace + runs("other", "2026-11-02T08:00:00Z"), []string{"anydesk anydesk_trace unknown person 02 09:12"}},
		"a log that tells no ends shows nothing": {"-- files/etc/anydesk/connection_trace.txt --\nIncoming  2026-11-02, 09:12  Passwd  221436813  221436813\n" + runs("anydesk", "2026-11-02T08:00:00Z"), []string{"anydesk connection_trace unknown password 02 09:12"}},
		"two logs of one session":                {trace + "-- files/etc/anydesk/connection_trace.txt --\nIncoming  2026-11-02, 09:12  Passwd  221436813  221436813\n" + runs("anydesk", "2026-11-02T08:00:00Z"), []string{"anydesk anydesk_trace active person 02 09:12"}},
		"over for more than a day":               {"-- files/etc/anydesk/connection_trace.txt --\nIncoming  2026-11-01, 09:12  Passwd  221436813  221436813\n", nil},
		"begun long ago and still there": {strings.ReplaceAll(openSession, "20261102", "20261030") + "-- sockets.yaml --\n" + socketRow("established", "192.0.2.7:55088"),
			[]string{"xrdp xrdp_sesman active password 30 09:12"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, sessionStates(t, machine(t, clockAtNoon+c.machine), RemoteSessions())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// clocked is a host of answers that tells the time.
type clocked struct {
	*answers
	now time.Time
}

func (c *clocked) Now(context.Context) (time.Time, *time.Location, error) { return c.now, nil, nil }

// When a connection goes and no log says so, the end is when it was last seen.
func TestRemoteSessionSeenToEnd(t *testing.T) {
	remote := netip.MustParseAddrPort("192.0.2.7:55088")
	h := &clocked{&answers{Host: machine(t, openSession), sockets: []host.Socket{{State: "established", Remote: remote, Inbound: true}}}, time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)}
	s := RemoteSessions()
	want := []string{"xrdp xrdp_sesman active password 02 10:12"}
	if diff := cmp.Diff(want, sessionStates(t, h, s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	h.now, h.sockets = h.now.Add(time.Hour), nil
	for range 2 {
		if diff := cmp.Diff([]string{"xrdp xrdp_sesman ended password 02 10:12 02 12:00"}, sessionStates(t, h, s)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		h.now = h.now.Add(time.Hour)
	}
}

func TestRemoteSessionsAreBounded(t *testing.T) {
	var log strings.Builder
	for i := range 3 * sessionRows {
		fmt.Fprintf(&log, "Incoming  2026-11-02, 09:%02d  User  a  %d\n", i%60, 1000+i)
	}
	rows, _ := Look(context.Background(), machine(t, clockAtNoon+"-- files/etc/anydesk/connection_trace.txt --\n"+log.String()+"-- files/home/a/.anydesk/connection_trace.txt --\n"+strings.ReplaceAll(log.String(), "  a  ", "  a  9")), RemoteSessions())
	if len(rows) != sessionRows {
		t.Errorf("%d rows, want %d", len(rows), sessionRows)
	}
}

// Whatever else a log says stays in it.
func TestRemoteSessionsTellNothingElse(t *testing.T) {
	h := machine(t, clockAtNoon+canaries)
	rows, coverage := Look(context.Background(), h, RemoteSessions())
	tools := map[string]bool{}
	for _, row := range rows {
		tools[row.Columns["tool"]] = true
		for column, value := range row.Columns {
			if strings.Contains(strings.ToLower(value), "canary") {
				t.Errorf("%s of %s holds %q", column, row.Columns["tool"], value)
			}
		}
	}
	for _, tool := range []string{"anydesk", "teamviewer", "rustdesk", "xrdp", "x11vnc", "tigervnc", "chrome-remote-desktop"} {
		if !tools[tool] {
			t.Errorf("no row of %s, so this test says nothing of it", tool)
		}
	}
	if coverage.State != finding.CoverageOK || strings.Contains(coverage.Detail, "canary") {
		t.Errorf("coverage %+v", coverage)
	}
	other := machine(t, "-- platform.yaml --\nos: windows\n"+clockAtNoon+windowsCanaries)
	rows, _ = Look(context.Background(), other, RemoteSessions())
	if len(rows) != 4 || strings.Contains(strings.ToLower(fmt.Sprint(rows)), "canary") {
		t.Errorf("%d rows: %v", len(rows), rows)
	}
}

const canaries = `-- files/var/log/anydesk.trace --
   info 2026-11-02 09:12:04.298  back  1  2  app.backend_session - Incoming session request: canary name (221436813)
   info 2026-11-02 09:12:05.000  back  1  2  app.session - Authenticated with correct passphrase. canary
   info 2026-11-02 09:12:06.000  back  1  2  app.prepare_task - Preparing files in 'C:\canary'
   info 2026-11-02 09:13:00.000  back  1  2  clipbrd.capture - canary text
-- files/home/anna/.anydesk/connection_trace.txt --
Incoming  2026-11-02, 08:12  User  canary@alias  317004512
-- files/var/log/teamviewer15/TeamViewer15_Logfile.log --
2026/11/02 10:12:04.433  1  2 D3   SessionManagerDesktop::IncomingConnection: Connection incoming, sessionID = -21
2026/11/02 10:12:08.958  1  2 D3   CParticipantManagerBase participant canary name (ID [1761879737,-21]) was added with the role 6
2026/11/02 10:12:09.000  1  2 D3   Write file canary.docx
-- files/var/log/teamviewer15/Connections_incoming.txt --
1207845519	canary desktop	02-11-2026 07:12:04	02-11-2026 07:40:00	anna	RemoteControl	{canary}
-- files/home/anna/.local/share/logs/RustDesk/server/rustdesk_rCURRENT.log --
[2026-11-02 10:12:04.298123 +01:00] DEBUG [src/server/connection.rs:812] #7 Connection opened from 203.0.113.7:40122.
[2026-11-02 10:12:05.298123 +01:00] INFO [src/server/connection.rs:900] #7 password canary
-- files/var/log/xrdp-sesman.log --
[20261102-10:12:04] [INFO ] ++ created session (access granted): username anna, ip ::ffff:192.0.2.7:55088 - socket: canary
-- files/var/log/xrdp.log --
[20261102-10:12:04] [INFO ] Connected client computer name: canary
-- files/var/log/x11vnc.log --
02/11/2026 10:12:00 x11vnc version: 0.9.16 -passwd canary
02/11/2026 10:12:00 Got connection from client 192.0.2.7
02/11/2026 10:12:04 client_set_net: 192.0.2.7  canary
-- files/home/anna/.vnc/box:1.log --
Mon Nov  2 10:12:04 2026
 Connections: accepted: 192.0.2.7::49704
 VNCSConnST:  Server default pixel format canary
 Canary:      canary
-- files/var/log/syslog --
Nov  2 10:12:04 box chromoting[77]: Client connected: someone@example.org/canary_ftl_1.
Nov  2 10:12:05 box sshd[78]: password canary
`

var windowsCanaries = `-- records/application.xml --
<Event><System><Provider Name="ScreenConnect Client (canary)"/><EventID>100</EventID><TimeCreated SystemTime="2026-11-02T09:12:04Z"/></System><EventData><Data>A Technician Connected
Executable Path: C:\canary</Data></EventData></Event>
<Event><System><Provider Name="Quick Assist"/><EventID>0</EventID><TimeCreated SystemTime="2026-11-02T09:12:04Z"/></System><EventData><Data>BeginSharing canary</Data></EventData></Event>
<Event><System><Provider Name="Other"/><EventID>1</EventID><TimeCreated SystemTime="2026-11-02T09:12:04Z"/></System><EventData><Data>canary</Data></EventData></Event>
-- records/logons.xml --
<Event><System><Provider Name="Microsoft-Windows-Security-Auditing"/><EventID>4624</EventID><TimeCreated SystemTime="2026-11-02T09:12:04Z"/></System><EventData><Data Name="LogonType">10</Data><Data Name="TargetUserName">anna</Data><Data Name="IpAddress">203.0.113.7</Data><Data Name="WorkstationName">canary</Data></EventData></Event>
-- files/Program Files/TeamViewer/Connections_incoming.txt --
1207845519	canary	02-11-2026 09:12:04	02-11-2026 09:40:00	anna	RemoteControl	{canary}
`

// hiddenFS is a disk on which one folder may not be looked into.
type hiddenFS struct {
	host.FS
	folder string
}

func (f hiddenFS) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, f.folder) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.FS.Open(name)
}

func (f hiddenFS) Stat(name string) (fs.FileInfo, error) {
	if strings.HasPrefix(name, f.folder) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrPermission}
	}
	return fs.Stat(f.FS, name)
}

type hiddenHost struct {
	host.Host
	folder string
}

func (h hiddenHost) Now(ctx context.Context) (time.Time, *time.Location, error) {
	return h.Host.(host.Clock).Now(ctx)
}

func (h hiddenHost) Files() host.FS { return hiddenFS{h.Host.Files(), h.folder} }

// What may not be read, or not yet, is said; it is not the absence of sessions.
func TestRemoteSessionsNotSeen(t *testing.T) {
	rows, coverage := Look(context.Background(), hiddenHost{machine(t, clockAtNoon+openSession), "home/anna/.vnc"}, RemoteSessions())
	if coverage.State != finding.CoverageOK || len(rows) != 1 {
		t.Errorf("nothing is hidden: %+v, %d rows", coverage, len(rows))
	}
	h := hiddenHost{machine(t, clockAtNoon+openSession+"-- files/home/anna/.vnc/box:1.log --\n"), "home/anna"}
	s := RemoteSessions()
	Look(context.Background(), h, s)
	rows, coverage = Look(context.Background(), h, s) // it is said until it changes, not only when it was met
	if coverage.State != finding.CoverageDenied || !strings.Contains(coverage.Detail, "run as root") || strings.Contains(coverage.Detail, "anna") || len(rows) != 1 {
		t.Errorf("a hidden home: %+v, %d rows", coverage, len(rows))
	}
	_, coverage = Look(context.Background(), machine(t, "-- platform.yaml --\nos: windows\n"), RemoteSessions())
	if coverage.State != finding.CoverageAbsent || !strings.Contains(coverage.Detail, "records/") {
		t.Errorf("Windows without its logs: %+v", coverage)
	}
}

// journalLine is a record as journalctl prints it.
func journalLine(second int, program, pid, boot, message string) string {
	return fmt.Sprintf(`{"__REALTIME_TIMESTAMP":"%d","SYSLOG_IDENTIFIER":"%s","_PID":"%s","_BOOT_ID":"%s","MESSAGE":"%s"}`, time.Date(2026, 11, 2, 9, 12, second, 0, time.UTC).UnixMicro(), program, pid, boot, message) + "\n"
}

func TestRemoteSessionsOfTheJournal(t *testing.T) {
	text := clockAtNoon + "-- tools/journal-sessions --\n" +
		journalLine(1, "chromoting", "7", "a", "Client connected: someone@example.org/x") +
		journalLine(2, "x11vnc", "8", "b", "02/11/2026 10:12:02 Got connection from client 192.0.2.7") +
		journalLine(3, "x11vnc", "8", "b", "02/11/2026 10:12:03 client_set_net: 192.0.2.7  0.0") +
		journalLine(4, "chromoting", "9", "b", "Client connected: other@example.org/y") +
		journalLine(5, "chromoting", "9", "b", "Client disconnected: other@example.org/y")
	want := []string{
		"chrome-remote-desktop journal ended unknown 02 09:12 02 09:12",
		"x11vnc journal unknown unknown 02 09:12",
		"chrome-remote-desktop journal unknown unknown 02 09:12", // the machine was started anew
	}
	if diff := cmp.Diff(want, sessionStates(t, machine(t, text), RemoteSessions())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every tool that a row may name is one of the catalogue's.
func TestRemoteSessionToolsAreKnown(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	tools := []string{"microsoft-rdp", "mstsc", "quick-assist", "screenconnect", "apple-remote-desktop", "windows-remote-assistance"} // of records
	for _, place := range journal.Places() {
		tools = append(tools, place.Tool)
	}
	for _, tool := range journalTools {
		tools = append(tools, tool)
	}
	for _, id := range tools {
		if !slices.ContainsFunc(c.Tools, func(known catalogue.Tool) bool { return known.ID == id }) {
			t.Errorf("the catalogue has no tool %s", id)
		}
	}
}
