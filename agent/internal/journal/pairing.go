package journal

import (
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// notedWithin is how long after a session's begin its log may say where it comes from.
const notedWithin = 2 * time.Minute

// A pairing makes sessions of the marks of one log.
type pairing struct {
	log      string
	place    Place
	sessions []*Session // the oldest first
}

func (p *pairing) told() []Session {
	told := make([]Session, len(p.sessions))
	for i, s := range p.sessions {
		told[i] = *s
	}
	return told
}

// take brings a mark to its session.
func (p *pairing) take(m parse.SessionMark) {
	switch m.Act {
	case parse.SessionBegan, parse.SessionWhole:
		if m.Act == parse.SessionBegan && m.ID != "" {
			if before := p.open(m.ID); before != nil {
				before.Lost = true // begun anew without an end
			}
		}
		p.add(&Session{Log: p.log, Place: p.place, SessionMark: m, Over: m.Act == parse.SessionWhole})
	case parse.SessionAdmitted:
		if s := p.open(m.ID); s != nil {
			s.Learn(m)
		}
	case parse.SessionNoted:
		if s := p.open(m.ID); s != nil && !s.Address.IsValid() && m.At.Sub(s.At) <= notedWithin {
			s.Learn(m)
			return
		}
		p.add(&Session{Log: p.log, Place: p.place, SessionMark: m, Over: true, Noted: true})
	case parse.SessionEnded:
		p.end(m)
	case parse.SessionRefused:
		if s := p.open(m.ID); s != nil {
			p.sessions = slices.DeleteFunc(p.sessions, func(other *Session) bool { return other == s })
		}
	case parse.SessionRestarted:
		for _, s := range p.sessions {
			s.Lost = s.Lost || !s.Over
		}
	}
}

func (p *pairing) add(s *Session) {
	if len(p.sessions) >= sessionsLimit {
		p.sessions = slices.Delete(p.sessions, 0, 1)
	}
	p.sessions = append(p.sessions, s)
}

// end ends the session of a mark. The end of one whose begin was not read is
// told too, if its mark says who it is; many logs say only that one is over.
func (p *pairing) end(m parse.SessionMark) {
	if s := p.open(m.ID); s != nil {
		s.Learn(m)
		s.Over, s.Until = true, m.At
		return
	}
	if p.place.EndsAlone && m.ID != "" {
		m.Until = m.At
		p.add(&Session{Log: p.log, Place: p.place, SessionMark: m, Over: true})
	}
}

// open is the newest session of this id that goes on; "" is any.
func (p *pairing) open(id string) *Session {
	for _, s := range slices.Backward(p.sessions) {
		if !s.Over && !s.Lost && (id == "" || s.ID == "" || s.ID == id) {
			return s
		}
	}
	return nil
}

// Learn fills in what was not known of a session.
func (s *Session) Learn(m parse.SessionMark) {
	fill := func(to *string, from string) {
		if from != "" && (*to == "" || *to == parse.Unknown) {
			*to = from
		}
	}
	fill(&s.Direction, m.Direction)
	fill(&s.Approval, m.Approval)
	fill(&s.Kind, m.Kind)
	fill(&s.Peer, m.Peer)
	fill(&s.Account, m.Account)
	if !s.Address.IsValid() {
		s.Address = m.Address
	}
}
