package sensor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

type oneColumn struct {
	Name string `column:"name,key,public" about:"a name"`
}

func sensorOf(collect func(context.Context, host.Host) ([]oneColumn, error)) Sensor {
	return Define(Options{Class: "tests", About: "Looks at nothing.", Every: time.Second}, collect)
}

func TestLookTellsHowItWent(t *testing.T) {
	broken := errors.New("the disk is upside down")
	tests := map[string]struct {
		err    error
		state  finding.CoverageState
		detail string
	}{
		"all well":       {nil, finding.CoverageOK, ""},
		"absent":         {fmt.Errorf("read it: %w", host.ErrAbsent), finding.CoverageAbsent, "read it"},
		"no such file":   {&fs.PathError{Op: "open", Path: "sys/x", Err: fs.ErrNotExist}, finding.CoverageAbsent, "open sys/x: file does not exist"},
		"denied":         {fmt.Errorf("read it: %w", host.ErrDenied), finding.CoverageDenied, "read it: permission denied"},
		"no permission":  {&fs.PathError{Op: "open", Path: "sys/x", Err: fs.ErrPermission}, finding.CoverageDenied, "open sys/x: permission denied"},
		"unsupported":    {fmt.Errorf("read it: %w", host.ErrUnsupported), finding.CoverageUnsupported, "read it"},
		"broken":         {broken, finding.CoverageFailed, "the disk is upside down"},
		"too slow":       {fmt.Errorf("read it: %w", context.DeadlineExceeded), finding.CoverageFailed, "read it: context deadline exceeded"},
		"later":          {fmt.Errorf("a verdict of 3 of 17: %w", host.ErrNotYet), finding.CoverageOK, "a verdict of some"},
		"two reasons":    {errors.Join(host.ErrAbsent, host.ErrDenied), finding.CoverageDenied, "not there; permission denied"},
		"a person's":     {errors.New("open /home/alice/.config/x: odd"), finding.CoverageFailed, "open /home/…/.config/x: odd"},
		"a Mac person's": {errors.New("open Users/bob: odd"), finding.CoverageFailed, "open Users/…: odd"},
		"counts":         {fmt.Errorf("the owners of 3 of 17 sockets are hidden: %w", host.ErrDenied), finding.CoverageDenied, "the owners of some sockets are hidden: permission denied"},
		"control codes":  {errors.New("a\x1b[2Jb\nc\xff"), finding.CoverageFailed, "a [2Jb; c?"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rows, c := Look(context.Background(), nil, sensorOf(func(context.Context, host.Host) ([]oneColumn, error) {
				return []oneColumn{{Name: "seen"}}, test.err
			}))
			if len(rows) != 1 {
				t.Errorf("%d rows beside the error, want 1", len(rows))
			}
			if c.Class != "tests" || c.State != test.state || c.Detail != test.detail {
				t.Errorf("coverage %+v, want %s %q", c, test.state, test.detail)
			}
		})
	}
}

func TestLookNamesADeadlineThatPassed(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	_, c := Look(ctx, nil, sensorOf(func(ctx context.Context, _ host.Host) ([]oneColumn, error) {
		return nil, fmt.Errorf("read it: %w", ctx.Err())
	}))
	if c.State != finding.CoverageFailed || !strings.Contains(c.Detail, "sensor tests did not finish in the time allowed") {
		t.Errorf("coverage %+v does not name the sensor and the deadline", c)
	}
}

// A sensor that breaks on hostile input must not take the others with it, and
// must not quote the input.
func TestLookSurvivesAPanic(t *testing.T) {
	tests := map[string]struct {
		collect func(context.Context, host.Host) ([]oneColumn, error)
		want    string
	}{
		"an index": {func(context.Context, host.Host) ([]oneColumn, error) {
			var empty []oneColumn
			return empty[:len("x")], nil
		}, "slice bounds out of range"},
		"a value of its own": {func(context.Context, host.Host) ([]oneColumn, error) {
			panic("secret")
		}, "a panic of type string"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rows, c := Look(context.Background(), nil, sensorOf(test.collect))
			if rows != nil || c.State != finding.CoverageFailed {
				t.Errorf("rows %v, coverage %+v, want none and failed", rows, c)
			}
			for _, want := range []string{"sensor tests broke at sensor.", test.want} {
				if !strings.Contains(c.Detail, want) {
					t.Errorf("detail %q lacks %q", c.Detail, want)
				}
			}
			if strings.Contains(c.Detail, "secret") {
				t.Errorf("detail %q quotes what was read", c.Detail)
			}
		})
	}
}

func TestSentenceIsBounded(t *testing.T) {
	if got := sentence(strings.Repeat("ä", 10000)); len(got) > detailLimit+3 {
		t.Errorf("a detail of %d bytes, want at most %d", len(got), detailLimit+3)
	}
}
