package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// An ending is what is there when a play is over.
type ending struct {
	notices []alert.Notice
	open    []alert.Alert
}

// end notes what is there now.
func (r *record) end(c *stepped) {
	c.t.Helper()
	var err error
	if r.ends.notices, err = c.store.Notices(c.ctx); err != nil {
		c.t.Fatal(err)
	}
	page, err := c.store.AlertPage(c.ctx, alert.Filter{States: []string{string(alert.New), string(alert.InProgress)}, Limit: 2000})
	if err != nil {
		c.t.Fatal(err)
	}
	r.ends.open = page.Alerts
}

// judgeEnd holds what is there at the end against what the plan wants.
func judgeEnd(t *testing.T, p *aPlan, seen *record, how string, shown *scoreboard) {
	t.Helper()
	say := func(want, when, why string, ok bool) {
		shown.add(score{scenario: p.Scenario + how, want: want, seed: p.Seed, when: when, why: why, ok: ok})
		t.Logf("seed %d%s: %s: %s: %s", p.Seed, how, want, when, why)
		if !ok {
			t.Errorf("seed %d%s: wanted %s: %s: %s\nwhat was concluded:%s", p.Seed, how, want, when, why, seen.tell(p))
		}
	}
	for _, want := range p.Notices {
		var said []string
		most, of := 0, 0
		for _, n := range seen.ends.notices {
			said = append(said, fmt.Sprintf("%s %s %d", n.Subject, n.Tenant, n.Devices))
			if n.Subject == want.Subject {
				most, of = max(most, n.Devices), of+1
			}
		}
		say(fmt.Sprintf("one notice of %d laptops or more: %s", want.AtLeast, want.Subject), "at the end", strings.Join(said, ", "), of == 1 && most >= want.AtLeast)
	}
	if p.Alerts == nil {
		return
	}
	var open []string
	missing := slices.Clone(p.Alerts.Open)
	for _, a := range seen.ends.open {
		name := seen.names[a.DeviceID]
		open = append(open, fmt.Sprintf("%s %s %s", name, a.Conclusion, a.Level))
		missing = slices.DeleteFunc(missing, func(s string) bool { return s == name })
	}
	say(fmt.Sprintf("%d alerts open at most, among them %v", p.Alerts.AtMost, p.Alerts.Open), fmt.Sprintf("%d at the end", len(open)),
		strings.Join(open[:min(4, len(open))], ", "), len(open) <= p.Alerts.AtMost && len(missing) == 0)
}

// identical wants that two plays of one seed concluded the very same at the very same times.
func identical(t *testing.T, p *aPlan, with, without *record, shown *scoreboard) {
	t.Helper()
	one, other := with.text(t), without.text(t)
	same := bytes.Equal(one, other)
	shown.add(score{scenario: p.Scenario, want: "the same with and without, byte by byte", seed: p.Seed, when: fmt.Sprintf("%d bytes", len(one)), ok: same})
	if !same {
		t.Errorf("seed %d: what is forbidden changes what is concluded (-with +without):\n%s", p.Seed, cmp.Diff(string(one), string(other)))
	}
}

// text writes everything that was concluded. Findings go by their rules: what the
// collector finds is named after the device, which another play enrols anew.
func (r *record) text(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, s := range r.sights {
		a := s.Assessment
		a.Ledger = slices.Clone(a.Ledger)
		for i, e := range a.Ledger {
			uids := strings.Fields(e.Finding)
			for j, uid := range uids {
				uids[j] = r.rules[uid]
			}
			slices.Sort(uids)
			a.Ledger[i].Finding = strings.Join(uids, " ")
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %v %s\n", s.at.Format("2006-01-02T15:04:05Z"), s.subject, s.members, text)
	}
	return b.Bytes()
}
