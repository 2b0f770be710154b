package engine_test

import (
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// markedLogs is a Windows laptop whose logs, sessions and networks name people,
// machines and companies.
const markedLogs = `
-- platform.yaml --
os: windows
name: MARK-HOST
chassis: laptop
boot_id: mark-boot
-- clock.yaml --
now: 2025-11-24T16:00:00Z
offset: "+00:00"
-- processes.yaml --
- {pid: 900, name: explorer.exe, path: 'C:\Windows\explorer.exe', user: 'MARK-COMPANY\markuser'}
- {pid: 1180, name: svchost.exe, path: 'C:\Windows\System32\svchost.exe', unit: TermService, user: NETWORK SERVICE}
-- sockets.yaml --
- {protocol: tcp, state: listen, local: "192.168.77.12:3389", pid: 1180}
- {protocol: tcp, state: established, local: "192.168.77.12:3389", remote: "203.0.113.77:51234", pid: 1180, inbound: true}
-- sessions.yaml --
- {id: "1", user: 'MARK-COMPANY\markuser', kind: graphical, terminal: console}
- {id: "3", user: 'MARK-HOST\marka', remote: mark-remote.example, kind: remote_desktop}
-- access_points.yaml --
- {interface: "Marka's Wi-Fi", bssid: "02:aa:bb:77:88:99", ssid: marknetwork}
-- interfaces.yaml --
- {name: "Marka's Wi-Fi", kind: wifi, up: true, default: true, gateway: "00:11:33:77:88:99", number: 7}
- {name: MARK-COMPANY VPN of markuser, kind: tunnel, up: true, driver: Adapter of MARK-HOST, number: 9}
- {name: Markcompany far away, kind: tunnel, up: true, driver: Markcompany far away, number: 10}
-- files/registry/HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion/ProfileList/S-1-5-21-7-7-7-1001/ProfileImagePath --
C:\Users\markuser
-- files/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/Authentication/LogonUI/LastLoggedOnDisplayName --
Marka Markson
-- records/rdp-sessions.xml --
<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-TerminalServices-LocalSessionManager"/><EventID>21</EventID><TimeCreated SystemTime="2025-11-24T15:42:04.0000000Z"/></System><UserData><EventXML xmlns="Event_NS"><User>MARK-HOST\markuser</User><SessionID>3</SessionID><Address>203.0.113.77</Address></EventXML></UserData></Event>
-- records/rdp-authentications.xml --
<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-TerminalServices-RemoteConnectionManager"/><EventID>1149</EventID><TimeCreated SystemTime="2025-11-24T15:42:02.0000000Z"/></System><UserData><EventXML xmlns="Event_NS"><Param1>markuser</Param1><Param2>MARK-COMPANY</Param2><Param3>203.0.113.77</Param3></EventXML></UserData></Event>
-- records/logons.xml --
<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Security-Auditing"/><EventID>4624</EventID><TimeCreated SystemTime="2025-11-24T15:42:03.0000000Z"/></System><EventData><Data Name="TargetUserName">markuser</Data><Data Name="TargetDomainName">MARK-COMPANY</Data><Data Name="WorkstationName">MARK-CLIENT</Data><Data Name="LogonType">10</Data><Data Name="IpAddress">203.0.113.77</Data></EventData></Event>
-- records/rdp-client.xml --
-- records/application.xml --
`

// markedRights is a Mac whose register of rights, sessions and networks do.
const markedRights = `
-- platform.yaml --
os: darwin
name: mark-host.local
chassis: laptop
hardware: mark-hardware
-- processes.yaml --
- {pid: 700, name: helper, path: /Users/markuser/bin/helper, args: [/Users/markuser/bin/helper, --token, marktoken], user: markuser, uid: 501}
-- sessions.yaml --
- {user: markuser, terminal: console, kind: graphical}
- {user: markdirectory, terminal: ttys001, remote: "203.0.113.77", kind: ssh}
-- access_points.yaml --
- {interface: en0, bssid: "02:aa:bb:77:88:99", ssid: marknetwork}
-- interfaces.yaml --
- {name: en0, kind: wifi, up: true, default: true, gateway: "00:11:33:77:88:99", number: 11}
-- files/var/db/dslocal/nodes/Default/users/markuser.plist --
<plist version="1.0"><dict><key>realname</key><array><string>Marka Markson</string></array></dict></plist>
-- tools/privacy-grants --
[{"service":"kTCCServiceScreenCapture","client":"/Users/markuser/bin/markuser-view","client_type":1,"auth_value":2,"auth_reason":3,"asked":""},
{"service":"kTCCServiceAccessibility","client":"net.markuser.typer","client_type":0,"auth_value":2,"auth_reason":3,"asked":""}]
`

// TestNoMarkLeavesLogsAndRights asks of what only Windows and macOS keep.
func TestNoMarkLeavesLogsAndRights(t *testing.T) {
	for name, c := range map[string]struct {
		machine string
		classes []string
	}{
		"windows": {markedLogs, []string{"remote_sessions", "logged_in_users", "network_interfaces", "listening_ports", "processes"}},
		"macOS":   {markedRights, []string{"tcc_access", "logged_in_users", "network_interfaces", "processes"}},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := host.ReadRecording(txtar.Parse([]byte(c.machine)))
			if err != nil {
				t.Fatal(err)
			}
			report := leaving(t, h)
			shown := map[string]bool{}
			for _, f := range report.Findings {
				for _, row := range f.Evidence {
					shown[row.Class] = true
				}
			}
			for _, class := range c.classes {
				if !shown[class] {
					t.Errorf("no row of %s left, so this test says nothing of it", class)
				}
			}
		})
	}
}
