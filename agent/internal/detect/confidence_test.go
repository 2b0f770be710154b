package detect_test

import (
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A finding is as sure as the row that shows its tool best.
func TestConfidenceFollowsTheBestRow(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	name := row("processes", "pid", "10", "file", "x11vnc")
	owned := row("processes", "pid", "11", "file", "x11vnc", "package", "x11vnc")
	for _, rows := range [][]finding.Observation{{name, owned}, {owned, name}} {
		found := detect.Detect(c, rows)
		if len(found) != 1 || found[0].Confidence != finding.ConfidenceHigh || len(found[0].Evidence) != 2 {
			t.Errorf("found %+v", found)
		}
	}
	if found := detect.Detect(c, []finding.Observation{name}); len(found) != 1 || found[0].Confidence != finding.ConfidenceLow {
		t.Errorf("by its name alone: %+v", found)
	}
	if found := detect.Detect(c, []finding.Observation{row("packages", "name", "x11vnc")}); len(found) != 1 || found[0].Confidence != finding.ConfidenceHigh {
		t.Errorf("a package: %+v", found)
	}
}
