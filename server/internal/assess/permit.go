package assess

import (
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// agreeing is how far the word of a session's log may lie from the connection
// that it is about: who is asked at the laptop takes a moment to agree.
const agreeing = 2 * time.Minute

// The classes of which a sanction's conditions speak.
const (
	sessionClass = "remote_sessions"
	accessClass  = "remote_access"
)

// permits is what the sanctions that can speak of one device say of its findings.
type permits struct {
	rules    map[string]catalogue.Rule // those of the findings, by id
	used     map[string]bool           // tools that show when somebody uses them
	past     Past
	about    map[string][]alert.Sanction // by the tools and rules they name
	tenants  map[string][]device.Spell   // by tool: whose account it belongs to
	sessions map[string][]device.Spell   // by tool: that somebody is in, as its own log has it
	scenes   map[sceneKey]scene          // those that were looked at

	any     bool                 // something may be said of one of them
	speaks  []bool               // by spell: something may be said of it
	ended   map[int]alert.Permit // by spell: what was said as it ended
	weights map[string]weight    // by rule
}

// A scene is what was seen of one tool at one moment.
type scene struct {
	tenants []string
	session bool // somebody was in, as the tool's log has it
	agreed  bool // and each time the person at the laptop had agreed
}

type sceneKey struct {
	tool string
	at   int64
}

func newPermits(c *catalogue.Catalogue, p Past) *permits {
	m := &permits{rules: map[string]catalogue.Rule{}, used: map[string]bool{}, past: p, about: map[string][]alert.Sanction{},
		tenants: map[string][]device.Spell{}, sessions: map[string][]device.Spell{}, scenes: map[sceneKey]scene{},
		speaks: make([]bool, len(p.Spells)), ended: map[int]alert.Permit{}, weights: map[string]weight{}}
	for i := range p.Spells {
		m.speaks[i] = p.staged(&p.Spells[i])
	}
	for _, s := range p.Sanctions {
		if !everReaches(s, p) {
			continue
		}
		for _, tool := range s.Tools {
			m.about[tool] = append(m.about[tool], s)
		}
	}
	m.any = slices.Contains(m.speaks, true)
	if len(m.about) == 0 {
		return m
	}
	for i, s := range p.Spells {
		r := m.learn(c, s.Finding.Rule)
		m.speaks[i] = m.speaks[i] || len(m.about[s.Finding.Rule]) > 0 || r.Tool != "" && len(m.about[r.Tool]) > 0
		m.any = m.any || m.speaks[i]
		switch {
		case r.Tool == "":
		case r.State == catalogue.StateTenant:
			m.tenants[r.Tool] = append(m.tenants[r.Tool], s)
		case r.State == catalogue.StateControlled && own(s.Finding.Finding):
			m.sessions[r.Tool] = append(m.sessions[r.Tool], s)
		}
	}
	return m
}

// learn looks a rule up once. One that is not known, since another catalogue
// found it, is of no tool.
func (m *permits) learn(c *catalogue.Catalogue, id string) catalogue.Rule {
	r, known := m.rules[id]
	if known {
		return r
	}
	if found, ok := c.Rule(id); ok {
		r = *found
	}
	m.rules[id] = r
	if r.Tool != "" {
		_, m.used[r.Tool] = c.Rule("tool." + r.Tool + "." + catalogue.StateControlled)
	}
	return r
}

func everReaches(s alert.Sanction, p Past) bool {
	return s.Reaches(p.Device.ID, "") || slices.ContainsFunc(p.Groups, func(m device.Membership) bool { return s.Reaches(p.Device.ID, m.Group) })
}

// of says what is permitted of a spell, at one moment of it.
func (m *permits) of(s device.Spell, at time.Time) alert.Permit {
	f := s.Finding.Finding
	rule := m.rules[f.Rule]
	list := m.about[f.Rule]
	if rule.Tool != "" {
		list = slices.Concat(list, m.about[rule.Tool])
	}
	if len(list) == 0 {
		return alert.Permit{}
	}
	if told(rule) && s.From.Before(at) {
		at = s.From
	}
	if heard, silent := m.silent(s, at); silent {
		if p := m.weigh(list, s, rule, heard); p.Sanctioned {
			return p
		}
	}
	return m.weigh(list, s, rule, at)
}

func (m *permits) weigh(list []alert.Sanction, s device.Spell, rule catalogue.Rule, at time.Time) alert.Permit {
	seen := m.scene(rule.Tool, at)
	return alert.Weigh(list, alert.Sight{
		At: at, Device: m.past.Device.ID, Group: device.GroupAt(m.past.Groups, at), Rule: s.Finding.Rule, Evidence: s.Finding.Evidence, Tool: rule.Tool,
		Use: m.use(rule), Tenants: seen.tenants, Approved: approved(s, rule, seen, at), Tickets: m.past.Tickets,
	})
}

// silent says since when nobody heard of a spell that is open. What a laptop told
// last stands while it sleeps; a ticket, hours or a sanction that end meanwhile
// make nothing of it that was not seen.
func (m *permits) silent(s device.Spell, at time.Time) (heard time.Time, silent bool) {
	heard = m.past.heard()
	never := heard.IsZero()
	if s.Last.After(heard) {
		heard = s.Last
	}
	open := s.To.IsZero() || s.To.After(at)
	return heard, open && !never && heard.Before(at) && !heard.Before(s.From)
}

// told says whether a rule finds that somebody was in. For a day that is told of
// one session, which is weighed when it was seen: by the ticket, the hours and the
// terms of then, not by those of when it is told again.
func told(r catalogue.Rule) bool {
	return r.State == catalogue.StateEntered || r.State == catalogue.StateVisited
}

// use says whether a rule finds that somebody uses a tool. What never shows a
// session, as a tunnel, is used while it runs; hardware while it is plugged in.
func (m *permits) use(r catalogue.Rule) bool {
	switch r.State {
	case catalogue.StateControlled, catalogue.StateEntered, catalogue.StateVisited:
		return true
	case catalogue.StateRunning, catalogue.StateOpened, catalogue.StateListening, catalogue.StateConnected:
		return !m.used[r.Tool]
	}
	return r.Tool == ""
}

// scene looks at a tool and a moment once: a device with thousands of spells is
// judged at many moments.
func (m *permits) scene(tool string, at time.Time) scene {
	key := sceneKey{tool, at.UnixNano()}
	if known, ok := m.scenes[key]; ok || tool == "" {
		return known
	}
	s := scene{tenants: m.tenantsAt(tool, at), agreed: true}
	for _, session := range m.sessions[tool] {
		if during(session, at, agreeing) {
			s.session, s.agreed = true, s.agreed && byPerson(session.Finding.Finding)
		}
	}
	m.scenes[key] = s
	return s
}

// tenantsAt are the tenants of a tool that were seen at a moment. Two sensors of
// one device tell of one moment a little apart: where none was seen, those that
// were about then.
func (m *permits) tenantsAt(tool string, at time.Time) []string {
	for _, slack := range []time.Duration{0, Overlap} {
		var seen []string
		for _, s := range m.tenants[tool] {
			if during(s, at, slack) {
				seen = append(seen, tenantsOf(s.Finding.Finding)...)
			}
		}
		if len(seen) > 0 {
			return seen
		}
	}
	return nil
}

// tenantsOf are those that a finding shows; an empty one stands for what it does not.
func tenantsOf(f finding.Finding) []string {
	if len(f.Evidence) == 0 || len(f.Evidence) >= alert.MostRows {
		return []string{""}
	}
	var list []string
	for _, row := range f.Evidence {
		if row.Class == accessClass {
			list = append(list, row.Columns["tenant"])
		}
	}
	return list
}

// approved says whether the person at the laptop agreed to every session that
// a spell tells of; of what is only there, to every session there was then.
func approved(s device.Spell, r catalogue.Rule, seen scene, at time.Time) bool {
	f := s.Finding.Finding
	use := r.State == catalogue.StateControlled || r.State == catalogue.StateVisited
	switch {
	case r.State == catalogue.StateEntered, r.State == catalogue.StateUnattended, use && len(f.Evidence) == 0:
		return false
	case own(f):
		return byPerson(f)
	case seen.session:
		return seen.agreed
	}
	// A connection is there before the person at the laptop has said yes or no.
	return !use || at.Sub(s.From) < agreeing
}

// own says whether a finding rests on what a session's log says.
func own(f finding.Finding) bool {
	return slices.ContainsFunc(f.Evidence, func(row finding.Observation) bool { return row.Class == sessionClass })
}

func byPerson(f finding.Finding) bool {
	return len(f.Evidence) < alert.MostRows && !slices.ContainsFunc(f.Evidence, func(row finding.Observation) bool {
		return row.Class == sessionClass && row.Columns["approval"] != "person"
	})
}

// during says whether a spell was there at a moment, or not longer than slack from it.
func during(s device.Spell, at time.Time, slack time.Duration) bool {
	return !s.From.After(at.Add(slack)) && (s.To.IsZero() || s.To.After(at.Add(-slack)) || s.To.Equal(at))
}

// Witnesses lists the rules whose evidence a judgement by sanctions looks at.
func Witnesses(sanctions []alert.Sanction) []string {
	var rules []string
	for _, n := range sanctions {
		if len(n.Where) > 0 {
			rules = append(rules, n.Tools...)
		}
		for _, named := range n.Tools {
			tool := toolOf(named)
			if len(n.Tenants) > 0 {
				rules = append(rules, "tool."+tool+"."+catalogue.StateTenant)
			}
			if n.Conditions.ApprovedAtConsole {
				for _, state := range []string{catalogue.StateControlled, catalogue.StateEntered, catalogue.StateVisited} {
					rules = append(rules, "tool."+tool+"."+state)
				}
			}
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// toolOf is the tool of which a sanction speaks, also where it names one of the tool's rules.
func toolOf(named string) string {
	tool, ok := strings.CutPrefix(named, "tool.")
	if i := strings.LastIndexByte(tool, '.'); ok && i > 0 {
		return tool[:i]
	}
	return named
}
