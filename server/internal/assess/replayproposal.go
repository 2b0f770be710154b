package assess

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// The kinds of a proposal. ScaleID is the id of the scale, of which there is one.
const (
	ProposedRule      = "rule"
	ProposedTool      = "tool"
	ProposedDevice    = "device"
	ProposedComposite = "composite"
	ProposedScale     = "scale"
	ScaleID           = "scale"
)

// A Proposed names what one file holds.
type Proposed struct{ Kind, ID string }

// A Proposal is one rule, tool, composite or scale that is tried before it is enabled.
type Proposal struct {
	Proposed
	Class                       string // of its rules, by spaces
	Replaces                    bool   // one of that id is in force
	Note                        string // how far what the collector has can tell, in sentences
	Rows                        int64  // that it was tried on
	DevicesBefore, DevicesAfter int    // on which one of its rules held in the window
	Forgotten                   int    // of these, on which it counts as before since the rows are not kept

	rules []*catalogue.Rule // as they would be
	known []*catalogue.Rule // of the same ids, as they are in force
	drawn bool              // no file holds it: a tool's changes it
	ids   map[string]bool   // of these, and of those that are in force
}

// held is what a proposal was on one device.
type held struct {
	before, after bool // one of its rules held there in the window
	forgotten     bool // which counts as before, since nobody knows any more what it rested on
	rows          int64
}

func (p *Proposal) add(h held) {
	p.Rows += h.rows
	if h.before {
		p.DevicesBefore++
	}
	if h.after {
		p.DevicesAfter++
	}
	if h.forgotten {
		p.Forgotten++
	}
}

func (p *Proposal) classes() (list []string) {
	for _, rule := range p.rules {
		if !slices.Contains(list, rule.Class) {
			list = append(list, rule.Class)
		}
	}
	return list
}

// propose finds what the files hold, and with tools the rules that speak of programs that
// no tool is known for.
func propose(before, after *catalogue.Catalogue, held []Proposed) []Proposal {
	var list []Proposal
	tools := false
	for _, one := range held {
		p := Proposal{Proposed: one, ids: map[string]bool{}}
		switch one.Kind {
		case ProposedRule:
			_, p.Replaces = before.Rule(one.ID)
			p.takes(after, after.RulesOf(one.ID), before.RulesOf(one.ID))
		case ProposedTool:
			tools = true
			of := func(c *catalogue.Catalogue) []*catalogue.Rule {
				return slices.DeleteFunc(c.EveryRule(), func(r *catalogue.Rule) bool { return r.Tool != one.ID })
			}
			p.takes(after, of(after), of(before))
			_, p.Replaces = slices.BinarySearchFunc(before.Tools, one.ID, func(t catalogue.Tool, id string) int { return strings.Compare(t.ID, id) })
			p.Note += " What laptops know a program by and keep to themselves is not there to know it by here."
		case ProposedDevice:
			p.Replaces = slices.ContainsFunc(before.Devices, func(d catalogue.Device) bool { return d.ID == one.ID })
			p.Note = "A device is met by the rules that name its kind (devices: kvm, for one), and only those that are sent along know of this one."
		case ProposedComposite:
			p.Replaces = slices.ContainsFunc(before.Composites, func(c catalogue.Composite) bool { return c.ID == one.ID })
		case ProposedScale:
			p.Replaces = true
		}
		list = append(list, p)
	}
	if !tools {
		return list
	}
	for _, r := range after.Rules {
		if r.Unlisted && !slices.Contains(held, Proposed{ProposedRule, r.ID}) {
			p := Proposal{Proposed: Proposed{ProposedRule, r.ID}, Replaces: true, drawn: true, ids: map[string]bool{}}
			p.takes(after, after.RulesOf(r.ID), before.RulesOf(r.ID))
			p.Note = "It speaks of programs that no tool is known for, so that a file of a tool changes it. " + p.Note
			list = append(list, p)
		}
	}
	return list
}

// takes notes the rules that are tried.
func (p *Proposal) takes(c *catalogue.Catalogue, rules, known []*catalogue.Rule) {
	p.rules, p.known = rules, known
	for _, r := range slices.Concat(rules, known) {
		p.ids[r.ID] = true
	}
	p.Class, p.Note = strings.Join(p.classes(), " "), reach(c, rules)
}

