package sensor

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/rhythm"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const someKeyboards = `device own name="AT keyboard" bus=serio place=built_in can=keyboard
device far name="Anna's Magic Keyboard" bus=bluetooth vendor=004c product=029c place=external can=keyboard
device abs name="A tablet" bus=usb place=external port=1-2 can=absolute_pointer
`

const someTyping = someKeyboards + `repeat 80 900ms spread 30
  0ms far press
  95ms far release
end
repeat 60 300ms
  0ms abs place 100 100
  100ms abs place 9000 9000
end
`

func watched(t *testing.T, text string) ([]string, finding.Coverage) {
	t.Helper()
	h, s := machine(t, text), Input()
	_ = s.Watch(context.Background(), h)
	return look(t, h, s)
}

func TestInput(t *testing.T) {
	got, coverage := watched(t, "-- input.txt --\n"+someTyping)
	want := []string{
		"device=own name=AT keyboard bus=serio place=built_in can=keyboard keys=none pointer=none key_percent=0 pointer_percent=0 only_pointer=false built_in=silent typing=none cadence=none",
		"device=far name=…'s Magic Keyboard bus=bluetooth vendor_id=004c product_id=029c place=external can=keyboard keys=enough pointer=none key_percent=100 pointer_percent=0 injected_percent=0 " +
			"only_pointer=false built_in=silent typing=enough gap_histogram=0 0 0 0 0 0 0 0 0 0 0 0 0 0 100 0 dwell_histogram=0 0 0 0 0 0 0 0 0 0 100 0 0 0 0 0 short_dwell_percent=0 together_percent=0 cadence=none",
		"device=abs name=A tablet bus=usb place=external usb_port=1-2 can=absolute_pointer keys=none pointer=enough key_percent=0 pointer_percent=100 injected_percent=0 " +
			"only_pointer=true built_in=silent typing=none jump_percent=100 cadence=none",
	}
	// Fifteen percent of the gaps are in the bucket above: the exact share is rhythm's to prove.
	gaps := regexp.MustCompile(`gap_histogram=[\d ]+ dwell`)
	for i := range got {
		got[i], want[i] = gaps.ReplaceAllString(got[i], "dwell"), gaps.ReplaceAllString(want[i], "dwell")
	}
	if diff := cmp.Diff(want, got); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v (-want +got):\n%s", coverage, diff)
	}
}

func TestInputOfAVirtualMachineHasNothingBuiltIn(t *testing.T) {
	got, _ := watched(t, "-- platform.yaml --\nos: linux\nchassis: vm\n-- input.txt --\n"+someKeyboards+"1ms own press\n")
	if len(got) != 3 || !strings.Contains(got[0], "built_in=none") {
		t.Errorf("%q", got)
	}
	got, _ = watched(t, "-- input.txt --\n"+someKeyboards+"1ms own press\n")
	if len(got) != 3 || !strings.Contains(got[0], "built_in=used") {
		t.Errorf("%q", got)
	}
}

func TestInputCoverage(t *testing.T) {
	for name, c := range map[string]struct {
		machine string
		state   finding.CoverageState
		detail  string
		rows    int
	}{
		"hidden in part": {"-- denied.yaml --\ninput: what programs inject cannot be seen in a Wayland session\n-- input.txt --\n" + someKeyboards, finding.CoverageDenied, "Wayland", 3},
		"denied":         {"-- denied.yaml --\ninput: put the user into the group input\n", finding.CoverageDenied, "group input", 0},
		"absent":         {"", finding.CoverageAbsent, "input.txt is not in the recording", 0},
	} {
		rows, coverage := watched(t, c.machine)
		if coverage.State != c.state || !strings.Contains(coverage.Detail, c.detail) || len(rows) != c.rows {
			t.Errorf("%s: %d rows, coverage %+v; want %d, %s with %q", name, len(rows), coverage, c.rows, c.state, c.detail)
		}
	}
	s := Input()
	_ = s.Watch(context.Background(), &answers{})
	if _, coverage := Look(context.Background(), &answers{Host: machine(t, "")}, s); coverage.State != finding.CoverageUnsupported {
		t.Errorf("a host that cannot tell: coverage %+v", coverage)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, coverage := Look(ctx, machine(t, ""), Input()); coverage.State != finding.CoverageFailed {
		t.Errorf("never watched: coverage %+v; silence must not look like a clean machine", coverage)
	}
}

// Nothing in a row says when, or how much: an hour of typing and a day of it
// give the same rows.
func TestInputSaysNoAmountAndNoTime(t *testing.T) {
	script := func(rounds string, wait string) string {
		return "-- input.txt --\n" + someKeyboards + "wait " + wait + "\nrepeat " + rounds + " 1s\n  0ms far press\n  95ms far release\nend\n"
	}
	short, _ := watched(t, script("3600", "0s"))
	long, _ := watched(t, script("43200", "7h"))
	if diff := cmp.Diff(short, long); diff != "" {
		t.Errorf("the rows tell of the amount or the time:\n%s", diff)
	}
	allowed := []string{"percent", "histogram", "cadence"}
	for _, c := range Input().Columns {
		if regexp.MustCompile(`(?i)count|minutes|idle|time|since|last|_at$`).MatchString(c.Name) && !slices.ContainsFunc(allowed, func(word string) bool { return strings.Contains(c.Name, word) }) {
			t.Errorf("column %s could say how much somebody works, or when", c.Name)
		}
	}
}

func TestWhatIsNotHeardIsNotSilent(t *testing.T) {
	pad := host.InputDevice{ID: "pad", Place: host.InputBuiltIn, Can: []string{host.CanTouchPad}}
	for unheard, want := range map[bool]string{true: "unknown", false: "silent"} {
		keyboard := host.InputDevice{ID: "k", Place: host.InputBuiltIn, Can: []string{host.CanType}, Unheard: unheard}
		w := inputWindow{meter: rhythm.New(), devices: []host.InputDevice{keyboard, pad}}
		if got := w.builtIn(host.Platform{Chassis: "laptop"}); got != want || w.allHeard() == unheard {
			t.Errorf("built_in is %s, want %s", got, want)
		}
	}
}

// tapping is a live host on which somebody types until it is closed.
type tapping struct {
	host.Host
	ended chan struct{}
}

func (l *tapping) Input(context.Context) (host.InputSource, error) { return l, nil }

func (l *tapping) Devices() ([]host.InputDevice, error) {
	return []host.InputDevice{{ID: "k", Place: host.InputBuiltIn, Can: []string{host.CanType}}}, nil
}

func (l *tapping) Next() (host.InputBatch, error) {
	select {
	case <-l.ended:
		return host.InputBatch{}, io.EOF
	case <-time.After(time.Millisecond):
		return host.InputBatch{Inputs: []host.Input{{Device: "k", Kind: host.InputPress, At: time.Second}}, Until: time.Second}, nil
	}
}

func (l *tapping) Close() error {
	select {
	case <-l.ended:
		return errors.New("closed twice")
	default:
		close(l.ended)
	}
	return nil
}

func TestInputWatchEndsWithItsContext(t *testing.T) {
	h := &tapping{Host: machine(t, ""), ended: make(chan struct{})}
	s := Input()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Watch(ctx, h) }()
	if rows, coverage := Look(context.Background(), h, s); coverage.State != finding.CoverageOK || len(rows) != 1 {
		t.Errorf("%d rows, coverage %+v", len(rows), coverage)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("still watching")
	}
}
