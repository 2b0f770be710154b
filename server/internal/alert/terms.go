package alert

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// Bounds of what one sanction lists and says.
const (
	mostTools    = 50
	mostTenants  = 20
	mostDevices  = 500
	mostGroups   = 50
	longestWord  = 120 // characters of an owner, a label, a ticket
	shortestWord = 2
)

// Validate refuses a sanction that is wider, longer or less explained than one
// may be. The refusal names the field.
func (s Sanction) Validate(c *catalogue.Catalogue, now time.Time) error {
	for _, look := range []func() error{
		func() error { return in("tools", s.validTools(c)) }, func() error { return in("name", s.validName()) },
		func() error { return in("where", s.validateWhere(c)) }, func() error { return in("tenants", s.validTenants(c)) },
		func() error { return in("scope", s.validScope()) }, func() error { return in("justification", s.validJustification()) },
		func() error { return in("expires", s.validEnd(now)) },
	} {
		if err := look(); err != nil {
			return err
		}
	}
	return nil
}

func (s Sanction) validName() error {
	if !sanctionName.MatchString(s.Name) {
		return refuse(ErrInvalid, "%q is no name of a sanction: write at most 80 small letters, digits, dashes, dots and underscores, e.g. helpdesk-remote-help", s.Name)
	}
	return nil
}

func (s Sanction) validTools(c *catalogue.Catalogue) error {
	if len(s.Tools) == 0 || slices.Contains(s.Tools, "") {
		return refuse(ErrInvalid, "a sanction names a tool, e.g. anydesk, or a rule")
	}
	if len(s.Tools) > mostTools {
		return refuse(ErrInvalid, "a sanction names at most %d tools, not %d", mostTools, len(s.Tools))
	}
	for _, id := range s.Tools {
		switch {
		case strings.Contains(id, "*"):
			return refuse(ErrInvalid, "a sanction names each tool; %q would permit many at once", id)
		case !knownTool(c, id) && !knownRule(c, id):
			return refuse(ErrInvalid, "the catalogue knows no tool and no rule %q; docs/reference lists both", id)
		}
	}
	return nil
}

func (s Sanction) validTenants(c *catalogue.Catalogue) error {
	if len(s.Tenants) > mostTenants {
		return refuse(ErrInvalid, "a sanction names at most %d tenants, not %d", mostTenants, len(s.Tenants))
	}
	for i, t := range s.Tenants {
		switch {
		case t.Pseudonym == "":
			return refuse(ErrInvalid, "a tenant is named as the tool names it, e.g. the address of the company's own server")
		case utf8.RuneCountInString(t.Label) > longestWord:
			return refuse(ErrInvalid, "the label of a tenant is longer than %d characters", longestWord)
		case among(s.Tenants[:i], t.Pseudonym):
			return refuse(ErrInvalid, "the tenant %q stands twice", t.Label)
		}
	}
	if len(s.Tenants) == 0 && !s.Conditions.ApprovedAtConsole {
		return nil
	}
	for _, id := range s.Tools {
		if r, ok := c.Rule(id); ok && r.Tool == "" {
			return refuse(ErrInvalid, "tenants and approval are seen of tools; %q is a rule", id)
		}
	}
	return nil
}

