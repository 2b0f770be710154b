package sensor

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/flow"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// worked is a quarter of an hour in which somebody types and rests.
const worked = `-- input.txt --
device k bus=usb place=external can=keyboard
repeat 250 3800ms spread 60
repeat 9 170ms spread 45
0ms k press
70ms k release
end
end
`

const flowsHead = `-- platform.yaml --
os: %s
chassis: laptop
-- processes.yaml --
- {pid: 40, name: helper, path: /opt/helper/helper}
- {pid: 41, name: browser, path: /opt/browser/browser}
-- sockets.yaml --
- {protocol: tcp, state: listen, local: "0.0.0.0:5900", pid: 40}
- {protocol: tcp, state: established, local: "192.168.1.7:5900", remote: "203.0.113.9:40000", pid: 40}
- {protocol: tcp, state: established, local: "192.168.1.7:50000", remote: "203.0.113.10:443", pid: 41}
- {protocol: tcp, state: established, local: "192.168.1.7:50001", remote: "203.0.113.10:443", pid: 41}
- {protocol: tcp, state: established, local: "127.0.0.1:50002", remote: "127.0.0.1:50003", pid: 41}
- {protocol: udp, state: other, local: "0.0.0.0:50004", pid: 41}
-- flows.yaml --
- {protocol: tcp, local: "192.168.1.7:5900", remote: "203.0.113.9:40000", lasted: 5h, in: {segments: 90000, bytes: 900000}, out: {segments: 900000, bytes: 900000000}, in_before: 25ms}
- {protocol: tcp, local: "192.168.1.7:50000", remote: "203.0.113.10:443", lasted: 2h, in: {segments: 90, bytes: 9000}, out: {segments: 90, bytes: 9000}}
- {protocol: tcp, local: "192.168.1.7:50001", remote: "203.0.113.10:443", lasted: 20m, in: {segments: 90000, bytes: 90000000}, out: {segments: 900, bytes: 90000}}
- {protocol: tcp, local: "127.0.0.1:50002", remote: "127.0.0.1:50003", lasted: 2h, in: {segments: 90000, bytes: 90000000}, out: {bytes: 90}}
- {protocol: udp, local: "192.168.1.7:50004", remote: "198.51.100.4:3478", lasted: 90m, in: {segments: 90000, bytes: 9000000}, out: {segments: 90000, bytes: 9000000}}
- {protocol: udp, local: "192.168.1.7:50005", remote: "198.51.100.4:3478", lasted: 90m, in: {segments: 90000, bytes: 9000000}, out: {segments: 90000, bytes: 9000000}}
`

// flowRows lets the sensors of input and flows look at a machine, in this order.
func flowRows(t *testing.T, text string) ([]map[string]string, finding.Coverage) {
	t.Helper()
	input := newInputWindow()
	flows := newOwners().flows(input)
	h := machine(t, text)
	for _, s := range []Sensor{input.sensor(), flows} {
		_ = s.Watch(t.Context(), h)
	}
	rows, coverage := Look(t.Context(), h, flows)
	var said []map[string]string
	for _, row := range rows {
		delete(row.Columns, "pid")
		said = append(said, row.Columns)
	}
	return said, coverage
}

func TestFlows(t *testing.T) {
	for _, system := range Systems {
		rows, coverage := flowRows(t, fmt.Sprintf(flowsHead, system)+worked)
		if coverage.State != finding.CoverageOK {
			t.Errorf("%s: %+v", system, coverage)
		}
		if len(rows) != 3 {
			t.Fatalf("%s: %d rows: %v", system, len(rows), rows)
		}
		score, follows := rows[0]["input_correlation"], "weak" // only Linux tells when a segment came
		if system == "linux" {
			follows = "strong"
		}
		if score < "50" || len(score) != 2 {
			t.Errorf("%s: %q percent", system, score)
		}
		want := []map[string]string{
			{"name": "helper", "file": "helper", "protocol": "tcp", "remote_scope": "public", "remote_address": "203.0.113.9", "local_port": "5900", "direction": "inbound", "lasting": "hours", "shape": "interactive", "follows_input": follows, "input_correlation": score, "input_minutes": "10", "experimental": "true"},
			{"name": "browser", "file": "browser", "protocol": "udp", "remote_scope": "public", "remote_address": "198.51.100.4", "remote_port": "3478", "direction": "outbound", "lasting": "hour", "shape": "both_ways", "follows_input": "none", "input_minutes": "10", "experimental": "true"},
			{"name": "browser", "file": "browser", "protocol": "tcp", "remote_scope": "public", "remote_address": "203.0.113.10", "remote_port": "443", "direction": "outbound", "lasting": "minutes", "shape": "bulk_in", "follows_input": "none", "input_minutes": "10", "experimental": "true"},
		}
		for i := range rows {
			for _, column := range []string{"signature", "signer"} {
				delete(rows[i], column)
			}
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", system, diff)
		}
	}
}

