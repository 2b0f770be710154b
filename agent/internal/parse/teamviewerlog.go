package parse

import (
	"strconv"
	"strings"
	"time"
)

// TeamViewerIncoming reads Connections_incoming.txt: number and name of the
// other side, begin, end, local account, kind and session, parted by tabs, in
// UTC. A line is written when a session is over.
type TeamViewerIncoming struct{}

// Line reads one line.
func (TeamViewerIncoming) Line(text string, _ SessionClock) (SessionMark, bool) {
	fields := strings.Split(text, "\t")
	if len(fields) < 6 {
		return SessionMark{}, false
	}
	// The name of the other side (field 1) is free text and not taken.
	m, ok := teamViewerWhole(fields[0], fields[2], fields[3], fields[5])
	m.Direction, m.Account = Incoming, brief(fields[4])
	return m, ok
}

// TeamViewerOutgoing reads Connections.txt, which the controlling side writes:
// the same without a name.
type TeamViewerOutgoing struct{}

// Line reads one line.
func (TeamViewerOutgoing) Line(text string, _ SessionClock) (SessionMark, bool) {
	fields := strings.Split(text, "\t")
	if len(fields) < 5 {
		return SessionMark{}, false
	}
	m, ok := teamViewerWhole(fields[0], fields[1], fields[2], fields[4])
	m.Direction = Outgoing
	return m, ok
}

func teamViewerWhole(peer, from, until, kind string) (SessionMark, bool) {
	const layout = "02-01-2006 15:04:05"
	m := SessionMark{Act: SessionWhole, Peer: brief(peer), Approval: Unknown, Kind: teamViewerKind(kind)}
	m.At, m.Until = SessionClock{}.at(layout, strings.TrimSpace(from)), SessionClock{}.at(layout, strings.TrimSpace(until))
	return m, !m.At.IsZero() && !m.Until.IsZero() && m.Peer != "" && strings.Trim(m.Peer, "0123456789") == ""
}

func teamViewerKind(word string) string {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "remotecontrol", "remotesupport", "presentation":
		return Screen
	case "filetransfer":
		return Files
	}
	return Unknown
}

// TeamViewerTrace reads TeamViewerXX_Logfile.log. Its times are local; the line
// "Start: 2026/11/02 09:12:04.123 (UTC+2:00)" says how far from UTC.
type TeamViewerTrace struct {
	zone  *time.Location
	punch SessionMark // of the latest other side that was reached directly
}

// punchWait is how long before a session its two sides may have found each other.
const punchWait = time.Minute

// Line reads one line.
func (l *TeamViewerTrace) Line(text string, clock SessionClock) (SessionMark, bool) {
	if start, ok := strings.CutPrefix(text, "Start:"); ok {
		l.zone = teamViewerZone(start)
		fields := strings.Fields(start)
		if len(fields) < 2 {
			return SessionMark{}, false
		}
		at := l.in(clock).at("2006/01/02 15:04:05", fields[0]+" "+fields[1])
		return SessionMark{Act: SessionRestarted, At: at}, !at.IsZero()
	}
	fields := strings.Fields(text[:min(len(text), 256)])
	if len(fields) < 4 {
		return SessionMark{}, false
	}
	at := l.in(clock).at("2006/01/02 15:04:05", fields[0]+" "+fields[1])
	if at.IsZero() {
		return SessionMark{}, false
	}
	m, ok := teamViewerMark(text)
	m.At = at
	switch {
	case m.Act == SessionNoted:
		l.punch = m
	case m.Act == SessionBegan && !l.punch.At.After(at) && at.Sub(l.punch.At) <= punchWait:
		m.Address = l.punch.Address
	}
	return m, ok
}

func (l *TeamViewerTrace) in(clock SessionClock) SessionClock {
	if l.zone != nil {
		clock.Zone = l.zone
	}
	return clock
}

func teamViewerMark(text string) (SessionMark, bool) {
	if id, ok := after(text, "SessionManagerDesktop::IncomingConnection: Connection incoming, sessionID = "); ok {
		return SessionMark{Act: SessionBegan, ID: brief(firstField(id)), Direction: Incoming, Approval: Unknown, Kind: Screen}, true
	}
	if from, ok := after(text, "UDPv4: punch received a="); ok {
		address := addressPort(strings.TrimSuffix(firstField(from), ":"))
		return SessionMark{Act: SessionNoted, Address: address}, address.IsValid()
	}
	if _, ok := after(text, "SessionManagerDesktop::SessionTerminate"); ok {
		return SessionMark{Act: SessionEnded}, true
	}
	// "CParticipantManagerBase participant NAME (ID [1761879737,-207968498]) was
	// added with the role 6": role 6 is the other side. The name is not taken.
	_, isParticipant := after(text, "CParticipantManagerBase participant ")
	at := strings.LastIndex(text, "(ID [")
	if !isParticipant || at < 0 || !strings.Contains(text[at:], "role 6") {
		return SessionMark{}, false
	}
	number, _, _ := strings.Cut(text[at+len("(ID ["):], ",")
	return SessionMark{Act: SessionAdmitted, Peer: brief(number)}, number != "" && strings.Trim(number, "0123456789") == ""
}

// teamViewerZone reads "(UTC+2:00)".
func teamViewerZone(start string) *time.Location {
	text, ok := after(start, "(UTC")
	text, _, closed := strings.Cut(text, ")")
	if !ok || !closed || len(text) < 2 || text[0] != '+' && text[0] != '-' {
		return nil
	}
	hours, minutes, _ := strings.Cut(text[1:], ":")
	h, err := strconv.Atoi(hours)
	m := 0
	if err == nil && minutes != "" {
		m, err = strconv.Atoi(minutes)
	}
	if err != nil || h < 0 || h > 14 || m < 0 || m > 59 {
		return nil
	}
	seconds := h*3600 + m*60
	if text[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds)
}
