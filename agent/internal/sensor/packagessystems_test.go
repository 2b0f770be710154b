package sensor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestPackagesOfWindows(t *testing.T) {
	const key = "-- files/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/"
	const old = "-- files/registry/HKLM/SOFTWARE/WOW6432Node/Microsoft/Windows/CurrentVersion/Uninstall/"
	const anna = "-- files/registry/HKU/S-1-5-21-1-2-3-1001"
	h := machine(t, `
-- platform.yaml --
os: windows
`+key+`Uninstall/{1}/DisplayName --
NoMachine 8.14.2 (64-bit)
`+key+`Uninstall/{1}/DisplayVersion --
8.14.2
`+key+`Uninstall/{2}/DisplayName --
A part of another
`+key+`Uninstall/{2}/SystemComponent --
1
`+key+`Uninstall/{3}/DisplayName --
Security Update for Tool (KB5001234)
`+key+`Uninstall/{4}/DisplayName --
Patch
`+key+`Uninstall/{4}/ParentKeyName --
Office
`+key+`Uninstall/{5}/Publisher --
Nobody
`+old+`AnyDesk/DisplayName --
AnyDesk
`+old+`AnyDesk/DisplayVersion --
ad 9.0.1
`+anna+`/Software/Microsoft/Windows/CurrentVersion/Uninstall/Zoom/DisplayName --
Zoom Workplace
`+key+`Appx/AppxAllUserStore/Applications/MicrosoftCorporationII.QuickAssist_2.0.35.0_neutral_~_8wekyb3d8bbwe/Path --
C:\Program Files\WindowsApps\x
`+anna+`_Classes/Local Settings/Software/Microsoft/Windows/CurrentVersion/AppModel/Repository/Packages/5319275A.WhatsApp_2.24.1.0_x64__cv1g1gvanyjgm/DisplayName --
WhatsApp
`+anna+`_Classes/Local Settings/Software/Microsoft/Windows/CurrentVersion/AppModel/Repository/Packages/odd/DisplayName --
x
`)
	rows, coverage := look(t, h, Packages())
	want := []string{
		"name=AnyDesk version=ad 9.0.1 source=installer",
		"name=NoMachine version=8.14.2 source=installer",
		"name=Zoom Workplace source=installer",
		"name=5319275A.WhatsApp version=2.24.1.0 source=msix",
		"name=MicrosoftCorporationII.QuickAssist version=2.0.35.0 source=msix",
	}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

func TestPackagesOfMacOS(t *testing.T) {
	list := func(pairs ...string) string {
		text := `<plist version="1.0"><dict>`
		for i := 0; i < len(pairs); i += 2 {
			text += "<key>" + pairs[i] + "</key><string>" + pairs[i+1] + "</string>"
		}
		return text + "</dict></plist>\n"
	}
	h := machine(t, `
-- platform.yaml --
os: darwin
-- files/Applications/AnyDesk.app/Contents/Info.plist --
`+list("CFBundleName", "AnyDesk", "CFBundleIdentifier", "com.philandro.anydesk", "CFBundleShortVersionString", "9.0.1")+`
-- files/Applications/Tools/Odd.app/Contents/Info.plist --
`+list("CFBundleIdentifier", "com.example.odd")+`
-- files/Users/anna/Applications/Own.app/Contents/Info.plist --
`+list("CFBundleName", "Own", "CFBundleIdentifier", "com.example.own")+`
-- files/var/db/receipts/com.nomachine.nxnode.plist --
`+list("PackageIdentifier", "com.nomachine.nxnode", "PackageVersion", "8.14")+`
-- files/opt/homebrew/Cellar/frpc/0.61.0/x --
-- files/opt/homebrew/Caskroom/rustdesk/.metadata/x --
-- files/opt/homebrew/Caskroom/rustdesk/1.3.2/x --
`)
	rows, coverage := look(t, h, Packages())
	want := []string{
		"name=AnyDesk version=9.0.1 source=app bundle_id=com.philandro.anydesk",
		"name=Odd source=app bundle_id=com.example.odd",
		"name=Own source=app bundle_id=com.example.own",
		"name=frpc version=0.61.0 source=brew",
		"name=rustdesk version=1.3.2 source=cask",
		"name=com.nomachine.nxnode version=8.14 source=receipt",
	}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

func TestAppImages(t *testing.T) {
	image := "\x7fELF\x02\x01\x01\x00AI\x02\x00\n"
	h := machine(t, "-- files/var/lib/dpkg/status --\n"+dpkgStatus+
		"-- files/home/ann/Downloads/rustdesk-1.3.2-x86_64.AppImage --\n"+image+
		"-- files/home/ann/Applications/Moonlight.AppImage --\n"+image+
		"-- files/home/ann/Downloads/letter.AppImage --\nno program, but long enough\n")
	rows, coverage := look(t, h, Packages())
	want := []string{"name=Moonlight source=appimage", "name=rustdesk version=1.3.2 source=appimage", "name=libc6 version=2.36 source=deb", "name=x11vnc version=0.9.16-9 source=deb"}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

func TestProgramsAreCalledWithoutTheirVersion(t *testing.T) {
	for name, want := range map[string]string{
		"TeamViewer":               "TeamViewer",
		"TeamViewer 15":            "TeamViewer 15",
		"UltraVNC 1.4.3.6":         "UltraVNC",
		"RealVNC Server 7.12.0":    "RealVNC Server",
		"Tool (x64)":               "Tool",
		"Tool 5.2 (64-bit) - ":     "Tool",
		"Input Leap version 3.0.2": "Input Leap",
		"7.1":                      "7.1",
		"Notepad++ (64-bit x64)":   "Notepad++",
	} {
		if got := withoutVersion(name, ""); got != want {
			t.Errorf("%q is called %q, want %q", name, got, want)
		}
	}
	if got := withoutVersion("Desk 15", "15"); got != "Desk" {
		t.Errorf("a name with its own version is called %q", got)
	}
}
