package parse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// windowsRecord is a record as Windows renders one.
func windowsRecord(provider, number, at, inside string) string {
	return `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="` + provider + `"/><EventID Qualifiers="0">` + number +
		`</EventID><TimeCreated SystemTime="2026-11-02T` + at + `.1234567Z"/><Computer>BOX</Computer></System>` + inside + "</Event>\n"
}

func pairs(values ...string) string {
	var out strings.Builder
	for i := 0; i < len(values); i += 2 {
		out.WriteString(`<Data Name="` + values[i] + `">` + values[i+1] + `</Data>`)
	}
	return "<EventData>" + out.String() + "</EventData>"
}

func TestWindowsRecords(t *testing.T) {
	inside := func(text string) string {
		return `<UserData><EventXML xmlns="Event_NS">` + text + "</EventXML></UserData>"
	}
	text := windowsRecord(lsm, "21", "09:12:04", inside("<User>BOX\\anna</User><SessionID>3</SessionID><Address>203.0.113.7</Address>")) +
		windowsRecord(lsm, "21", "09:12:05", inside("<User>BOX\\anna</User><SessionID>1</SessionID><Address>LOCAL</Address>")) +
		windowsRecord(lsm, "40", "09:40:00", inside("<Session>3</Session><Reason>0</Reason>")) +
		windowsRecord("Microsoft-Windows-TerminalServices-RemoteConnectionManager", "1149", "09:12:03", inside("<Param1>anna</Param1><Param2>BOX</Param2><Param3>203.0.113.7</Param3>")) +
		windowsRecord(auditing, "4624", "09:12:04", pairs("TargetUserName", "anna", "LogonType", "10", "TargetLogonId", "0x7", "IpAddress", "203.0.113.7", "Canary", "secret")) +
		windowsRecord(auditing, "4624", "09:12:04", pairs("TargetUserName", "anna", "LogonType", "2", "TargetLogonId", "0x8", "IpAddress", "203.0.113.7")) +
		windowsRecord(auditing, "4779", "09:40:00", pairs("AccountName", "anna", "LogonID", "0x7", "ClientAddress", "203.0.113.7")) +
		windowsRecord("chromoting", "1", "09:12:04", "<EventData><Data>someone@example.org/chromoting_ftl_1</Data></EventData>") +
		windowsRecord("chromoting", "2", "09:40:00", "<EventData><Data>Client disconnected: someone@example.org/chromoting_ftl_1.</Data></EventData>") +
		windowsRecord("ScreenConnect Client (0123456789abcdef)", "100", "09:12:04", "<EventData><Data>A Technician Connected\n\nVersion: 24.1\nExecutable Path: C:\\secret</Data></EventData>") +
		windowsRecord("ScreenConnect", "101", "09:40:00", "<EventData><Data>A Technician Disconnected</Data></EventData>") +
		windowsRecord("ScreenConnect", "200", "09:41:00", "<EventData><Data>Executed command of length: 34</Data></EventData>") +
		windowsRecord("Quick Assist", "0", "09:12:04", "<EventData><Data>BeginSharing</Data></EventData>") +
		windowsRecord("Quick Assist", "0", "09:13:00", "<EventData><Data>SetSharingMode: FullControl</Data></EventData>") +
		windowsRecord("Quick Assist", "0", "09:40:00", "<EventData><Data>EndSharing</Data></EventData>") +
		windowsRecord("Microsoft-Windows-RemoteAssistance", "15", "09:12:03", "") +
		windowsRecord("Microsoft-Windows-RemoteAssistance", "22", "09:12:04", "") +
		windowsRecord("Microsoft-Windows-RemoteAssistance", "21", "09:13:00", "") +
		windowsRecord("Microsoft-Windows-RemoteAssistance", "18", "09:40:00", "") +
		windowsRecord(connections, "20506", "09:12:04", inside("<Param1>Canary</Param1>")) +
		windowsRecord(connections, "20510", "09:12:05", "") +
		windowsRecord(connections, "20507", "09:40:00", "") +
		windowsRecord("Microsoft-Windows-TerminalServices-ClientActiveXCore", "1024", "09:12:04", pairs("Name", "Server Name", "Value", "10.0.0.9"))
	records, err := ParseWindowsRecords([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, r := range records {
		if tool, m, ok := r.SessionMark(); ok {
			told = append(told, tool+" "+m.String())
		}
	}
	want := []string{
		`microsoft-rdp began 02 09:12:04 session 3 incoming password screen - BOX\anna 203.0.113.7:0`,
		"microsoft-rdp ended 02 09:40:00 session 3 incoming password screen - -",
		"microsoft-rdp began 02 09:12:03 from 203.0.113.7 incoming password screen - anna 203.0.113.7:0",
		"microsoft-rdp began 02 09:12:04 logon 0x7 incoming password screen - anna 203.0.113.7:0",
		"microsoft-rdp ended 02 09:40:00 logon 0x7 incoming password screen - -",
		"chrome-remote-desktop began 02 09:12:04 someone@example.org/chromoting_ftl_1 incoming unknown screen someone@example.org -",
		"chrome-remote-desktop ended 02 09:40:00 someone@example.org/chromoting_ftl_1 incoming unknown screen someone@example.org -",
		"screenconnect began 02 09:12:04 A Technician incoming unknown screen A Technician -",
		"screenconnect ended 02 09:40:00 A Technician incoming unknown screen A Technician -",
		"quick-assist began 02 09:12:04 - incoming person screen - -",
		"quick-assist admitted 02 09:13:00 - incoming person screen - -",
		"quick-assist ended 02 09:40:00 - incoming person screen - -",
		"windows-remote-assistance began 02 09:12:04 - incoming person screen - -",
		"windows-remote-assistance admitted 02 09:13:00 - incoming person screen - -",
		"windows-remote-assistance ended 02 09:40:00 - incoming person screen - -",
		"microsoft-rdp began 02 09:12:04 shadow incoming unknown screen - -",
		"microsoft-rdp admitted 02 09:12:05 shadow incoming person screen - -",
		"microsoft-rdp ended 02 09:40:00 shadow incoming unknown screen - -",
		"mstsc began 02 09:12:04 - outgoing unknown screen 10.0.0.9 - 10.0.0.9:0",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWindowsRecordsCutShort(t *testing.T) {
	text := windowsRecord("chromoting", "1", "09:12:04", "<EventData><Data>a/b</Data></EventData>") + "<Event><System>"
	records, err := ParseWindowsRecords([]byte(text))
	if len(records) != 1 || err == nil || !strings.Contains(err.Error(), "at byte") {
		t.Errorf("%d records, error %v", len(records), err)
	}
}

func TestJournalRecord(t *testing.T) {
	r, err := ParseJournalRecord([]byte(`{"MESSAGE":"Client connected: someone@example.org/x","__CURSOR":"s=2","__REALTIME_TIMESTAMP":"1793610724623710","_BOOT_ID":"782f","_PID":"9","SYSLOG_IDENTIFIER":"chromoting"}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := r.SessionMark(); !ok || m.Peer != "someone@example.org" || r.PID != 9 || r.Boot != "782f" {
		t.Errorf("%+v, %v of %+v", m, ok, r)
	}
	if r, err := ParseJournalRecord([]byte(`{"MESSAGE":[1,2,255],"__REALTIME_TIMESTAMP":"1"}`)); err != nil || r.Message != "" {
		t.Errorf("bytes as a message: %+v, %v", r, err)
	}
	for _, bad := range []string{"", "-- No entries --", `{"__REALTIME_TIMESTAMP":1}`, `{"MESSAGE":"a"}`, strings.Repeat(" ", journalRecordLimit+1)} {
		if _, err := ParseJournalRecord([]byte(bad)); err == nil {
			t.Errorf("%.20q is taken for a record", bad)
		}
	}
}

func TestMacRecord(t *testing.T) {
	line := `{"timestamp":"2026-11-02 10:12:04.123456+0100","processImagePath":"\/System\/Library\/CoreServices\/screensharingd.bundle\/screensharingd","eventMessage":"Authentication: SUCCEEDED :: User Name: anna :: Viewer Address: 203.0.113.7 :: Type: DH"}`
	r, err := ParseMacRecord([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	tool, m, ok := r.SessionMark()
	if want := "began 02 09:12:04 203.0.113.7 incoming password screen - anna 203.0.113.7:0"; !ok || tool != "apple-remote-desktop" || m.String() != want {
		t.Errorf("%s %s, %v, want %s", tool, m, ok, want)
	}
	masked := strings.NewReplacer("anna", "<private>", "203.0.113.7", "<private>").Replace(line)
	if r, err = ParseMacRecord([]byte(masked)); err != nil {
		t.Fatal(err)
	}
	if _, m, ok := r.SessionMark(); !ok || m.String() != "began 02 09:12:04 - incoming password screen - -" {
		t.Errorf("with what macOS hides: %s, %v", m, ok)
	}
	if _, err := ParseMacRecord([]byte("Filtering the log data")); err == nil {
		t.Error("a heading is taken for a record")
	}
}

func FuzzParseWindowsRecords(f *testing.F) {
	f.Add([]byte(windowsRecord("chromoting", "1", "09:12:04", "<EventData><Data>a/b</Data></EventData>")))
	f.Add([]byte(windowsRecord(lsm, "21", "09:12:04", "<UserData><EventXML><User>a</User><Address>192.0.2.7</Address></EventXML></UserData>")))
	f.Fuzz(func(t *testing.T, text []byte) {
		records, _ := ParseWindowsRecords(text)
		for _, r := range records {
			if _, m, ok := r.SessionMark(); ok {
				holdsLittle(t, m)
			}
		}
	})
}

func FuzzParseJournalRecord(f *testing.F) {
	f.Add([]byte(`{"MESSAGE":"Client connected: a/x","__REALTIME_TIMESTAMP":"1793610724623710","SYSLOG_IDENTIFIER":"chromoting"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if r, err := ParseJournalRecord(line); err == nil {
			if m, ok := r.SessionMark(); ok {
				holdsLittle(t, m)
			}
		}
	})
}

func FuzzParseMacRecord(f *testing.F) {
	f.Add([]byte(`{"timestamp":"2026-11-02 10:12:04.123456+0100","processImagePath":"/a/screensharingd","eventMessage":"Authentication: SUCCEEDED :: Viewer Address: 203.0.113.7"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if r, err := ParseMacRecord(line); err == nil {
			if _, m, ok := r.SessionMark(); ok {
				holdsLittle(t, m)
			}
		}
	})
}

func FuzzParseSyslogLine(f *testing.F) {
	f.Add("Nov  2 10:12:04 box chromoting[77]: text")
	f.Add("2026-11-02T10:12:05.123456+01:00 box chromoting[77]: text")
	f.Fuzz(func(t *testing.T, text string) {
		if line, ok := ParseSyslogLine(text, testClock()); ok && (line.At.IsZero() || line.Program == "" || len(line.Message) > len(text)) {
			t.Fatalf("%+v", line)
		}
	})
}
