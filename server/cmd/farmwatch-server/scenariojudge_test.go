package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// judge holds what was concluded against what the plan wants and forbids.
func judge(t *testing.T, p *aPlan, seen *record, how string, shown *scoreboard) {
	t.Helper()
	failed := false
	for _, e := range p.Concluded {
		s := seen.reached(p, e)
		s.scenario, s.seed, s.want = p.Scenario+how, p.Seed, fmt.Sprintf("%s %s %s", subjectOf(e.Subject, e.Site), e.Conclusion, e.Level)
		shown.add(s)
		t.Logf("seed %d%s: %s: %s: %s", p.Seed, how, s.want, s.when, s.why)
		if !s.ok {
			failed = true
			t.Errorf("seed %d%s: wanted %s by %s because %v: %s: %s", p.Seed, how, s.want, p.tells(e.By), e.Because, s.when, s.why)
		}
	}
	for _, b := range p.Never {
		s := seen.highest(p, b)
		s.scenario, s.seed, s.want = p.Scenario+how, p.Seed, fmt.Sprintf("%s never above %s", strings.TrimSpace(b.Subject+" "+b.Conclusion), b.Above)
		shown.add(s)
		t.Logf("seed %d%s: %s: %s: %s", p.Seed, how, s.want, s.when, s.why)
		if !s.ok {
			failed = true
			t.Errorf("seed %d%s: wanted %s: %s: %s", p.Seed, how, s.want, s.when, s.why)
		}
	}
	if failed {
		t.Logf("what was concluded, from when on:%s", seen.tell(p))
	}
}

func subjectOf(name string, site []string) string {
	if name != "" {
		return name
	}
	return "site of " + strings.Join(site, ", ")
}

// tells a moment as scenarios do.
func (p *aPlan) tells(at time.Time) string {
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		return at.Format(time.RFC3339)
	}
	local, begin := at.In(zone), p.Begins.In(zone)
	days := int(local.Sub(begin)/(24*time.Hour)) + 1 // days on which clocks change have other hours
	for ; begin.AddDate(0, 0, days).After(local); days-- {
	}
	return fmt.Sprintf("D%d %s", days, local.Format("15:04"))
}

// reached says when an expectation came true and why, or what came nearest to it.
func (r *record) reached(p *aPlan, e anExpectation) score {
	var best *sight
	var missing []string
	for i, s := range r.sights {
		if string(s.Conclusion) != e.Conclusion || !about(s, e) {
			continue
		}
		lacks := r.lacking(s.Assessment, e.Because)
		if s.Level.Rank() >= rank(e.Level) && len(lacks) == 0 {
			return score{when: p.tells(s.at), at: s.at.Sub(p.Begins), why: why(s.Assessment), ok: !s.at.After(e.By)}
		}
		if best == nil || s.Level.Rank() > best.Level.Rank() || s.Level == best.Level && len(lacks) < len(missing) {
			best, missing = &r.sights[i], lacks
		}
	}
	if best == nil {
		return score{when: "never", why: "there was no such subject"}
	}
	return score{when: "never", why: fmt.Sprintf("at best %s at %s: %s, lacking %v", best.Level, p.tells(best.at), why(best.Assessment), missing)}
}

// about says whether a sight is of an expectation's subject.
func about(s sight, e anExpectation) bool {
	if e.Subject != "" {
		return s.members == nil && s.subject == e.Subject
	}
	return s.members != nil && !slices.ContainsFunc(e.Site, func(name string) bool { return !slices.Contains(s.members, name) })
}

// lacking lists the reasons that a ledger does not give.
func (r *record) lacking(a catalogue.Assessment, because []string) []string {
	return slices.DeleteFunc(slices.Clone(because), func(either string) bool {
		for one := range strings.SplitSeq(either, "|") {
			if slices.ContainsFunc(a.Ledger, func(l catalogue.LedgerEntry) bool { return r.gives(l, one) }) {
				return true
			}
		}
		return false
	})
}

// gives says whether a line of a ledger gives a reason: by the start of its rule
// or composite, or of the rule of a finding on which it rests.
func (r *record) gives(l catalogue.LedgerEntry, reason string) bool {
	if strings.HasPrefix(l.Rule, reason) {
		return true
	}
	return slices.ContainsFunc(strings.Fields(l.Finding), func(uid string) bool { return strings.HasPrefix(r.rules[uid], reason) })
}

// why is what a ledger rests on most.
func why(a catalogue.Assessment) string {
	ledger := slices.Clone(a.Ledger)
	slices.SortStableFunc(ledger, func(x, y catalogue.LedgerEntry) int { return y.Points - x.Points })
	var lines []string
	for _, e := range ledger[:min(4, len(ledger))] {
		lines = append(lines, fmt.Sprintf("%s %d", e.Rule, e.Points))
	}
	return fmt.Sprintf("%d (%s)", a.Score, strings.Join(lines, ", "))
}

// named says whether a laptop is the one of a name, or one of the many that have it.
func named(laptop, name string) bool {
	rest, ok := strings.CutPrefix(laptop, name)
	if !ok || rest == "" {
		return ok
	}
	number, ok := strings.CutPrefix(rest, "-")
	return ok && strings.Trim(number, "0123456789") == ""
}

// during are the sights of a banned subject in the time of a ban: those that were met
// in it, and how each stood when it began.
func (r *record) during(b aBan) []sight {
	var met []sight
	stood := map[string]sight{}
	for _, s := range r.sights {
		switch {
		case b.Subject != "every" && (s.members != nil || !named(s.subject, b.Subject)), b.Conclusion != "" && string(s.Conclusion) != b.Conclusion:
		case !s.at.Before(b.Until):
		case !s.at.Before(b.From):
			met = append(met, s)
			if s.at.Equal(b.From) {
				delete(stood, s.subject+string(s.Conclusion))
			}
		case s.alert == "":
			stood[s.subject+string(s.Conclusion)] = s
		}
	}
	for _, key := range slices.Sorted(maps.Keys(stood)) {
		met = append(met, stood[key])
	}
	return met
}

// highest is the highest level that a banned subject met, and whether it may.
func (r *record) highest(p *aPlan, b aBan) score {
	best := sight{Assessment: catalogue.Assessment{Level: finding.LevelNone}}
	for _, s := range r.during(b) {
		if s.Level.Rank() > best.Level.Rank() || s.Level == best.Level && s.Score > best.Score {
			best = s
		}
	}
	if best.at.IsZero() {
		return score{when: string(best.Level), ok: true}
	}
	return score{
		when: fmt.Sprintf("%s at %s", best.Level, p.tells(best.at)), ok: best.Level.Rank() <= rank(b.Above),
		at: best.at.Sub(p.Begins), why: best.subject + ": " + why(best.Assessment),
	}
}
