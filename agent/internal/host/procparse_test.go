package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const statLine = "812 (x11vnc) S 1 812 812 0 -1 4194304 500 0 0 0 12 34 0 0 20 0 1 0 12345 9000000 800 18446744073709551615 94 95 140700 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 140711 140712 140713 0\n"

func TestParseStat(t *testing.T) {
	got, err := parseStat([]byte(statLine))
	want := procStat{pid: 812, parent: 1, name: "x11vnc", state: 'S', flags: 4194304, cpuTicks: 46, started: 12345, stack: 140700, arg: 140711}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	odd, err := parseStat(bytes.Replace([]byte(statLine), []byte("(x11vnc)"), []byte("(a) R 9 (b)"), 1))
	if err != nil || odd.name != "a) R 9 (b" || odd.parent != 1 {
		t.Errorf("a name with parentheses: %+v, %v", odd, err)
	}
	for _, bad := range []string{"", "812", "812 (a", "x (a) S 1", "812 (a) S", "812 (a) SS 1 1 1 1 1 1 1 1", "812 (a) S -1 1 1 1 1 1"} {
		if _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestParseCommandLine(t *testing.T) {
	long := bytes.Repeat([]byte("a"), 5000)
	if args := parseCommandLine(long); len(args) != 1 || len(args[0]) != maxArg {
		t.Errorf("a long argument is %d of %d bytes", len(args), len(args[0]))
	}
	if args := parseCommandLine(bytes.Repeat([]byte("a\x00"), 4000)); len(args) != maxArgs {
		t.Errorf("%d arguments", len(args))
	}
	if diff := cmp.Diff([]string{"sh", "-c", "", "\uFFFD"}, parseCommandLine([]byte("sh\x00-c\x00\x00\xff\x00"))); diff != "" {
		t.Error(diff)
	}
}

const procMachine = `-- files/proc/stat --
cpu 1 2 3
btime 1700000000
-- files/proc/1/stat --
1 (systemd) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0
-- files/proc/1/status --
Name:	systemd
Uid:	0	0	0	0
-- files/proc/2/stat --
2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0
-- files/proc/812/stat --
812 (x11vnc) S 1 812 812 0 -1 4194304 500 0 0 0 12 34 0 0 20 0 1 0 12345 0 0
-- files/proc/812/status --
Name:	x11vnc
Uid:	1000	1000	1000	1000
-- files/proc/812/cmdline [hex] --
783131766e63 00 2d666f7265766572 00
-- files/proc/812/exe -> /usr/bin/x11vnc (deleted) --
-- files/proc/812/fd/5 -> socket:[9001] --
-- files/proc/812/fd/6 -> socket:[9002] --
-- files/proc/900/comm --
sh
-- files/etc/passwd --
root:x:0:0::/root:/bin/sh
anne:x:1000:1000::/home/anne:/bin/sh
-- files/proc/net/tcp --
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:170C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 9001 1
   1: 070200C0:170C 097100CB:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 9002 1
-- files/proc/net/udp6 --
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
 1: 00000000000000000000000000000000:0222 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000   100        0 9003 2
`

func TestRecordedProc(t *testing.T) {
	h := read(t, procMachine)
	boot := time.Unix(1700000000, 0).UTC()
	processes, err := h.Processes(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Process{
		{PID: 1, Name: "systemd", UID: 0, User: "root", Started: boot.Add(50 * time.Millisecond)},
		{PID: 812, Parent: 1, Name: "x11vnc", Path: "/usr/bin/x11vnc", Args: []string{"x11vnc", "-forever"}, UID: 1000, User: "anne", Started: boot.Add(123450 * time.Millisecond)},
		{PID: 900, Name: "sh", UID: -1},
	}, processes); diff != "" {
		t.Error("processes (-want +got):\n" + diff)
	}
	sockets, err := h.Sockets(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Socket{
		{Protocol: "tcp", State: "listen", Local: netip.MustParseAddrPort("0.0.0.0:5900"), PID: 812, UID: 1000},
		{Protocol: "tcp", State: "established", Local: netip.MustParseAddrPort("192.0.2.7:5900"), Remote: netip.MustParseAddrPort("203.0.113.9:40000"), PID: 812, Inbound: true, UID: 1000},
		{Protocol: "udp", State: "listen", Local: netip.MustParseAddrPort("[::]:546"), UID: 100},
	}, sockets, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Error("sockets (-want +got):\n" + diff)
	}
}

func TestMarkInbound(t *testing.T) {
	at := netip.MustParseAddrPort
	for name, test := range map[string]struct {
		listener, local string
		want            bool
	}{
		"same address":           {"192.0.2.1:22", "192.0.2.1:22", true},
		"other address":          {"127.0.0.1:22", "192.0.2.1:22", false},
		"other port":             {"0.0.0.0:22", "192.0.2.1:23", false},
		"any v4":                 {"0.0.0.0:22", "192.0.2.1:22", true},
		"any v4 is not v6":       {"0.0.0.0:22", "[2001:db8::1]:22", false},
		"any v6 takes v4 too":    {"[::]:22", "192.0.2.1:22", true},
		"link local with a zone": {"[fe80::1%eth0]:22", "[fe80::1]:22", true},
	} {
		rows := []Socket{{Protocol: "tcp", State: "listen", Local: at(test.listener)}, {Protocol: "tcp", State: "established", Local: at(test.local), Remote: at("198.51.100.1:1")}}
		if markInbound(rows); rows[1].Inbound != test.want {
			t.Errorf("%s: inbound = %t", name, rows[1].Inbound)
		}
	}
}

func utmp32(kind uint16, pid uint32, line, user, host string, seconds uint32) []byte {
	r := make([]byte, utmpSize32)
	binary.LittleEndian.PutUint16(r, kind)
	binary.LittleEndian.PutUint32(r[4:], pid)
	copy(r[8:], line)
	copy(r[44:], user)
	copy(r[76:], host)
	binary.LittleEndian.PutUint32(r[340:], seconds)
	return r
}

func TestParseUtmp(t *testing.T) {
	since := time.Unix(1700000000, 0).UTC()
	content := append(utmp32(2, 0, "~", "reboot", "6.1", 1), utmp32(7, 812, "pts/0", "anne", "203.0.113.9", 1700000000)...)
	want := []utmpEntry{{pid: 812, line: "pts/0", user: "anne", host: "203.0.113.9", since: since}}
	got, err := parseUtmp(content)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(utmpEntry{})); err != nil || diff != "" {
		t.Error(err, diff)
	}
	wide := make([]byte, utmpSize64)
	copy(wide, content[utmpSize32:])
	binary.LittleEndian.PutUint32(wide[340:], 0)
	binary.LittleEndian.PutUint64(wide[344:], 1700000000)
	got, err = parseUtmp(wide)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(utmpEntry{})); err != nil || diff != "" {
		t.Error("64-bit times:", err, diff)
	}
	if _, err := parseUtmp(content[:100]); err == nil {
		t.Error("a torn utmp was read")
	}
}

