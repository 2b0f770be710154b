package sensor

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestStartupOfWindows(t *testing.T) {
	const hklm, anna = "-- files/registry/HKLM/", "-- files/registry/HKU/S-1-5-21-1-2-3-1001/Software/Microsoft/Windows/CurrentVersion/"
	const services, version = hklm + "SYSTEM/CurrentControlSet/Services/", "SOFTWARE/Microsoft/Windows/CurrentVersion/"
	h := machine(t, `
-- platform.yaml --
os: windows
`+services+`TeamViewer/ImagePath --
"C:\Program Files\TeamViewer\TeamViewer_Service.exe"
`+services+`TeamViewer/Start --
2
`+services+`TeamViewer/Type --
16
`+services+`TermService/ImagePath --
%SystemRoot%\System32\svchost.exe -k NetworkService
`+services+`TermService/Start --
3
`+services+`TermService/Type --
32
`+services+`CDPUserSvc_5a3f2/ImagePath --
C:\Windows\system32\svchost.exe -k UnistackSvcGroup
`+services+`CDPUserSvc_5a3f2/Type --
224
`+services+`disk/ImagePath --
System32\drivers\disk.sys
`+services+`disk/Type --
1
-- files/Windows/System32/Tasks/Helper/OneDrive Update-S-1-5-21-1-2-3-1001 --
<?xml version="1.0" encoding="UTF-16"?>
<Task xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><Triggers><LogonTrigger/></Triggers>
<Principals><Principal><UserId>S-1-5-21-1-2-3-1001</UserId></Principal></Principals>
<Actions><Exec><Command>C:\Tools and more\run me.exe</Command><Arguments>-a</Arguments></Exec></Actions></Task>
-- files/Windows/System32/Tasks/broken --
no task
`+hklm+version+`Run/Greeter --
"C:\Program Files\Greeter\greeter.exe" /tray
`+hklm+version+`Explorer/StartupApproved/Run/Greeter --
030000000102030405060708
`+hklm+`SOFTWARE/WOW6432Node/Microsoft/Windows/CurrentVersion/Run/Old --
C:\Old Tools\old.exe
`+anna+`Run/Mine --
%LOCALAPPDATA%\Mine\mine.exe --hidden
`+anna+`RunOnce/Once --
C:\once.exe
-- files/ProgramData/Microsoft/Windows/Start Menu/Programs/StartUp/desktop.ini --
x
-- files/Users/anna/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Startup/Note.lnk --
not a shortcut
`)
	rows, coverage := look(t, h, Startup())
	want := []string{
		"name=TeamViewer kind=service enabled=true scope=system exec_file=TeamViewer_Service.exe",
		"name=TermService kind=service enabled=false scope=system exec_file=svchost.exe",
		"name=Greeter kind=run_key enabled=false scope=user exec_file=greeter.exe",
		"name=Helper/OneDrive Update-… kind=task enabled=true scope=user exec_file=run me.exe",
		"name=Mine kind=run_key enabled=true scope=user exec_file=mine.exe",
		"name=Note kind=startup_folder enabled=true scope=user",
		"name=Old kind=run_key enabled=true scope=user exec_file=old.exe",
		"name=Once kind=run_key enabled=true scope=user exec_file=once.exe",
	}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

func TestStartupOfMacOS(t *testing.T) {
	daemon := func(label, more string) string {
		return `<plist version="1.0"><dict><key>Label</key><string>` + label + `</string><key>ProgramArguments</key><array><string>/opt/x/` + label + `-bin</string><string>-d</string></array>` + more + "</dict></plist>\n"
	}
	h := machine(t, `
-- platform.yaml --
os: darwin
-- files/Library/LaunchDaemons/net.example.always.plist --
`+daemon("net.example.always", "<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>")+`
-- files/Library/LaunchDaemons/net.example.off.plist --
`+daemon("net.example.off", "<key>RunAtLoad</key><true/>")+`
-- files/Library/LaunchDaemons/net.example.asked.plist --
`+daemon("net.example.asked", "<key>MachServices</key><dict><key>net.example.asked</key><true/></dict>")+`
-- files/System/Library/LaunchDaemons/com.apple.screensharing.plist --
`+daemon("com.apple.screensharing", "<key>Disabled</key><true/><key>Sockets</key><dict><key>Listener</key><dict/><key>x</key><true/></dict>")+`
-- files/System/Library/LaunchDaemons/ssh.plist --
`+daemon("com.openssh.sshd", "<key>Disabled</key><true/><key>Sockets</key><dict><key>Listeners</key><true/></dict>")+`
-- files/Users/anna/Library/LaunchAgents/com.example.agent.plist --
`+daemon("com.example.agent", "<key>StartInterval</key><integer>60</integer>")+`
-- files/Library/LaunchAgents/com.example.everybody.plist --
`+daemon("com.example.everybody", "<key>RunAtLoad</key><true/>")+`
-- files/var/db/com.apple.xpc.launchd/disabled.plist --
<plist version="1.0"><dict><key>com.apple.screensharing</key><false/><key>net.example.off</key><true/></dict></plist>
-- files/var/db/com.apple.xpc.launchd/disabled.501.plist --
<plist version="1.0"><dict><key>com.example.agent</key><true/><key>com.example.everybody</key><true/></dict></plist>
-- files/var/db/com.apple.xpc.launchd/disabled.502.plist --
<plist version="1.0"><dict><key>com.example.agent</key><true/></dict></plist>
`)
	rows, coverage := look(t, h, Startup())
	want := []string{
		"name=com.apple.screensharing kind=launchd enabled=true scope=system exec_file=com.apple.screensharing-bin",
		"name=com.openssh.sshd kind=launchd enabled=false scope=system exec_file=com.openssh.sshd-bin",
		"name=net.example.always kind=launchd enabled=true scope=system exec_file=net.example.always-bin",
		"name=net.example.asked kind=launchd enabled=false scope=system exec_file=net.example.asked-bin",
		"name=net.example.off kind=launchd enabled=false scope=system exec_file=net.example.off-bin",
		"name=com.example.agent kind=launchd enabled=false scope=user exec_file=com.example.agent-bin",
		"name=com.example.everybody kind=launchd enabled=true scope=user exec_file=com.example.everybody-bin",
	}
	if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v, rows (-want +got):\n%s", coverage, diff)
	}
}

