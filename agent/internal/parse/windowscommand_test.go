package parse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitWindowsCommand(t *testing.T) {
	for line, want := range map[string][]string{
		`C:\Program Files (x86)\Tool\tool.exe --service -x "a b"`: {`C:\Program Files (x86)\Tool\tool.exe`, "--service", "-x", "a b"},
		`"C:\Program Files\Tool\tool.exe" --service`:              {`C:\Program Files\Tool\tool.exe`, "--service"},
		`%SystemRoot%\System32\svchost.exe -k netsvcs -p`:         {`C:\Windows\System32\svchost.exe`, "-k", "netsvcs", "-p"},
		`"%ProgramFiles%\A B\a.exe"`:                              {`C:\Program Files\A B\a.exe`},
		`\SystemRoot\System32\drivers\x.sys`:                      {`C:\Windows\System32\drivers\x.sys`},
		`\??\C:\Tool\Run.EXE`:                                     {`C:\Tool\Run.EXE`},
		`system32\DRIVERS\y.sys`:                                  {`C:\Windows\System32\DRIVERS\y.sys`},
		`rundll32 a.dll,Entry`:                                    {"rundll32", "a.dll,Entry"},
		`C:\my.executables\run.exe -a b.exe`:                      {`C:\my.executables\run.exe`, "-a", "b.exe"},
		``:                                                        nil,
	} {
		if diff := cmp.Diff(want, SplitWindowsCommand(line)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

func FuzzSplitWindowsCommand(f *testing.F) {
	f.Add(`"C:\a b\c.exe" -d`)
	f.Add(`%systemroot%\a.exe.cmd \??\x`)
	f.Fuzz(func(t *testing.T, line string) {
		for _, word := range SplitWindowsCommand(line) {
			if len(word) > len(line)+len(`C:\Program Files (x86)`) && !strings.Contains(word, "�") {
				t.Errorf("%q has the word %q", line, word)
			}
		}
	})
}
