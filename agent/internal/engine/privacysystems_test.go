package engine_test

import (
	"context"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const markedWindows = `
-- platform.yaml --
os: windows
name: MARK-HOST
chassis: laptop
-- processes.yaml --
- {pid: 700, name: tool.exe, path: 'C:\Users\markuser\bin\markuser-tool.exe', args: ['C:\Users\markuser\bin\markuser-tool.exe', --token, marktoken], user: 'MARK-COMPANY\markuser'}
-- files/registry/HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion/ProfileList/S-1-5-21-7-7-7-1001/ProfileImagePath --
C:\Users\markuser
-- files/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/Authentication/LogonUI/LastLoggedOnDisplayName --
Marka Markson
-- files/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/Run/markuser's helper --
"C:\Users\markuser\marka.exe" --password markpassword
-- files/registry/HKLM/SYSTEM/CurrentControlSet/Services/markuser-sync/ImagePath --
C:\Users\markuser\sync.exe
-- files/registry/HKU/S-1-5-21-7-7-7-1001/Software/Microsoft/Windows/CurrentVersion/Uninstall/x/DisplayName --
Markson Notes
-- files/Windows/System32/Tasks/MARK-HOST backup of Marka-S-1-5-21-7-7-7-1001 --
<Task><Triggers><LogonTrigger><UserId>MARK-HOST\markuser</UserId></LogonTrigger></Triggers><Actions><Exec><Command>C:\Users\markuser\markuser.cmd</Command></Exec></Actions></Task>
-- files/Users/markuser/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Startup/Marka.lnk --
x
`

const markedMac = `
-- platform.yaml --
os: darwin
name: mark-host.local
chassis: laptop
-- files/var/db/dslocal/nodes/Default/users/markuser.plist --
<plist version="1.0"><dict><key>realname</key><array><string>Marka Markson</string></array></dict></plist>
-- files/Users/markuser/Library/LaunchAgents/net.markuser.sync.plist --
<plist version="1.0"><dict><key>Label</key><string>net.markuser.sync</string><key>ProgramArguments</key><array><string>/Users/markuser/bin/markuser-sync</string></array><key>RunAtLoad</key><true/></dict></plist>
-- files/Users/markuser/Applications/Markson.app/Contents/Info.plist --
<plist version="1.0"><dict><key>CFBundleName</key><string>Notes of Marka</string><key>CFBundleIdentifier</key><string>net.markuser.notes</string></dict></plist>
-- files/var/db/receipts/net.markuser.pkg.plist --
<plist version="1.0"><dict><key>PackageIdentifier</key><string>net.markuser.pkg</string></dict></plist>
`

// TestNoMarkLeavesOtherSystems asks the same of Windows and macOS, whose people
// are named in places of their own.
func TestNoMarkLeavesOtherSystems(t *testing.T) {
	for name, text := range map[string]string{"windows": markedWindows, "macOS": markedMac} {
		t.Run(name, func(t *testing.T) {
			h, err := host.ReadRecording(txtar.Parse([]byte(text)))
			if err != nil {
				t.Fatal(err)
			}
			report := leaving(t, h)
			shown := map[string]int{}
			for _, f := range report.Findings {
				for _, row := range f.Evidence {
					shown[row.Class]++
				}
			}
			if shown["startup_items"] == 0 || shown["packages"] == 0 {
				t.Errorf("of startup items and packages %d and %d left, so this test says little", shown["startup_items"], shown["packages"])
			}
		})
	}
}

// leaving is all that leaves a machine of which every row is told, after it was
// looked through for marks.
func leaving(t *testing.T, h host.Host) finding.Report {
	t.Helper()
	all := sensor.All()
	gate, err := privacy.NewGate(all, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	gate.Hide(sensor.People(context.Background(), h)...)
	cleared, err := gate.Clear(everything(engine.Once(context.Background(), h, all, vnc(t), time.Unix(1764000000, 0), 0)))
	if err != nil {
		t.Fatal(err)
	}
	demandNoMark(t, cleared.Wire())
	var wire agentv1.Report
	if err := proto.Unmarshal(cleared.Wire(), &wire); err != nil {
		t.Fatal(err)
	}
	return finding.FromWire(&wire)
}
