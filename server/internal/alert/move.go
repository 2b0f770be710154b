package alert

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxComment is the most characters a comment may have.
const MaxComment = 4000

// A Change is what a move or a judgement made of an alert: how it is now, and
// the lines its timeline gains.
type Change struct {
	Alert    Alert
	Timeline []Entry
}

// A Move is what one person wants to do to one alert at one moment.
type Move struct {
	Action  Action
	By      Actor
	At      time.Time // collector clock
	Etag    string    // of the version the person looked at; a comment needs none
	Reason  string    // for Close
	Comment string
}

// Action is the verb of a move.
type Action string

// The actions.
const (
	Acknowledge Action = "acknowledge"
	Close       Action = "close"
	Reopen      Action = "reopen"
	Remark      Action = "comment"
)

// Apply makes the move, or refuses it in a plain sentence and leaves the alert as it was.
func (m Move) Apply(a Alert) (Change, error) {
	if !m.By.MayReview() {
		return Change{}, refuse(ErrDenied, "%s has the role %s, which may read alerts but not move them; ask an analyst", m.By.Name, m.By.Role)
	}
	if n := utf8.RuneCountInString(m.Comment); n > MaxComment {
		return Change{}, refuse(ErrInvalid, "the comment has %d characters; at most %d are kept", n, MaxComment)
	}
	m.Comment = strings.TrimSpace(m.Comment)
	if m.Action != Remark {
		if err := m.matchEtag(a); err != nil {
			return Change{}, err
		}
	}
	var c Change
	var err error
	switch m.Action {
	case Acknowledge:
		c, err = m.acknowledge(a)
	case Close:
		c, err = m.close(a)
	case Reopen:
		c, err = m.reopen(a)
	case Remark:
		c, err = m.remark(a)
	default:
		return Change{}, refuse(ErrInvalid, "%q is not something one can do to an alert", m.Action)
	}
	if err != nil {
		return Change{}, err
	}
	c.Alert.UpdatedAt = m.At
	c.Alert.Version++
	return c, nil
}

func (m Move) matchEtag(a Alert) error {
	switch m.Etag {
	case a.Etag():
		return nil
	case "":
		return refuse(ErrInvalid, "the request carries no etag; read the alert first and send its etag back")
	default:
		return refuse(ErrConflict, "the alert changed since you read it (it is %s now); read it again and decide on what it says", describe(a))
	}
}

func describe(a Alert) string {
	s := strings.ReplaceAll(string(a.State), "_", " ")
	if a.State == Closed {
		return s + " as " + string(a.CloseReason)
	}
	if a.Assignee != "" {
		s += ", with " + a.Assignee
	}
	return s + ", level " + string(a.Level)
}

func (m Move) acknowledge(a Alert) (Change, error) {
	switch {
	case a.State == Closed:
		return Change{}, refuse(ErrConflict, "the alert is closed as %s; reopen it to work on it", a.CloseReason)
	case a.State == InProgress && a.Assignee == m.By.Name:
		return Change{}, refuse(ErrConflict, "you already have this alert")
	}
	text := "Acknowledged."
	if a.Assignee != "" && a.Assignee != m.By.Name {
		text = fmt.Sprintf("Taken over from %s.", a.Assignee)
	}
	a.State, a.Assignee = InProgress, m.By.Name
	return Change{a, []Entry{m.entry(StateChanged, text)}}, nil
}

func (m Move) close(a Alert) (Change, error) {
	if a.State == Closed {
		return Change{}, refuse(ErrConflict, "the alert is already closed as %s", a.CloseReason)
	}
	reason, err := parseReason(m.Reason)
	if err != nil {
		return Change{}, err
	}
	if n := utf8.RuneCountInString(m.Comment); reason.needsComment(a.Level) && n < Explained {
		return Change{}, refuse(ErrInvalid,
			"closing a %s alert as %s needs a comment of at least %d characters (yours has %d): say what you saw, so that the next person can follow it",
			a.Level, reason, Explained, n)
	}
	a.State, a.CloseReason, a.ClosedAt = Closed, reason, m.At
	if a.Assignee == "" {
		a.Assignee = m.By.Name
	}
	return Change{a, m.withComment(fmt.Sprintf("Closed as %s.", reason))}, nil
}

func (m Move) reopen(a Alert) (Change, error) {
	if a.State != Closed {
		return Change{}, refuse(ErrConflict, "the alert is not closed (it is %s)", describe(a))
	}
	// The earlier reason goes from the alert but stays in its timeline.
	text := fmt.Sprintf("Reopened. It had been closed as %s on %s.", a.CloseReason, a.ClosedAt.UTC().Format(time.DateOnly))
	a.State, a.CloseReason, a.ClosedAt, a.Assignee = InProgress, "", time.Time{}, m.By.Name
	return Change{a, m.withComment(text)}, nil
}

func (m Move) remark(a Alert) (Change, error) {
	if m.Comment == "" {
		return Change{}, refuse(ErrInvalid, "the comment is empty")
	}
	return Change{a, []Entry{m.entry(Comment, m.Comment)}}, nil
}

func (m Move) entry(k Kind, text string) Entry {
	return Entry{At: m.At, Kind: k, Text: text, Actor: m.By.Name}
}

func (m Move) withComment(text string) []Entry {
	lines := []Entry{m.entry(StateChanged, text)}
	if m.Comment != "" {
		lines = append(lines, m.entry(Comment, m.Comment))
	}
	return lines
}
