package parse

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// waitingLimit is how many connections that are not let in yet are remembered.
const waitingLimit = 64

// LibVNCServer reads what servers built on libvncserver print, x11vnc among
// them: "02/11/2026 09:12:04 Client 192.0.2.7 gone". A connection becomes a
// session once its client is served, since a wrong password is logged first.
type LibVNCServer struct {
	waiting  []SessionMark
	refused  []string // ids of those turned away, until they are gone
	security string
}

// Line reads one line.
func (l *LibVNCServer) Line(text string, clock SessionClock) (SessionMark, bool) {
	const stamp = "02/01/2006 15:04:05"
	if len(text) < len(stamp)+2 {
		return SessionMark{}, false
	}
	at := clock.at(stamp, text[:len(stamp)])
	if at.IsZero() {
		return SessionMark{}, false
	}
	m, ok := l.mark(text[len(stamp)+1:])
	m.At = at
	return m, ok
}

func (l *LibVNCServer) mark(message string) (SessionMark, bool) {
	if from, ok := strings.CutPrefix(message, "Got connection from client "); ok {
		l.wait(SessionMark{Act: SessionBegan, Direction: Incoming, Kind: Screen, Approval: Unknown, ID: brief(from), Address: addressAlone(from)})
		return SessionMark{}, false
	}
	if _, ok := after(message, "incr accepted_client="); ok {
		if _, from, ok := strings.Cut(message, " for "); ok && len(l.waiting) > 0 {
			l.waiting[len(l.waiting)-1].Address = addressPort(firstField(from))
		}
		return SessionMark{}, false
	}
	if number, ok := after(message, "executing handler for type "); ok {
		l.security = firstField(number)
		return SessionMark{}, false
	}
	if from, ok := after(message, "authentication failed from "); ok {
		if m, waits := l.take(brief(from)); waits && len(l.refused) < waitingLimit {
			l.refused = append(l.refused, m.ID)
		}
		return SessionMark{}, false
	}
	if who, ok := strings.CutPrefix(message, "Client "); ok && strings.HasSuffix(who, " gone") {
		id := brief(strings.TrimSuffix(who, " gone"))
		if at := slices.Index(l.refused, id); at >= 0 {
			l.refused = slices.Delete(l.refused, at, at+1)
			return SessionMark{}, false
		}
		if _, unserved := l.take(id); unserved {
			return SessionMark{}, false
		}
		return SessionMark{Act: SessionEnded, ID: id}, true
	}
	return l.served(message)
}

// served knows the lines that are written only for a client that is let in.
func (l *LibVNCServer) served(message string) (SessionMark, bool) {
	id := ""
	if of, ok := strings.CutPrefix(message, "client_set_net: "); ok {
		id = firstField(of)
	} else if _, of, ok := strings.Cut(message, " for client "); ok {
		id = brief(strings.TrimSuffix(firstField(of), ":"))
	}
	if id == "" {
		return SessionMark{}, false
	}
	m, ok := l.take(id)
	switch l.security {
	case "1":
		m.Approval = Unattended
	case "":
	default:
		m.Approval = Password
	}
	return m, ok
}

func (l *LibVNCServer) wait(m SessionMark) {
	if len(l.waiting) >= waitingLimit {
		l.waiting = l.waiting[1:]
	}
	l.waiting, l.security = append(l.waiting, m), ""
}

// take gives the connection that waits longest under an id, and forgets it.
func (l *LibVNCServer) take(id string) (SessionMark, bool) {
	for i, m := range l.waiting {
		if m.ID == id {
			l.waiting = append(l.waiting[:i:i], l.waiting[i+1:]...)
			return m, true
		}
	}
	return SessionMark{}, false
}

// TigerVNC reads what TigerVNC's servers print: a line with the date, and below
// it blank-indented lines of that second.
type TigerVNC struct {
	at       time.Time
	waiting  []netip.AddrPort
	security string
}

// Line reads one line.
func (l *TigerVNC) Line(text string, clock SessionClock) (SessionMark, bool) {
	if !strings.HasPrefix(text, " ") {
		if at := clock.at("Mon Jan _2 15:04:05 2006", strings.TrimSpace(text)); !at.IsZero() {
			l.at = at
		}
		return SessionMark{}, false
	}
	part, message, ok := strings.Cut(strings.TrimSpace(text), ":")
	if !ok || l.at.IsZero() {
		return SessionMark{}, false
	}
	m, ok := l.mark(part, strings.TrimSpace(message))
	m.At = l.at
	return m, ok
}

func (l *TigerVNC) mark(part, message string) (SessionMark, bool) {
	if from, ok := strings.CutPrefix(message, "accepted: "); ok && part == "Connections" {
		if len(l.waiting) >= waitingLimit {
			l.waiting = l.waiting[1:]
		}
		l.waiting, l.security = append(l.waiting, addressPort(from)), ""
		return SessionMark{}, false
	}
	if from, ok := strings.CutPrefix(message, "closed: "); ok && part == "Connections" {
		address := addressPort(firstField(from))
		if l.take(address) {
			return SessionMark{}, false
		}
		return SessionMark{Act: SessionEnded, ID: address.String()}, true
	}
	if name, ok := strings.CutPrefix(message, "Client requests security type "); ok {
		l.security = strings.TrimSpace(strings.TrimRight(name, " ()0123456789"))
		return SessionMark{}, false
	}
	if part != "VNCSConnST" || !strings.HasPrefix(message, "Server default pixel format") || len(l.waiting) == 0 {
		return SessionMark{}, false
	}
	// Written once a client is let in; whose connection it is, is not said.
	address := l.waiting[len(l.waiting)-1]
	l.take(address)
	return SessionMark{Act: SessionBegan, ID: address.String(), Direction: Incoming, Kind: Screen, Approval: l.approval(), Address: address}, true
}

func (l *TigerVNC) approval() string {
	switch l.security {
	case "None", "TLSNone", "X509None":
		return Unattended
	case "":
		return Unknown
	}
	return Password
}

func (l *TigerVNC) take(address netip.AddrPort) bool {
	for i, waiting := range l.waiting {
		if waiting == address {
			l.waiting = append(l.waiting[:i:i], l.waiting[i+1:]...)
			return true
		}
	}
	return false
}