// on gives the spells of a device as they would have been with the rules: without
// those of their own that they would not have told, and with those that they would.
func (p *Proposal) on(was, spells []device.Spell, rows *rowsTold, since time.Time) ([]device.Spell, held) {
	var h held
	var kept []device.Spell
	within := func(s device.Spell) bool { return s.To.IsZero() || s.To.After(since) }
	var own []device.Spell // of the rules, and still told
	for _, s := range spells {
		if !p.ids[s.Finding.Rule] {
			kept = append(kept, s)
			continue
		}
		h.before = h.before || within(s)
		if holds, known := p.holdsFor(s); holds {
			kept, own = append(kept, s), append(own, s)
			h.forgotten = h.forgotten || !known && within(s)
		}
	}
	var tried []stretch
	for _, class := range p.classes() {
		tried = append(append(tried, evidenceOf(was, class)...), rows.of(class)...)
	}
	h.rows = int64(len(tried))
	for _, rule := range p.rules {
		fresh := map[string][]stretch{}
		for _, one := range tried {
			if p.finds(rule, one, own) {
				fresh[identityOf(one.row)] = append(fresh[identityOf(one.row)], one)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(fresh)) {
			kept = append(kept, spellsOf(rule, key, fresh[key])...)
		}
	}
	h.after = slices.ContainsFunc(kept, func(s device.Spell) bool { return p.ids[s.Finding.Rule] && within(s) })
	return kept, h
}

// finds says whether a rule would have told a row that it did not tell. One for which the
// rule in force holds here as well and that no laptop told makes no difference between both.
func (p *Proposal) finds(rule *catalogue.Rule, one stretch, own []device.Spell) bool {
	return rule.Matches(one.row) &&
		!slices.ContainsFunc(own, func(s device.Spell) bool { return s.Finding.Rule == rule.ID && one.within(s) }) &&
		!slices.ContainsFunc(p.known, func(r *catalogue.Rule) bool { return r.ID == rule.ID && r.Matches(one.row) })
}

// holdsFor says whether the rules would still have told a spell of their own. One of
// which the evidence is not known any more counts as told.
func (p *Proposal) holdsFor(s device.Spell) (holds, known bool) {
	for _, row := range s.Finding.Evidence {
		known = known || len(row.Columns) > 0
		if slices.ContainsFunc(p.rules, func(r *catalogue.Rule) bool { return r.ID == s.Finding.Rule && r.Matches(row) }) {
			return true, true
		}
	}
	return !known && len(s.Finding.Evidence) == 0, known
}

// spellsOf makes the spells of one finding out of the stretches in which its rows were there.
func spellsOf(rule *catalogue.Rule, key string, list []stretch) []device.Spell {
	slices.SortFunc(list, func(a, b stretch) int { return cmp.Or(a.from.Compare(b.from), cmp.Compare(a.row.UID, b.row.UID)) })
	var spells []device.Spell
	for _, one := range list {
		if n := len(spells) - 1; n >= 0 && !one.from.After(end(spells[n])) {
			if one.to.IsZero() || !spells[n].To.IsZero() && one.to.After(spells[n].To) {
				spells[n].To = one.to
			}
			if one.last.After(spells[n].Last) {
				spells[n].Last, spells[n].Finding.Evidence = one.last, []finding.Observation{one.row}
			}
			continue
		}
		spells = append(spells, device.Spell{From: one.from, Last: one.last, To: one.to, Finding: device.Finding{
			ReceivedAt: one.from,
			Finding: finding.Finding{UID: finding.UID("replay", rule.ID, key), Rule: rule.ID, Title: rule.Title, Severity: rule.Severity,
				Confidence: rule.ConfidenceOf(one.row), Evidence: []finding.Observation{one.row}},
		}})
	}
	for i := range spells {
		f := &spells[i].Finding
		f.FirstSeen, f.LastSeen, f.Status = spells[i].From, spells[i].Last, finding.Open
		if !spells[i].To.IsZero() {
			f.Status = finding.Closed
		}
	}
	return spells
}

// forever is the end of what has not ended.
var forever = time.Unix(1<<40, 0)

func end(s device.Spell) time.Time {
	if s.To.IsZero() {
		return forever
	}
	return s.To
}

// identityOf names what a row is about by what stays the same, as agents do: a
// program rather than its process.
func identityOf(row finding.Observation) string {
	if row.Columns["pid"] != "" {
		if name := cmp.Or(row.Columns["script"], row.Columns["file"], row.Columns["name"]); name != "" {
			return name
		}
	}
	return row.UID
}
