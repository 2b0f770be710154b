package host

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A PowerHost is a host that says itself how it is fed and kept. Linux shows
// that among its files.
type PowerHost interface {
	Power(ctx context.Context) (Power, error)
}

// Power is how the machine is fed and kept. Empty text and negative numbers are
// what the system does not say.
type Power struct {
	Mains    string        // true or false
	Battery  string        // whether there is one: true or false
	Percent  int           // how full it is
	State    string        // charging, discharging, full, not charging
	Cycles   int           // how often it was emptied and filled
	Lid      string        // open, closed, none
	Suspends int           // how often the machine slept since it started
	Uptime   time.Duration // since it started, sleep counted; 0 when not known
}

type powerRow struct {
	Mains    string        `yaml:"mains,omitempty"`
	Battery  string        `yaml:"battery,omitempty"`
	Percent  *int          `yaml:"percent,omitempty"`
	State    string        `yaml:"state,omitempty"`
	Cycles   *int          `yaml:"cycles,omitempty"`
	Lid      string        `yaml:"lid,omitempty"`
	Suspends *int          `yaml:"suspends,omitempty"`
	Uptime   time.Duration `yaml:"uptime,omitempty"`
}

var _ PowerHost = (*recording)(nil)

// Power is as power.yaml says.
func (r *recording) Power(context.Context) (Power, error) {
	row, err := readYAML[powerRow](r.archive, "power.yaml")
	if err != nil {
		return Power{}, r.orDenied("power", err)
	}
	return row.power()
}

func (r powerRow) power() (Power, error) {
	for _, one := range []struct {
		what, said string
		words      []string
	}{
		{"mains", r.Mains, []string{"", "true", "false"}},
		{"battery", r.Battery, []string{"", "true", "false"}},
		{"state", r.State, []string{"", "charging", "discharging", "full", "not charging"}},
		{"lid", r.Lid, []string{"", "open", "closed", "none"}},
	} {
		if !slices.Contains(one.words, one.said) {
			return Power{}, fmt.Errorf("read power.yaml of the recording: %s %q, want one of %q", one.what, one.said, one.words)
		}
	}
	return Power{
		Mains: r.Mains, Battery: r.Battery, Percent: orUnknown(r.Percent), State: r.State, Cycles: orUnknown(r.Cycles),
		Lid: r.Lid, Suspends: orUnknown(r.Suspends), Uptime: r.Uptime,
	}, nil
}

func powerAsRow(p Power) powerRow {
	return powerRow{
		Mains: p.Mains, Battery: p.Battery, Percent: known(p.Percent), State: p.State, Cycles: known(p.Cycles),
		Lid: p.Lid, Suspends: known(p.Suspends), Uptime: p.Uptime,
	}
}
