package program

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func md5Of(content string) string {
	sum := md5.Sum([]byte(content))
	return hex.EncodeToString(sum[:])
}

// debian is a machine with x11vnc, whose /bin/sh belongs to a package that knows
// it without /usr, and with a script behind the system's alternatives.
func debian() *laptop {
	const program, script = "\x7fELF a program", "#!/usr/bin/perl\nvncserver\n"
	l := linux(map[string]string{
		"var/lib/dpkg/status":               "Package: x11vnc\n",
		"var/lib/dpkg/info/x11vnc.list":     "/.\n/usr\n/usr/bin\n/usr/bin/x11vnc\n/usr/share/doc/x11vnc/NEWS\n",
		"var/lib/dpkg/info/x11vnc.md5sums":  md5Of(program) + "  usr/bin/x11vnc\n" + md5Of("x") + "  usr/share/doc/x11vnc/NEWS\n",
		"var/lib/dpkg/info/dash:amd64.list": "/bin/dash\n",
		"var/lib/dpkg/info/tigervnc.list":   "/usr/bin/tigervncserver\n/opt/tiger/viewer\n",
		"var/lib/dpkg/info/tigervnc.md5sums": md5Of(script) + "  usr/bin/tigervncserver\nnot a hash  usr/bin/x\n" +
			strings.Repeat("a", 3*lineLimit) + "\n",
		"usr/bin/x11vnc":          program,
		"usr/bin/dash":            "\x7fELF a shell",
		"usr/bin/tigervncserver":  script,
		"usr/bin/perl":            "\x7fELF perl",
		"tmp/updater":             program,
		"tmp/other":               "\x7fELF something else",
		"home/anne/bin/start":     script,
		"home/anne/mesh":          "\x7fELF mesh",
		"home/anne/mesh.msh":      "",
		"home/anne/mesh.DB":       "",
		"home/anne/mesh.not this": "",
		"home/anne/meshes.msh":    "",
		"opt/tiger/viewer":        "\x7fELF viewer",
	})
	l.link("usr/bin/vncserver", "/etc/alternatives/vncserver")
	l.link("etc/alternatives/vncserver", "../../usr/bin/tigervncserver")
	return l
}

func TestPackagesOfDebian(t *testing.T) {
	tests := map[string]struct{ path, script, want string }{
		"where its package put it":              {"/usr/bin/x11vnc", "", " package=x11vnc"},
		"replaced while it runs":                {"/usr/bin/x11vnc (deleted)", "", " package=x11vnc"},
		"known without /usr":                    {"/usr/bin/dash", "", " package=dash"},
		"below /opt":                            {"/opt/tiger/viewer", "", " package=tigervnc"},
		"a copy under another name":             {"/tmp/updater", "", " package=x11vnc"},
		"of no package":                         {"/tmp/other", "", ""},
		"a script":                              {"/usr/bin/perl", "/usr/bin/tigervncserver", " package=tigervnc"},
		"a script by the alternatives":          {"/usr/bin/perl", "/usr/bin/vncserver", " package=tigervnc"},
		"a copy of a script":                    {"/usr/bin/perl", "/home/anne/bin/start", " package=tigervnc"},
		"a module, which is no file":            {"/usr/bin/perl", "websockify", ""},
		"a script that is gone":                 {"/usr/bin/perl", "/tmp/gone", ""},
		"with its settings and store beside it": {"/home/anne/mesh", "", " beside=.db .msh"},
		"gone":                                  {"/tmp/gone", "", ""},
		"hidden":                                {"", "", ""},
	}
	l, r := debian(), NewReader()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := identity(read(t, r, l, host.Process{Path: test.path}, test.script)); got != test.want {
				t.Errorf("it is%s, want%s", got, test.want)
			}
		})
	}
}

// A packaged program that was moved, not copied, is known though its package
// misses it.
func TestMovedProgram(t *testing.T) {
	l := debian()
	delete(l.files, "usr/bin/x11vnc")
	if got := read(t, NewReader(), l, host.Process{Path: "/tmp/updater"}, "").Package; got != "x11vnc" {
		t.Errorf("it is of package %q, want x11vnc", got)
	}
}

func TestDatabasesAreReadAgainWhenTheyChange(t *testing.T) {
	l, r := debian(), NewReader()
	p := host.Process{Path: "/tmp/other"}
	read(t, r, l, p, "")
	read(t, r, l, p, "")
	if n := l.opened["var/lib/dpkg/info/x11vnc.list"]; n != 1 {
		t.Errorf("the list was read %d times, want once", n)
	}
	l.put("var/lib/dpkg/info/new.list", []byte("/tmp/../usr/bin/new\n/usr/bin/new\n"))
	l.put("var/lib/dpkg/status", []byte("Package: new\nPackage: x11vnc\n"))
	l.put("usr/bin/new", []byte("\x7fELF new"))
	if got := read(t, r, l, host.Process{Path: "/usr/bin/new"}, "").Package; got != "new" {
		t.Errorf("a new package's program is of %q", got)
	}
}

