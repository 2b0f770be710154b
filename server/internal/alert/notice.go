package alert

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Notice tells once of what appeared on many laptops at about the same time, such
// as a service provider's move from one product to another. While it stands, no
// alert is opened for a laptop about which nothing else is known.
type Notice struct {
	ID        string
	Subject   string // a tool's name in the catalogue, or a rule's id
	Tenant    string // pseudonym of the account or server that all of them answer to; "" not told
	From, To  time.Time
	Devices   int
	Decision  Decision
	DecidedBy string
	DecidedAt time.Time
	Comment   string
	CreatedAt time.Time // collector clock
}

// Decision is what a person says of a notice.
type Decision string

// The decisions.
const (
	Undecided  Decision = ""           // nobody has looked yet
	Expected   Decision = "expected"   // the company did this; a sanction makes it last
	Unexpected Decision = "unexpected" // nobody knows of it: each laptop gets its alert
)

// Holds says whether the notice stands in the place of alerts.
func (n Notice) Holds() bool { return n.Decision != Unexpected }

// Decide notes what a person says of the notice, or refuses it in a plain sentence.
func (n Notice) Decide(by Actor, d Decision, comment string, at time.Time) (Notice, error) {
	comment = strings.TrimSpace(comment)
	switch {
	case !by.MayReview():
		return n, refuse(ErrDenied, "%s has the role %s, which may read notices but not decide on them; ask an analyst", by.Name, by.Role)
	case !slices.Contains([]Decision{Expected, Unexpected}, d):
		return n, refuse(ErrInvalid, "%q is no decision; a notice is expected or unexpected", d)
	case utf8.RuneCountInString(comment) < Explained:
		return n, refuse(ErrInvalid, "say in %d characters or more how you know that it is %s: who was asked, which change it is", Explained, d)
	case utf8.RuneCountInString(comment) > MaxComment:
		return n, refuse(ErrInvalid, "the comment is longer than %d characters", MaxComment)
	}
	n.Decision, n.DecidedBy, n.DecidedAt, n.Comment = d, by.Name, at, comment
	return n, nil
}

// Untouched says whether no person has done anything with the alert.
func (a Alert) Untouched() bool { return a.State == New && a.Assignee == "" }

// Gather closes an alert that nobody has touched, since a notice tells the same of
// many laptops. If the notice turns out to be unexpected, the alert is reopened.
func (a Alert) Gather(n Notice, at time.Time) Change {
	a.State, a.CloseReason, a.ClosedAt, a.UpdatedAt = Closed, Duplicate, at, at
	a.Version++
	return Change{a, []Entry{{At: at, Kind: StateChanged, Text: "Closed by farmwatch: the notice " + n.ID + " tells the same of this and many other laptops, and nothing else is known of this one."}}}
}
