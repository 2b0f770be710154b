package parse

import (
	"strings"
	"time"
)

// RustDeskServer reads the log of RustDesk's controlled side:
// "[2026-11-02 09:12:04.298123 +01:00] INFO [src/server/connection.rs:1] #7 Connection closed: …".
// The line with which a session begins is written only where debugging is on.
type RustDeskServer struct{}

// Line reads one line.
func (RustDeskServer) Line(text string, _ SessionClock) (SessionMark, bool) {
	head, message, ok := strings.Cut(text, "] #")
	stamp, rest, closed := strings.Cut(strings.TrimPrefix(head, "["), "]")
	if !ok || !closed || !strings.Contains(rest, "src/server/connection") && !strings.Contains(rest, `src\server\connection`) {
		return SessionMark{}, false
	}
	at, err := time.Parse("2006-01-02 15:04:05 -07:00", stamp)
	if err != nil {
		return SessionMark{}, false
	}
	id, message, _ := strings.Cut(message, " ")
	if id == "" || len(id) > 20 || strings.Trim(id, "0123456789") != "" {
		return SessionMark{}, false
	}
	m := SessionMark{At: at, ID: id, Direction: Incoming, Approval: Unknown, Kind: Unknown}
	if from, ok := strings.CutPrefix(message, "Connection opened from "); ok {
		m.Act, m.Address = SessionBegan, addressPort(firstField(from))
		return m, true
	}
	m.Act = SessionEnded
	return m, strings.HasPrefix(message, "Connection closed")
}