// TestFlowsWithoutInput: where nobody tells of input, shapes are told all the same.
func TestFlowsWithoutInput(t *testing.T) {
	rows, _ := flowRows(t, fmt.Sprintf(flowsHead, "darwin"))
	if len(rows) != 3 || rows[0]["shape"] != "interactive" || rows[0]["follows_input"] != "unknown" || rows[0]["input_minutes"] != "none" || rows[0]["input_correlation"] != "" {
		t.Errorf("%v", rows)
	}
	devices, _, _ := strings.Cut(worked, "repeat")
	counted := devices + "repeat 900 1s\n0ms k pressed\nend\n" // and where it only counts it
	if rows, _ := flowRows(t, fmt.Sprintf(flowsHead, "darwin")+counted); rows[0]["follows_input"] == "strong" {
		t.Errorf("%v", rows[0])
	}
}

func TestFlowsCoverage(t *testing.T) {
	if _, coverage := flowRows(t, "-- platform.yaml --\nos: linux\n-- sockets.yaml --\n[]\n"); coverage.State != finding.CoverageAbsent {
		t.Errorf("%+v", coverage)
	}
	denied := fmt.Sprintf(flowsHead, "linux") + "-- denied.yaml --\nflows: datagrams are not counted\n"
	rows, coverage := flowRows(t, denied)
	if coverage.State != finding.CoverageDenied || len(rows) != 3 {
		t.Errorf("%d rows, %+v", len(rows), coverage)
	}
}

// TestFlowsInAnyOrder: whichever of both begins, the same is told, as when an agent
// replays a recording with all sensors at once.
func TestFlowsInAnyOrder(t *testing.T) {
	for range 5 {
		input := newInputWindow()
		flows := newOwners().flows(input)
		h := machine(t, fmt.Sprintf(flowsHead, "linux")+worked)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = flows.Watch(t.Context(), h)
		}()
		runtime.Gosched()
		_ = input.sensor().Watch(t.Context(), h)
		<-ended
		rows, _ := Look(t.Context(), h, flows)
		if len(rows) != 3 || rows[0].Columns["follows_input"] != "strong" {
			t.Errorf("%v", rows)
		}
	}
}

// manyFlows is a machine with as many connections as there may be.
type manyFlows struct {
	host.Host
	flows, looks int
}

func (m *manyFlows) Flows(context.Context) (host.FlowSource, error) { return m, nil }
func (m *manyFlows) Follow(flows []host.FlowID) {
	if len(flows) > host.FlowMost {
		m.looks = -1
	}
}
func (m *manyFlows) Stir()        {}
func (m *manyFlows) Close() error { return nil }

func (m *manyFlows) Next(take func(host.FlowLook, host.Flow)) (host.FlowLook, error) {
	look := host.FlowLook{At: time.Duration(m.looks) * host.FlowEvery, Whole: true}
	if m.looks++; m.looks > 5 {
		return look, fmt.Errorf("enough")
	}
	for n := range m.flows {
		remote := netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, byte(n >> 16), byte(n >> 8), byte(n)}), 443)
		passed := host.FlowCount{Segments: uint64(m.looks * 40), Bytes: uint64(m.looks * 800)}
		take(look, host.Flow{FlowID: host.FlowID{Protocol: "tcp", Local: netip.MustParseAddrPort("192.168.1.7:50000"), Remote: remote}, In: passed, Out: passed})
	}
	return look, nil
}

// TestFlowsMemory: what the sensor holds of 50,000 connections fits into 16 MB.
func TestFlowsMemory(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	input := newInputWindow()
	w := newFlowWindow(newOwners(), input)
	if err := w.count(t.Context(), &manyFlows{flows: 50_000}); err == nil || w.table.Len() != 50_000 {
		t.Fatalf("%v, %d flows", err, w.table.Len())
	}
	if held := heap() - before; held > 16<<20 {
		t.Errorf("%d bytes are held", held)
	} else {
		t.Logf("%.1f MB are held", float64(held)/(1<<20))
	}
	runtime.KeepAlive(w)
}

// TestFlowsTooMany: what is left out of a flood is said.
func TestFlowsTooMany(t *testing.T) {
	w := newFlowWindow(newOwners(), newInputWindow())
	if err := w.count(t.Context(), &manyFlows{flows: flow.Most + 100}); err == nil || w.partial == nil || !strings.Contains(w.partial.Error(), "more connections than are remembered") {
		t.Errorf("%v, %v", err, w.partial)
	}
}
