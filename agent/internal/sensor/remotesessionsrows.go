package sensor

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/journal"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

const (
	sessionDay   = 24 * time.Hour
	sessionRows  = 200
	joinLimit    = 4 * sessionRows // of which several logs may tell the same
	sameSession  = 2 * time.Minute // between what two logs say of one begin; one of them tells minutes only
	startedLater = 5 * time.Second // a program may be dated later than its first line, by rounding
)

// sessionKey is what makes a session this session.
type sessionKey struct{ tool, source, started, peer string }

func keyOf(s journal.Session) sessionKey {
	return sessionKey{s.Tool, s.Source, moment(s.At), peerOf(s)}
}

func peerOf(s journal.Session) string {
	if s.Peer == "" && s.Address.IsValid() {
		return s.Address.Addr().String()
	}
	return s.Peer
}

// A judged session is one with what is known of it now.
type judgedSession struct {
	journal.Session
	state string
}

// rows are the sessions that go on or began or ended within a day.
func (w *sessionWatch) rows(ctx context.Context, h host.Host, processes []host.Process, sessions []journal.Session, now time.Time) []remoteSession {
	if now.IsZero() {
		now = newest(sessions)
	}
	life := w.life(ctx, h, processes, sessions, now)
	var kept []judgedSession
	alive := map[sessionKey]time.Time{}
	for _, s := range sessions {
		j := judgedSession{s, life.state(s)}
		key := keyOf(s)
		if j.state == "active" {
			alive[key] = now
		} else if last, seen := w.alive[key]; seen && !s.Over {
			alive[key], j.Until = last, last // no log says when, but it was seen until then
		}
		if j.state == "active" || recent(s.At, now) || recent(j.Until, now) {
			kept = append(kept, j)
		}
	}
	w.alive = alive
	return sessionRowsOf(joinedSessions(fairly(kept, joinLimit)))
}

// fairly keeps so many sessions, of each log as many as of every other: whoever
// can write one log cannot push out with it what another says. Of one log those
// that go on come first, then the newest.
func fairly(sessions []judgedSession, limit int) []judgedSession {
	if len(sessions) <= limit {
		return sessions
	}
	sessions = slices.Clone(sessions)
	slices.SortStableFunc(sessions, latestFirst)
	place, told := map[string]int{}, make([]int, len(sessions))
	order := make([]int, len(sessions))
	for i, s := range sessions {
		order[i], told[i] = i, place[s.Log]
		place[s.Log]++
	}
	slices.SortStableFunc(order, func(a, b int) int { return told[a] - told[b] })
	kept := make([]judgedSession, limit)
	for i := range kept {
		kept[i] = sessions[order[i]]
	}
	return kept
}

// latestFirst puts what goes on first, then the newest.
func latestFirst(a, b judgedSession) int {
	if active := a.state == "active"; active != (b.state == "active") {
		return map[bool]int{true: -1, false: 1}[active]
	}
	return b.latest().Compare(a.latest())
}

func recent(at, now time.Time) bool { return !at.IsZero() && now.Sub(at) <= sessionDay }

func newest(sessions []journal.Session) time.Time {
	var at time.Time
	for _, s := range sessions {
		for _, t := range []time.Time{s.At, s.Until} {
			if t.After(at) {
				at = t
			}
		}
	}
	return at
}

// joinedSessions makes one of what two logs say of the same session: the one that
// knows more of how it stands is kept and learns from the other. That a log tells
// an end is worth more than that something still seems to run.
func joinedSessions(sessions []judgedSession) []judgedSession {
	slices.SortStableFunc(sessions, func(a, b judgedSession) int {
		if a.trust() != b.trust() {
			return a.trust() - b.trust()
		}
		return b.At.Compare(a.At)
	})
	var out, noted []judgedSession
	for _, s := range sessions {
		if s.Noted {
			noted = append(noted, s)
			continue
		}
		at := slices.IndexFunc(out, func(other judgedSession) bool { return same(other, s) })
		if at < 0 {
			out = append(out, s)
			continue
		}
		out[at].Learn(s.SessionMark)
		if out[at].Until.IsZero() {
			out[at].Until = s.Until
		}
	}
	for _, s := range noted { // one that fits no session was turned away, or is of a log that cannot be read
		if at := slices.IndexFunc(out, func(other judgedSession) bool { return !other.Address.IsValid() && same(other, s) }); at >= 0 {
			out[at].Learn(s.SessionMark)
		}
	}
	out = fairly(out, sessionRows) // the rest finds no room
	slices.SortStableFunc(out, latestFirst)
	return out
}

