package host

import (
	"errors"
	"testing"
)

func TestReservedName(t *testing.T) {
	for name, want := range map[string]bool{
		"Users/anna/NUL": true, "x/com1.txt": true, "aux.log": true, "a.txt:stream": true, `a\b`: true, "LPT\u00b9": true, "con .txt": true,
		"Users/anna/console.log": false, "com10": false, "com": false, "Windows/System32/config": false, "nullable.txt": false,
	} {
		if got := reservedName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestDriveOf(t *testing.T) {
	for name, want := range map[string][2]string{"drives/d/tools/x.exe": {`D:\`, "tools/x.exe"}, "drives/e": {`E:\`, "."}, "drives/dd/x": {}, "drives/D/x": {}, "Users/x": {}} {
		drive, rest, ok := driveOf(name)
		if drive != want[0] || rest != want[1] || ok != (drive != "") {
			t.Errorf("%s is %q, %q, %v", name, drive, rest, ok)
		}
	}
}

func TestLinksToOtherMachinesAreNotFollowed(t *testing.T) {
	for target, want := range map[string]bool{
		`\\evil\share`: true, `\\?\UNC\evil\share`: true, `//evil/share`: true, `\\.\pipe\x`: true, `\\?\C:\x`: false, `C:\x`: false, `..\x`: false, `\\?\Volume{0a}\`: false,
	} {
		if got := leadsElsewhere(target); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
	files := newTree()
	for _, err := range []error{
		files.addLink("Users/anna/AppData", `\\evil\share`), files.addFile("Users/anna/x", nil), files.addFile("Users/bo/x", nil), files.addLink("Windows/x", `\\evil\share`),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]error{"Users/anna/AppData": errElsewhere, "users/x": nil, "Users/bo/x": nil, "Windows/x": nil} {
		if err := followable(linkFS{files}, name); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
