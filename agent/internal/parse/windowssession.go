package parse

import "strings"

// SessionMark understands a record that is about a session of remote-access
// software, and says of which: an id of the catalogue's tools.
func (r WindowsRecord) SessionMark() (tool string, m SessionMark, ok bool) {
	if r.At.IsZero() {
		return "", SessionMark{}, false
	}
	switch {
	case r.Provider == "chromoting":
		m, ok = r.chromoting()
		tool = "chrome-remote-desktop"
	case strings.HasPrefix(r.Provider, "ScreenConnect"):
		m, ok = r.screenConnect()
		tool = "screenconnect"
	case r.Provider == "Quick Assist":
		m, ok = r.quickAssist()
		tool = "quick-assist"
	case r.Provider == "Microsoft-Windows-TerminalServices-ClientActiveXCore":
		m, ok = r.desktopClient()
		tool = "mstsc"
	case r.Provider == "Microsoft-Windows-RemoteAssistance":
		m, ok = r.assistance()
		tool = "windows-remote-assistance"
	default:
		m, ok = r.desktop()
		tool = "microsoft-rdp"
	}
	m.At = r.At
	return tool, m, ok
}

func (r WindowsRecord) text() string { return strings.TrimSpace(strings.Join(r.Texts, " ")) }

// chromoting: 1 and 2 name a client that came and went; their text is its name.
func (r WindowsRecord) chromoting() (SessionMark, bool) {
	prefix := map[string]string{"1": "Client connected", "2": "Client disconnected", "3": "Access denied for client"}[r.Number]
	if prefix == "" {
		return SessionMark{}, false
	}
	text := r.text()
	if !strings.Contains(text, ": ") {
		text = prefix + ": " + text
	}
	return ChromotingMark(text)
}

// screenConnect writes "NAME Connected" and "NAME Disconnected", in older
// versions as number 0, in newer as 100 and 101.
func (r WindowsRecord) screenConnect() (SessionMark, bool) {
	line, _, _ := strings.Cut(r.text(), "\n")
	line = strings.TrimSpace(line)
	m := SessionMark{Direction: Incoming, Approval: Unknown, Kind: Screen}
	if name, ok := strings.CutSuffix(line, " Connected"); ok {
		m.Act, m.ID = SessionBegan, brief(name)
	} else if name, ok := strings.CutSuffix(line, " Disconnected"); ok {
		m.Act, m.ID = SessionEnded, brief(name)
	}
	m.Peer = m.ID
	return m, m.Act != 0
}

// quickAssist tells steps of the one who shares; without a grant of control
// the other side only looks on, which is a session too.
func (r WindowsRecord) quickAssist() (SessionMark, bool) {
	text := strings.ToLower(r.text())
	for _, value := range r.Values {
		text += " " + strings.ToLower(value)
	}
	m := SessionMark{Direction: Incoming, Approval: Person, Kind: Screen}
	switch {
	case strings.Contains(text, "beginsharing"):
		m.Act = SessionBegan
	case strings.Contains(text, "endsharing"):
		m.Act = SessionEnded
	case strings.Contains(text, "setsharingmode") && strings.Contains(text, "fullcontrol"):
		m.Act = SessionAdmitted
	}
	return m, m.Act != 0
}

// desktopClient is mstsc on the controlling side: 1024 names the machine that it
// connects to, 1026 says that it is disconnected.
func (r WindowsRecord) desktopClient() (SessionMark, bool) {
	m := SessionMark{Direction: Outgoing, Approval: Unknown, Kind: Screen}
	switch r.Number {
	case "1024":
		m.Act, m.Peer = SessionBegan, brief(r.Values["Value"])
		m.Address = addressPort(m.Peer)
	case "1026":
		m.Act = SessionEnded
	}
	return m, m.Act != 0
}

// assistance is Windows' Remote Assistance on the side of the one who is helped:
// 22 says that the other side sees the screen, 21 that it has control, 18 and 19
// that it was disconnected from either side.
func (r WindowsRecord) assistance() (SessionMark, bool) {
	m := SessionMark{Direction: Incoming, Approval: Person, Kind: Screen}
	switch r.Number {
	case "22":
		m.Act = SessionBegan
	case "21":
		m.Act = SessionAdmitted
	case "18", "19":
		m.Act = SessionEnded
	}
	return m, m.Act != 0
}

// shadow is somebody who looks on at a session or takes it over (20503, 20506)
// with or without the person's leave (20508, 20510), until 20504 or 20507. What
// else these records have is not documented, so that nobody is named.
func (r WindowsRecord) shadow() (SessionMark, bool) {
	m := SessionMark{Direction: Incoming, Kind: Screen, Approval: Unknown, ID: "shadow"}
	switch r.Number {
	case "20503", "20506":
		m.Act = SessionBegan
	case "20508", "20510":
		m.Act, m.Approval = SessionAdmitted, Person
	case "20504", "20507":
		m.Act = SessionEnded
	}
	return m, m.Act != 0
}

// desktop is Windows' own Remote Desktop on the controlled side.
func (r WindowsRecord) desktop() (SessionMark, bool) {
	m := SessionMark{Direction: Incoming, Approval: Password, Kind: Screen, ID: "session " + brief(r.Values["SessionID"])}
	switch r.Provider + " " + r.Number {
	case lsm + " 21", lsm + " 25":
		m.Act = SessionBegan
		m.Account, m.Address = brief(r.Values["User"]), addressAlone(r.Values["Address"])
		return m, m.Address.IsValid() // LOCAL is somebody at the machine
	case lsm + " 23", lsm + " 24":
		m.Act = SessionEnded
	case lsm + " 39":
		m.Act, m.ID = SessionEnded, "session "+brief(r.Values["TargetSession"])
	case lsm + " 40":
		m.Act, m.ID = SessionEnded, "session "+brief(r.Values["Session"])
	case connections + " 1149":
		m.Act, m.Account, m.Address = SessionBegan, brief(r.Values["Param1"]), addressAlone(r.Values["Param3"])
		m.ID = "from " + m.Address.Addr().String()
		return m, m.Address.IsValid()
	case connections + " 20503", connections + " 20504", connections + " 20506", connections + " 20507", connections + " 20508", connections + " 20510":
		return r.shadow()
	case auditing + " 4624", auditing + " 4778":
		return r.logon(m)
	case auditing + " 4634", auditing + " 4647", auditing + " 4779":
		m.Act, m.ID = SessionEnded, "logon "+brief(r.Values["TargetLogonId"]+r.Values["LogonID"])
		return m, m.ID != "logon "
	}
	return m, m.Act != 0
}

const (
	lsm         = "Microsoft-Windows-TerminalServices-LocalSessionManager"
	connections = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
	auditing    = "Microsoft-Windows-Security-Auditing"
)

// logon: 4624 of type 10 is a logon from afar, 4778 one that is taken up again.
func (r WindowsRecord) logon(m SessionMark) (SessionMark, bool) {
	m.Act = SessionBegan
	if r.Number == "4778" {
		m.ID = "logon " + brief(r.Values["LogonID"])
		m.Account, m.Address = brief(r.Values["AccountName"]), addressAlone(r.Values["ClientAddress"])
		return m, m.Address.IsValid()
	}
	m.ID = "logon " + brief(r.Values["TargetLogonId"])
	m.Account, m.Address = brief(r.Values["TargetUserName"]), addressAlone(r.Values["IpAddress"])
	return m, r.Values["LogonType"] == "10" && m.Address.IsValid()
}