func (s judgedSession) trust() int {
	switch {
	case s.Over:
		return 0
	case s.state == "active":
		return 1
	case s.state == "ended":
		return 2
	}
	return 3
}

func (s judgedSession) latest() time.Time {
	if s.Until.After(s.At) {
		return s.Until
	}
	return s.At
}

func same(a, b judgedSession) bool {
	between := a.At.Sub(b.At).Abs()
	if a.Tool != b.Tool || a.Direction != b.Direction || a.At.IsZero() || b.At.IsZero() || between > sameSession {
		return false
	}
	if a.Log == b.Log {
		return false // one log tells each session once
	}
	switch {
	case a.Address.IsValid() && b.Address.IsValid():
		return a.Address.Addr() == b.Address.Addr() && (a.Address.Port() == b.Address.Port() || a.Address.Port() == 0 || b.Address.Port() == 0)
	case a.Peer != "" && b.Peer != "":
		return a.Peer == b.Peer
	}
	return a.Peer == "" || b.Peer == ""
}

func sessionRowsOf(sessions []judgedSession) []remoteSession {
	seen := map[sessionKey]bool{}
	var rows []remoteSession
	for _, s := range sessions {
		if key := keyOf(s.Session); seen[key] || len(rows) >= sessionRows {
			continue
		} else {
			seen[key] = true
		}
		row := remoteSession{
			Tool: s.Tool, Source: s.Source, State: s.state, Direction: known(s.Direction), Approval: known(s.Approval), Kind: known(s.Kind),
			Started: moment(s.At), Peer: peerOf(s.Session), PeerScope: parse.Unknown, Account: s.Account,
		}
		if s.state != "active" {
			row.Ended = moment(s.Until)
		}
		if s.Address.IsValid() {
			row.PeerScope, row.PeerAddress = scopeOf(s.Address.Addr()), s.Address.Addr().Unmap().String()
		}
		rows = append(rows, row)
	}
	return rows
}

func known(text string) string {
	if text == "" {
		return parse.Unknown
	}
	return text
}

// life is what shows that a session goes on: its program or its connection.
type life struct {
	processes []host.Process
	sockets   []host.Socket
	told      bool // the sockets are all there are
	boot      time.Time
}

// life asks for connections only where a session may hang on one.
func (w *sessionWatch) life(ctx context.Context, h host.Host, processes []host.Process, sessions []journal.Session, now time.Time) life {
	l := life{processes: processes}
	if uptime := sinceStart(ctx, h); uptime > 0 {
		l.boot = now.Add(-time.Duration(uptime * float64(time.Second)))
	}
	for _, s := range sessions {
		if s.Direct && !s.Over && !s.Lost {
			sockets, err := h.Sockets(ctx)
			l.sockets, l.told = sockets, err == nil
			break
		}
	}
	return l
}

func (l life) state(s journal.Session) string {
	switch {
	case s.Over:
		return "ended"
	case s.Lost, !l.boot.IsZero() && s.At.Before(l.boot):
		return parse.Unknown // the program or the machine began anew, and nobody wrote what became of it
	case s.Direct && s.Address.IsValid() && l.told:
		if l.connected(s.Address) {
			return "active"
		}
		return "ended"
	case s.Ends && l.runs(s.Alive, s.At):
		return "active"
	}
	return parse.Unknown
}

func (l life) connected(from netip.AddrPort) bool {
	return slices.ContainsFunc(l.sockets, func(k host.Socket) bool {
		remote := netip.AddrPortFrom(k.Remote.Addr().Unmap().WithZone(""), k.Remote.Port())
		if k.State != "established" || remote.Addr() != from.Addr() {
			return false
		}
		return remote.Port() == from.Port() || from.Port() == 0 && k.Inbound
	})
}

// runs says whether one of these programs has run since before a time.
func (l life) runs(names string, since time.Time) bool {
	for name := range strings.FieldsSeq(names) {
		for _, p := range l.processes {
			file := lastElement(strings.TrimSuffix(p.Path, " (deleted)"))
			if !strings.EqualFold(p.Name, name) && !strings.EqualFold(file, name) && (len(p.Name) != shortName || !strings.HasPrefix(name, p.Name)) {
				continue
			}
			if p.Started.IsZero() || !p.Started.After(since.Add(startedLater)) {
				return true
			}
		}
	}
	return false
}
