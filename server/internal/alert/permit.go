package alert

import (
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Sight is one finding at one moment, with what was seen beside it.
type Sight struct {
	At       time.Time
	Device   string
	Group    string // that the device was in then
	Rule     string
	Evidence []finding.Observation // the rows its rule reads
	Tool     string                // of the rule; empty if it is of none
	Use      bool                  // somebody uses what was found; else it is only there
	Tenants  []string              // of the tool, as seen then; an empty one could not be read
	Approved bool                  // no session was seen then that the person at the laptop did not agree to
	Tickets  []Window              // of the device
}

// A Permit is what the sanctions say of a sight. At most one of its words is true.
type Permit struct {
	Sanctioned    bool
	Lapsed        bool      // one would permit it but for its end
	LapsedAt      time.Time // when the last of those ended
	ForeignTenant bool      // one names the tool here, and another tenant than was seen
	Unticketed    bool      // one that is in force permits it but for a ticket, and says whose the tool is or that the person agreed
}

// Weigh says what sanctions, in any order, make of a sight.
func Weigh(sanctions []Sanction, v Sight) Permit {
	var lapsedAt time.Time
	var anyTenant, unticketed bool
	var ours []Tenant
	for _, s := range sanctions {
		if !s.names(v) || !s.Reaches(v.Device, v.Group) {
			continue
		}
		switch {
		case s.InForce(v.At):
			if s.holds(v) && s.open(v) {
				return Permit{Sanctioned: true}
			}
			unticketed = unticketed || s.waits(v)
			anyTenant = anyTenant || len(s.Tenants) == 0
			ours = append(ours, s.Tenants...)
		// Nobody could open a ticket of it any more. That a tool is still there after some hours of help is no lapse; its use is.
		case s.lapsed(v.At) && (v.Use || !s.Grant()) && s.holds(v) && s.ExpiresAt.After(lapsedAt):
			lapsedAt = s.ExpiresAt
		}
	}
	if !lapsedAt.IsZero() {
		return Permit{Lapsed: true, LapsedAt: lapsedAt}
	}
	if unticketed {
		return Permit{Unticketed: true}
	}
	strange := func(t string) bool { return t != "" && !among(ours, t) }
	return Permit{ForeignTenant: !anyTenant && len(ours) > 0 && slices.ContainsFunc(v.Tenants, strange)}
}

func (s Sanction) names(v Sight) bool {
	return slices.Contains(s.Tools, v.Rule) || v.Tool != "" && slices.Contains(s.Tools, v.Tool)
}

// holds says whether all is as the sanction wants it, but for a ticket.
func (s Sanction) holds(v Sight) bool {
	switch {
	case !s.permits(v.Evidence):
		return false
	case len(s.Tenants) > 0 && !s.owns(v.Tenants):
		return false
	case s.Conditions.ApprovedAtConsole && !v.Approved:
		return false
	}
	return !v.Use || s.Conditions.Hours.Hold(v.At)
}

// waits says whether nothing but a ticket is missing, which may still be told: help by a
// tool that is the company's own, or to which the person at the laptop agreed. Where the
// sanction asks for neither, anybody's use would pass for help; and what goes on or begins
// again after its ticket had ended waits for none.
func (s Sanction) waits(v Sight) bool {
	ended := func(w Window) bool {
		return w.Sanction == s.Name && w.Device == v.Device && !v.At.Before(w.To) && v.At.Before(w.To.Add(LongestGrant))
	}
	return v.Tool != "" && s.Conditions.Ticket && (len(s.Tenants) > 0 || s.Conditions.ApprovedAtConsole) && s.holds(v) && !slices.ContainsFunc(v.Tickets, ended)
}

// owns says whether tenants were seen, and none but the sanction's.
func (s Sanction) owns(tenants []string) bool {
	return len(tenants) > 0 && !slices.ContainsFunc(tenants, func(t string) bool { return !among(s.Tenants, t) })
}

func among(list []Tenant, pseudonym string) bool {
	return slices.ContainsFunc(list, func(t Tenant) bool { return t.Pseudonym == pseudonym })
}

// open says whether a ticket is, where use needs one.
func (s Sanction) open(v Sight) bool {
	return !s.Conditions.Ticket || !v.Use || slices.ContainsFunc(v.Tickets, func(w Window) bool {
		return w.Sanction == s.Name && w.Device == v.Device && w.Open(v.At)
	})
}

// A Window is a ticket: it opens a sanction that requires one, on one device.
type Window struct {
	ID       string
	Sanction string // its name, whatever the version
	Device   string
	Ticket   string
	From, To time.Time
	OpenedBy string
}

// Open says whether the window is open at a moment.
func (w Window) Open(at time.Time) bool { return !at.Before(w.From) && at.Before(w.To) }

// ValidWindow refuses a window that the sanction, as it stands now, cannot have.
func (s Sanction) ValidWindow(w Window, group string) error {
	switch {
	case !s.InForce(w.From):
		return refuse(ErrConflict, "the sanction %s is not in force: it is %s", s.Name, s.Standing(w.From))
	case !s.Conditions.Ticket:
		return refuse(ErrInvalid, "the sanction %s requires no ticket", s.Name)
	case !s.Reaches(w.Device, group):
		return refuse(ErrInvalid, "the device is not in the scope of %s; grant the tool for some hours instead: farmwatchctl sanctions grant", s.Name)
	}
	return ValidTicket(w.Ticket, w.To.Sub(w.From))
}
