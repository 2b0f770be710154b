//go:build tools

package main_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/flow"
)

// flowsFor is the time that the proof takes: real time, since what is compared is
// how people's hands move. A quarter of an hour and the verdict may be strong.
var (
	flowsFor    = flag.Duration("flows-for", 5*time.Minute, "for how long flows are compared with input")
	flowsUpdate = flag.String("flows-update", "", "write what flows were found to be to a file (docs/reference/flows.md)")
)

// A flowCase is a flow of a scene and what must be said of it.
type flowCase struct {
	port   uint16 // of the side that serves
	what   string
	driven bool
}

// besides are what goes on in every scene.
var besides = []flowCase{
	{port: 7001, what: "call by TCP, 30 packets a second each way"},
	{port: 7002, what: "download"},
}

var flowScenes = []struct {
	name, what string
	begin      func(*scene, <-chan struct{})
	flows      []flowCase
}{
	{"x11vnc", "somebody elsewhere works at the laptop through x11vnc", drivenByVNC, []flowCase{{5900, "RFB to x11vnc", true}}},
	{"far", "the same, 60 ms away and more, which varies by 25 ms", drivenFromAfar, []flowCase{{5900, "RFB to x11vnc", true}}},
	{"rdp", "somebody elsewhere works at the laptop by RDP: FreeRDP's own viewer and server", drivenByRDP, []flowCase{{3389, "RDP to freerdp-shadow", true}}},
	{"datagrams", "x11vnc is driven through a tool of one's own that speaks UDP", drivenByDatagrams, []flowCase{
		{50_002, "RFB in datagrams", true}, {50_001, "call by UDP, as WebRTC makes them", false},
	}},
	{"here", "somebody sits at the laptop and works", workedAt, []flowCase{
		{22, "ssh to a machine next door", false}, {2222, "ssh to a machine 30 ms away", false}, {5900, "RFB to another machine: the laptop is the viewer", false},
		{7003, "game: 30 packets a second in, input out", false}, {7004, "pages, asked for at each click", false}, {7005, "a document that several write", false},
		{50_001, "call by UDP, as WebRTC makes them", false},
	}},
}

// A traced flow is what a scene gave of one flow.
type tracedFlow struct {
	flowCase
	found   bool
	verdict flow.Verdict
	shape   flow.Kind
	minutes []uint8
}

// TestToolsFlows compares input with what passes through real connections while
// real programs drive a laptop, and while somebody works at it: whether the first
// can be told from the second by that alone.
func TestToolsFlows(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	said := map[string]string{}
	t.Run("scenes", func(t *testing.T) {
		for _, one := range flowScenes {
			t.Run(one.name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, false, "x11vnc", "freerdp2-shadow-x11", "freerdp2-x11", "openssh-client", "openssh-server")
				s.mine.screen()
				done := make(chan struct{})
				defer close(done)
				one.begin(s, done)
				text, flows := judgedTrace(t, s.mine.path(s.mine.trace()), slices.Concat(one.flows, besides))
				for _, f := range flows {
					holds(t, f)
				}
				mu.Lock()
				defer mu.Unlock()
				said[one.name] = text
			})
		}
	})
	var doc strings.Builder
	doc.WriteString(flowsHead)
	for _, one := range flowScenes {
		fmt.Fprintf(&doc, "\n## %s\n\n%s", strings.ToUpper(one.what[:1])+one.what[1:], said[one.name])
	}
	t.Log(doc.String())
	if *flowsUpdate != "" && !t.Failed() {
		if err := os.WriteFile(*flowsUpdate, []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// holds wants what is driven to be told, and nothing else.
func holds(t *testing.T, f tracedFlow) {
	t.Helper()
	want := flow.None
	if f.driven {
		want = flow.Strong
	}
	if *flowsFor < 12*time.Minute {
		want = min(want, flow.Weak)
		f.verdict.Follows = min(f.verdict.Follows, flow.Weak)
	}
	if !f.found || f.verdict.Follows != want || f.driven != (f.shape == flow.Interactive) {
		t.Errorf("%s: found %t, %+v, shape %s", f.what, f.found, f.verdict, f.shape)
	}
}

// trace has a copy of this test look from within the laptop, and gives the file
// it wrote there.
func (l *laptop) trace() string {
	l.t.Helper()
	self, err := os.Executable()
	if err != nil {
		l.t.Fatal(err)
	}
	const file = "/run/flows.jsonl"
	if out, err := exec.Command("cp", self, l.path("/run/tracer")).CombinedOutput(); err != nil {
		l.t.Fatalf("%v: %s", err, out)
	}
	l.run("/run/tracer", "-test.timeout", "1h", "-test.run", "^TestFlowTrace$", "-flow-trace", file, "-flow-trace-for", flowsFor.String())
	return file
}

// judgedTrace goes through a trace as the agent would have.
func judgedTrace(t *testing.T, file string, cases []flowCase) (string, []tracedFlow) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	j, cost := newFlowJudge(), 0.0
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var line traceLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		cost += line.Cost
		j.take(line)
	}
	flows := make([]tracedFlow, len(cases))
	for i, c := range cases {
		flows[i].flowCase = c
	}
	j.table.Each(func(s flow.Summary) {
		for i := range flows {
			if f := &flows[i]; f.port == serving(s.Key.Local(), s.Key.Remote()) && !s.Key.Remote().Addr().IsLoopback() {
				f.found, f.shape, f.verdict, f.minutes = true, s.Shape, j.follower.Verdict(s.Key), j.follower.Minutes(s.Key)
			}
		}
	})
	return flowTable(flows, cost), flows
}

