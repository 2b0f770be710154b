package program

import (
	"context"
	"testing"
)

func TestIsProgram(t *testing.T) {
	for name, want := range map[string]bool{
		"/usr/bin/x11vnc": true, "bin/sh": true, "usr/sbin/xrdp": true, "/usr/libexec/gnome-remote-desktop-daemon": true, "/usr/lib/vino/vino-server": true,
		"/opt/teamviewer/tv_bin/teamviewerd": true, "/usr/games/nyancat": true, "/usr/local/bin/a": true, "/usr/bin/a.py": true,
		"/usr/lib/x86_64-linux-gnu/libvncserver.so.1": false, "/usr/lib/python3/a.py": false, "/usr/share/doc/a": false, "/etc/passwd": false,
		"/usr/bin/": false, "/usr": false, "": false, "/": false, "/lib/modules/x.ko": false,
	} {
		if got := isProgram([]byte(name)); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}

// FuzzDatabases gives package databases any content.
func FuzzDatabases(f *testing.F) {
	f.Add("/usr/bin/a\n", "0123456789abcdef0123456789abcdef  usr/bin/a\n", "a\t/usr/bin/a\tffffffffffffffffffff\n")
	f.Add("\n\n/\n", "  \n", "\t\t\n")
	f.Fuzz(func(t *testing.T, list, sums, rpm string) {
		l := linux(map[string]string{
			"var/lib/dpkg/status": "", "var/lib/dpkg/info/a.list": list, "var/lib/dpkg/info/a.md5sums": sums,
			"var/lib/pacman/local/a-1-1/files": list, "var/lib/rpm/rpmdb.sqlite": "",
		})
		l.output = rpm
		var o owners
		o.refresh(context.Background(), l)
		for _, name := range o.packages {
			if len(name) > 200 {
				t.Fatalf("a package's name of %d bytes", len(name))
			}
		}
		o.paths.find(pathKey(list), o.packages)
		o.withContent(sumsOf(sums))
	})
}

func sumsOf(text string) sums { return sums{md5: pathKey(text), sha256: pathKey(text + "x")} }
