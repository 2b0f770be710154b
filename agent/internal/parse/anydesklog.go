package parse

import (
	"strings"
	"time"
)

// AnyDeskConnections reads connection_trace.txt, which the controlled side
// writes: direction, date, how it was let in, alias and number of the other
// side. It tells begins only. Its times, as those of the traces, are UTC.
type AnyDeskConnections struct{}

// Line reads one line.
func (AnyDeskConnections) Line(text string, _ SessionClock) (SessionMark, bool) {
	fields := strings.Fields(text)
	if len(fields) < 4 {
		return SessionMark{}, false
	}
	m := SessionMark{Act: SessionBegan, Kind: Unknown}
	switch fields[0] {
	case "Incoming":
		m.Direction = Incoming
	case "Outgoing":
		m.Direction = Outgoing
	default:
		return SessionMark{}, false
	}
	m.At = SessionClock{}.at("2006-01-02, 15:04", fields[1]+" "+fields[2])
	if m.At.IsZero() {
		return SessionMark{}, false
	}
	how := strings.ToLower(fields[3])
	switch {
	case strings.HasPrefix(how, "reject"):
		return SessionMark{}, false // turned away: it never was a session
	case how == "user":
		m.Approval = Person
	case strings.HasPrefix(how, "passw"):
		m.Approval = Password
	case how == "token":
		m.Approval = Unattended
	default:
		m.Approval = Unknown
	}
	if len(fields) > 4 {
		m.Peer = brief(fields[len(fields)-1])
	}
	return m, true
}

// AnyDeskTrace reads ad.trace, ad_svc.trace and anydesk.trace:
// "info 2026-11-02 09:12:04.298 back 4668 6440 app.backend_session - text".
// A request becomes a session once it is let in: most that is not is never told.
type AnyDeskTrace struct {
	request SessionMark // that waits for an answer
}

// Line reads one line.
func (l *AnyDeskTrace) Line(text string, _ SessionClock) (SessionMark, bool) {
	head, message, ok := strings.Cut(text, " - ")
	if !ok {
		return SessionMark{}, false
	}
	fields := strings.Fields(head)
	if len(fields) < 4 {
		return SessionMark{}, false
	}
	at := anyDeskTime(fields)
	if at.IsZero() {
		return SessionMark{}, false
	}
	m, ok := anyDeskMark(fields[len(fields)-1], strings.TrimSpace(message))
	if !ok {
		return SessionMark{}, false
	}
	m.At = at
	return l.answer(m)
}

// answer holds a request back until it is let in.
func (l *AnyDeskTrace) answer(m SessionMark) (SessionMark, bool) {
	waits := l.request.Act != 0
	switch {
	case m.Act == SessionBegan:
		l.request = m
		return SessionMark{}, false
	case !waits && m.Act == SessionAdmitted && m.Approval == "":
		m.Act, m.Direction = SessionNoted, Incoming // the service writes addresses, and another log the sessions
		return m, m.Address.IsValid()
	case !waits:
		return m, m.Act != SessionRefused
	case m.Act == SessionAdmitted && m.Approval == "":
		l.request.Address = m.Address
		return SessionMark{}, false
	case m.Act == SessionAdmitted:
		begun := l.request
		begun.Approval, l.request = m.Approval, SessionMark{}
		return begun, true
	case m.Act == SessionRestarted:
		l.request = SessionMark{}
		return m, true
	}
	l.request = SessionMark{} // turned away, or over before it began
	return SessionMark{}, false
}

// anyDeskTime finds date and time among the first fields: a marked level has
// one more of them.
func anyDeskTime(fields []string) time.Time {
	for i := 1; i < min(3, len(fields)-1); i++ {
		if len(fields[i]) == len("2006-01-02") {
			return SessionClock{}.at("2006-01-02 15:04:05", fields[i]+" "+fields[i+1])
		}
	}
	return time.Time{}
}

func anyDeskMark(part, message string) (SessionMark, bool) {
	switch {
	case strings.HasPrefix(message, "* - * - *"), strings.HasPrefix(message, "* Version"):
		return SessionMark{Act: SessionRestarted}, part == "main" || strings.HasSuffix(part, "main")
	case part == "app.backend_session":
		return anyDeskBackend(message)
	case part == "anynet.any_socket":
		from, ok := after(message, "Logged in from ")
		return SessionMark{Act: SessionAdmitted, Address: addressPort(firstField(from))}, ok
	case part != "app.session":
		return SessionMark{}, false
	}
	return anyDeskSession(anyDeskNumbered(message))
}

func anyDeskBackend(message string) (SessionMark, bool) {
	if who, ok := after(message, "Incoming session request: "); ok {
		// The name before the number is free text of the other side; only the number is taken.
		at := strings.LastIndexByte(who, '(')
		if at < 0 {
			return SessionMark{}, false
		}
		return SessionMark{Act: SessionBegan, Direction: Incoming, Kind: Unknown, Approval: Unknown, Peer: brief(strings.Trim(who[at:], "() ."))}, true
	}
	lower := strings.ToLower(message)
	switch {
	case strings.HasPrefix(lower, "session closed"), strings.HasPrefix(lower, "session stopped"), strings.HasPrefix(lower, "session ended"):
		return SessionMark{Act: SessionEnded}, true
	case strings.HasPrefix(lower, "session rejected"):
		return SessionMark{Act: SessionRefused}, true
	}
	return SessionMark{}, false
}

// anyDeskNumbered takes off the number that newer versions put before a message: "3: text".
func anyDeskNumbered(message string) string {
	number, rest, ok := strings.Cut(message, ": ")
	if ok && number != "" && strings.Trim(number, "0123456789") == "" {
		return rest
	}
	return message
}

func anyDeskSession(message string) (SessionMark, bool) {
	m := SessionMark{Act: SessionAdmitted}
	switch {
	case strings.HasPrefix(message, "Authenticated by local user"):
		m.Approval = Person
	case strings.HasPrefix(message, "Authenticated with permanent token"):
		m.Approval = Unattended
	case strings.HasPrefix(message, "Authenticated with correct passphrase"), strings.HasPrefix(message, "Authenticated by password"):
		m.Approval = Password
	case strings.HasPrefix(message, "Session closed"), strings.HasPrefix(message, "Session stopped"):
		m.Act = SessionEnded
	default:
		return SessionMark{}, false
	}
	return m, true
}
