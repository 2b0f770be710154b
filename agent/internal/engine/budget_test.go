package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// meter is a host that says what the process cost.
type meter struct {
	host.Host
	cpu time.Duration
}

func (m *meter) Cost(context.Context) (host.Cost, error) { return host.Cost{CPU: m.cpu}, nil }

func TestBudgetSlowsTheCostliestAndLetsItCatchUp(t *testing.T) {
	m := &meter{}
	b := newBudget(m)
	cheap, dear := sensor.Sensor{Class: "cheap", Every: time.Second}, sensor.Sensor{Class: "dear", Every: 2 * time.Second}
	at := time.Unix(0, 0)
	// minute lets one minute pass in which the agent used cpu.
	minute := func(cpu time.Duration) {
		b.spent(cheap, at, at.Add(time.Millisecond))
		b.spent(dear, at, at.Add(time.Second))
		at, m.cpu = at.Add(window+time.Second), m.cpu+cpu
		b.spent(cheap, at, at.Add(time.Millisecond))
	}
	minute(0)
	minute(30 * time.Second)
	if b.pace(dear) != 4*time.Second || b.pace(cheap) != time.Second {
		t.Errorf("after a costly minute: dear waits %s, cheap %s; want 4s and 1s", b.pace(dear), b.pace(cheap))
	}
	if detail := b.explain(dear, "denied"); !strings.Contains(detail, "denied") || !strings.Contains(detail, "4s instead of 2s") {
		t.Errorf("coverage says %q, want the reason and the new pace", detail)
	}
	for range 10 {
		minute(30 * time.Second)
	}
	if b.pace(dear) != slowest*2*time.Second {
		t.Errorf("dear waits %s, want at most %d times its own pace", b.pace(dear), slowest)
	}
	for range 10 {
		minute(0)
	}
	if b.pace(dear) != 2*time.Second || b.explain(dear, "") != "" {
		t.Errorf("after cheap minutes dear waits %s, want its own 2s again", b.pace(dear))
	}
}

func TestBudgetLeavesAHostAloneThatCannotTell(t *testing.T) {
	b := newBudget(nil)
	s := sensor.Sensor{Class: "x", Every: time.Second}
	b.spent(s, time.Unix(0, 0), time.Unix(3600, 0))
	if b.pace(s) != time.Second {
		t.Errorf("waits %s, want its own pace", b.pace(s))
	}
}
