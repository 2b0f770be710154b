package assess

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Whatever times a laptop makes up, judging it comes to an end, is due later than now,
// and says the same however its spells stand.
func TestInventedTimes(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for seed := range uint64(60) {
		chance := rand.New(rand.NewPCG(seed, 11))
		when := func() time.Time {
			switch chance.IntN(8) {
			case 0:
				return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
			case 1:
				return time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
			case 2:
				return now
			}
			return now.Add(-time.Duration(chance.Int64N(int64(120 * 24 * time.Hour)))).Truncate(time.Microsecond)
		}
		p := Past{Device: device.Device{ID: "d1", EnrolledAt: when()}, Heard: when()}
		for range 1 + chance.IntN(40) {
			rule := []string{"kvm.keyboard_only_gadget", "meeting.started_by_program", "tool.anydesk.controlled", "tool.rustdesk.entered", "posture.always_on_power", "no.such"}[chance.IntN(6)]
			s := device.Spell{Finding: device.Finding{Finding: finding.Finding{UID: fmt.Sprint("u", chance.IntN(3)), Rule: rule, Title: rule}}, From: when(), Last: when()}
			if chance.IntN(2) == 0 {
				s.To = when() // may be before it began
			}
			p.Spells = append(p.Spells, s)
		}
		if chance.IntN(2) == 0 {
			p.Staging = []Span{{From: when(), To: when()}}
		}
		id := func() string { return fmt.Sprint("alert-", len(p.Alerts)) }
		judge := func(p *Past) (v Verdict) {
			for turns := 0; ; turns++ {
				if v = Judge(c, *p, now, id); turns > 100 {
					t.Fatalf("seed %d: judging comes to no end", seed)
				}
				keep(p, v)
				if !v.More {
					return v
				}
			}
		}
		other := p
		other.Spells = append([]device.Spell{}, p.Spells...)
		chance.Shuffle(len(other.Spells), func(i, j int) { other.Spells[i], other.Spells[j] = other.Spells[j], other.Spells[i] })
		v := judge(&p)
		judge(&other)
		if one, two := Outcome(p.Standings, p.Alerts, false), Outcome(other.Standings, other.Alerts, false); one != two {
			t.Errorf("seed %d: the order of spells shows:\n%s\n%s", seed, one, two)
		}
		if d := v.Due; !d.Heard.IsZero() && !d.Heard.After(v.Seen) || !d.Clock.IsZero() && !d.Clock.After(now) {
			t.Errorf("seed %d: judged at %v until %v, due %+v", seed, now, v.Seen, d)
		}
		if again := Judge(c, p, now, id); len(again.Standings) > 0 || again.More || len(again.Alerts) > 0 {
			t.Errorf("seed %d: judged once more, it is %+v", seed, again)
		}
	}
}
