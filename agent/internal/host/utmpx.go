package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// struct utmpx of macOS as its file has it, the same on both architectures:
// ut_user[256] ut_id[4] ut_line[32] ut_pid ut_type, two bytes of nothing, ut_tv
// of two 32-bit numbers, ut_host[256] ut_pad[64].
const (
	utmpxSize  = 628
	utmpxMagic = "utmpx-1.00" // user of the first record, whose type is 10
)

// parseUtmpx reads the logins of macOS' /var/run/utmpx: whoever sits at the
// machine, and logins from elsewhere. A window of a terminal is a part of the
// first, not a login of its own, although the file lists it.
func parseUtmpx(content []byte) ([]Session, error) {
	switch {
	case len(content) > maxUtmpSize:
		return nil, fmt.Errorf("utmpx of %d bytes, want at most %d", len(content), maxUtmpSize)
	case len(content) < utmpxSize || cString(content[:256]) != utmpxMagic:
		return nil, errors.New("utmpx does not begin as macOS writes it")
	}
	var sessions []Session
	for content = content[utmpxSize:]; len(content) >= utmpxSize; content = content[utmpxSize:] {
		if s, ok := utmpxSession(content[:utmpxSize]); ok {
			sessions = append(sessions, s)
		}
	}
	if len(content) > 0 {
		return sessions, fmt.Errorf("utmpx ends within a record, %d bytes of it are there", len(content))
	}
	return sessions, nil
}

func utmpxSession(r []byte) (Session, bool) {
	if binary.LittleEndian.Uint16(r[296:]) != utmpUser {
		return Session{}, false
	}
	s := Session{
		User: cString(r[:256]), Terminal: cString(r[260:292]),
		PID: int(int32(binary.LittleEndian.Uint32(r[292:]))), Kind: kindUnknown,
	}
	if seconds := binary.LittleEndian.Uint32(r[300:]); seconds > 0 {
		s.Since = time.Unix(int64(seconds), int64(binary.LittleEndian.Uint32(r[304:])%1_000_000)*1000).UTC()
	}
	from, _, _ := strings.Cut(cString(r[308:564]), " ")
	switch {
	case s.User == "":
		return Session{}, false
	case s.Terminal == "console":
		s.Kind = kindGraphical
	case from == "", strings.HasPrefix(from, "tmux("), strings.HasPrefix(from, "screen"):
		return Session{}, false
	case strings.HasPrefix(s.Terminal, "tty"):
		s.Kind, s.Remote = kindSSH, from
	default:
		s.Remote = from
	}
	return s, true
}
