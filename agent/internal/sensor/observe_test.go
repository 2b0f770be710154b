package sensor

import (
	"maps"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// What is told by columns is the very observation that a look at the same machine gives.
func TestObserveIsAsCollected(t *testing.T) {
	h, err := host.OpenRecording("../../../proto/catalogue/machines/plain-laptop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []Sensor{System(), USB(), Displays(), Power()} {
		rows, _ := s.Collect(t.Context(), h) // what it could not see is not told either
		if len(rows) == 0 && s.Class != "power" {
			t.Errorf("%s: no row to compare with", s.Class)
		}
		for _, row := range rows {
			told, err := s.Observe(row.Columns)
			if err != nil || told.UID != row.UID || !maps.Equal(told.Columns, row.Columns) {
				t.Errorf("%s: told %v (%v), want %v", s.Class, told, err, row)
			}
		}
	}
}

func TestObserveRefuses(t *testing.T) {
	for want, columns := range map[string]map[string]string{
		"has no column colour": {"port": "1-1", "colour": "red"},
		"says no port":         {"vendor_id": "1d6b"},
	} {
		if _, err := USB().Observe(columns); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", columns, err, want)
		}
	}
}
