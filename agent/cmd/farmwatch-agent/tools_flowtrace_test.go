//go:build tools

package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/flow"
	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// Where a copy of this test writes what the host tells of flows and of input, and
// for how long: a laptop's network is seen only by who runs within it.
var (
	traceFile = flag.String("flow-trace", "", "write what passes through flows, and when input arrives, to a file")
	traceFor  = flag.Duration("flow-trace-for", time.Minute, "for how long")
)

// A traceLine is one look at flows, or one batch of inputs.
type traceLine struct {
	Look   *host.FlowLook  `json:",omitempty"`
	Flows  []host.Flow     `json:",omitempty"`
	Inputs []time.Duration `json:",omitempty"`
	Until  time.Duration   `json:",omitempty"`
	Cost   float64         `json:",omitempty"` // percent of a processor, of looking alone
}

// A flowJudge does with a trace what the agent's sensor does.
type flowJudge struct {
	follower *flow.Follower
	table    *flow.Table
	followed map[flow.Key]bool
}

func newFlowJudge() *flowJudge {
	return &flowJudge{follower: flow.NewFollower(), table: flow.NewTable(flow.Most), followed: map[flow.Key]bool{}}
}

// take goes through one line, and names the flows to follow after a look at all.
func (j *flowJudge) take(line traceLine) []host.FlowID {
	for _, at := range line.Inputs {
		j.follower.Hands.Add(at)
	}
	if line.Look == nil {
		j.follower.Told(line.Until)
		return nil
	}
	if line.Look.Whole {
		j.table.Begin(line.Look.At)
	}
	for _, f := range line.Flows {
		k, counts := flow.NewKey(f.Protocol == "udp", f.Local, f.Remote), flow.Counts{In: flow.Count(f.In), Out: flow.Count(f.Out)}
		if line.Look.Whole {
			j.table.Add(k, counts)
		}
		if j.followed[k] {
			j.follower.Sample(k, line.Look.At, counts)
		}
	}
	if !line.Look.Whole {
		return nil
	}
	j.table.End()
	clear(j.followed)
	var ids []host.FlowID
	for _, k := range j.follower.Choose(j.table, host.FlowMost) {
		j.followed[k] = true
		ids = append(ids, host.FlowID{Protocol: map[bool]string{true: "udp", false: "tcp"}[k.UDP], Local: k.Local(), Remote: k.Remote()})
	}
	j.follower.Rest(line.Look.At)
	return ids
}

// TestFlowTrace is what the copy does, and nothing where nobody asked for it.
func TestFlowTrace(t *testing.T) {
	if *traceFile == "" {
		return
	}
	file, err := os.Create(*traceFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	defer out.Flush()
	var mu sync.Mutex
	encoder := json.NewEncoder(out)
	judge := newFlowJudge()
	write := func(line traceLine) []host.FlowID {
		mu.Lock()
		defer mu.Unlock()
		_ = encoder.Encode(line)
		return judge.take(line)
	}
	ctx, stop := context.WithTimeout(t.Context(), *traceFor)
	defer stop()
	h := host.Live(time.Now)
	flows, err := h.Flows(ctx)
	if err != nil {
		t.Fatal(err)
	}
	input, err := h.Input(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	both.Go(func() {
		for {
			batch, err := input.Next()
			if err != nil {
				return
			}
			line := traceLine{Until: batch.Until}
			for _, in := range batch.Inputs {
				line.Inputs = append(line.Inputs, in.At)
			}
			if len(line.Inputs) > 0 {
				flows.Stir()
			}
			write(line)
		}
	})
	both.Go(func() {
		for {
			var line traceLine
			look, err := flows.Next(func(_ host.FlowLook, f host.Flow) { line.Flows = append(line.Flows, f) })
			if err != nil {
				return
			}
			line.Look = &look
			if ids := write(line); look.Whole {
				flows.Follow(ids)
			}
		}
	})
	both.Wait()
	write(traceLine{Cost: flowCost(t, h)})
}

// flowCost is what it costs to look at up to eight flows ten times a second, in
// percent of one processor: nothing is written meanwhile.
func flowCost(t *testing.T, h *host.LiveHost) float64 {
	t.Helper()
	const during = 20 * time.Second
	ctx, stop := context.WithTimeout(t.Context(), during)
	defer stop()
	flows, err := h.Flows(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var ids []host.FlowID
	if _, err := flows.Next(func(_ host.FlowLook, f host.Flow) {
		if !f.Remote.Addr().IsLoopback() {
			ids = append(ids, f.FlowID)
		}
	}); err != nil {
		t.Fatal(err)
	}
	flows.Follow(ids)
	before, err := h.Cost(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for {
		flows.Stir()
		if _, err := flows.Next(func(host.FlowLook, host.Flow) {}); err != nil {
			break
		}
	}
	after, err := h.Cost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return 100 * (after.CPU - before.CPU).Seconds() / during.Seconds()
}
