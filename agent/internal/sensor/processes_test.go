package sensor

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestProcesses(t *testing.T) {
	started := time.Date(2026, 11, 25, 9, 0, 0, 0, time.FixedZone("", 3600))
	tests := map[string]struct {
		process host.Process
		want    string
	}{
		"a program": {
			host.Process{PID: 7, Parent: 1, Name: "x11vnc", Path: "/usr/bin/x11vnc", Args: []string{"x11vnc", "-display", ":5"}, User: "alice", Started: started},
			"pid=7 parent=1 name=x11vnc file=x11vnc path=/usr/bin/x11vnc args=x11vnc -display :5 flags=-display :5 user=alice started=2026-11-25T08:00:00Z",
		},
		"a name that Linux cut": {
			host.Process{PID: 7, Name: "gnome-remote-de", Path: "/usr/libexec/gnome-remote-desktop-daemon"},
			"pid=7 parent=0 name=gnome-remote-desktop-daemon file=gnome-remote-desktop-daemon path=/usr/libexec/gnome-remote-desktop-daemon",
		},
		"a name of 15 letters that is whole": {
			host.Process{PID: 7, Name: "exactly-fifteen", Path: "/usr/bin/other"},
			"pid=7 parent=0 name=exactly-fifteen file=other path=/usr/bin/other",
		},
		"a program that writes people into its command line": {
			host.Process{PID: 7, Name: "gnome-keyring-d", Args: []string{"gnome-keyring-daemon: anna [priv]"}},
			"pid=7 parent=0 name=gnome-keyring-daemon args=gnome-keyring-daemon: anna [priv]",
		},
		"a script": {
			host.Process{PID: 7, Name: "python3", Path: "/usr/bin/python3.11", Args: []string{"/usr/bin/python3", "/usr/bin/xpra", "start", ":44"}},
			"pid=7 parent=0 name=python3 file=python3.11 script=xpra path=/usr/bin/python3.11 args=/usr/bin/python3 /usr/bin/xpra start :44 flags=start :44",
		},
		"a script whose name Linux cut": {
			host.Process{PID: 7, Name: "a-script-with-a", Path: "/usr/bin/perl", Args: []string{"perl", "/opt/a-script-with-a-long-name"}},
			"pid=7 parent=0 name=a-script-with-a-long-name file=perl script=a-script-with-a-long-name path=/usr/bin/perl args=perl /opt/a-script-with-a-long-name",
		},
		"a program that was replaced while it runs": {
			host.Process{PID: 7, Name: "anydesk", Path: "/usr/bin/anydesk (deleted)"},
			"pid=7 parent=0 name=anydesk file=anydesk path=/usr/bin/anydesk",
		},
		"another account's, whose path is closed": {
			host.Process{PID: 7, Name: "xrdp", Args: []string{"/usr/sbin/xrdp", "-n"}},
			"pid=7 parent=0 name=xrdp file=xrdp args=/usr/sbin/xrdp -n flags=-n",
		},
		"a kernel thread": {
			host.Process{PID: 2, Name: "kthreadd"},
			"pid=2 parent=0 name=kthreadd",
		},
		"a blank command line": {
			host.Process{PID: 2, Name: "odd", Args: []string{"/ ", ""}},
			"pid=2 parent=0 name=odd args=/  ",
		},
		"Windows": {
			host.Process{PID: 7, Name: "AnyDesk.exe", Path: `C:\Program Files (x86)\AnyDesk\AnyDesk.exe`},
			`pid=7 parent=0 name=AnyDesk.exe file=AnyDesk.exe path=C:\Program Files (x86)\AnyDesk\AnyDesk.exe`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rows, coverage := look(t, &answers{processes: []host.Process{test.process}}, Processes())
			if coverage.State != finding.CoverageOK {
				t.Errorf("coverage %+v, want ok", coverage)
			}
			if diff := cmp.Diff([]string{test.want}, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProcessesBesideAnErrorAreKept(t *testing.T) {
	rows, coverage := look(t, &answers{processes: []host.Process{{PID: 1, Name: "init"}}, err: host.ErrDenied}, Processes())
	if len(rows) != 1 || coverage.State != finding.CoverageDenied || coverage.Detail != "list processes: permission denied" {
		t.Errorf("%d rows, coverage %+v, want 1 row and denied", len(rows), coverage)
	}
}

func TestCommandLinesAreBounded(t *testing.T) {
	rows, _ := look(t, &answers{processes: []host.Process{{PID: 1, Args: []string{"a", strings.Repeat("ä", 1<<20)}}}}, Processes())
	if len(rows[0]) > 2*argsLimit+100 {
		t.Errorf("a row of %d bytes, want at most two command lines of %d", len(rows[0]), argsLimit)
	}
}

func TestInterpreted(t *testing.T) {
	tests := []struct{ file, args, want string }{
		{"python3.11", "python3 /usr/bin/websockify 127.0.0.1:6080", "/usr/bin/websockify"},
		{"python3.11", "python3 -Es -W ignore /usr/bin/xpra start", "/usr/bin/xpra"},
		{"python3.11", "python3 -m websockify 6080", "websockify"},
		{"python3.11", "python3 -mwebsockify 6080", "websockify"},
		{"python3.11", "python3 -Im websockify 6080", "websockify"},
		{"python3.11", "python3 -c import/os x.py", ""},
		{"python3.11", "python3", ""},
		{"python3.11", "python3 - x.py", ""},
		{"python3.11", "python3 -m", ""},
		{"PYTHON.EXE", `python.exe C:\x\y.py`, `C:\x\y.py`},
		{"perl", "/usr/bin/perl -w -MFile::Temp -I lib /usr/bin/x0vncserver -display :16", "/usr/bin/x0vncserver"},
		{"perl", "perl -e print", ""},
		{"perl5.36.0", "perl -T tool.pl", "tool.pl"},
		{"node", "node --max-old-space-size=100 -r esm /opt/mesh/meshcentral.js --port 4430", "/opt/mesh/meshcentral.js"},
		{"node", "node --require x -- lt.js", "lt.js"},
		{"node", "node -e 1", ""},
		{"node", "node --eval text-of-a-program", ""},
		{"node", "node --input-type=module --print text-of-a-program", ""},
		{"php8.2", "php -B text-of-a-program", ""},
		{"php8.2", "php --run text-of-a-program", ""},
		{"python3.11", "python3 --check-hash-based-pycs default tool.py", "tool.py"},
		{"java", "java -Xmx1g -cp a.jar:b.jar -jar /opt/guac/server.jar -p 1", "/opt/guac/server.jar"},
		{"java", "java -classpath a.jar org.example.Main --x", "org.example.Main"},
		{"ruby", "ruby -W0 -rset tool.rb", "tool.rb"},
		{"bash", "/bin/bash /usr/local/bin/start-tunnel.sh", "/usr/local/bin/start-tunnel.sh"},
		{"bash", "bash -o pipefail -x run.sh", "run.sh"},
		{"bash", "bash -lc run.sh", ""},
		{"bash", "-bash", ""},
		{"dash", "sh --rcfile x run", "run"},
		{"php8.2", "php -f page.php", "page.php"},
		{"pwsh", "pwsh -NoProfile -File setup.ps1 -Force", "setup.ps1"},
		{"powershell.exe", "powershell.exe Get-Process", ""},
		{"ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2 --library-path /lib --argv0 bash /usr/bin/x11vnc -forever", "/usr/bin/x11vnc"},
		{"ld-musl-x86_64.so.1", "/lib/ld-musl-x86_64.so.1 ./anydesk", "./anydesk"},
		{"lua5.4", "lua -l set tool.lua", "tool.lua"},
		{"x11vnc", "x11vnc /usr/bin/xpra", ""},
		{"", "/usr/bin/python3 x", ""},
	}
	for _, test := range tests {
		got, at := interpreted(test.file, strings.Fields(test.args))
		if got != test.want || (at == 0) != (got == "") {
			t.Errorf("%s %q runs %q (word %d), want %q", test.file, test.args, got, at, test.want)
		}
	}
}

func FuzzInterpreted(f *testing.F) {
	f.Add("python3", "python3\x00-Es\x00/usr/bin/xpra\x00start")
	f.Add("java", "java\x00-cp\x00x\x00-jar\x00y.jar")
	f.Add("perl", "perl\x00-I\x00")
	f.Add("bash", "")
	f.Fuzz(func(t *testing.T, file, line string) {
		p := host.Process{Name: "exactly-fifteen", Path: "/bin/" + file, Args: strings.Split(line, "\x00")}
		who := identify(p)
		if who.rest < 0 || who.rest > len(p.Args) {
			t.Fatalf("the program's own words begin at %d of %d", who.rest, len(p.Args))
		}
		if script, at := interpreted(file, p.Args); at > 0 && (at >= len(p.Args) || !strings.HasSuffix(p.Args[at], script)) {
			t.Fatalf("script %q is not word %d of %q", script, at, p.Args)
		}
	})
}
