package sensor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
)

const supply = "-- files/sys/class/power_supply/"

func TestPower(t *testing.T) {
	battery := supply + "BAT0/type --\nBattery\n" + supply + "BAT0/present --\n1\n" +
		supply + "BAT0/capacity --\n80\n" + supply + "BAT0/cycle_count --\n12\n"
	tests := map[string]struct {
		machine string
		want    []string
		state   finding.CoverageState
	}{
		"plugged in, lid closed": {
			battery + supply + "BAT0/status --\nNot charging\n" + supply + "AC/type --\nMains\n" + supply + "AC/online --\n1\n" +
				"-- files/proc/acpi/button/lid/LID0/state --\nstate:      closed\n",
			[]string{"source=system on_ac=true battery_present=true battery_percent=80 battery_state=not charging cycle_count=12 lid=closed chassis=laptop"},
			finding.CoverageOK,
		},
		"on battery, with a USB port that gives nothing": {
			battery + supply + "BAT0/status --\nDischarging\n" + supply + "ucsi/type --\nUSB\n" + supply + "ucsi/online --\n0\n" +
				"-- files/proc/acpi/button/lid/LID/state --\nstate:      open\n",
			[]string{"source=system on_ac=false battery_present=true battery_percent=80 battery_state=discharging cycle_count=12 lid=open chassis=laptop"},
			finding.CoverageOK,
		},
		"a lid that only UPower tells of": {
			supply + "AC/type --\nMains\n" + supply + "AC/online --\n1\n" + "-- power.yaml --\nlid: closed\nmains: \"false\"\n",
			[]string{"source=system on_ac=true battery_present=false lid=closed chassis=laptop"},
			finding.CoverageOK,
		},
		"of two adapters one is enough": {
			supply + "AC/type --\nMains\n" + supply + "AC/online --\n1\n" + supply + "ucsi/type --\nUSB\n" + supply + "ucsi/online --\n0\n",
			[]string{"source=system on_ac=true battery_present=false lid=unknown chassis=laptop"},
			finding.CoverageOK,
		},
		"no adapter listed, charging": {
			battery + supply + "BAT0/status --\nCharging\n",
			[]string{"source=system on_ac=true battery_present=true battery_percent=80 battery_state=charging cycle_count=12 lid=unknown chassis=laptop"},
			finding.CoverageOK,
		},
		"odd values are not repeated": {
			supply + "BAT0/type --\nBattery\n" + supply + "BAT0/capacity --\nlots\n" + supply + "BAT0/status --\nOdd\n",
			[]string{"source=system battery_present=true lid=unknown chassis=laptop"},
			finding.CoverageOK,
		},
		"a mouse's battery is not the laptop's": {
			supply + "hid/type --\nBattery\n" + supply + "hid/scope --\nDevice\n" + supply + "hid/status --\nDischarging\n",
			[]string{"source=system on_ac=true battery_present=false lid=unknown chassis=laptop"},
			finding.CoverageOK,
		},
		"only the lid is known": {
			"-- files/proc/acpi/button/lid/LID0/state --\nstate:      open\n",
			[]string{"source=system lid=open chassis=laptop"},
			finding.CoverageAbsent,
		},
		"nothing is known":     {"-- files/etc/x --\n\n", nil, finding.CoverageAbsent},
		"Windows says nothing": {"-- platform.yaml --\nos: windows\n", nil, finding.CoverageAbsent},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rows, coverage := look(t, machine(t, test.machine), Power())
			if diff := cmp.Diff(test.want, rows); diff != "" || coverage.State != test.state {
				t.Errorf("coverage %+v, want %s; rows (-want +got):\n%s", coverage, test.state, diff)
			}
		})
	}
}
