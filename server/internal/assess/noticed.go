package assess

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// used are the states that tell of somebody being in: they are about one laptop alone,
// unless it is told that the tool there answers to whom all others of the notice do.
var used = []string{catalogue.StateControlled, catalogue.StateEntered, catalogue.StateVisited}

// A Noticed is a notice as one device has to do with it.
type Noticed struct {
	alert.Notice
	Joined bool // the device is part of it; else it goes on, and the device may become part
}

// GoesOn is for how long after the last laptop a notice may gain another one.
const GoesOn = 3 * 24 * time.Hour

// joining is how long it may take until it is seen that a laptop is part of a notice. As
// long, what began just now and looks like that of the notice waits with its alert; then
// it is judged from its begin on, and has the alert also where it went meanwhile.
const joining = 10 * time.Minute

// A noticing says what notices tell of one device.
type noticing struct {
	catalogue *catalogue.Catalogue
	told      map[string]string // by finding, the notice that tells of it
	waits     time.Time         // since when what it tells waits for the device to be part of one of them; zero where nothing does
}

// newNoticing looks at what the notices that hold tell of a device.
func newNoticing(c *catalogue.Catalogue, p Past, now time.Time) *noticing {
	n := &noticing{catalogue: c, told: map[string]string{}}
	holding := slices.DeleteFunc(slices.Clone(p.Notices), func(n Noticed) bool { return !n.Holds() || n.foreign(p) })
	if len(holding) == 0 {
		return n
	}
	for _, s := range p.Spells {
		rule, _ := c.Rule(s.Finding.Rule)
		for _, one := range holding {
			if n.told[s.Finding.UID] == "" && one.tells(rule, s, now) {
				n.told[s.Finding.UID] = one.ID
				if !one.Joined && (n.waits.IsZero() || s.From.Before(n.waits)) {
					n.waits = s.From
				}
			}
		}
	}
	return n
}

// NoticeWitnesses lists the rules whose evidence says whose the tools of notices are.
func NoticeWitnesses(notices []Noticed) (rules []string) {
	for _, n := range notices {
		if n.Tenant != "" {
			rules = append(rules, n.tenantRule())
		}
	}
	return rules
}

func (n Noticed) tenantRule() string { return "tool." + n.Subject + "." + catalogue.StateTenant }

// foreign says whether the tool of a notice answers to somebody else on this device, now
// or since it was judged last: whoever takes it over there is no part of what all got.
func (n Noticed) foreign(p Past) bool {
	return n.Tenant != "" && slices.ContainsFunc(p.Spells, func(s device.Spell) bool {
		return s.Finding.Rule == n.tenantRule() && (s.To.IsZero() || s.To.After(p.Seen)) &&
			slices.ContainsFunc(s.Finding.Evidence, func(row finding.Observation) bool {
				return row.Columns["tenant"] != n.Tenant && row.Columns["tenant"] != ""
			})
	})
}

// tells says whether a notice is about a finding.
func (n Noticed) tells(rule *catalogue.Rule, s device.Spell, now time.Time) bool {
	switch {
	case !n.Joined && s.From.Before(now.Add(-joining)):
		return false
	case !s.To.IsZero() && s.To.Before(n.From): // an earlier one, which is over
		return false
	case n.Subject == s.Finding.Rule:
		return true
	}
	return rule != nil && rule.Tool != "" && rule.Tool == n.Subject && (n.Tenant != "" || !slices.Contains(used, rule.State))
}

// all gives the notice that tells all that alarms in some assessments: each line that
// counts rests on what began on many laptops at once, or is a hint, which raises
// nothing by itself. It is empty where anything else alarms.
func (n *noticing) all(some []catalogue.Assessment) string {
	one := ""
	for _, a := range some {
		for _, e := range a.Ledger {
			id, whole := n.wholly(e)
			switch {
			case e.Points <= 0, !whole && n.hint(e):
			case !whole:
				return ""
			case one == "":
				one = id
			}
		}
	}
	return one
}

// wholly says whether notices tell of everything that a line rests on, and the first that does.
func (n *noticing) wholly(e catalogue.LedgerEntry) (string, bool) {
	uids := strings.Fields(e.Finding)
	if len(uids) == 0 || slices.ContainsFunc(uids, func(uid string) bool { return n.told[uid] == "" }) {
		return "", false
	}
	return n.told[uids[0]], true
}

// hint says whether a line is one of a rule that supports and never alarms alone.
func (n *noticing) hint(e catalogue.LedgerEntry) bool {
	rule, known := n.catalogue.Rule(e.Rule)
	return known && rule.Tier >= 3
}

// follow lets alerts follow a judgement, where notices may tell all of it: then none is
// opened, and one that nobody has touched is closed.
func (n *noticing) follow(past []alert.Alert, j alert.Judgement, alarms []catalogue.Assessment, p Past, newID func() string) []alert.Change {
	id := n.all(alarms)
	if id == "" {
		j.Released = released(p.Notices)
		return alert.Follow(past, j, newID)
	}
	for _, a := range past {
		if !a.Untouched() {
			continue
		}
		of := n.all([]catalogue.Assessment{a.Assessment})
		if i := slices.IndexFunc(p.Notices, func(one Noticed) bool { return one.Joined && one.ID == of }); i >= 0 {
			return []alert.Change{a.Gather(p.Notices[i].Notice, j.At)}
		}
	}
	j.Covered = cmp.Or(j.Covered, id)
	return alert.Follow(past, j, newID)
}

// released is when somebody said last that what a notice tells was not expected.
func released(notices []Noticed) (last time.Time) {
	for _, n := range notices {
		if n.Joined && !n.Holds() {
			last = later(last, n.DecidedAt)
		}
	}
	return last
}
