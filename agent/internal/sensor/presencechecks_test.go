package sensor

import (
	"errors"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestPresenceTellsWhatItIsHanded(t *testing.T) {
	h := machine(t, "")
	if rows, coverage := look(t, h, Presence(nil)); len(rows) != 0 || coverage.State != finding.CoverageAbsent {
		t.Errorf("without an agent that could be asked: %q, %+v", rows, coverage)
	}
	all := WithPresence(All(), func() ([]AskedPresence, error) {
		return []AskedPresence{{Check: "01K", State: "answered", Means: "lid", AnsweredBy: "lid", AnsweredAfterMS: "4200"}}, nil
	})
	for _, s := range all {
		if s.Class != "presence_checks" {
			continue
		}
		rows, _ := look(t, h, s)
		if want := "check=01K state=answered means=lid answered_by=lid answered_after_ms=4200"; len(rows) != 1 || rows[0] != want {
			t.Errorf("got %q, want %q", rows, want)
		}
	}
	if len(all) != len(All()) {
		t.Errorf("%d sensors, want %d", len(all), len(All()))
	}
	_, coverage := look(t, h, Presence(func() ([]AskedPresence, error) {
		return nil, errors.Join(errors.New("nobody can be told"), host.ErrUnsupported)
	}))
	if coverage.State != finding.CoverageUnsupported {
		t.Errorf("where nobody can be told: %+v", coverage)
	}
}
