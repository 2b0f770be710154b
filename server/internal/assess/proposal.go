package assess

import (
	"cmp"
	"fmt"
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
	ProposedComposite = "composite"
	ProposedScale     = "scale"
	ScaleID           = "scale"
)

// A Proposal is one rule, composite or scale that is tried before it is enabled.
type Proposal struct {
	ID, Kind                    string
	Class                       string // of a rule
	Replaces                    bool   // one of that id is in force
	Note                        string // how far what the collector has can tell, in a sentence
	Rows                        int64  // that it was tried on
	DevicesBefore, DevicesAfter int    // on which the rule held in the window

	rule *catalogue.Rule
}

// held is what a proposal was on one device.
type held struct {
	before, after bool // the rule held there in the window
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
}

// propose finds what the ids name.
func propose(before, after *catalogue.Catalogue, ids []string) []Proposal {
	var list []Proposal
	for _, id := range ids {
		p := Proposal{ID: id, Kind: ProposedComposite}
		p.Replaces = slices.ContainsFunc(before.Composites, func(c catalogue.Composite) bool { return c.ID == id })
		if rule, known := after.Rule(id); known {
			p.Kind, p.Class, p.rule, p.Note = ProposedRule, rule.Class, rule, reach(after, rule)
			_, p.Replaces = before.Rule(id)
		}
		if at := slices.IndexFunc(after.Composites, func(c catalogue.Composite) bool { return c.ID == id }); at >= 0 && after.Composites[at].Subject == catalogue.SubjectSite {
			p.Note = "It concludes about sites, and a replay judges laptops only: what it would have done at a site is not told here."
		}
		if id == ScaleID {
			p.Kind, p.Replaces = ProposedScale, true
		}
		list = append(list, p)
	}
	return list
}

// reach says how far the rows that a collector has can tell of a rule.
func reach(c *catalogue.Catalogue, r *catalogue.Rule) string {
	var note string
	switch class, _ := c.ClassOf(r.Class); {
	case class.Collector:
		note = fmt.Sprintf("Rows of %s are made by the collector: it was tried on the present ones and on those that findings rest on.", r.Class)
	case class.Facts:
		note = fmt.Sprintf("Rows of %s come to the collector: it was tried on those of the reports that are kept, and before them on those that findings rest on.", r.Class)
	default:
		note = fmt.Sprintf("Rows of %s are judged on laptops and stay there: it was tried only on those that other rules told of. Where no other rule held, it may hold unseen.", r.Class)
	}
	var local, hashed []string
	for _, t := range r.Match.Every() {
		switch c.Sensitivity(r.Class, t.Column) {
		case "local":
			local = append(local, t.Column)
		case "pseudonym":
			if t.Modifier != "exists" {
				hashed = append(hashed, t.Column)
			}
		}
	}
	for _, unread := range []struct {
		columns []string
		why     string
	}{{local, "never leaves a laptop: here it counts as not told"}, {hashed, "is a pseudonym here, which no plain value equals"}} {
		slices.Sort(unread.columns)
		if columns := slices.Compact(unread.columns); len(columns) > 0 {
			note += fmt.Sprintf(" What it reads of %s %s.", strings.Join(columns, ", "), unread.why)
		}
	}
	return note
}

// on gives the spells of a device as they would have been with the rule: without
// those of its own that it would not have told, and with those that it would.
func (p *Proposal) on(was, spells []device.Spell, rows *rowsTold, since time.Time) ([]device.Spell, held) {
	var h held
	var kept []device.Spell
	within := func(s device.Spell) bool { return s.To.IsZero() || s.To.After(since) }
	var own []device.Spell // of the rule, and still told
	for _, s := range spells {
		if s.Finding.Rule != p.ID {
			kept = append(kept, s)
			continue
		}
		h.before = h.before || within(s)
		if p.holdsFor(s) {
			kept, own = append(kept, s), append(own, s)
		}
	}
	fresh := map[string][]stretch{}
	for _, one := range slices.Concat(evidenceOf(was, p.Class), rows.of(p.Class)) {
		h.rows++
		if p.rule.Matches(one.row) && !slices.ContainsFunc(own, one.within) {
			fresh[identityOf(one.row)] = append(fresh[identityOf(one.row)], one)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(fresh)) {
		kept = append(kept, p.told(key, fresh[key])...)
	}
	h.after = slices.ContainsFunc(kept, func(s device.Spell) bool { return s.Finding.Rule == p.ID && within(s) })
	return kept, h
}

// holdsFor says whether the rule would still have told a spell of its own. One of
// which the evidence is not known any more counts as told.
func (p *Proposal) holdsFor(s device.Spell) bool {
	known := false
	for _, row := range s.Finding.Evidence {
		known = known || len(row.Columns) > 0
		if p.rule.Matches(row) {
			return true
		}
	}
	return !known && len(s.Finding.Evidence) == 0
}

// told makes the spells of one finding out of the stretches in which its rows were there.
func (p *Proposal) told(key string, list []stretch) []device.Spell {
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
			Finding: finding.Finding{UID: finding.UID("replay", p.ID, key), Rule: p.ID, Title: p.rule.Title, Severity: p.rule.Severity,
				Confidence: p.rule.ConfidenceOf(one.row), Evidence: []finding.Observation{one.row}},
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
