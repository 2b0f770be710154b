package parse

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sessionLines is what each log of sessions can be asked.
type sessionLines interface {
	Line(text string, clock SessionClock) (SessionMark, bool)
}

func testClock() SessionClock {
	return SessionClock{Zone: time.FixedZone("", 3600), Now: time.Date(2026, time.November, 2, 12, 0, 0, 0, time.UTC)}
}

// marks writes the marks of a log as "act time [fields]", one a line.
func marks(l sessionLines, log string) []string {
	var told []string
	for line := range strings.Lines(log) {
		if m, ok := l.Line(strings.TrimRight(line, "\r\n"), testClock()); ok {
			told = append(told, m.String())
		}
	}
	return told
}

// String is a mark in one line.
func (m SessionMark) String() string {
	acts := map[SessionAct]string{SessionBegan: "began", SessionAdmitted: "admitted", SessionEnded: "ended", SessionRefused: "refused", SessionWhole: "whole", SessionRestarted: "restarted", SessionNoted: "noted"}
	text := acts[m.Act] + " " + m.At.UTC().Format("02 15:04:05")
	if !m.Until.IsZero() {
		text += " until " + m.Until.UTC().Format("15:04:05")
	}
	for _, field := range []string{m.ID, m.Direction, m.Approval, m.Kind, m.Peer, m.Account} {
		if field == "" {
			field = "-"
		}
		text += " " + field
	}
	if m.Address.IsValid() {
		text += " " + m.Address.String()
	}
	return text
}

