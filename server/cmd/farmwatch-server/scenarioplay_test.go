package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A sight is how one conclusion about one subject stood from a moment on.
type sight struct {
	at      time.Time
	subject string   // a laptop of the plan, or a site's name
	members []string // of a site: the laptops that are part of it for certain
	alert   string   // of an alert: its id; an alert keeps its level when it is closed
	catalogue.Assessment
}

// A record is all that was concluded in one play.
type record struct {
	sights []sight
	names  map[string]string // of laptops, by device
	noted  map[string]string // what was met last of each subject, so that only news are kept
	rules  map[string]string // of findings, by uid
	ends   ending            // what was there when it was over
}

// play plays one seed of a scenario in step with a collector, and gives what it concluded.
func play(t *testing.T, cast *troupe, file string, seed uint64, without []string) (*aPlan, *record) {
	t.Helper()
	a := cast.hire(t)
	a.order(anOrder{Scenario: file, Seed: seed, Without: without, State: scratch(t)})
	plan := a.line().Plan
	c := startStepped(t, plan, without)
	defer c.stop()
	c.lists(plan)
	told := len(plan.Imports)
	if later := slices.IndexFunc(plan.Imports, func(i anImport) bool { return i.From.After(plan.Starts) }); later >= 0 {
		told = later
	}
	c.tell(plan.Imports[:told], plan.Sanctions)
	a.order(anOrder{Server: c.serve, Token: c.token(len(plan.Laptops))})
	seen := &record{names: map[string]string{}, noted: map[string]string{}, rules: map[string]string{}}
	for {
		l := a.line()
		if l.Ended != nil {
			if l.Ended.Waiting > 0 || l.Ended.Reports == 0 {
				t.Errorf("at the end: %+v", *l.Ended)
			}
			break
		}
		for ; told < len(plan.Imports) && plan.Imports[told].From.Before(l.At); told++ { // a collector does not wait for laptops to judge anew
			c.set(plan.Imports[told].From)
			c.tell(plan.Imports[told:told+1], "")
			c.conclude()
			seen.look(c)
		}
		c.set(l.At)
		for ; told < len(plan.Imports) && !plan.Imports[told].From.After(l.At); told++ {
			c.tell(plan.Imports[told:told+1], "")
		}
		a.order(anOrder{})
		done := a.line()
		if !done.Done {
			t.Fatalf("the agents did not say that the step at %s is done: %+v", l.At, done)
		}
		for _, e := range done.Enrolled {
			seen.names[e.ID] = e.Name
		}
		c.group(done.Enrolled)
		c.group(done.Grouped)
		c.heard(done.Alive)
		c.conclude()
		seen.look(c)
	}
	seen.end(c)
	cast.release(a)
	return plan, seen
}

// look notes what is concluded now and was not before.
func (r *record) look(c *stepped) {
	c.t.Helper()
	standings, err := c.store.Standings(c.ctx, "")
	if err != nil {
		c.t.Fatal(err)
	}
	for _, s := range standings {
		r.note(c, sight{at: c.now(), subject: r.names[s.DeviceID], Assessment: s.Assessment})
	}
	sites, err := c.store.SiteStandings(c.ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, s := range sites {
		r.note(c, sight{at: c.now(), subject: s.SiteName, members: r.members(c, s.SiteID), Assessment: s.Assessment})
	}
	page, err := c.store.AlertPage(c.ctx, alert.Filter{Limit: 2000})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, a := range page.Alerts {
		one := sight{at: c.now(), subject: r.names[a.DeviceID], alert: a.ID, Assessment: a.Assessment}
		if a.SiteID != "" {
			one.subject, one.members = a.SiteName, r.members(c, a.SiteID)
		}
		one.Level, one.Conclusion = a.Level, a.Conclusion
		r.note(c, one)
	}
}

func (r *record) members(c *stepped, siteID string) []string {
	d, err := c.store.Site(c.ctx, siteID)
	if err != nil {
		return nil // it is no more
	}
	var names []string
	for _, m := range d.Members {
		if m.Certain {
			names = append(names, r.names[m.DeviceID])
		}
	}
	return names
}

// note keeps a sight that tells something new: a level, or what it rests on.
func (r *record) note(c *stepped, s sight) {
	whose := strings.Join([]string{s.alert, s.subject, string(s.Conclusion)}, "\x00")
	told := strings.Join([]string{string(s.Level), strings.Join(s.members, ","), strings.Join(grounds(s.Assessment), ",")}, "\x00")
	if r.noted[whose] == told {
		return
	}
	r.noted[whose] = told
	r.sights = append(r.sights, s)
	if !slices.ContainsFunc(s.Ledger, func(e catalogue.LedgerEntry) bool { return slices.ContainsFunc(strings.Fields(e.Finding), r.unknown) }) {
		return
	}
	for id, name := range r.names {
		if name != s.subject && !slices.Contains(s.members, name) {
			continue
		}
		d, err := c.store.Dossier(c.ctx, id)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, f := range d.Findings {
			r.rules[f.UID] = f.Rule
		}
	}
}

// unknown says whether it is not known yet by which rule a finding is.
func (r *record) unknown(uid string) bool { return r.rules[uid] == "" }

// grounds are the rules of a ledger's lines, each with the findings that it rests on.
func grounds(a catalogue.Assessment) []string {
	var all []string
	for _, e := range a.Ledger {
		all = append(all, e.Rule, e.Finding)
	}
	return all
}

// rank is how high a level of a plan is.
func rank(level string) int { return finding.Level(level).Rank() }

// tell tells everything that was concluded, in order.
func (r *record) tell(p *aPlan) string {
	var b strings.Builder
	for _, s := range r.sights {
		subject := s.subject
		if s.members != nil {
			subject += " (" + strings.Join(s.members, ", ") + ")"
		}
		fmt.Fprintf(&b, "\n%s  %-6s %-19s %s: %s", p.tells(s.at), s.Level, s.Conclusion, subject, why(s.Assessment))
	}
	return b.String()
}

// without is the catalogue without those rules of the collector's own classes that
// are named by how they begin or by their class.
func without(t *testing.T, dropped []string) *catalogue.Catalogue {
	t.Helper()
	whole, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return whole.Without(func(r *catalogue.Rule) bool {
		return device.OfCollector(r.Class) && slices.ContainsFunc(dropped, func(word string) bool {
			return word == r.Class || strings.Contains(word, ".") && strings.HasPrefix(r.ID, word)
		})
	})
}
