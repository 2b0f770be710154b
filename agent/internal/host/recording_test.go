package host

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"
)

const laptop = `A laptop with a keyboard, written by hand.
-- platform.yaml --
os: linux
name: annes-laptop
chassis: laptop
-- files/sys/bus/usb/devices/1-0:1.0 -> ../../../devices/pci0000:00/0000:00:03.0/usb1/1-0:1.0 --
-- files/sys/devices/pci0000:00/0000:00:03.0/usb1/1-0:1.0/bInterfaceClass --
09
-- files/sys/class/drm/card0-eDP-1/edid [hex] --
00ff ffff
ffff ff00
-- files/sys/class/dmi/id/sys_vendor --
LENOVO
-- files/etc/os-release -> /usr/lib/os-release --
-- files/usr/lib/os-release --
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
-- files/out -> ../../etc/shadow --
-- files/loop -> loop --
-- processes.yaml --
- {pid: 812, parent: 1, name: x11vnc, path: /usr/bin/x11vnc, args: [x11vnc, -forever], uid: 1000, user: anne, started: 2026-11-20T09:12:00Z}
- {pid: 900, name: sh}
-- sockets.yaml --
- {protocol: tcp, state: listen, local: "0.0.0.0:5900", pid: 812}
- {protocol: tcp, state: established, local: "192.0.2.7:5900", remote: "203.0.113.9:40000", pid: 812}
- {protocol: tcp, state: established, local: "192.0.2.7:40001", remote: "203.0.113.9:443"}
-- sessions.yaml --
- {id: "2", user: anne, terminal: tty2, kind: graphical, pid: 700, since: 2026-11-20T08:00:00Z}
-- tools/rpm-packages --
bash	5.2-1	x86_64
`