func TestSessionLogs(t *testing.T) {
	for name, c := range map[string]struct {
		lines sessionLines
		log   string
		want  []string
	}{
		"AnyDesk's connection trace": {AnyDeskConnections{}, "Incoming    2026-11-02, 09:12    User                              221436813    221436813\n" +
			"Incoming    2026-11-02, 09:20    Passwd    helper@ad    317004512\nIncoming  2026-11-02, 09:30  Token  helper@ad  317004512\n" +
			"Incoming  2026-11-02, 09:40  REJECTED  helper@ad  317004512\nSomething  2026-11-02, 09:50  User  a  1\nIncoming never User a 1\n",
			[]string{"began 02 09:12:00 - incoming person unknown 221436813 -", "began 02 09:20:00 - incoming password unknown 317004512 -", "began 02 09:30:00 - incoming unattended unknown 317004512 -"}},
		"AnyDesk's trace": {&AnyDeskTrace{}, "   info 2026-11-02 09:12:04.298       back   4668   6440   app.backend_session - Incoming session request: Some Name (of mine) (221436813)\n" +
			"   info 2026-11-02 09:12:05.000        lsvc   4668   6440   anynet.any_socket - Logged in from 203.0.113.7:61230 on relay 5e8a7c21.\n" +
			"   info 2026-11-02 09:12:06.100        back   4668   6440   app.session - 3: Authenticated with permanent token.\n" +
			"   info 2026-11-02 09:12:07.100        back   4668   6440   app.session - Client-ID: 221436813 (FPR: 6b1f3d2e9a7c).\n" +
			"   info 2026-11-02 09:40:00.000        back   4668   6440   app.session - Session closed by remote side: user\n",
			[]string{"began 02 09:12:04 - incoming unattended unknown 221436813 - 203.0.113.7:61230", "ended 02 09:40:00 - - - - - -"}},
		"AnyDesk's trace of the service": {&AnyDeskTrace{}, "   info 2026-11-02 09:12:05.000        gsvc   4668   6440   27   anynet.any_socket - Logged in from 203.0.113.7:61230 on relay 5e8a7c21.\n",
			[]string{"noted 02 09:12:05 - incoming - - - - 203.0.113.7:61230"}},
		"AnyDesk's trace of somebody turned away": {&AnyDeskTrace{}, "   info 2026-11-02 09:12:04.298  back  1  2   app.backend_session - Incoming session request: - (221436813)\n" +
			"   info 2026-11-02 09:12:30.000  back  1  2   app.session - Session closed locally: user\n", nil},
		"TeamViewer, controlled": {TeamViewerIncoming{}, "1207845519\tSOME-DESKTOP\t02-11-2026 09:12:04\t02-11-2026 09:40:00\tanna\tRemoteControl\t{7c0e2f1a}\nno\tsession\n",
			[]string{"whole 02 09:12:04 until 09:40:00 - incoming unknown screen 1207845519 anna"}},
		"TeamViewer, controlling": {TeamViewerOutgoing{}, "1207845519\t02-11-2026 09:12:04\t02-11-2026 09:40:00\tanna\tFileTransfer\t{7c0e2f1a}\n",
			[]string{"whole 02 09:12:04 until 09:40:00 - outgoing unknown files 1207845519 -"}},
		"TeamViewer's log": {&TeamViewerTrace{}, "Start:              2026/11/02 08:00:00.123 (UTC+2:00)\n" +
			"2026/11/02 11:12:04.433  5716       5840 D3   SessionManagerDesktop::IncomingConnection: Connection incoming, sessionID = -2102926010\n" +
			"2026/11/02 11:12:08.958  5716       2436 D3   CParticipantManagerBase participant SOME-DESKTOP (ID [1764218403,-2102926010]) was added with the role 3\n" +
			"2026/11/02 11:12:08.958  5716       2436 D3   CParticipantManagerBase participant their name (ID [1761879737,-207968498]) was added with the role 6\n" +
			"2026/11/02 11:40:00.000  5716       2436 D3   SessionManagerDesktop::SessionTerminate: Session terminated\n",
			[]string{"restarted 02 06:00:00 - - - - - -", "began 02 09:12:04 -2102926010 incoming unknown screen - -", "admitted 02 09:12:08 - - - - 1761879737 -", "ended 02 09:40:00 - - - - - -"}},
		"TeamViewer's log of two that reach each other": {&TeamViewerTrace{}, "2026/11/02 10:11:50.433  5716       5840 S0   UDPv4: punch received a=203.0.113.7:55408: (*)\n" +
			"2026/11/02 10:12:04.433  5716       5840 D3   SessionManagerDesktop::IncomingConnection: Connection incoming, sessionID = -21\n" +
			"2026/11/02 10:12:08.433  5716       5840 S0   UDPv4: punch received a=203.0.113.8:1: (*)\n2026/11/02 10:12:08.433  5716       5840 S0   UDPv4: punch received a=nobody: (*)\n",
			[]string{"noted 02 09:11:50 - - - - - - 203.0.113.7:55408", "began 02 09:12:04 -21 incoming unknown screen - - 203.0.113.7:55408", "noted 02 09:12:08 - - - - - - 203.0.113.8:1"}},
		"RustDesk": {RustDeskServer{}, "[2026-11-02 10:12:04.298123 +01:00] DEBUG [src/server/connection.rs:812] #7 Connection opened from 203.0.113.7:40122.\n" +
			"[2026-11-02 10:40:00.000001 +01:00] INFO [src/server/connection.rs:2011] #7 Connection closed: Peer close\n[2026-11-02 10:40:00.000001 +01:00] INFO [src/other.rs:1] #7 Connection closed: x\n",
			[]string{"began 02 09:12:04 7 incoming unknown unknown - - 203.0.113.7:40122", "ended 02 09:40:00 7 incoming unknown unknown - -"}},
		"x11vnc": {&LibVNCServer{}, "02/11/2026 10:12:00 Got connection from client 192.0.2.7\n02/11/2026 10:12:00 incr accepted_client=1 for 192.0.2.7:54750  sock=11\n" +
			"02/11/2026 10:12:00 rfbProcessClientSecurityType: executing handler for type 2\n02/11/2026 10:12:04 Enabling full-color cursor updates for client 192.0.2.7\n" +
			"02/11/2026 10:13:00 Got connection from client 192.0.2.7\n02/11/2026 10:13:00 authProcessClientMessage: authentication failed from 192.0.2.7\n02/11/2026 10:13:00 Client 192.0.2.7 gone\n" +
			"02/11/2026 10:40:00 Client 192.0.2.7 gone\n",
			[]string{"began 02 09:12:04 192.0.2.7 incoming password screen - - 192.0.2.7:54750", "ended 02 09:40:00 192.0.2.7 - - - - -"}},
		"TigerVNC": {&TigerVNC{}, "\nMon Nov  2 10:12:04 2026\n Connections: accepted: 192.0.2.7::49704\n SConnection: Client requests security type VeNCrypt(19)\n SVeNCrypt:   Client requests security type TLSVnc (258)\n" +
			" VNCSConnST:  Server default pixel format depth 24 (32bpp) little-endian rgb888\n\nMon Nov  2 10:40:00 2026\n Connections: closed: 192.0.2.7::49704\n" +
			" Connections: accepted: [2001:db8::5]::500\n VNCSConnST:  closing [2001:db8::5]::500: Authentication failure\n Connections: closed: [2001:db8::5]::500\n",
			[]string{"began 02 09:12:04 192.0.2.7:49704 incoming password screen - - 192.0.2.7:49704", "ended 02 09:40:00 192.0.2.7:49704 - - - - -"}},
		"xrdp's sessions": {XRDPSessions{}, "[20261102-10:00:00] [INFO ] starting xrdp-sesman with pid 18\n" +
			"[20261102-10:12:04] [INFO ] ++ created session (access granted): username anna, ip ::ffff:192.0.2.7:55088 - socket: 12\n" +
			"[20261102-10:40:00] [INFO ] ++ terminated session:  username anna, display :10.0, session_pid 32, ip ::ffff:192.0.2.7:55088 - socket: 12\n" +
			"[20261102-10:41:00] [INFO ] AUTHFAIL: user=anna ip=::ffff:192.0.2.7 time=1795955028\n",
			[]string{"restarted 02 09:00:00 - incoming password screen - -", "began 02 09:12:04 192.0.2.7:55088 incoming password screen - anna 192.0.2.7:55088", "ended 02 09:40:00 192.0.2.7:55088 incoming password screen - anna 192.0.2.7:55088"}},
		"xrdp's connections": {&XRDPConnections{}, "[2026-11-02T10:12:00.123+0100] [INFO ] Socket 12: AF_INET6 connection received from ::ffff:192.0.2.7 port 55088\n" +
			"[2026-11-02T10:12:04.123+0100] [INFO ] login successful for user anna on display 10\n[20261102-10:13:00] [INFO ] Socket 12: AF_INET6 connection received from 192.0.2.8 port 1\n[20261102-10:13:00] [INFO ] login failed for user anna\n",
			[]string{"began 02 09:12:04 192.0.2.7:55088 incoming password screen - anna 192.0.2.7:55088"}},
		"Chrome Remote Desktop": {Chromoting{}, "Nov  2 10:12:04 box chromoting[77]: Client connected: someone@example.org/chromoting_ftl_1.\n" +
			"2026-11-02T10:12:05.123456+01:00 box chromoting[77]: Channel IP for client: someone@example.org/chromoting_ftl_1 ip='198.51.100.9:3478' host_ip='192.168.1.5:1' channel='video' connection='stun'.\n" +
			"Nov  2 10:40:00 box chromoting[77]: Client disconnected: someone@example.org/chromoting_ftl_1.\nNov  2 10:41:00 box other[1]: Client connected: chromoting\n" +
			"Dec 31 10:00:00 box chromoting[77]: Client connected: last@year.example/x\n",
			[]string{"began 02 09:12:04 someone@example.org/chromoting_ftl_1 incoming unknown screen someone@example.org -", "admitted 02 09:12:05 someone@example.org/chromoting_ftl_1 incoming unknown screen someone@example.org - 198.51.100.9:3478",
				"ended 02 09:40:00 someone@example.org/chromoting_ftl_1 incoming unknown screen someone@example.org -", "began 31 09:00:00 last@year.example/x incoming unknown screen last@year.example -"}},
	} {
		if diff := cmp.Diff(c.want, marks(c.lines, c.log)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAddressPort(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.7:5900": "192.0.2.7:5900", "192.0.2.7::5900": "192.0.2.7:5900", "[2001:db8::5]:80": "[2001:db8::5]:80", "[2001:db8::5]::80": "[2001:db8::5]:80",
		"::ffff:192.0.2.7:80": "192.0.2.7:80", "192.0.2.7": "192.0.2.7:0", "2001:db8::": "[2001:db8::]:0", "host:80": "invalid AddrPort", "": "invalid AddrPort", "192.0.2.7:70000": "invalid AddrPort",
	} {
		if got := addressPort(text).String(); got != want {
			t.Errorf("%q is read as %s, want %s", text, got, want)
		}
	}
}

// holdsLittle is what every mark must keep to, whatever a log says.
func holdsLittle(t *testing.T, m SessionMark) {
	t.Helper()
	for _, field := range []string{m.ID, m.Peer, m.Account} {
		if len(field) > peerLimit+16 || strings.ContainsAny(field, "\x00\n\r\x1b") {
			t.Fatalf("a mark holds %q", field)
		}
	}
	for _, field := range []string{m.Direction, m.Approval, m.Kind} {
		if !strings.Contains(fmt.Sprint([]string{"", Incoming, Outgoing, Person, Password, Unattended, Screen, Files, Shell, Unknown}), field) {
			t.Fatalf("a mark holds the word %q", field)
		}
	}
	if m.Address.IsValid() && m.Address.Addr().Zone() != "" || m.Address.Addr() != (netip.Addr{}) && m.Address.Addr().Is4In6() {
		t.Fatalf("a mark holds the address %s", m.Address)
	}
}

// fuzzLog feeds any lines to a log that remembers what it was told.
func fuzzLog(f *testing.F, fresh func() sessionLines, seeds ...string) {
	f.Helper()
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, log string) {
		l := fresh()
		for line := range strings.Lines(log) {
			if m, ok := l.Line(line, testClock()); ok {
				holdsLittle(t, m)
				if m.Act == 0 {
					t.Fatal("a mark says nothing")
				}
			}
		}
	})
}

