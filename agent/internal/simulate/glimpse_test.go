package simulate

import (
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A drawer keeps what an engine spools.
type drawer struct{ reports []finding.Report }

func (d *drawer) Append(c privacy.Cleared) (uint64, error) {
	r, err := finding.FromKept(c.Wire())
	d.reports = append(d.reports, r)
	return uint64(len(d.reports)), err
}

// What goes was there until then, however long ago anybody looked.
func TestSpellsEndWhenRowsGo(t *testing.T) {
	p := playOf(t, strings.Replace(story, "  - {at: D2 08:00,", `  - {at: D1 14:00, until: 5h, device: laptop, kit: remote_tool, brand: anydesk, state: controlled}
  - {at: D2 08:00,`, 1), 1)
	known, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	gate, err := privacy.NewGate(sensor.All(), []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	sc, err := newScene(p, p.laptops[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	s, kept := newStage(p, Options{}, nil, false), &drawer{}
	l := &laptop{scene: sc}
	l.engine = engine.New(engine.Options{Host: waker{}, Sensors: l.sensors(sensor.All()), Catalogue: known, Gate: gate, Spool: kept, Now: s.now})
	s.laptops[0] = l
	var ends time.Time
	for _, c := range p.cues(p.end()) {
		s.clock.Store(&c.at)
		c.acts = only(c.acts, 0)
		if _, err := s.happen(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		for _, a := range c.acts {
			if e := p.Timeline[a.entry]; a.back && e.State == "controlled" {
				ends = c.at
			}
		}
		if classes := sortedKeys(s.stale[0]); len(classes) > 0 {
			if err := l.engine.Step(t.Context(), classes...); err != nil {
				t.Fatal(err)
			}
			delete(s.stale, 0)
		}
	}
	var told []finding.Finding
	for _, r := range kept.reports {
		for _, f := range r.Findings {
			if f.Rule == "tool.anydesk.controlled" && f.Status == finding.Closed {
				told = append(told, f)
			}
		}
	}
	if len(told) != 1 || ends.IsZero() || !told[0].LastSeen.Equal(ends) || told[0].LastSeen.Sub(told[0].FirstSeen) < 3*time.Hour {
		t.Errorf("a session that went at %s is told as %+v", ends, told)
	}
}

// only are the acts of one laptop.
func only(acts []act, who int) []act {
	var his []act
	for _, a := range acts {
		if a.who == who {
			his = append(his, a)
		}
	}
	return his
}
