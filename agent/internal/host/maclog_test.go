package host

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestMacLogPace(t *testing.T) {
	var m macLog
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		why    string
		after  time.Duration
		writes bool
		tool   string
	}{
		{"the first look", 0, false, "log-sessions"},
		{"nobody who could have written", 2 * time.Minute, false, ""},
		{"somebody runs", 3 * time.Minute, true, "log-sessions-just"},
		{"he still runs, soon after", 3*time.Minute + 30*time.Second, true, ""},
		{"he went before it was read", 3*time.Minute + 40*time.Second, false, ""},
		{"what he wrote last", 4 * time.Minute, false, "log-sessions-just"},
		{"nobody again", 6 * time.Minute, false, ""},
		{"now and then", 19 * time.Minute, false, "log-sessions-now"},
		{"after a pause", 2 * time.Hour, false, "log-sessions-hours"},
		{"after a sleep", 5*time.Hour + time.Minute, false, "log-sessions"},
		{"the clock was set back", time.Hour, false, "log-sessions"},
	} {
		tool, due := m.due(at.Add(c.after), c.writes)
		if tool.Name != c.tool || due != (c.tool != "") {
			t.Errorf("%s: %q, want %q", c.why, tool.Name, c.tool)
		}
		if due {
			if _, again := m.due(at.Add(c.after+2*time.Minute), true); again {
				t.Errorf("%s: asked while an answer is awaited", c.why)
			}
			m.ran = c.writes
			m.take(nil, nil)
		}
	}
}

// TestMacLogOfASlowMachine: a day that takes too long is not read again and again,
// what came since is read all the same, and the gap is said.
func TestMacLogOfASlowMachine(t *testing.T) {
	var m macLog
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	slow := errors.New("no answer within 10m0s")
	for _, c := range []struct {
		after time.Duration
		tool  string
		err   error
		want  error
	}{
		{0, "log-sessions", slow, slow},
		{12 * time.Minute, "log-sessions-hours", nil, errMacLogDay},
		{14 * time.Minute, "log-sessions-just", nil, errMacLogDay},
		{16 * time.Minute, "log-sessions-just", slow, slow},
		{26 * time.Minute, "log-sessions-now", nil, errMacLogDay},
		{5 * time.Hour, "log-sessions-hours", nil, errMacLogDay},
		{7 * time.Hour, "log-sessions", nil, nil},
		{7*time.Hour + 2*time.Minute, "log-sessions-just", nil, nil},
	} {
		tool, due := m.due(at.Add(c.after), true)
		if !due || tool.Name != c.tool {
			t.Fatalf("after %s: %q, want %q", c.after, tool.Name, c.tool)
		}
		m.take(nil, c.err)
		if _, err := m.answer(); !errors.Is(err, c.want) {
			t.Errorf("after %s: %v, want %v", c.after, err, c.want)
		}
	}
}

func TestMacLogAnswer(t *testing.T) {
	var m macLog
	<-m.underway()
	m.due(time.Time{}, false)
	if _, err := m.answer(); !errors.Is(err, errMacLogBusy) {
		t.Errorf("before the first answer: %v", err)
	}
	line := func(n int) string {
		return fmt.Sprintf(`{"timestamp":"2026-11-02 10:12:%02d.000000+0100","n":%d}`, n%60, n)
	}
	m.take([]byte("Filtering the log data\n"+line(1)+"\n"+line(2)+"\n{\"count\":2,\"finished\":1}\n"), nil)
	<-m.underway()
	m.due(time.Time{}.Add(time.Hour), true)
	m.take([]byte(line(2)+"\n"+line(3)+"\n"), nil)
	if text, err := m.answer(); string(text) != line(1)+"\n"+line(2)+"\n"+line(3)+"\n" || err != nil {
		t.Errorf("%s, %v", text, err)
	}
	m.due(time.Time{}.Add(2*time.Hour), true)
	m.take(nil, errors.New("no answer"))
	if text, err := m.answer(); len(text) == 0 || err == nil {
		t.Errorf("after a question without an answer: %q, %v; what was known stands beside the trouble", text, err)
	}
	m.due(time.Time{}.Add(3*time.Hour), true)
	var many strings.Builder
	for i := range recordsMost {
		many.WriteString(line(10+i) + "\n")
	}
	m.take([]byte(many.String()), nil)
	if text, err := m.answer(); strings.Count(string(text), "\n") != recordsMost || !errors.Is(err, errRecordsFull) || len(m.have) != recordsMost {
		t.Errorf("%d of more than are kept, %v", strings.Count(string(text), "\n"), err)
	}
}

func TestWritesMacLog(t *testing.T) {
	for program, want := range map[string]bool{
		"/System/Library/CoreServices/RemoteManagement/screensharingd.bundle/Contents/MacOS/screensharingd":                                                       true,
		"/Library/PrivilegedHelperTools/ChromeRemoteDesktopHost.bundle/Contents/MacOS/remoting_me2me_host_service.app/Contents/MacOS/remoting_me2me_host_service": true,
		"/usr/sbin/sshd": false,
	} {
		if got := writesMacLog(Process{Path: program}); got != want {
			t.Errorf("%s: %v", program, got)
		}
	}
}
