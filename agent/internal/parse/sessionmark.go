package parse

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A SessionAct is what a line of a log says of a session.
type SessionAct int

// The acts. What is not known to be one of them is no mark at all.
const (
	SessionBegan     SessionAct = iota + 1 // somebody is in
	SessionAdmitted                        // more of a session that began: how it was let in, where it comes from
	SessionEnded                           // it is over
	SessionRefused                         // it was turned away, so it never was one
	SessionWhole                           // one line with both begin and end
	SessionNoted                           // where somebody comes from, of whose session the log may say no more
	SessionRestarted                       // the program started anew: no session of before is alive
)

// The words of a mark, as rows carry them.
const (
	Incoming   = "incoming"
	Outgoing   = "outgoing"
	Person     = "person"
	Password   = "password"
	Unattended = "unattended"
	Screen     = "screen"
	Files      = "files"
	Shell      = "shell"
	Unknown    = "unknown"
)

// A SessionMark is what one line of a log says of one session. It holds only
// what is named here; the rest of the line is forgotten.
type SessionMark struct {
	Act       SessionAct
	At        time.Time // the line's own time; of an ended session without a begin it is the end
	Until     time.Time // the end, where one line has both
	ID        string    // by which the marks of one session find each other; "" is the latest
	Direction string
	Approval  string
	Kind      string
	Peer      string         // number or name of the other side
	Address   netip.AddrPort // of the other side, where the line has one; the port may be 0
	Account   string         // on the controlled machine
}

// A SessionClock says how to read times that lack a zone or a year.
type SessionClock struct {
	Zone *time.Location
	Now  time.Time
}

// peerLimit is the most that a peer or an account may have: far above any honest one.
const peerLimit = 128

// brief keeps one value of a line: printable, without blanks at the ends, bounded.
func brief(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > peerLimit {
		text = text[:peerLimit]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// at reads a time; one without a zone is of this machine's.
func (c SessionClock) at(layout, text string) time.Time {
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	t, err := time.ParseInLocation(layout, text, zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// addressPort reads "192.0.2.7:5900", "[::1]:5900", "192.0.2.7::5900" and
// "::ffff:192.0.2.7:5900", where the last colon parts the port.
func addressPort(text string) netip.AddrPort {
	text = strings.Trim(strings.TrimSpace(text), ".,;")
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		return addressAlone(text)
	}
	port, err := strconv.ParseUint(text[at+1:], 10, 16)
	if err != nil {
		return addressAlone(text)
	}
	for _, host := range []string{text[:at], strings.TrimSuffix(text[:at], ":")} {
		if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
			return netip.AddrPortFrom(address.Unmap().WithZone(""), uint16(port))
		}
	}
	return addressAlone(text)
}

func addressAlone(text string) netip.AddrPort {
	address, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(text), "[].,;"))
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(address.Unmap().WithZone(""), 0)
}

// after gives what follows a mark in a text.
func after(text, mark string) (string, bool) {
	_, rest, ok := strings.Cut(text, mark)
	return rest, ok
}

// firstField is the first blank-separated word of a text.
func firstField(text string) string {
	text = strings.TrimSpace(text)
	if at := strings.IndexAny(text, " \t"); at >= 0 {
		return text[:at]
	}
	return text
}
