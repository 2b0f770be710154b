package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"
)

// flowRow is a flow of a recording: what had passed when it was recorded, or over
// how long a time, and when something passed that has to do with input.
type flowRow struct {
	Protocol string        `yaml:"protocol"`
	Local    string        `yaml:"local"`
	Remote   string        `yaml:"remote"`
	In       flowCountRow  `yaml:"in,flow"`
	Out      flowCountRow  `yaml:"out,flow"`
	Lasted   time.Duration `yaml:"lasted,omitempty"` // over which this passed, evenly
	// Besides, one segment passed so long before each input of input.txt, or after it.
	InBefore  time.Duration `yaml:"in_before,omitempty"`
	InAfter   time.Duration `yaml:"in_after,omitempty"`
	OutBefore time.Duration `yaml:"out_before,omitempty"`
	OutAfter  time.Duration `yaml:"out_after,omitempty"`
}

type flowCountRow struct {
	Segments uint64 `yaml:"segments,omitempty"`
	Bytes    uint64 `yaml:"bytes,omitempty"`
}

// tiedSegment is how many bytes a segment has that has to do with an input.
const tiedSegment = 60

// longestFlow bounds how many looks a few lines may stand for.
const longestFlow = 24 * time.Hour

var _ FlowHost = (*recording)(nil)

// Flows replays those of flows.yaml, as a live machine would have told them. What
// is said of input goes by input.txt.
func (r *recording) Flows(context.Context) (FlowSource, error) {
	rows, err := readRows(r.archive, "flows.yaml", flowRow.flow)
	if err = r.orDenied("flows", err); err != nil && !errors.Is(err, ErrDenied) {
		return nil, err
	}
	replay := &flowReplay{rows: rows, trouble: err, timed: r.platform.OS == "linux"}
	text, err := recordedInput(r.archive)
	switch {
	case err == nil:
		replay.end = text.until
		for _, in := range text.inputs {
			replay.inputs = append(replay.inputs, in.At)
		}
	case !errors.Is(err, ErrAbsent):
		return nil, err
	}
	for _, row := range rows {
		replay.begin = min(replay.begin, replay.end-row.row.Lasted)
	}
	replay.now = replay.begin
	return replay, nil
}

type recordedFlow struct {
	FlowID
	row flowRow
}

func (r flowRow) flow() (recordedFlow, error) {
	f := recordedFlow{FlowID: FlowID{Protocol: r.Protocol}, row: r}
	if r.Protocol != "tcp" && r.Protocol != "udp" {
		return f, fmt.Errorf("protocol %q, want tcp or udp", r.Protocol)
	}
	for _, d := range []time.Duration{r.InBefore, r.InAfter, r.OutBefore, r.OutAfter} {
		if d < 0 || d > time.Second {
			return f, fmt.Errorf("%s, want up to a second", d)
		}
	}
	if r.Lasted < 0 || r.Lasted > longestFlow {
		return f, fmt.Errorf("lasted %s, want up to a day", r.Lasted)
	}
	var err error
	if f.Local, err = netip.ParseAddrPort(r.Local); err != nil {
		return f, fmt.Errorf("local address: %w", err)
	}
	if f.Remote, err = netip.ParseAddrPort(r.Remote); err != nil {
		return f, fmt.Errorf("remote address: %w", err)
	}
	return f, nil
}

// flowReplay looks at a recording as at a live machine, without any waiting.
type flowReplay struct {
	rows            []recordedFlow
	inputs          []time.Duration
	trouble         error
	begin, end, now time.Duration
	followed        []FlowID
	over            bool
	timed           bool // the system tells when the last segment passed
}

// Next is a look at all every 20 seconds and at the end, and one at those that are
// followed every tenth of a second in which there may be input.
func (r *flowReplay) Next(take func(FlowLook, Flow)) (FlowLook, error) {
	if r.over {
		return FlowLook{}, io.EOF
	}
	r.over = r.now >= r.end
	look := FlowLook{At: r.now, Whole: r.over || (r.now-r.begin)%FlowEvery == 0, Partial: r.trouble}
	for _, f := range r.rows {
		if !look.Whole && !slices.Contains(r.followed, f.FlowID) {
			continue
		}
		if flow := r.at(f, r.now); flow.carries() {
			take(look, flow)
		}
	}
	step := FlowEvery - (r.now-r.begin)%FlowEvery
	switch counted := len(r.inputs) > 0 && len(r.followed) > 0; {
	case counted && r.now < 0:
		step = min(step, -r.now)
	case counted:
		step = min(step, FlowTick-(r.now-r.begin)%FlowTick)
	}
	r.now = min(r.now+step, max(r.end, r.now+1))
	return look, nil
}

// at is how much had passed by a time.
func (r *flowReplay) at(f recordedFlow, now time.Duration) Flow {
	part := 1.0
	if f.row.Lasted > 0 {
		part = max(0, 1-float64(r.end-now)/float64(f.row.Lasted))
	} else if now < r.end {
		part = 0
	}
	flow := Flow{FlowID: f.FlowID, In: f.row.In.part(part), Out: f.row.Out.part(part)}
	for _, tie := range []struct {
		to    *FlowCount
		shift time.Duration
	}{{&flow.In, -f.row.InBefore}, {&flow.In, f.row.InAfter}, {&flow.Out, -f.row.OutBefore}, {&flow.Out, f.row.OutAfter}} {
		if tie.shift == 0 {
			continue
		}
		n, _ := slices.BinarySearch(r.inputs, now-tie.shift)
		tie.to.Segments += uint64(n)
		tie.to.Bytes += uint64(n) * tiedSegment
		if n > 0 && r.timed {
			tie.to.Last = max(tie.to.Last, r.inputs[n-1]+tie.shift)
		}
	}
	return flow
}

func (c flowCountRow) part(part float64) FlowCount {
	return FlowCount{Segments: uint64(part * float64(c.Segments)), Bytes: uint64(part * float64(c.Bytes))}
}

// Follow has some of them looked at more often.
func (r *flowReplay) Follow(flows []FlowID) {
	r.followed = append(r.followed[:0], flows[:min(len(flows), FlowMost)]...)
}

// Stir changes nothing: a recording knows when there was input.
func (r *flowReplay) Stir() {}

// Close has nothing to let go.
func (r *flowReplay) Close() error { return nil }

// flow keeps of a flow how much passed, and between which kinds of ends.
func (s scrubber) flow(f Flow) flowRow {
	return flowRow{
		Protocol: f.Protocol, Local: s.addrPort(f.Local).String(), Remote: s.addrPort(f.Remote).String(),
		In: flowCountRow{f.In.Segments, f.In.Bytes}, Out: flowCountRow{f.Out.Segments, f.Out.Bytes},
	}
}

// flows records what had passed through each flow. How that went on nobody knows
// who looks once.
func (r *recorder) flows(ctx context.Context) error {
	counting, ok := r.host.(FlowHost)
	if !ok {
		return nil
	}
	source, err := counting.Flows(ctx)
	if err != nil {
		return writeRows(r, "flows", nil, err, r.scrubber.flow)
	}
	defer done(source)
	var all []Flow
	look, err := source.Next(func(_ FlowLook, f Flow) {
		if len(all) < maxRecordedFlows {
			all = append(all, f)
		}
	})
	if err == nil && errors.Is(look.Partial, ErrDenied) {
		err = look.Partial
	}
	return writeRows(r, "flows", all, err, r.scrubber.flow)
}

// maxRecordedFlows bounds what a recording holds of flows.
const maxRecordedFlows = 4096
