package host

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPowerStatus(t *testing.T) {
	for name, c := range map[string]struct {
		mains, flags, percent byte
		want                  Power
	}{
		"a laptop on mains, full":  {1, 1, 100, Power{Mains: "true", Battery: "true", Percent: 100, State: "full"}},
		"charging":                 {1, 9, 62, Power{Mains: "true", Battery: "true", Percent: 62, State: "charging"}},
		"held at 80 %":             {1, 1, 80, Power{Mains: "true", Battery: "true", Percent: 80, State: "not charging"}},
		"on the battery":           {0, 2, 11, Power{Mains: "false", Battery: "true", Percent: 11, State: "discharging"}},
		"a desktop":                {1, 128, 255, Power{Mains: "true", Battery: "false", Percent: -1}},
		"nothing is known":         {255, 255, 255, Power{Percent: -1}},
		"a battery of no percents": {255, 0, 255, Power{Battery: "true", Percent: -1}},
	} {
		c.want.Cycles, c.want.Suspends = -1, -1
		got := powerStatus([]byte{c.mains, c.flags, c.percent, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := powerStatus(nil); got.Mains != "" || got.Percent != -1 {
		t.Errorf("no answer is %+v", got)
	}
}

func TestBatteryAndLid(t *testing.T) {
	battery := make([]byte, batterySize)
	binary.LittleEndian.PutUint32(battery, 0x80000001)
	if n := batteryCycles(battery); n != -1 {
		t.Errorf("a battery that does not count has %d cycles", n)
	}
	battery[32] = 141
	if n := batteryCycles(battery); n != 141 {
		t.Errorf("%d cycles", n)
	}
	battery[3] = 0
	if n := batteryCycles(battery); n != -1 {
		t.Errorf("a mouse's battery has %d cycles", n)
	}
	if hasLid([]byte{1, 1, 0}) || !hasLid([]byte{1, 1, 1}) || hasLid(nil) {
		t.Error("the lid is at the third byte")
	}
	notice := make([]byte, 24)
	notice[16] = 4
	for state, want := range map[byte]string{0: "closed", 1: "open"} {
		notice[20] = state
		if got := lidSaid(notice); got != want {
			t.Errorf("%d is %s", state, got)
		}
	}
	notice[16] = 1
	if got := lidSaid(notice); got != "" {
		t.Errorf("a short notice says %s", got)
	}
}

// Whether a machine slept is told by two of its clocks, whenever the agent began.
func TestSleepSaid(t *testing.T) {
	for name, c := range map[string]struct {
		all, awake uint64
		want       int
	}{
		"never":                  {36000000000, 36000000000, 0},
		"read one after another": {36000012000, 36000000000, 0},
		"a minute":               {36600000000, 36000000000, 1},
		"no such clock":          {36000000000, 0, -1},
	} {
		if got := sleptBefore(c.all, c.awake); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
