package alert

import "slices"

// Role is what a person may do.
type Role string

// The roles.
const (
	Analyst Role = "analyst" // reviews alerts
	Auditor Role = "auditor" // reads everything, moves nothing
	Admin   Role = "admin"   // an analyst who also keeps tokens, sanctions and users
)

// Roles lists every role, in the order people are told of them.
func Roles() []Role { return []Role{Admin, Analyst, Auditor} }

// ParseRole reads a role as people write it.
func ParseRole(s string) (Role, error) {
	if !slices.Contains(Roles(), Role(s)) {
		return "", refuse(ErrInvalid, "%q is not a role; the roles are admin, analyst and auditor", s)
	}
	return Role(s), nil
}

// An Actor is the person behind a decision.
type Actor struct {
	Name string
	Role Role
}

// MayReview says whether the actor may move alerts from one state to the next.
func (a Actor) MayReview() bool { return a.Role == Analyst || a.Role == Admin }
