package sensor

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestUnits(t *testing.T) {
	h := machine(t, `
-- files/usr/lib/systemd/system/xrdp.service --
[Unit]
Description=xrdp daemon
[Service]
Type=exec
ExecStartPre=/bin/sh -c true
ExecStart=/usr/sbin/xrdp $XRDP_OPTIONS --nodaemon
ExecStart=/usr/sbin/second
[Install]
WantedBy=multi-user.target
-- files/usr/lib/systemd/system/idle.service --
[Service]
ExecStart=-"/opt/my tool/idle" --x
-- files/usr/lib/systemd/system/vpn@.service --
[Service]
ExecStart=@/usr/sbin/openvpn openvpn --config %i
-- files/usr/lib/systemd/system/masked.service --
[Service]
ExecStart=/usr/bin/masked
-- files/usr/lib/systemd/system/graphical.target --
[Unit]
-- files/lib -> usr/lib --
-- files/etc/systemd/system/masked.service -> /dev/null --
-- files/etc/systemd/system/multi-user.target.wants/masked.service -> /usr/lib/systemd/system/masked.service --
-- files/etc/systemd/system/multi-user.target.wants/xrdp.service -> /usr/lib/systemd/system/xrdp.service --
-- files/etc/systemd/system/multi-user.target.wants/vpn@home.service -> /usr/lib/systemd/system/vpn@.service --
-- files/etc/systemd/system/multi-user.target.wants/gone.service -> /opt/gone/gone.service --
-- files/etc/systemd/system/vpn@other.service -> /dev/null --
-- files/home/alice/.config/systemd/user/tunnel.service --
[Service]
ExecStart=/home/alice/bin/code tunnel
-- files/home/alice/.config/systemd/user/default.target.wants/tunnel.service -> ../tunnel.service --
`)
	rows, coverage := look(t, h, Startup())
	want := []string{
		"name=gone.service kind=systemd enabled=true scope=system",
		"name=idle.service kind=systemd enabled=false scope=system exec_file=idle",
		"name=vpn@.service kind=systemd enabled=true scope=system exec_file=openvpn",
		"name=xrdp.service kind=systemd enabled=true scope=system exec_file=xrdp",
		"name=tunnel.service kind=systemd enabled=true scope=user exec_file=code",
	}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

func TestUnitsWhereThereAreNone(t *testing.T) {
	for platform, want := range map[string]finding.CoverageState{"linux": finding.CoverageAbsent, "windows": finding.CoverageUnsupported} {
		h := machine(t, "-- platform.yaml --\nos: "+platform+"\n-- files/etc/x --\n\n")
		if rows, coverage := look(t, h, Startup()); len(rows) != 0 || coverage.State != want {
			t.Errorf("%s: rows %q, coverage %+v, want none and %s", platform, rows, coverage, want)
		}
	}
}

func TestUnitsAreReadAgainOnlyWhenTheyChanged(t *testing.T) {
	const name = "etc/systemd/system/a.service"
	at := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	files := countingFS{fstest.MapFS{name: {Data: []byte("[Service]\nExecStart=/bin/a\n"), ModTime: at}}, map[string]int{}}
	s := Startup()
	for range 3 {
		look(t, &disk{files: files}, s)
	}
	if files.opened[name] != 1 {
		t.Errorf("the unit was opened %d times in 3 looks, want once", files.opened[name])
	}
	files.MapFS[name] = &fstest.MapFile{Data: []byte("[Service]\nExecStart=/bin/b\n"), ModTime: at.Add(time.Second)}
	rows, _ := look(t, &disk{files: files}, s)
	if want := "name=a.service kind=systemd enabled=false scope=system exec_file=b"; len(rows) != 1 || rows[0] != want {
		t.Errorf("after a change rows are %q, want %q", rows, want)
	}
}

func FuzzReadUnit(f *testing.F) {
	f.Add("[Service]\nExecStart=/usr/bin/x --y\n")
	f.Add("[Service]\nExecStart=-@\"")
	f.Add("[Service]\nExecStart='\nExecStart=/x")
	f.Fuzz(func(t *testing.T, text string) {
		one, err := readUnit([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		one.name, one.enabled = "x.service", "true"
		for _, item := range itemsOf([]start{one}) {
			if len(item.ExecFile) > 200 || strings.Contains(item.ExecFile, "/") {
				t.Fatalf("row %+v", item)
			}
		}
	})
}

// Anybody can put units into their own home.
func TestAHugeUnitKeepsNobody(t *testing.T) {
	huge := "[Service]\n" + strings.Repeat("#", 2*unitLimit) + "\nExecStart=/bin/late\n"
	rows, coverage := look(t, machine(t, "-- files/etc/systemd/system/huge.service --\n"+huge), Startup())
	if want := []string{"name=huge.service kind=systemd enabled=false scope=system"}; !slices.Equal(rows, want) || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows %q, want it read to its bound", coverage, rows)
	}
}

func TestUnitsEndWithTheirTime(t *testing.T) {
	h := machine(t, "-- files/etc/systemd/system/a.service --\n[Service]\n")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if rows, coverage := Look(ctx, h, Startup()); len(rows) != 0 || coverage.State != finding.CoverageFailed {
		t.Errorf("%d rows, coverage %+v, want failed", len(rows), coverage)
	}
}