// serving is the port that a case is known by.
func serving(local, remote netip.AddrPort) uint16 {
	for _, port := range []uint16{50_001, 50_002, 5900, 3389} {
		if local.Port() == port {
			return port
		}
	}
	return remote.Port()
}

func flowTable(flows []tracedFlow, cost float64) string {
	var b strings.Builder
	b.WriteString("| flow | shape | follows input | score | of each minute with input |\n|---|---|---|---|---|\n")
	for _, f := range flows {
		score, minutes := "", make([]int, len(f.minutes))
		for i, m := range f.minutes {
			minutes[i] = int(m)
		}
		if f.verdict.Follows >= flow.Weak {
			score = fmt.Sprintf("%d %%", f.verdict.Score)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", f.what, f.shape, f.verdict.Follows.String(), score, strings.Trim(fmt.Sprint(minutes), "[]"))
	}
	if cost > 0 {
		fmt.Fprintf(&b, "\nLooking at these flows ten times a second took %.2f %% of one processor.\n", cost)
	}
	return b.String()
}

const flowsHead = `<!-- written by go test -tags tools -run '^TestToolsFlows$' -timeout 30m -flows-for 14m -flows-update $PWD/docs/reference/flows.md ./agent/cmd/farmwatch-agent; do not edit -->
# Whether input follows a connection

Real programs, in namespaces of the test: each table is a quarter of an hour. A score is how much better the input of a
minute goes with what arrived in the half second before it than chance would have it (Pearson's correlation of logarithms of
counts per tenth of a second, less that with input of 2 to 14 seconds before). It is told only where the order of both and the
amounts say that input follows what arrives: a viewer and a shell elsewhere have a score too, and it is their answers that follow the input.
Who works at the laptop is made up by the measures of real typing and pointing, and typed by XTEST; who drives it does the same elsewhere.

It is *strong* when the middle one of ten minutes or more scores 50 % and three of four score 35 %, and *weak* when the middle one of three
scores 35 %. Both are experimental: hands of real people on real networks have not been measured. So the rule that rests on *strong* is of
tier 3, a watch and no alert; that it is called experimental changes no points.

## What it misses

Whoever knows how both are compared and takes pains can hide from it (go test ./agent/internal/flow -run TestWhatEvades):

| whoever drives the laptop | it says |
|---|---|
| sends junk beside the input, up to two hundred times a second | strong |
| spreads the input over two or four connections | strong |
| spreads it over sixteen | none |
| sends a stream that never changes, in which the input is hidden | none |
| holds the input back by up to a fifth of a second, each by another time | strong |
| holds it back by up to a second, each by another time | weak |
| holds all of it back by more than half a second | none |
| sends the pictures by another way | strong |
| sends the pictures by another way and pads the input to more than 400 bytes | none |

Each of these costs whoever drives something: another program than the usual ones, more traffic, or a laptop that answers late. Nothing is said
either of minutes in which input came in fewer than thirty tenths of a second, of more than eight connections at a time (those that look most like it come first), of what comes by
a KVM at the laptop's own sockets, which is no connection of the laptop, and of what passes in a virtual machine or a container's own network.
`