// What the two systems' recordings of software show, row by row.
func TestRecordedSoftware(t *testing.T) {
	for name, want := range map[string][]string{
		"settings/mac-shared.txtar": {
			"name=com.apple.screensharing kind=launchd enabled=true scope=system exec_file=screensharingd",
			"name=com.carriez.rustdesk_service kind=launchd enabled=true scope=system exec_file=sh",
			"name=com.philandro.anydesk.service kind=launchd enabled=false scope=system exec_file=AnyDesk",
			"name=net.example.tray kind=launchd enabled=true scope=user exec_file=tray",
			"name=AnyDesk version=9.0.1 source=app bundle_id=com.philandro.anydesk",
			"name=Notes source=app bundle_id=com.example.notes",
			"name=cloudflared version=2025.2.0 source=brew",
			"name=firefox version=135.0 source=cask",
			"name=com.nomachine.nxnode version=8.14.2 source=receipt",
		},
		"settings/windows-software.txtar": {
			"name=AnyDesk kind=service enabled=true scope=system exec_file=AnyDesk.exe",
			"name=Keeper kind=task enabled=true scope=system exec_file=ngrok.exe",
			"name=Microsoft/Windows/Defrag/ScheduledDefrag kind=task enabled=false scope=system exec_file=defrag.exe",
			"name=RustDesk kind=service enabled=false scope=system exec_file=RustDesk.exe",
			"name=Tailscale kind=service enabled=true scope=system exec_file=tailscaled.exe",
			"name=TermService kind=service enabled=false scope=system exec_file=svchost.exe",
			"name=Tray kind=run_key enabled=true scope=user exec_file=tray.exe",
			"name=7-Zip version=24.09 source=installer",
			"name=AnyDesk version=ad 9.0.1 source=installer",
			"name=Notepad++ version=8.7 source=installer",
			"name=Tailscale version=1.80.0 source=installer",
			"name=Microsoft.WindowsTerminal version=1.21.3231.0 source=msix",
		},
	} {
		h := machine(t, recorded(t, name))
		rows, _ := look(t, h, Startup())
		more, _ := look(t, h, Packages())
		if diff := cmp.Diff(want, append(rows, more...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestStartupWithoutSystemd(t *testing.T) {
	const scripts = `
-- files/etc/init.d/sshd --
#!/sbin/openrc-run
command="${SSHD_BINARY:-/usr/sbin/sshd}"
-- files/etc/init.d/helper --
DAEMON=/opt/helper/helperd
-- files/etc/init.d/made --
command="${NAME}/x"
-- files/etc/xdg/autostart/greeter.desktop --
[Desktop Entry]
Exec=/usr/bin/greeter --tray
-- files/etc/crontab --
@reboot root /opt/tunnel/frpc -c /etc/frpc.toml
5 * * * * root /bin/hourly
-- files/var/spool/cron/crontabs/anna --
@reboot /home/anna/bin/keep-awake
`
	for kind, folder := range map[string]string{
		"openrc": "-- files/etc/runlevels/default/sshd -> /etc/init.d/sshd --\n-- files/etc/runlevels/shutdown/helper -> /etc/init.d/helper --\n",
		"sysv":   "-- files/etc/rc3.d/S02sshd -> ../init.d/sshd --\n-- files/etc/rc3.d/K01helper -> ../init.d/helper --\n",
	} {
		rows, coverage := look(t, machine(t, folder+strings.TrimPrefix(scripts, "\n")), Startup())
		want := []string{
			"name=frpc kind=cron enabled=true scope=system exec_file=frpc",
			"name=helper kind=" + kind + " enabled=false scope=system exec_file=helperd",
			"name=made kind=" + kind + " enabled=false scope=system",
			"name=sshd kind=" + kind + " enabled=true scope=system exec_file=sshd",
			"name=greeter.desktop kind=xdg enabled=true scope=user exec_file=greeter",
			"name=keep-awake kind=cron enabled=true scope=user exec_file=keep-awake",
		}
		if diff := cmp.Diff(want, rows); diff != "" || coverage.State != finding.CoverageOK {
			t.Errorf("%s: coverage %+v, rows (-want +got):\n%s", kind, coverage, diff)
		}
	}
}

// What a shortcut, a task or a run key starts is asked for remote access as well.
func TestStartsOfWindowsSayWhatTheyLetIn(t *testing.T) {
	h := machine(t, `
-- platform.yaml --
os: windows
-- files/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/Run/Tunnel --
"C:\Tools\ngrok.exe" tcp 3389 --authtoken 2abc
`)
	rows, coverage := look(t, h, RemoteAccess())
	if want := []string{"tool=ngrok how=enrolled enabled=true place=/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/Run/Tunnel"}; !cmp.Equal(want, rows) {
		t.Errorf("coverage %+v, rows %q, want %q", coverage, rows, want)
	}
}

func FuzzStarts(f *testing.F) {
	f.Add([]byte("<Task><Actions><Exec><Command>a</Command></Exec></Actions></Task>"))
	f.Add([]byte("[Desktop Entry]\nExec=\"a b\" c\n"))
	f.Add([]byte("command=\"${A:-b}\"\n@reboot root x\n"))
	shortcut, err := hex.DecodeString("4c000000")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shortcut)
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, read := range []func([]byte) (start, error){readTask, readDesktopEntry, readInitScript, readLaunchd, readShortcut, readUnit} {
			if one, err := read(content); err != nil && (one.program != "" || one.says != nil) {
				t.Errorf("%+v beside %v", one, err)
			}
		}
		for _, scope := range []string{"system", "user"} {
			if _, err := readCrontab(strings.NewReader(string(content)), scope); err != nil {
				t.Error(err)
			}
		}
	})
}