func TestPackagesOfOthers(t *testing.T) {
	arch := linux(map[string]string{
		"var/lib/pacman/local/x11-vnc-0.9.16-3/files": "%FILES%\nusr/\nusr/bin/\nusr/bin/x11vnc\n\n%BACKUP%\n",
		"usr/bin/x11vnc": "\x7fELF",
	})
	fedora := linux(map[string]string{"usr/lib/sysimage/rpm/rpmdb.sqlite": "", "usr/bin/x11vnc": "abc", "tmp/copy": "abc"})
	fedora.output = "bash\t/usr/bin/bash\tffff\nx11vnc\t/usr/bin/x11vnc\tba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\nodd\n"
	boxes := linux(map[string]string{"snap/rustdesk/12/bin/rustdesk": "\x7fELF", "proc/7/root/.flatpak-info": "[Application]\nname=com.rustdesk.RustDesk\n"})
	for name, test := range map[string]struct {
		machine *laptop
		path    string
		want    string
	}{
		"pacman":                    {arch, "/usr/bin/x11vnc", "x11-vnc"},
		"rpm":                       {fedora, "/usr/bin/x11vnc", "x11vnc"},
		"a copy from rpm":           {fedora, "/tmp/copy", "x11vnc"},
		"snap":                      {boxes, "/snap/rustdesk/12/bin/rustdesk", "rustdesk"},
		"snap on other systems":     {boxes, "/var/lib/snapd/snap/anydesk/1/x", "anydesk"},
		"flatpak from inside":       {boxes, "/app/bin/rustdesk", "com.rustdesk.RustDesk"},
		"flatpak":                   {boxes, "/home/anne/.local/share/flatpak/app/org.remmina.Remmina/x86_64/stable/1/files/bin/remmina", "org.remmina.Remmina"},
		"a folder that is named so": {boxes, "/snap/bin", ""},
	} {
		if got := read(t, NewReader(), test.machine, host.Process{PID: 7, Path: test.path}, "").Package; got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestContents(t *testing.T) {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	windows := &laptop{system: "windows", files: fstest.MapFS{}, opened: map[string]int{}}
	windows.put("Users/Public/svchost.exe", parsetest.PE(64, parsetest.ProgramText{Key: "OriginalFilename", Value: "AnyDesk.exe"}, parsetest.ProgramText{Key: "ProductName", Value: "AnyDesk"}))
	windows.put("Users/Public/svchost.msh", nil)
	mac := &laptop{system: "darwin", files: fstest.MapFS{}, opened: map[string]int{}}
	mac.put("Applications/Notes Helper", parsetest.MachO(parsetest.MacProgram{Identifier: "com.carriez.rustdesk", Team: "HZF9JMC8YN", Needed: []string{"/usr/lib/libSystem.B.dylib", "@rpath/librustdesk.dylib"}}))
	lin := linux(map[string]string{"tmp/kworker": string(self), "tmp/text": "#!/bin/sh", "tmp/empty": ""})
	for name, test := range map[string]struct {
		machine *laptop
		path    string
		want    string
	}{
		"AnyDesk under a system's name":  {windows, `C:\Users\Public\svchost.exe`, " original=AnyDesk.exe product=AnyDesk beside=.msh"},
		"on a disk that is not read":     {windows, `D:\svchost.exe`, ""},
		"RustDesk under another name":    {mac, "/Applications/Notes Helper", " signature=unsigned team=HZF9JMC8YN bundle=com.carriez.rustdesk libraries=librustdesk.dylib"},
		"what Go built, under any name":  {lin, "/tmp/kworker", " build=github.com/farmwatch/farmwatch/agent/internal/program.test"},
		"a script that the kernel began": {lin, "/tmp/text", ""},
		"nothing":                        {lin, "/tmp/empty", ""},
	} {
		if got := identity(read(t, NewReader(), test.machine, host.Process{Path: test.path}, "")); got != test.want {
			t.Errorf("%s: it is%s, want%s", name, got, test.want)
		}
	}
}

// What a host says itself comes before what the file says, of which a recording
// has none.
func TestTheHostSaysIt(t *testing.T) {
	l := linux(map[string]string{"usr/bin/a": "\x7fELF"})
	l.told = map[string]host.Program{
		"/usr/bin/a":      {Path: "/usr/bin/a", Signer: "Somebody", Package: "a"},
		"/usr/bin/python": {Path: "/usr/bin/python", Package: "python", Libraries: "libz.so.1"},
		"/usr/bin/xpra":   {Path: "/usr/bin/xpra", Package: "xpra"},
	}
	if got := identity(read(t, NewReader(), l, host.Process{Path: "/usr/bin/a"}, "")); got != " signer=Somebody package=a" {
		t.Errorf("it is%s", got)
	}
	if got := identity(read(t, NewReader(), l, host.Process{Path: "/usr/bin/python"}, "/usr/bin/xpra")); got != " libraries=libz.so.1 package=xpra" {
		t.Errorf("a script is%s", got)
	}
}

// The program is read where the process holds it, and its path is believed only
// where that is the same file.
func TestRunningProgram(t *testing.T) {
	l := debian()
	l.link("proc/7/exe", "/usr/bin/x11vnc (deleted)")
	l.link("proc/8/cwd", "/usr/bin")
	if got := read(t, NewReader(), l, host.Process{PID: 7, Path: "/usr/bin/x11vnc"}, "").Package; got != "x11vnc" {
		t.Errorf("a program that was replaced is of %q, want x11vnc", got)
	}
	if got := read(t, NewReader(), l, host.Process{PID: 8, Path: "/usr/bin/perl"}, "tigervncserver").Package; got != "tigervnc" {
		t.Errorf("a script in the folder where it was started is of %q, want tigervnc", got)
	}
}

func TestFilesAreReadOnce(t *testing.T) {
	l, r := debian(), NewReader()
	for range 3 {
		read(t, r, l, host.Process{Path: "/tmp/updater"}, "")
	}
	if n := l.opened["tmp/updater"]; n != 2 { // what it says of itself, and its hash
		t.Errorf("the program was opened %d times, want twice", n)
	}
	l.put("tmp/updater", []byte("\x7fELF a longer program"))
	read(t, r, l, host.Process{Path: "/tmp/updater"}, "")
	if n := l.opened["tmp/updater"]; n != 3 {
		t.Errorf("the program was opened %d times after it changed, want a third time", n)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	for i := range 2 * rememberedFiles {
		m.put(&remembered{at: stamp{size: int64(i)}})
		m.get(stamp{size: 0})
	}
	if len(m.kept) != rememberedFiles || m.order.Len() != rememberedFiles || m.get(stamp{size: 0}) == nil || m.get(stamp{size: 1}) != nil {
		t.Errorf("%d files are remembered, want %d, the one met often among them", len(m.kept), rememberedFiles)
	}
}

func TestStampTellsFilesApart(t *testing.T) {
	name := t.TempDir() + "/a"
	at := func() stamp {
		stat, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return stampOf(name, stat)
	}
	write := func(content string) {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
	}
	write("abc")
	before := at()
	if before != at() || before.number == 0 || before.changed[0] == 0 {
		t.Errorf("stamp %+v, want the same twice, with number and time of change", before)
	}
	time.Sleep(20 * time.Millisecond) // the disk counts time in steps
	write("xyz")
	if before == at() {
		t.Error("a file that was written over, with its time set back, counts as the same")
	}
}

func TestDeniedProgram(t *testing.T) {
	l := linux(map[string]string{"tmp/a": "\x7fELF"})
	l.open = func(name string) (fs.File, error) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	if _, err := NewReader().Read(context.Background(), l, host.Process{Path: "/tmp/a"}, ""); !errors.Is(err, host.ErrDenied) || !strings.Contains(err.Error(), "read a program: permission denied: run as root") {
		t.Errorf("error %v, want it denied and what would mend it", err)
	}
}

// A disk that does not answer holds a look for seconds, and not again.
func TestDiskThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r, answer := linux(map[string]string{"mnt/a": "\x7fELF"}), NewReader(), make(chan bool)
		l.open = func(string) (fs.File, error) { <-answer; return nil, fs.ErrNotExist }
		for range 3 {
			start := time.Now()
			_, err := r.Read(t.Context(), l, host.Process{Path: "/mnt/a"}, "")
			if !errors.Is(err, ErrStuck) || time.Since(start) > patience+forVerdict {
				t.Errorf("error %v after %s", err, time.Since(start))
			}
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.Read(ended, l, host.Process{Path: "/mnt/b"}, ""); !errors.Is(err, context.Canceled) && err != nil {
			t.Errorf("a look that was over: %v", err)
		}
		close(answer)
		synctest.Wait()
		l.open = nil
		if _, err := r.Read(t.Context(), l, host.Process{Path: "/mnt/a"}, ""); err != nil {
			t.Errorf("a disk that answers again: %v", err)
		}
	})
}
