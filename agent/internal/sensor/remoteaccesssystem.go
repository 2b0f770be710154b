package sensor

import (
	"path"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// readScreenSharing reads how macOS' own services are set: screen sharing, which
// lets in whoever has an account, remote management, which lets in managers, and
// a password of its own for programs that speak VNC.
func readScreenSharing(l *accessLook) {
	const managed, vnc = "Library/Application Support/Apple/Remote Desktop/RemoteManagement.launchd", "Library/Preferences/com.apple.VNCSettings.txt"
	const settings = "Library/Preferences/com.apple.RemoteManagement.plist"
	found, _ := l.settings(settings, parse.ParsePropertyList, parse.Wanted{Values: []string{"vnclegacyconnectionsenabled", "screensharingreqpermenabled", "ard_alllocalusers"}})
	shared := l.known("com.apple.screensharing") == "true"
	if labels, ok := launchdSwitches(&l.survey, launchdOverrides+"/disabled.plist"); ok {
		off, chosen := labels["com.apple.screensharing"]
		shared = shared || chosen && !off
	}
	on := l.has(managed) || shared
	password := l.has(vnc) && !isOff(found.Value("vnclegacyconnectionsenabled"))
	if !on && !password {
		return
	}
	row := remoteAccess{Tool: "apple-remote-desktop", Unattended: yes(on), Enabled: yes(on), How: "service"}
	if password {
		row.How = "password service"
	}
	place := managed
	if shared {
		place = launchdOverrides
	}
	l.add(place, row)
}

// isOff says whether a switch of a property list is off; one that is not there is not.
func isOff(value string) bool { return value == "false" || value == "0" }

// Where Windows and its managers keep whether others may come in. What a policy
// says stands before what was set on the machine.
const (
	terminalServer  = registryRoot + "/HKLM/SYSTEM/CurrentControlSet/Control/Terminal Server"
	terminalPolicy  = registryRoot + "/HKLM/SOFTWARE/Policies/Microsoft/Windows NT/Terminal Services"
	assistanceState = registryRoot + "/HKLM/SYSTEM/CurrentControlSet/Control/Remote Assistance"
)

// shadowUnasked is the policy by which an administrator takes over another's
// session without asking; with 4 he only looks on.
const shadowUnasked = "2"

// readRemoteDesktop: Windows' own remote desktop lets in whoever has an account
// and its password.
func readRemoteDesktop(l *accessLook) {
	denied := l.value(terminalPolicy, "fDenyTSConnections")
	place := terminalPolicy
	if denied == "" {
		denied, place = l.value(terminalServer, "fDenyTSConnections"), terminalServer
	}
	if denied == "" {
		return
	}
	row := remoteAccess{Tool: "microsoft-rdp", Unattended: yes(denied == "0"), Enabled: yes(denied == "0"), SelfHosted: "false"}
	if denied == "0" {
		row.How = "password"
		if l.value(terminalPolicy, "Shadow") == shadowUnasked || l.value(path.Join(terminalServer, "WinStations/RDP-Tcp"), "Shadow") == shadowUnasked {
			row.How = "password trusted"
		}
	}
	l.add(place, row)
}

// readRemoteAssistance: whoever is at the laptop asks for help or agrees to it.
func readRemoteAssistance(l *accessLook) {
	allowed := firstOf(l.value(terminalPolicy, "fAllowToGetHelp"), l.value(assistanceState, "fAllowToGetHelp"))
	if allowed != "" {
		l.add(assistanceState, remoteAccess{Tool: "windows-remote-assistance", Unattended: "false", Enabled: yes(allowed == "1"), SelfHosted: "false"})
	}
}