func FuzzAnyDeskConnections(f *testing.F) {
	fuzzLog(f, func() sessionLines { return AnyDeskConnections{} }, "Incoming    2026-11-02, 09:12    User    a    221436813")
}

func FuzzAnyDeskTrace(f *testing.F) {
	fuzzLog(f, func() sessionLines { return &AnyDeskTrace{} }, "   info 2026-11-02 09:12:04.298 back 4668 6440 app.backend_session - Incoming session request: A (221436813)", "info 2026-11-02 09:12:04.298 back 1 2 app.session - 3: Authenticated by local user.")
}

func FuzzTeamViewerIncoming(f *testing.F) {
	fuzzLog(f, func() sessionLines { return TeamViewerIncoming{} }, "1207845519\tX\t02-11-2026 09:12:04\t02-11-2026 09:40:00\tanna\tRemoteControl\t{7c}")
}

func FuzzTeamViewerOutgoing(f *testing.F) {
	fuzzLog(f, func() sessionLines { return TeamViewerOutgoing{} }, "1207845519\t02-11-2026 09:12:04\t02-11-2026 09:40:00\tanna\tRemoteControl\t{7c}")
}

func FuzzTeamViewerTrace(f *testing.F) {
	fuzzLog(f, func() sessionLines { return &TeamViewerTrace{} }, "Start: 2026/11/02 08:00:00.123 (UTC+2:00)\n2026/11/02 11:12:04.433 1 2 D3 SessionManagerDesktop::IncomingConnection: Connection incoming, sessionID = -2\n", "2026/11/02 11:12:08.958 1 2 D3 CParticipantManagerBase participant a (ID [1761879737,-2]) was added with the role 6")
}

