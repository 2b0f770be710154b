package sensor

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const dpkgStatus = `Package: x11vnc
Status: install ok installed
Architecture: amd64
Version: 0.9.16-9
Description: VNC server
 Package: not-this-one
 .
 more words

Package: removed
Status: deinstall ok config-files
Version: 1

Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36

Package: libc6
Status: install ok installed
Architecture: i386
Version: 2.36
`

func TestPackages(t *testing.T) {
	tests := map[string]struct {
		machine string
		want    []string
		state   finding.CoverageState
	}{
		"Debian": {
			"-- files/var/lib/dpkg/status --\n" + dpkgStatus,
			[]string{"name=libc6 version=2.36 source=deb", "name=x11vnc version=0.9.16-9 source=deb"},
			finding.CoverageOK,
		},
		"Fedora, where rpm answers": {
			"-- files/usr/lib/sysimage/rpm/rpmdb.sqlite --\nbinary\n-- tools/rpm-packages --\nxrdp\t0.10.1-1.fc41\tx86_64\nodd line\n\t\t\n",
			[]string{"name=xrdp version=0.10.1-1.fc41 source=rpm"},
			finding.CoverageOK,
		},
		"a recording that holds rpm's answer alone": {
			"-- tools/rpm-packages --\nxrdp\t0.10.1-1.fc41\tx86_64\n",
			[]string{"name=xrdp version=0.10.1-1.fc41 source=rpm"},
			finding.CoverageOK,
		},
		"Arch, whose names hold dashes": {
			"-- files/var/lib/pacman/local/rust-desk-1.2-1/desc --\n%NAME%\nrust-desk\n\n%VERSION%\n1.2-1\n\n%DEPENDS%\nglibc\n" +
				"-- files/var/lib/pacman/local/ALPM_DB_VERSION --\n9\n",
			[]string{"name=rust-desk version=1.2-1 source=pacman"},
			finding.CoverageOK,
		},
		"an Arch package without its description": {
			"-- files/var/lib/pacman/local/a-1-1/desc --\n%NAME%\na\n-- files/var/lib/pacman/local/b-1-1/files --\nx\n",
			[]string{"name=a source=pacman"},
			finding.CoverageAbsent,
		},
		"flatpak for all and for one": {
			"-- files/var/lib/flatpak/app/com.anydesk.Anydesk/current/x --\n\n-- files/home/alice/.local/share/flatpak/app/com.rustdesk.RustDesk/x --\n\n",
			[]string{"name=com.anydesk.Anydesk source=flatpak", "name=com.rustdesk.RustDesk source=flatpak"},
			finding.CoverageOK,
		},
		"snap": {
			"-- files/snap/novnc/12/meta/snap.yaml --\nname: novnc\nversion: '1.3.0'\n-- files/snap/novnc/current -> 12 --\n-- files/snap/README --\n\n-- files/var/lib/dpkg/status --\n\n",
			[]string{"name=novnc version=1.3.0 source=snap"},
			finding.CoverageOK,
		},
		"nothing is known":        {"-- files/etc/hostname --\nx\n", nil, finding.CoverageAbsent},
		"nothing can be known":    {"-- platform.yaml --\nos: darwin\n", nil, finding.CoverageAbsent},
		"an empty database is ok": {"-- files/var/lib/dpkg/status --\n\n", nil, finding.CoverageOK},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rows, coverage := look(t, machine(t, test.machine), Packages())
			if diff := cmp.Diff(test.want, rows); diff != "" || coverage.State != test.state {
				t.Errorf("coverage %+v, want %s; rows (-want +got):\n%s", coverage, test.state, diff)
			}
		})
	}
}

// countingFS is a disk that counts how often a file is opened.
type countingFS struct {
	fstest.MapFS
	opened map[string]int
}

func (c countingFS) Open(name string) (fs.File, error) {
	c.opened[name]++
	return c.MapFS.Open(name)
}

type disk struct {
	answers
	files host.FS
}

func (d *disk) Files() host.FS          { return d.files }
func (d *disk) Platform() host.Platform { return host.Platform{OS: "linux"} }

func TestPackagesAreReadAgainOnlyWhenTheyChanged(t *testing.T) {
	const status, database = "var/lib/dpkg/status", "var/lib/rpm/rpmdb.sqlite"
	at := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	files := countingFS{fstest.MapFS{
		status:   {Data: []byte(dpkgStatus), ModTime: at},
		database: {Data: []byte("x"), ModTime: at},
	}, map[string]int{}}
	d := &disk{answers: answers{output: "xrdp\t1\tx\n"}, files: files}
	s := Packages()
	for range 3 {
		if rows, coverage := look(t, d, s); len(rows) != 3 || coverage.State != finding.CoverageOK {
			t.Fatalf("rows %q, coverage %+v, want 3 and ok", rows, coverage)
		}
	}
	if files.opened[status] != 1 || d.asked["run"] != 1 {
		t.Errorf("dpkg's file was opened %d times and rpm asked %d times in 3 looks, want once each", files.opened[status], d.asked["run"])
	}
	files.MapFS[status] = &fstest.MapFile{Data: []byte(dpkgStatus + "\n\nPackage: new\nStatus: install ok installed\n"), ModTime: at}
	files.MapFS[database].ModTime = at.Add(time.Second)
	if rows, _ := look(t, d, s); len(rows) != 4 || d.asked["run"] != 2 {
		t.Errorf("rows %q after a change and rpm asked %d times, want 4 and 2", rows, d.asked["run"])
	}
}

func FuzzParseDpkgStatus(f *testing.F) {
	f.Add(dpkgStatus)
	f.Add("Package: a\nStatus: install ok installed")
	f.Add(strings.Repeat("x", lineLimit+10) + "\nPackage: a\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := parseDpkgStatus(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if row.Name == "" || len(row.Name) > 200 || len(row.Version) > 200 {
				t.Fatalf("row %+v has no name or is not bounded", row)
			}
		}
	})
}

func FuzzParsePacmanDesc(f *testing.F) {
	f.Add("%NAME%\na\n\n%VERSION%\n1\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parsePacmanDesc(strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		parseRPM([]byte(text))
		if rows, err := parseSnapVersion(strings.NewReader(text)); err != nil || len(rows) != 1 {
			t.Fatal("a snap has one version")
		}
	})
}

func TestEachLine(t *testing.T) {
	long := strings.Repeat("a", 3*lineLimit)
	var got []string
	if err := eachLine(strings.NewReader("one\r\n\n"+long+"\nlast"), func(line string) { got = append(got, line) }); err != nil {
		t.Fatal(err)
	}
	want := []string{"one", "", long[:lineLimit], "last"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
