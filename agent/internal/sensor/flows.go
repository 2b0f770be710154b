package sensor

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/flow"
	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// networkFlow is how a connection goes on with another machine, from how much
// passes and when; what passes is looked at nowhere.
type networkFlow struct {
	PID           int    `column:"pid,key,public" about:"number of the connected process"`
	*program             // never nil
	Protocol      string `column:"protocol,key,public" about:"tcp or udp"`
	RemoteScope   string `column:"remote_scope,public" about:"where the other side is: private (the local network) or public"`
	RemoteAddress string `column:"remote_address,key,pseudonym" about:"address of the other side"`
	RemotePort    string `column:"remote_port,key,public" about:"port number of the other side, where this laptop connected to it"`
	LocalPort     string `column:"local_port,key,public" about:"port number on this laptop, where the other side connected to it"`
	Direction     string `column:"direction,public" about:"inbound when the other side opened it, outbound when this laptop did"`
	Lasting       string `column:"lasting,public" about:"for how long it has been seen: minutes, hour (one or more) or hours (four or more)"`
	Shape         string `column:"shape,public" about:"what it looks like from outside: quiet, interactive (small things arrive often and much more goes back, as with a desktop that is driven from there), bulk_in, bulk_out or both_ways"`
	FollowsInput  string `column:"follows_input,public" about:"whether keyboard and pointer are used just after something arrives through it, again and again: none, weak, strong, or unknown where too little was compared"`
	Correlation   string `column:"input_correlation,public" about:"how well both go together in the middle one of the minutes compared, in percent above what chance would give; only where it is weak or strong"`
	Minutes       string `column:"input_minutes,public" about:"for how many minutes both were compared: none, or at least 1, 10, 30 or 60"`
	Experimental  bool   `column:"experimental,public" about:"whether what it says of input is on trial"`
}

// flows gives the sensor of how connections go on. It hears of input what the
// sensor of input hears, and of that only when.
func (t *ownerTable) flows(input *inputWindow) Sensor {
	w := newFlowWindow(t, input)
	return Define(Options{
		Class: "network_flows", Every: 20 * time.Second, Steady: true, Watch: w.watch,
		About: "Looks at how much passes through connections with other machines and when, never at what, to notice that a desktop is driven through one of them: " +
			"small things arrive often, pictures go back, and keyboard and pointer are used just after something arrived. The times of input stay in memory for a minute or so; only how well both go together is told.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "Input that is made inside a Wayland session or on a desktop of xrdp's own is told of by nobody, so what is driven there is known by its shape alone. Of UDP the datagrams at eight ports are counted at a time, and connections of containers are not seen."},
			{OS: "windows", Reach: Partial, Why: "Windows counts what passes through connections of TCP only, and for an administrator, so UDP, by which the fast ways of remote control go, is not seen. It does not tell when a segment came: whether input follows a connection is told as weak at most."},
			{OS: "darwin", Reach: Partial, Why: "macOS counts bytes and not when they came, and tells neither when keys were pressed: a flow is known by its shape alone, and whether input follows it stays unknown."},
		},
	}, w.collect)
}

// rowsOfFlows bounds what is told of at once.
const rowsOfFlows = 1024

func (w *flowWindow) collect(ctx context.Context, h host.Host) ([]networkFlow, error) {
	sockets, err := w.owners.look(ctx, h)
	err = errors.Join(err, w.state(ctx))
	w.mu.Lock()
	defer w.mu.Unlock()
	best := map[networkFlow]*toldFlow{}
	for i := range sockets {
		s := &sockets[i]
		if s.listens() || s.State != "established" || !s.Remote.IsValid() {
			continue
		}
		w.tell(best, s, flow.NewKey(s.Protocol == "udp", s.Local, s.Remote))
	}
	w.unconnected(best, sockets)
	told := make([]*toldFlow, 0, len(best))
	for _, one := range best {
		told = append(told, one)
	}
	slices.SortFunc(told, func(a, b *toldFlow) int {
		return cmp.Or(-a.compare(b), cmp.Compare(a.row.PID, b.row.PID), cmp.Compare(a.row.RemoteAddress, b.row.RemoteAddress),
			cmp.Compare(a.row.RemotePort, b.row.RemotePort), cmp.Compare(a.row.LocalPort, b.row.LocalPort))
	})
	rows := make([]networkFlow, 0, min(len(told), rowsOfFlows))
	for _, one := range told[:min(len(told), rowsOfFlows)] {
		rows = append(rows, one.whole())
	}
	return rows, err
}

// A toldFlow is what is told of all flows of one program with one service.
type toldFlow struct {
	row     networkFlow // without what the flow itself says
	summary flow.Summary
	verdict flow.Verdict
}

// leastLooks is how often a flow has to be looked at before it is told of: what
// comes and goes within a minute is nobody's desktop.
const leastLooks = 3

// tell takes in one flow. Of several that are told of in one row the most notable counts.
func (w *flowWindow) tell(best map[networkFlow]*toldFlow, s *ownedSocket, k flow.Key) {
	summary, known := w.table.Of(k)
	if !known || summary.Looks < leastLooks || scopeOf(s.Remote.Addr()) == "loopback" {
		return
	}
	c := s.connection()
	one := &toldFlow{summary: summary, verdict: w.follower.Verdict(k), row: networkFlow{
		PID: c.PID, program: c.program, Protocol: c.Protocol, RemoteScope: c.RemoteScope, RemoteAddress: c.RemoteAddress,
		RemotePort: c.RemotePort, LocalPort: c.LocalPort, Direction: c.Direction,
	}}
	if old := best[one.row]; old == nil || one.compare(old) > 0 {
		best[one.row] = one
	}
}

// unconnected takes in flows of UDP whose socket talks to whomever it likes.
func (w *flowWindow) unconnected(best map[networkFlow]*toldFlow, sockets []ownedSocket) {
	byPort := map[uint16]*ownedSocket{}
	for i := range sockets {
		if s := &sockets[i]; s.Protocol == "udp" && !s.Remote.IsValid() {
			byPort[s.Local.Port()] = s
		}
	}
	w.table.EachUDP(func(k flow.Key) {
		if s := byPort[k.Local().Port()]; s != nil {
			talks := *s
			talks.Local, talks.Remote = k.Local(), k.Remote()
			w.tell(best, &talks, k)
		}
	})
}

// compare says which is the more notable.
func (f *toldFlow) compare(other *toldFlow) int {
	notable := func(k flow.Kind) int {
		return slices.Index([]flow.Kind{flow.Quiet, flow.BulkIn, flow.BulkOut, flow.BothWays, flow.Interactive}, k)
	}
	return cmp.Or(cmp.Compare(f.verdict.Follows, other.verdict.Follows), cmp.Compare(f.verdict.Score, other.verdict.Score),
		cmp.Compare(notable(f.summary.Shape), notable(other.summary.Shape)), cmp.Compare(f.summary.Lasting, other.summary.Lasting))
}

func (f *toldFlow) whole() networkFlow {
	row := f.row
	row.Lasting, row.Shape = bucket(f.summary.Lasting), f.summary.Shape.String()
	row.FollowsInput, row.Minutes, row.Experimental = f.verdict.Follows.String(), minutesSaid(f.verdict.Minutes), true
	if f.verdict.Follows >= flow.Weak {
		row.Correlation = strconv.Itoa(f.verdict.Score)
	}
	return row
}

// minutesSaid is a number of minutes as the most that may be said of it.
func minutesSaid(n int) string {
	said := "none"
	for _, least := range []int{1, 10, 30, 60} {
		if n >= least {
			said = strconv.Itoa(least)
		}
	}
	return said
}
