package host

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

func TestServiceUnit(t *testing.T) {
	tests := map[string]struct{ cgroup, want string }{
		"one hierarchy":                     {"0::/system.slice/anydesk.service\n", "anydesk.service"},
		"many hierarchies":                  {"12:pids:/system.slice/x.service\n1:name=systemd:/system.slice/ssh.service\n0::/system.slice/ssh.service\n", "ssh.service"},
		"a group inside a service":          {"0::/system.slice/docker.service/payload\n", "docker.service"},
		"a person's service":                {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/rustdesk.service\n", "rustdesk.service"},
		"a person's application":            {"0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-foo-4711.scope\n", ""},
		"a login":                           {"0::/user.slice/user-1000.slice/session-2.scope\n", ""},
		"no systemd":                        {"0::/\n", ""},
		"controllers without systemd's":     {"4:memory:/system.slice/ssh.service\n", ""},
		"nothing":                           {"", ""},
		"what is no line of control groups": {"ssh.service", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := serviceUnit(test.cgroup); got != test.want {
				t.Errorf("unit %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzServiceUnit(f *testing.F) {
	f.Add("0::/system.slice/ssh.service\n")
	f.Fuzz(func(t *testing.T, cgroup string) {
		if unit := serviceUnit(cgroup); unit != "" && !strings.HasSuffix(unit, ".service") || strings.Contains(unit, "/") {
			t.Errorf("%q is no service", unit)
		}
	})
}

const rented = `
-- platform.yaml --
os: windows
-- processes.yaml --
- {pid: 4, name: a.exe, path: 'C:\Users\Public\svchost.exe'}
- {pid: 5, name: a.exe, path: 'C:\Users\Public\svchost.exe'}
- {pid: 6, name: b.exe, path: 'C:\b.exe'}
- {pid: 7, parent: 1, name: sshd, path: /home/anne/bin/sshd, unit: tunnel@anne.service}
-- programs.yaml --
- {path: 'C:\Users\Public\svchost.exe', signer: AnyDesk Software GmbH, signature: unverified, original_name: AnyDesk.exe, product: AnyDesk, beside: .conf}
- {path: /home/anne/bin/sshd, build_path: example.org/tunnel/cmd, libraries: libm.so.6, package: tunnel}
- {path: /not/running, package: other}
`

func TestRecordedPrograms(t *testing.T) {
	was, ctx := read(t, rented), context.Background()
	h, ok := was.(ProgramHost)
	if !ok {
		t.Fatal("a recording does not say what programs are")
	}
	got, err := h.Program(ctx, `C:\Users\Public\svchost.exe`)
	want := Program{
		Path: `C:\Users\Public\svchost.exe`, Signer: "AnyDesk Software GmbH", Signature: "unverified",
		OriginalName: "AnyDesk.exe", Product: "AnyDesk", Beside: ".conf",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, program (-want +got):\n%s", err, diff)
	}
	if _, err := h.Program(ctx, `C:\b.exe`); !errors.Is(err, ErrAbsent) {
		t.Errorf("of a program that is not described: %v, want it absent", err)
	}
}

func TestRecordPrograms(t *testing.T) {
	is, text := rerecord(t, read(t, rented), pseudonym)
	if strings.Contains(text, "anne") {
		t.Errorf("a name got through:\n%s", text)
	}
	running, err := is.Processes(context.Background())
	if err != nil || len(running) != 4 {
		t.Fatalf("%d processes, error %v, want 4", len(running), err)
	}
	if p := running[3]; !strings.HasPrefix(p.Unit, "tunnel@instance-") {
		t.Errorf("unit %q, want the instance under another name", p.Unit)
	}
	p, err := is.(ProgramHost).Program(context.Background(), running[3].Path)
	if err != nil || p.Package != "tunnel" || p.BuildPath != "example.org/tunnel/cmd" {
		t.Errorf("error %v, program %+v: want what was known of it, at its new path", err, p)
	}
	if strings.Count(text, "- path:") != 2 {
		t.Errorf("want the two described programs that run, once each:\n%s", text)
	}
}

func TestProgramsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"- {path: a, signature: good}": "want valid, invalid",
		"- {signer: a}":                "no path",
		"- {path: a, sign: b}":         "field sign not found",
	} {
		if _, err := ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\n-- programs.yaml --\n" + text + "\n"))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestUnitNamesAreScrubbed(t *testing.T) {
	s := newScrubber(pseudonym)
	for _, kept := range []string{"", "ssh.service", "user@1000.service", "getty@tty1.service"} {
		if got := s.unitName(kept); got != kept {
			t.Errorf("%q becomes %q", kept, got)
		}
	}
}