func TestSessions(t *testing.T) {
	text := `-- files/run/systemd/sessions/2 --
UID=1000
USER=anne
STATE=active
TYPE=wayland
CLASS=user
TTY=tty2
LEADER=700
REALTIME=1700000000000000
-- files/run/systemd/sessions/5 --
USER=anne
STATE=active
REMOTE=1
TYPE=tty
CLASS=user
SERVICE=sshd
REMOTE_HOST=203.0.113.9
LEADER=812
-- files/run/systemd/sessions/7 --
USER=anne
STATE=active
TYPE=x11
CLASS=user
SERVICE=xrdp-sesman
DISPLAY=:10
LEADER=850
-- files/run/systemd/sessions/c1 --
USER=gdm
CLASS=greeter
TYPE=wayland
-- files/run/systemd/sessions/8 --
USER=anne
CLASS=user
STATE=closing
-- files/run/systemd/sessions/5.ref --
-- files/run/utmp [hex] --
`
	var logins []byte
	logins = append(logins, utmp32(7, 812, "pts/0", "anne", "203.0.113.9", 1700000100)...)
	logins = append(logins, utmp32(7, 900, "pts/3", "bob", "198.51.100.4 via mosh [900]", 1700000200)...)
	logins = append(logins, utmp32(7, 901, "pts/4", "anne", ":0", 1700000200)...)
	logins = append(logins, utmp32(7, 902, "tty3", "root", "", 1700000300)...)
	h := read(t, text+hexText(logins))
	got, err := h.Sessions(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	at := func(seconds int64) time.Time { return time.Unix(1700000000+seconds, 0).UTC() }
	if diff := cmp.Diff([]Session{
		{ID: "7", User: "anne", Terminal: ":10", Kind: "remote_desktop", PID: 850},
		{ID: "5", User: "anne", Terminal: "pts/0", Remote: "203.0.113.9", Kind: "ssh", PID: 812, Since: at(100)},
		{User: "bob", Terminal: "pts/3", Remote: "198.51.100.4", Kind: "ssh", PID: 900, Since: at(200)},
		{ID: "2", User: "anne", Terminal: "tty2", Kind: "graphical", PID: 700, Since: at(0)},
		{User: "root", Terminal: "tty3", Kind: "console", PID: 902, Since: at(300)},
	}, got); diff != "" {
		t.Error("(-want +got):\n" + diff)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte(statLine))
	f.Add([]byte("1 () X ) 9"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if s, err := parseStat(line); err == nil && s.pid < 0 {
			t.Errorf("pid %d", s.pid)
		}
		parseCommandLine(line)
		parseStatus(line)
		parseUsers(line)
		parseBootTime(line)
		keyValues(line)
	})
}

func FuzzParseProcNet(f *testing.F) {
	f.Add([]byte("   0: 00000000:170C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 9001 1\n"))
	f.Fuzz(func(t *testing.T, table []byte) {
		rows, _ := parseProcNet("tcp", table)
		for _, row := range rows {
			if !row.Local.IsValid() {
				t.Error("a row without an address")
			}
		}
	})
}

func FuzzParseUtmp(f *testing.F) {
	f.Add(utmp32(7, 1, "pts/0", "a", "b", 2))
	f.Add(make([]byte, utmpSize64))
	f.Fuzz(func(_ *testing.T, content []byte) {
		entries, _ := parseUtmp(content)
		for _, e := range entries {
			joinUtmp(nil, e)
		}
	})
}