func FuzzRustDeskServer(f *testing.F) {
	fuzzLog(f, func() sessionLines { return RustDeskServer{} }, "[2026-11-02 10:12:04.298123 +01:00] DEBUG [src/server/connection.rs:812] #7 Connection opened from 203.0.113.7:40122.")
}

func FuzzLibVNCServer(f *testing.F) {
	fuzzLog(f, func() sessionLines { return &LibVNCServer{} }, "02/11/2026 10:12:00 Got connection from client 192.0.2.7\n02/11/2026 10:12:00 incr accepted_client=1 for 192.0.2.7:54750  sock=11\n02/11/2026 10:12:04 client_set_net: 192.0.2.7  0.0\n")
}

func FuzzTigerVNC(f *testing.F) {
	fuzzLog(f, func() sessionLines { return &TigerVNC{} }, "Mon Nov  2 10:12:04 2026\n Connections: accepted: 192.0.2.7::49704\n VNCSConnST:  Server default pixel format depth 24\n Connections: closed: 192.0.2.7::49704\n")
}

func FuzzXRDPSessions(f *testing.F) {
	fuzzLog(f, func() sessionLines { return XRDPSessions{} }, "[20261102-10:12:04] [INFO ] ++ created session (access granted): username anna, ip ::ffff:192.0.2.7:55088 - socket: 12")
}

func FuzzXRDPConnections(f *testing.F) {
	fuzzLog(f, func() sessionLines { return &XRDPConnections{} }, "[20261102-10:12:00] [INFO ] Socket 12: AF_INET6 connection received from ::1 port 55088\n[20261102-10:12:04] [INFO ] login successful for user anna on display 10\n")
}

func FuzzChromoting(f *testing.F) {
	fuzzLog(f, func() sessionLines { return Chromoting{} }, "Nov  2 10:12:04 box chromoting[77]: Client connected: someone@example.org/chromoting_ftl_1.", "2026-11-02T10:12:05.123456+01:00 box chromoting[77]: Channel IP for client: a ip='198.51.100.9:3478'")
}