func read(t *testing.T, text string) Host {
	t.Helper()
	h, err := ReadRecording(txtar.Parse([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestRecordingAnswers(t *testing.T) {
	h, ctx := read(t, laptop), context.Background()
	if diff := cmp.Diff(Platform{OS: "linux", OSVersion: "Debian GNU/Linux 12 (bookworm)", Name: "annes-laptop", Chassis: "laptop", Vendor: "LENOVO"}, h.Platform()); diff != "" {
		t.Error("platform (-want +got):\n" + diff)
	}
	processes, err := h.Processes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Process{
		{PID: 812, Parent: 1, Name: "x11vnc", Path: "/usr/bin/x11vnc", Args: []string{"x11vnc", "-forever"}, UID: 1000, User: "anne", Started: time.Date(2026, 11, 20, 9, 12, 0, 0, time.UTC)},
		{PID: 900, Name: "sh", UID: -1},
	}, processes); diff != "" {
		t.Error("processes (-want +got):\n" + diff)
	}
	sockets, err := h.Sockets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Socket{
		{Protocol: "tcp", State: "listen", Local: netip.MustParseAddrPort("0.0.0.0:5900"), PID: 812, UID: -1},
		{Protocol: "tcp", State: "established", Local: netip.MustParseAddrPort("192.0.2.7:5900"), Remote: netip.MustParseAddrPort("203.0.113.9:40000"), PID: 812, Inbound: true, UID: -1},
		{Protocol: "tcp", State: "established", Local: netip.MustParseAddrPort("192.0.2.7:40001"), Remote: netip.MustParseAddrPort("203.0.113.9:443"), UID: -1},
	}, sockets, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Error("sockets (-want +got):\n" + diff)
	}
	if output, err := h.Run(ctx, RPMPackages); err != nil || !strings.HasPrefix(string(output), "bash\t") {
		t.Errorf("Run = %q, %v", output, err)
	}
}

func TestRecordingFiles(t *testing.T) {
	files := read(t, laptop).Files()
	for name, want := range map[string]string{
		"sys/bus/usb/devices/1-0:1.0/bInterfaceClass": "09\n",
		"sys/class/drm/card0-eDP-1/edid":              "\x00\xff\xff\xff\xff\xff\xff\x00",
		"etc/os-release":                              "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
	} {
		if got, err := fs.ReadFile(files, name); err != nil || string(got) != want {
			t.Errorf("%s = %q, %v; want %q", name, got, err, want)
		}
	}
	for name, want := range map[string]error{"out": errEscapes, "loop": errManyLinks, "etc/shadow": fs.ErrNotExist, "../x": fs.ErrInvalid, "usr/lib/os-release/x": fs.ErrNotExist} {
		if _, err := fs.ReadFile(files, name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if target, err := files.ReadLink("out"); err != nil || target != "../../etc/shadow" {
		t.Errorf("ReadLink = %q, %v", target, err)
	}
	sound := strings.NewReplacer("-- files/out -> ../../etc/shadow --\n", "", "-- files/loop -> loop --\n", "").Replace(laptop)
	if err := fstest.TestFS(read(t, sound).Files(), "etc/os-release", "sys/bus/usb/devices/1-0:1.0"); err != nil {
		t.Error(err)
	}
}

func TestAbsentIsNotClean(t *testing.T) {
	h, ctx := read(t, "-- platform.yaml --\nos: linux\n"), context.Background()
	_, processes := h.Processes(ctx)
	_, sockets := h.Sockets(ctx)
	_, sessions := h.Sessions(ctx)
	_, points := h.AccessPoints(ctx)
	_, packets := h.Packets(ctx, nil)
	_, tool := h.Run(ctx, RPMPackages)
	for question, err := range map[string]error{"processes": processes, "sockets": sockets, "sessions": sessions, "access points": points, "packets": packets, "tool": tool} {
		if !errors.Is(err, ErrAbsent) {
			t.Errorf("%s: %v, want ErrAbsent", question, err)
		}
	}
	if _, err := h.Run(ctx, Tool{Name: "sh", Command: []string{"sh"}}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("unlisted tool: %v", err)
	}
}

func TestEmptyListIsClean(t *testing.T) {
	h := read(t, "-- processes.yaml --\n[]\n-- sessions.yaml --\n")
	if rows, err := h.Processes(context.Background()); err != nil || len(rows) != 0 {
		t.Errorf("processes = %v, %v", rows, err)
	}
	if rows, err := h.Sessions(context.Background()); err != nil || len(rows) != 0 {
		t.Errorf("sessions = %v, %v", rows, err)
	}
}

func TestDeniedIsRemembered(t *testing.T) {
	h := read(t, "-- sockets.yaml --\n- {protocol: tcp, state: listen, local: \"[::]:22\"}\n-- denied.yaml --\nsockets: owners unknown\npackets: no CAP_NET_RAW\n")
	rows, err := h.Sockets(context.Background())
	if len(rows) != 1 || !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "owners unknown") {
		t.Errorf("sockets = %v, %v", rows, err)
	}
	if _, err := h.Packets(context.Background(), nil); !errors.Is(err, ErrDenied) {
		t.Errorf("packets: %v", err)
	}
}

func TestBadRecordings(t *testing.T) {
	for name, test := range map[string]struct{ archive, want string }{
		"unknown entry":    {"-- proceses.yaml --\n", "proceses.yaml"},
		"unknown field":    {"-- processes.yaml --\n- {pid: 1, nickname: x}\n", "line 1"},
		"no pid":           {"-- processes.yaml --\n- {pid: 1, name: a}\n- {name: x}\n", "row 2"},
		"socket state":     {"-- sockets.yaml --\n- {protocol: tcp, state: open, local: \"1.2.3.4:5\"}\n", `state "open"`},
		"socket address":   {"-- sockets.yaml --\n- {protocol: tcp, state: listen, local: nowhere}\n", "sockets.yaml"},
		"session kind":     {"-- sessions.yaml --\n- {user: a, kind: vnc}\n", `kind "vnc"`},
		"climbing":         {"-- files/../../etc/passwd --\n", "not a path"},
		"absolute":         {"-- /etc/passwd --\n", "not a path"},
		"hex":              {"-- files/a [hex] --\n0g\n", "entry files/a"},
		"base64":           {"-- packets.pcap [base64] --\n!\n", "entry packets.pcap"},
		"below a file":     {"-- files/a --\n-- files/a/b --\n", "not a directory"},
		"file over folder": {"-- files/a/b --\n-- files/a --\n", "there is a directory"},
		"link contents":    {"-- files/a -> b --\nc\n", "no contents"},
		"link nowhere":     {"-- files/a ->  --\n", "entry"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadRecording(txtar.Parse([]byte(test.archive)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestFolders(t *testing.T) {
	write := func(dir string, files map[string]string) {
		for name, text := range files {
			full := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	bare, laidOut := t.TempDir(), t.TempDir()
	write(bare, map[string]string{"proc/sys/kernel/hostname": "box\n", "proc/sys/kernel/osrelease": "6.1.0\n", "sys/devices/a:b/x": "1"})
	if err := os.Symlink("/sys/devices/a:b", filepath.Join(bare, "sys/link")); err != nil {
		t.Fatal(err)
	}
	h, err := OpenRecording(bare)
	if err != nil {
		t.Fatal(err)
	}
	if p := h.Platform(); p.Name != "box" || p.OSVersion != "Linux 6.1.0" || p.OS != "linux" {
		t.Errorf("platform %+v", p)
	}
	if text, err := fs.ReadFile(h.Files(), "sys/link/x"); err != nil || string(text) != "1" {
		t.Errorf("through an absolute link: %q, %v", text, err)
	}
	if err := fstest.TestFS(h.Files(), "sys/link", "proc/sys/kernel/hostname"); err != nil {
		t.Error(err)
	}
	write(laidOut, map[string]string{"platform.yaml": "os: windows\nname: pc\n", "files/registry/x": "y"})
	if h, err = OpenRecording(laidOut); err != nil {
		t.Fatal(err)
	}
	if text, err := fs.ReadFile(h.Files(), "registry/x"); err != nil || string(text) != "y" || h.Platform().Name != "pc" {
		t.Errorf("laid out folder: %q, %v", text, err)
	}
	if _, err := OpenRecording(filepath.Join(laidOut, "platform.yaml")); err == nil {
		t.Error("a .yaml was taken for a recording")
	}
}

func FuzzReadRecording(f *testing.F) {
	f.Add([]byte(laptop))
	f.Add([]byte("-- files/proc/7/stat --\n7 (x) S 1\n-- files/proc/net/tcp --\n0: 0:0\n"))
	f.Fuzz(func(_ *testing.T, content []byte) {
		h, err := ReadRecording(txtar.Parse(content))
		if err != nil {
			return
		}
		ctx := context.Background()
		h.Processes(ctx)
		h.Sockets(ctx)
		h.Sessions(ctx)
		fs.WalkDir(h.Files(), ".", func(name string, _ fs.DirEntry, _ error) error {
			fs.ReadFile(h.Files(), name)
			return nil
		})
	})
}