func (s Sanction) validScope() error {
	switch {
	case len(s.Devices) == 0 && len(s.Groups) == 0:
		return refuse(ErrInvalid, "a sanction says where it holds: devices or groups; every device is groups: [%s]", AllWorkstations)
	case len(s.Devices) > mostDevices:
		return refuse(ErrInvalid, "a sanction names at most %d devices, not %d: put them into a group", mostDevices, len(s.Devices))
	case len(s.Groups) > mostGroups:
		return refuse(ErrInvalid, "a sanction names at most %d groups, not %d", mostGroups, len(s.Groups))
	}
	for _, g := range s.Groups {
		if strings.Contains(g, "*") {
			return refuse(ErrInvalid, "a sanction names each group; every device is groups: [%s]", AllWorkstations)
		}
		if g != AllWorkstations {
			if err := ValidGroup(g); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s Sanction) validJustification() error {
	switch {
	case utf8.RuneCountInString(strings.TrimSpace(s.Justification)) < Explained:
		return refuse(ErrInvalid, "a sanction needs a justification of at least %d characters: who needs it, for what, and where that is written down", Explained)
	case utf8.RuneCountInString(s.Justification) > MaxComment:
		return refuse(ErrInvalid, "the justification is longer than %d characters", MaxComment)
	}
	return nil
}

func (s Sanction) validEnd(now time.Time) error {
	switch {
	case s.ExpiresAt.IsZero():
		return refuse(ErrInvalid, "a sanction needs a date on which it ends")
	case !s.ExpiresAt.After(now):
		return refuse(ErrInvalid, "the sanction would end at %s, which is past: the collector's clock says %s", s.ExpiresAt.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case s.ExpiresAt.Sub(now) > LongestSanction:
		return refuse(ErrInvalid, "a sanction ends within 365 days; %s is further away", s.ExpiresAt.UTC().Format(time.DateOnly))
	}
	return nil
}

// ValidPeople refuses a sanction of a file that nobody owns, or that fewer than
// two people stand behind. by is who brings it.
func (s Sanction) ValidPeople(by string) error {
	for _, who := range []struct{ field, name string }{{"owner", s.Owner}, {"approver", s.Approver}} {
		if n := utf8.RuneCountInString(who.name); n < shortestWord || n > longestWord {
			return in(who.field, refuse(ErrInvalid, "a sanction has an %s: a name or address of 2 to %d characters, e.g. it-support@corp.example", who.field, longestWord))
		}
	}
	switch {
	case samePerson(s.Approver, s.Owner):
		return in("approver", refuse(ErrInvalid, "%s owns the sanction; somebody else approves it", s.Owner))
	case samePerson(s.Approver, by):
		return in("approver", refuse(ErrInvalid, "nobody approves what they bring: you are signed in as %s", by))
	}
	return nil
}

// ValidSecondApprover refuses one who is none of a second opinion.
func (s Sanction) ValidSecondApprover(name, by string) error {
	switch n := utf8.RuneCountInString(name); {
	case n < shortestWord || n > longestWord:
		return refuse(ErrInvalid, "the second approver is a name or address of 2 to %d characters", longestWord)
	case samePerson(name, by), samePerson(name, s.Approver), samePerson(name, s.Owner):
		return refuse(ErrInvalid, "%s has a part in the sanction %s already; the second approver is somebody else", name, s.Name)
	}
	return nil
}

// samePerson compares without case, and an address with a bare name by what is before its @.
func samePerson(a, b string) bool {
	a, b = strings.ToLower(strings.TrimSpace(a)), strings.ToLower(strings.TrimSpace(b))
	nameA, _, addressA := strings.Cut(a, "@")
	nameB, _, addressB := strings.Cut(b, "@")
	return a == b || addressA != addressB && nameA == nameB
}

// ValidTicket refuses a ticket without a name and one for longer than a day.
func ValidTicket(ticket string, length time.Duration) error {
	switch n := utf8.RuneCountInString(ticket); {
	case n < shortestWord || n > longestWord:
		return refuse(ErrInvalid, "name the ticket, e.g. INC-1, in 2 to %d characters", longestWord)
	case length <= 0 || length > LongestGrant:
		return refuse(ErrInvalid, "it may be for at most 24 hours, not %s; for longer write a sanction and apply it", length)
	}
	return nil
}

// in says of which field a refusal is.
func in(field string, err error) error {
	if r := (*Refusal)(nil); errors.As(err, &r) && r.Field == "" {
		r.Field = field
	}
	return err
}

// Changes says how a version differs from the one before, a line for each term.
func (s Sanction) Changes(before Sanction) []string {
	var lines []string
	was := before.Orderly().terms()
	for i, t := range s.Orderly().terms() {
		if t.value != was[i].value {
			lines = append(lines, fmt.Sprintf("%s: %s → %s", t.field, said(was[i].value), said(t.value)))
		}
	}
	return lines
}

func said(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}

// A term is one field of a sanction in words.
type term struct{ field, value string }

func (s Sanction) terms() []term {
	return []term{
		{"tools", strings.Join(s.Tools, " ")}, {"where", join(s.Where)}, {"tenants", join(s.Tenants)},
		{"devices", strings.Join(s.Devices, " ")}, {"groups", strings.Join(s.Groups, " ")},
		{"approvedAtConsole", required(s.Conditions.ApprovedAtConsole)}, {"ticket", required(s.Conditions.Ticket)},
		{"hours", s.Conditions.Hours.String()}, {"owner", s.Owner}, {"approver", s.Approver},
		{"justification", s.Justification}, {"expires", s.ExpiresAt.UTC().Format(time.RFC3339)},
	}
}

// String shows a tenant as people see it: by what they call it, and as evidence has it.
func (t Tenant) String() string { return strconv.Quote(t.Label) + " " + t.Pseudonym }

func join[T fmt.Stringer](list []T) string {
	var parts []string
	for _, one := range list {
		parts = append(parts, one.String())
	}
	return strings.Join(parts, ", ")
}

func required(yes bool) string {
	if yes {
		return "required"
	}
	return ""
}
