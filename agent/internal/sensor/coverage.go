package sensor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"runtime"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// detailLimit bounds what a hostile file name can add to a report.
const detailLimit = 300

// Look lets a sensor look once and says how that went. It never fails: an
// error, a deadline that passed and even a sensor that panics become coverage,
// so that one sensor's trouble stops no other. Rows beside a coverage that is
// not ok are good but not complete. Since is left to the caller, who remembers.
func Look(ctx context.Context, h host.Host, s Sensor) (rows []finding.Observation, c finding.Coverage) {
	defer func() {
		if p := recover(); p != nil {
			rows = nil
			c = finding.Coverage{Class: s.Class, State: finding.CoverageFailed, Detail: broke(s.Class, p)}
		}
	}()
	rows, err := s.Collect(ctx, h)
	return rows, coverage(ctx, s, err)
}

func coverage(ctx context.Context, s Sensor, err error) finding.Coverage {
	c := finding.Coverage{Class: s.Class, State: finding.CoverageOK}
	if err == nil {
		return c
	}
	c.State, c.Detail = stateOf(err), sentence(reason(err))
	c.Late = c.State == finding.CoverageOK
	if c.State == finding.CoverageFailed && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		c.Detail = sentence(fmt.Sprintf("the sensor %s did not finish in the time allowed: %v", s.Class, err))
	}
	return c
}

// reason is an error without the words that its state says already.
func reason(err error) string {
	text := err.Error()
	for _, known := range []error{host.ErrAbsent, host.ErrUnsupported, host.ErrNotYet} {
		text = strings.TrimSuffix(text, ": "+known.Error())
	}
	return text
}

// stateOf prefers what a person can mend: of several reasons joined, a missing
// permission is named before a missing thing. What is only known later is no
// trouble, but said.
func stateOf(err error) finding.CoverageState {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return finding.CoverageFailed
	case errors.Is(err, host.ErrDenied), errors.Is(err, fs.ErrPermission):
		return finding.CoverageDenied
	case errors.Is(err, host.ErrAbsent), errors.Is(err, fs.ErrNotExist):
		return finding.CoverageAbsent
	case errors.Is(err, host.ErrUnsupported):
		return finding.CoverageUnsupported
	case errors.Is(err, host.ErrNotYet):
		return finding.CoverageOK
	default:
		return finding.CoverageFailed
	}
}

// broke names the place and kind of a panic. Its value may quote what was being
// read, so only the runtime's own words, which never do, are repeated.
func broke(class string, p any) string {
	why := fmt.Sprintf("a panic of type %T", p)
	if e, ok := p.(runtime.Error); ok {
		why = e.Error()
	}
	return sentence(fmt.Sprintf("the sensor %s broke at %s: %s", class, culprit(), why))
}

// culprit is the innermost function of ours below the panic.
func culprit() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") && frame.Function != "" {
			return fmt.Sprintf("%s line %d", frame.Function[strings.LastIndex(frame.Function, "/")+1:], frame.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}

// sentence makes an error fit to leave the laptop: one line of bounded length,
// without the name of the person whose home folder it speaks of. Counts become
// "some": they change from look to look, and every change would be a report.
func sentence(text string) string {
	home := regexp.MustCompile(`\b(home|Users)([/\\])[^/\\\s:]+`)
	text = home.ReplaceAllString(text, "$1$2…")
	text = regexp.MustCompile(`\b\d+ of \d+\b`).ReplaceAllString(text, "some")
	text = strings.ReplaceAll(text, "\n", "; ") // of several reasons each has a line
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > detailLimit {
		text = strings.ToValidUTF8(text[:detailLimit], "") + "…"
	}
	return text
}
