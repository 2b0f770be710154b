package parse

import (
	"strings"
	"time"
)

// A SyslogLine is one line of a system log, parted.
type SyslogLine struct {
	At      time.Time
	Program string
	Message string
}

// ParseSyslogLine reads the two forms that system logs are written in:
// "Nov  2 09:12:04 host program[12]: message" in local time without a year, and
// the same after "2026-11-02T09:12:04.123456+01:00".
func ParseSyslogLine(text string, clock SessionClock) (SyslogLine, bool) {
	at, rest := syslogTime(text, clock)
	if at.IsZero() {
		return SyslogLine{}, false
	}
	_, rest, ok := strings.Cut(strings.TrimLeft(rest, " "), " ") // the host
	tag, message, found := strings.Cut(rest, ": ")
	if !ok || !found || len(tag) > 64 {
		return SyslogLine{}, false
	}
	program, _, _ := strings.Cut(tag, "[")
	return SyslogLine{At: at, Program: program, Message: message}, program != "" && !strings.Contains(program, " ")
}

func syslogTime(text string, clock SessionClock) (time.Time, string) {
	if len(text) > 20 && text[4] == '-' {
		stamp, rest, _ := strings.Cut(text, " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil {
			return time.Time{}, ""
		}
		return at, rest
	}
	const stamp = "Jan _2 15:04:05"
	if len(text) <= len(stamp) {
		return time.Time{}, ""
	}
	at := clock.at(stamp, text[:len(stamp)])
	if at.IsZero() {
		return time.Time{}, ""
	}
	return inYear(at, clock.Now), text[len(stamp):]
}

// inYear gives a time without a year the latest that is not in the future.
func inYear(at, now time.Time) time.Time {
	year := now.Year()
	dated := time.Date(year, at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, at.Location())
	if dated.After(now.Add(25 * time.Hour)) {
		dated = time.Date(year-1, at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, at.Location())
	}
	return dated
}

// Chromoting reads what Chrome Remote Desktop writes to the system log.
type Chromoting struct{}

// Line reads one line of a system log.
func (Chromoting) Line(text string, clock SessionClock) (SessionMark, bool) {
	if !strings.Contains(text, "chromoting") {
		return SessionMark{}, false
	}
	line, ok := ParseSyslogLine(text, clock)
	if !ok || line.Program != "chromoting" {
		return SessionMark{}, false
	}
	m, ok := ChromotingMark(line.Message)
	m.At = line.At
	return m, ok
}

// ChromotingMark understands one message: "Client connected: someone@example.org/chromoting_ftl_…."
func ChromotingMark(message string) (SessionMark, bool) {
	m := SessionMark{Direction: Incoming, Approval: Unknown, Kind: Screen}
	head, who, ok := strings.Cut(message, ": ")
	who = strings.TrimSuffix(firstField(who), ".")
	switch head {
	case "Client connected":
		m.Act = SessionBegan
	case "Client disconnected":
		m.Act = SessionEnded
	case "Access denied for client":
		m.Act = SessionRefused
	case "Channel IP for client":
		m.Act = SessionAdmitted
		if ip, told := after(message, " ip='"); told {
			ip, _, _ = strings.Cut(ip, "'")
			m.Address = addressPort(ip)
		}
	case "Host started for user", "Host shutdown":
		return SessionMark{Act: SessionRestarted}, true
	default:
		return SessionMark{}, false
	}
	m.ID = brief(who)
	m.Peer, _, _ = strings.Cut(m.ID, "/") // the account; what follows differs with every session
	return m, ok && m.ID != ""
}
