package sensor

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

func TestDefineRefusesLimitsThatMakeNoSense(t *testing.T) {
	for name, limits := range map[string][]Limit{
		"unknown system": {{OS: "macos", Reach: Partial, Why: "It tells little."}},
		"no system":      {{Reach: Partial, Why: "It tells little."}},
		"no reason":      {{OS: "darwin", Reach: Partial}},
		"no sentence":    {{OS: "darwin", Reach: Partial, Why: "tells little"}},
		"breaks a table": {{OS: "darwin", Reach: Partial, Why: "It tells | little."}},
		"whole":          {{OS: "darwin", Reach: Whole, Why: "It tells all."}},
		"unknown reach":  {{OS: "darwin", Reach: "some", Why: "It tells little."}},
		"twice":          {{OS: "darwin", Reach: Partial, Why: "It tells little."}, {OS: "darwin", Reach: Impossible, Why: "It tells nothing."}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if fmt.Sprint(recover()) == "<nil>" {
					t.Error("Define took it")
				}
			}()
			type row struct {
				A string `column:"a,public" about:"it"`
			}
			Define(Options{Class: "odd", Every: time.Second, Limits: limits}, func(context.Context, host.Host) ([]row, error) { return nil, nil })
		})
	}
}

func TestReach(t *testing.T) {
	s := Sensor{Limits: []Limit{{OS: "darwin", Reach: Partial, Why: "It tells little."}}}
	if reach, why := s.Reach("darwin"); reach != Partial || why != "It tells little." {
		t.Errorf("reach %s, why %q", reach, why)
	}
	if reach, why := s.Reach("linux"); reach != Whole || why != "" {
		t.Errorf("reach %s, why %q", reach, why)
	}
}
