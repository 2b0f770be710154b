package alert

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Sanction is a business permission: these tools, here, under these
// conditions, until this date. It lowers what a finding counts for; it never
// hides the finding. It is one version: a change makes a new one, and what was
// seen before is weighed by the terms of its time.
type Sanction struct {
	ID             string
	Name           string // the same for all versions
	Version        int    // counts from 1
	Tools          []string
	Where          []Condition // of one rule's evidence; empty for whatever it finds
	Tenants        []Tenant    // empty for whosever tenant
	Devices        []string    // ids
	Groups         []string    // AllWorkstations is every device
	Conditions     Conditions
	Owner          string
	Approver       string // as the file says; farmwatch cannot ask them
	SecondApprover string // who agreed although true positives would have been hidden
	Justification  string
	Ticket         string // of a grant
	CreatedBy      string // who brought it here, by the name they sign in with
	CreatedAt      time.Time
	StartsAt       time.Time
	ExpiresAt      time.Time
	RevokedAt      time.Time // zero while it was not
	ReplacedAt     time.Time // when the next version took its place
}

// A Tenant is whose account a tool belongs to: a pseudonym, as evidence has it,
// and what people call it.
type Tenant struct {
	Pseudonym string `json:"pseudonym"`
	Label     string `json:"label"`
}

// Conditions are what has to hold beside tool, scope and time. Ticket and hours
// are asked of use, since a tool that only may be used by day is there at night.
type Conditions struct {
	ApprovedAtConsole bool  // each session was agreed to by the person at the laptop
	Ticket            bool  // a ticket is open for the device
	Hours             Hours // zero for at any time
}

// AllWorkstations is the group that every device is in: a scope that wide has to be said.
const AllWorkstations = "all-workstations"

// Bounds of how long a sanction lasts.
const (
	LongestSanction = 365 * 24 * time.Hour
	LongestGrant    = 24 * time.Hour      // of a grant, and of a ticket
	LongestLapse    = 30 * 24 * time.Hour // after which an end is no longer news
)

// When people are told that a sanction ends.
const (
	EndsSoon      = 14 * 24 * time.Hour
	EndsWithinDay = 24 * time.Hour
)

// InForce says whether the sanction held at a moment.
func (s Sanction) InForce(at time.Time) bool { return s.lives(at) && at.Before(s.ExpiresAt) }

// lives says whether it had begun and nobody had put an end to it.
func (s Sanction) lives(at time.Time) bool {
	return !at.Before(s.StartsAt) && (s.RevokedAt.IsZero() || at.Before(s.RevokedAt)) && (s.ReplacedAt.IsZero() || at.Before(s.ReplacedAt))
}

// lapsed says whether it had ended by itself, not long before a moment: of a
// grant for as long as it held, or two hours for a ticket would soften a month.
func (s Sanction) lapsed(at time.Time) bool {
	news := LongestLapse
	if s.Grant() {
		news = s.ExpiresAt.Sub(s.StartsAt)
	}
	return s.lives(at) && !at.Before(s.ExpiresAt) && at.Before(s.ExpiresAt.Add(news))
}

// Turns are the moments at which it may begin, end, or stop being news.
func (s Sanction) Turns() []time.Time {
	end := s.ExpiresAt
	return []time.Time{s.StartsAt, end, s.RevokedAt, s.ReplacedAt, end.Add(LongestLapse), end.Add(end.Sub(s.StartsAt))}
}

// Over says whether it ended so long ago that it is no news any more, however it ended.
func (s Sanction) Over(now time.Time) bool {
	end := s.ExpiresAt
	if !s.RevokedAt.IsZero() {
		end = s.RevokedAt
	}
	return !now.Before(end.Add(LongestLapse))
}

// Grant says whether it was given for some hours, under a ticket.
func (s Sanction) Grant() bool { return s.Ticket != "" }

// Reaches says whether a device, in the group it is in, is in the scope.
func (s Sanction) Reaches(device, group string) bool {
	return slices.Contains(s.Devices, device) || slices.Contains(s.Groups, AllWorkstations) || group != "" && slices.Contains(s.Groups, group)
}

// Everywhere says whether the scope is wider than a list of devices.
func (s Sanction) Everywhere() bool { return len(s.Groups) > 0 }

// Standing says in one word where a sanction stands at a moment. Who gave two
// hours is not told that they end soon.
func (s Sanction) Standing(now time.Time) string {
	whole, left := s.ExpiresAt.Sub(s.StartsAt), s.ExpiresAt.Sub(now)
	switch {
	case !s.ReplacedAt.IsZero():
		return "replaced"
	case !s.RevokedAt.IsZero():
		return "revoked"
	case left <= 0:
		return "ended"
	case left <= EndsWithinDay && whole > EndsWithinDay:
		return "ends_within_a_day"
	case left <= EndsSoon && whole > EndsSoon:
		return "ends_soon"
	}
	return "in_force"
}

// Revoke ends a sanction now. What it permitted until now stays permitted.
func (s Sanction) Revoke(now time.Time) (Sanction, error) {
	switch {
	case !s.RevokedAt.IsZero():
		return s, refuse(ErrConflict, "the sanction was already revoked on %s", s.RevokedAt.UTC().Format(time.DateOnly))
	case !s.ReplacedAt.IsZero():
		return s, refuse(ErrConflict, "version %d was replaced on %s; revoke the sanction by its name, %s", s.Version, s.ReplacedAt.UTC().Format(time.DateOnly), s.Name)
	case !now.Before(s.ExpiresAt):
		return s, refuse(ErrConflict, "the sanction already ended at %s; the collector's clock says %s", s.ExpiresAt.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	s.RevokedAt = now
	return s, nil
}

// Orderly is the sanction with every list sorted and without repetition, so
// that the order in which people write changes nothing.
func (s Sanction) Orderly() Sanction {
	s.Tools, s.Devices, s.Groups = orderly(s.Tools), orderly(s.Devices), orderly(s.Groups)
	s.Tenants = slices.Clone(s.Tenants)
	slices.SortFunc(s.Tenants, func(a, b Tenant) int { return strings.Compare(a.Pseudonym, b.Pseudonym) })
	return s
}

func orderly(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// names of sanctions and groups: what stands in a file, an address and a command line alike.
var (
	sanctionName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,79}$`)
	groupName    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
)

// ValidGroup refuses a name that no group of devices has.
func ValidGroup(name string) error {
	if name == AllWorkstations {
		return refuse(ErrInvalid, "every device is in %s by itself; nobody is put there", AllWorkstations)
	}
	if !groupName.MatchString(name) {
		return refuse(ErrInvalid, "%q is no name of a group: write at most 40 small letters, digits and dashes, e.g. sales-lisbon", name)
	}
	return nil
}
