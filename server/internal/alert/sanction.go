package alert

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Sanction is a business permission: this tool, on these devices, until this
// date. It lowers what a finding counts for; it never hides the finding.
type Sanction struct {
	ID            string
	Tool          string // a tool's id, or a rule's
	Device        string // a device's id; empty for every device
	Justification string
	CreatedBy     string
	CreatedAt     time.Time
	StartsAt      time.Time
	ExpiresAt     time.Time
	RevokedAt     time.Time   // zero while it was not
	Where         []Condition // of a rule's evidence; empty for whatever it finds
}

// LongestSanction is how far away the end of a sanction may be.
const LongestSanction = 365 * 24 * time.Hour

// InForce says whether the sanction held at a moment.
func (s Sanction) InForce(at time.Time) bool {
	return !at.Before(s.StartsAt) && at.Before(s.ExpiresAt) && (s.RevokedAt.IsZero() || at.Before(s.RevokedAt))
}

// Covers says whether the sanction permits what a rule found on a device at a
// moment. The tool is the rule's, if any. The finding's evidence has to be of the
// class that the rule reads; it is looked at only where the sanction has
// conditions, and then nothing is permitted that shows none.
func (s Sanction) Covers(device string, f finding.Finding, tool string, at time.Time) bool {
	if s.Device != "" && s.Device != device {
		return false
	}
	return (s.Tool == f.Rule || tool != "" && s.Tool == tool) && s.InForce(at) && s.permits(f.Evidence)
}

// Validate refuses a sanction that is wider, longer or less explained than one may be.
func (s Sanction) Validate(c *catalogue.Catalogue, now time.Time) error {
	switch {
	case s.Tool == "":
		return refuse(ErrInvalid, "a sanction names one tool, e.g. anydesk, or one rule")
	case strings.Contains(s.Tool, "*"):
		return refuse(ErrInvalid, "a sanction names one tool; %q would permit many at once", s.Tool)
	case !knownTool(c, s.Tool) && !knownRule(c, s.Tool):
		return refuse(ErrInvalid, "the catalogue knows no tool and no rule %q", s.Tool)
	case utf8.RuneCountInString(strings.TrimSpace(s.Justification)) < Explained:
		return refuse(ErrInvalid, "a sanction needs a justification of at least %d characters: who needs it, for what, and where that is written down", Explained)
	case utf8.RuneCountInString(s.Justification) > MaxComment:
		return refuse(ErrInvalid, "the justification is longer than %d characters", MaxComment)
	case s.ExpiresAt.IsZero():
		return refuse(ErrInvalid, "a sanction needs a date on which it ends")
	case !s.ExpiresAt.After(now):
		return refuse(ErrInvalid, "the sanction would end at %s, which is past: the collector's clock says %s", s.ExpiresAt.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case s.ExpiresAt.Sub(now) > LongestSanction:
		return refuse(ErrInvalid, "a sanction ends within 365 days; %s is further away", s.ExpiresAt.UTC().Format(time.DateOnly))
	}
	return s.validateWhere(c)
}

// Revoke ends a sanction now. What it permitted until now stays permitted.
func (s Sanction) Revoke(now time.Time) (Sanction, error) {
	if !s.RevokedAt.IsZero() {
		return s, refuse(ErrConflict, "the sanction was already revoked on %s", s.RevokedAt.UTC().Format(time.DateOnly))
	}
	if !now.Before(s.ExpiresAt) {
		return s, refuse(ErrConflict, "the sanction already ended at %s; the collector's clock says %s", s.ExpiresAt.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	s.RevokedAt = now
	return s, nil
}
