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

func TestLinkTarget(t *testing.T) {
	const elsewhere = "elsewhere"
	for target, want := range map[string]string{
		`\\evil\share`: elsewhere, `\\?\UNC\evil\share`: elsewhere, `//evil/share`: elsewhere, `\\.\pipe\x`: elsewhere, `\\?\Volume{0a}\`: elsewhere,
		`\Device\Mup\evil\share`: elsewhere, `\\?\GLOBALROOT\Device\Mup\evil`: elsewhere, `\x`: elsewhere, `C:x`: elsewhere, `x:y`: elsewhere,
		`\\?\C:\x`: "C x", `C:\x\y`: "C x/y", `d:\`: "D ", `D:`: elsewhere, `..\x`: " Users/x", `x`: " Users/anna/x", `..\..\..\..\x`: " x",
	} {
		drive, name, ok := linkTarget("Users/anna/link", target)
		got := drive + " " + name
		if !ok {
			got = elsewhere
		}
		if got != want {
			t.Errorf("%s leads to %q, want %q", target, got, want)
		}
	}
}

func TestLinksToOtherMachinesAreNotFollowed(t *testing.T) {
	system, stick := newTree(), newTree()
	for _, err := range []error{
		system.addLink("Users/anna/AppData", `\\evil\share`), system.addFile("Users/anna/x", nil), system.addFile("Users/bo/x", nil),
		system.addLink("mine/out", `\\evil\share`), system.addLink("Users/bo/two", `C:\mine\out\deep`), system.addLink("Users/bo/three", `two`),
		system.addLink("Users/bo/kernel", `\Device\Mup\evil\share`), system.addLink("Users/bo/round", `round`),
		system.addLink("Users/bo/moved", `D:\home`), system.addLink("Users/bo/lured", `D:\lure\x`), system.addLink("Users/bo/mapped", `Z:\x`),
		system.addLink("Users/bo/near", `..\anna`), stick.addFile("home/x", nil), stick.addLink("lure", `\\evil\share`),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	disk := func(drive string) FS {
		switch drive {
		case "", "C":
			return linkFS{system}
		case "D":
			return linkFS{stick}
		}
		return nil
	}
	for name, want := range map[string]error{
		"Users/anna/AppData": errElsewhere, "Users/anna/AppData/Local/x": errElsewhere, "users/x": nil, "Users/bo/x": nil, "Users/bo/none/x": nil, ".": nil,
		"mine/out/x": errElsewhere, "Users/bo/two": errElsewhere, "Users/bo/three/x": errElsewhere, "Users/bo/kernel/x": errElsewhere, "Users/bo/round": errTangled,
		"Users/bo/moved/x": nil, "Users/bo/lured": errElsewhere, "Users/bo/mapped": errElsewhere, "Users/bo/near/x": nil, "Users/bo/near/AppData": errElsewhere,
	} {
		if err := followable(disk, name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
