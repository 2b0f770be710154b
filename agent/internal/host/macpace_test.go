package host

import (
	"errors"
	"testing"
	"time"
)

func TestAToolIsStartedOnceAMinute(t *testing.T) {
	var m toolMemory
	runs := 0
	run := func() ([]byte, error) {
		runs++
		return []byte{byte(runs)}, errors.New("as it went")
	}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		after time.Duration
		tool  Tool
		want  int
	}{{0, IORegUSB, 1}, {59 * time.Second, IORegUSB, 1}, {59 * time.Second, IORegHID, 2}, {61 * time.Second, IORegUSB, 3}, {-time.Hour, IORegUSB, 4}} {
		output, err := m.run(start.Add(c.after), c.tool, run)
		if runs != c.want || err == nil || len(output) != 1 {
			t.Errorf("%s after %s: %d runs, %v, %v, want %d", c.tool.Name, c.after, runs, output, err, c.want)
		}
	}
}
