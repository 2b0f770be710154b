package parse

import (
	"strings"
	"time"
)

// XRDPSessions reads xrdp-sesman.log:
// "[20261102-09:12:04] [INFO ] ++ created session (access granted): username …, ip 192.0.2.7:4000 - socket: 12".
type XRDPSessions struct{}

// Line reads one line.
func (XRDPSessions) Line(text string, clock SessionClock) (SessionMark, bool) {
	at, message, ok := xrdpLine(text)
	if !ok {
		return SessionMark{}, false
	}
	m := SessionMark{At: xrdpTime(at, clock), Direction: Incoming, Kind: Screen, Approval: Password}
	switch {
	case strings.HasPrefix(message, "++ created session"), strings.HasPrefix(message, "++ reconnected session"):
		m.Act = SessionBegan
	case strings.HasPrefix(message, "++ terminated session"):
		m.Act = SessionEnded
	case strings.HasPrefix(message, "starting xrdp-sesman with pid"):
		m.Act = SessionRestarted
		return m, !m.At.IsZero()
	default:
		return SessionMark{}, false
	}
	m.Account = xrdpField(message, "username ")
	m.Address = addressPort(xrdpField(message, " ip "))
	m.ID = m.Address.String()
	return m, !m.At.IsZero() && m.Address.IsValid()
}

// XRDPConnections reads xrdp.log, which says who is let in but not when they leave.
type XRDPConnections struct {
	last SessionMark
}

// Line reads one line.
func (l *XRDPConnections) Line(text string, clock SessionClock) (SessionMark, bool) {
	at, message, ok := xrdpLine(text)
	if !ok {
		return SessionMark{}, false
	}
	if from, ok := after(message, "connection received from "); ok {
		fields := strings.Fields(from)
		if len(fields) >= 3 && fields[1] == "port" {
			address := addressPort(fields[0] + ":" + fields[2])
			l.last = SessionMark{Act: SessionBegan, Direction: Incoming, Kind: Screen, Approval: Password, Address: address, ID: address.String()}
		}
		return SessionMark{}, false
	}
	m := l.last
	m.At = xrdpTime(at, clock)
	switch {
	case strings.HasPrefix(message, "starting xrdp with pid"):
		return SessionMark{Act: SessionRestarted, At: m.At}, !m.At.IsZero()
	case strings.HasPrefix(message, "login successful for user "), strings.HasPrefix(message, "login was successful for user "):
		_, who, _ := strings.Cut(message, "for user ")
		m.Account = brief(firstField(who))
		l.last = SessionMark{}
		return m, m.Act != 0 && !m.At.IsZero()
	}
	return SessionMark{}, false
}

// xrdpLine parts "[time] [level] message"; some builds put thread and place between.
func xrdpLine(text string) (at, message string, ok bool) {
	if len(text) < len("[20060102-15:04:05] [I] ") || text[0] != '[' {
		return "", "", false
	}
	at, rest, ok := strings.Cut(text[1:], "]")
	if !ok {
		return "", "", false
	}
	for strings.HasPrefix(rest, " [") {
		if _, rest, ok = strings.Cut(rest, "]"); !ok {
			return "", "", false
		}
	}
	return at, strings.TrimSpace(rest), true
}

// xrdpField is one value of a line whose values are parted by commas.
func xrdpField(message, name string) string {
	value, ok := after(message, name)
	if !ok {
		return ""
	}
	value, _, _ = strings.Cut(value, ",")
	return brief(firstField(value))
}

// xrdpTime reads the local time of older versions and the zoned one of newer.
func xrdpTime(text string, clock SessionClock) time.Time {
	if at := clock.at("20060102-15:04:05", text); !at.IsZero() {
		return at
	}
	return clock.at("2006-01-02T15:04:05-0700", text)
}
