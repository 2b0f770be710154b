package flow

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Key is what tells one flow from all others there are, in little room.
type Key struct {
	UDP                   bool
	local, remote         [16]byte
	localPort, remotePort uint16
}

// NewKey makes the key of a flow between two ends.
func NewKey(udp bool, local, remote netip.AddrPort) Key {
	return Key{UDP: udp, local: local.Addr().As16(), remote: remote.Addr().As16(), localPort: local.Port(), remotePort: remote.Port()}
}

// Local is this machine's end.
func (k Key) Local() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(k.local).Unmap(), k.localPort)
}

// Remote is the other end.
func (k Key) Remote() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(k.remote).Unmap(), k.remotePort)
}

// loopback says whether both ends are on this machine.
func (k Key) loopback() bool { return k.Remote().Addr().IsLoopback() || k.local == k.remote }

// Counts are how much passed in either direction since a flow began.
type Counts struct{ In, Out Count }

// A Count is how much passed in one direction.
type Count struct {
	Segments uint64        // with data; 0 where the system counts bytes alone
	Bytes    uint64        // of data
	Last     time.Duration // when the last one passed; 0 when not told
}

// Most is how many flows a Table remembers. Of more the quietest are forgotten.
const Most = 1 << 16

// Table remembers how flows went, look by look, in bounded space.
type Table struct {
	most  int
	flows map[Key]*state
	now   time.Duration
	look  uint32
	full  uint32 // the look in which no more room could be made
	Lost  uint64 // flows forgotten or not taken in, since there were too many
}

// state is what is known of one flow. There may be tens of thousands.
type state struct {
	in, out    uint64 // bytes so far
	segments   uint32 // from the other side so far
	first, at  int32  // seconds of its first and latest look
	look       uint32 // number of the latest
	looks      uint16
	kinds      [kindCount]uint16 // looks of each kind, older ones count less
	fresh      uint32            // segments, or where those are not counted bytes, from the other side at the latest look
	freshBytes uint32            // bytes from the other side at the latest look
}

// NewTable makes a table of at most so many flows.
func NewTable(most int) *Table { return &Table{most: most, flows: map[Key]*state{}} }

// Begin says that a look at all flows begins.
func (t *Table) Begin(at time.Duration) {
	t.look++
	t.now = at
}

// Add takes in one flow of a look. One through which nothing has passed is none.
func (t *Table) Add(k Key, c Counts) {
	if c.In.Bytes == 0 && c.Out.Bytes == 0 {
		return
	}
	now := int32(t.now / time.Second)
	s := t.flows[k]
	if s == nil {
		if len(t.flows) >= t.most && !t.makeRoom() {
			t.Lost++
			return
		}
		t.flows[k] = &state{first: now, at: now, look: t.look, in: c.In.Bytes, out: c.Out.Bytes, segments: uint32(c.In.Segments)}
		return
	}
	if c.In.Bytes < s.in || c.Out.Bytes < s.out { // another flow between the same ends
		*s = state{first: now, at: now, look: t.look, in: c.In.Bytes, out: c.Out.Bytes, segments: uint32(c.In.Segments)}
		return
	}
	d := passed{in: c.In.Bytes - s.in, out: c.Out.Bytes - s.out, seconds: float64(now - s.at), counted: c.In.Segments > 0}
	if d.counted {
		d.segments = uint64(uint32(c.In.Segments) - s.segments)
	}
	s.fresh = uint32(min(d.segments, 1<<31))
	if !d.counted {
		s.fresh = uint32(min(d.in, 1<<31))
	}
	s.freshBytes = uint32(min(d.in, 1<<31))
	if d.seconds > 0 {
		s.note(d.kind())
	}
	s.in, s.out, s.segments, s.at, s.look = c.In.Bytes, c.Out.Bytes, uint32(c.In.Segments), now, t.look
}

// End says that a look has ended: flows that were not in it are over.
func (t *Table) End() { t.forget(0) }

// EndPartly says that a look has ended that may not have seen all: flows that
// were in none of a few are over.
func (t *Table) EndPartly() { t.forget(partLooks) }

// partLooks is how often a flow may be missing where looks do not see all.
const partLooks = 3

func (t *Table) forget(missing uint32) {
	for k, s := range t.flows {
		if t.look-s.look > missing {
			delete(t.flows, k)
		}
	}
}

// makeRoom forgets an eighth of all: first what is over, then the quietest.
// Those met for the first time in this look stay out instead, or one flood after
// another would drive out what is known.
func (t *Table) makeRoom() bool {
	if t.full == t.look {
		return false
	}
	type old struct {
		key   Key
		value uint64
	}
	var quiet []old
	for k, s := range t.flows {
		if s.look == t.look && s.looks == 0 {
			continue
		}
		if s.kinds[Interactive] == 0 {
			quiet = append(quiet, old{k, uint64(s.fresh)})
		}
	}
	if len(quiet) == 0 {
		t.full = t.look
		return false
	}
	slices.SortFunc(quiet, func(a, b old) int { return cmp.Compare(a.value, b.value) })
	for _, q := range quiet[:max(1, min(len(quiet), t.most/8))] {
		delete(t.flows, q.key)
		t.Lost++
	}
	return true
}

// Len is how many flows are remembered.
func (t *Table) Len() int { return len(t.flows) }

// A Summary is what is known of one flow.
type Summary struct {
	Key     Key
	Lasting time.Duration // since it was first seen
	Looks   int           // at it, after the first
	Shape   Kind
}

// Each hands over what is known of every flow, in no order.
func (t *Table) Each(take func(Summary)) {
	for k, s := range t.flows {
		take(s.summary(k))
	}
}

// Of is what is known of one flow.
func (t *Table) Of(k Key) (Summary, bool) {
	s := t.flows[k]
	if s == nil {
		return Summary{}, false
	}
	return s.summary(k), true
}

// EachUDP hands over the keys of flows of UDP, of which there are few.
func (t *Table) EachUDP(take func(Key)) {
	for k := range t.flows {
		if k.UDP {
			take(k)
		}
	}
}

func (s *state) summary(k Key) Summary {
	return Summary{Key: k, Lasting: time.Duration(s.at-s.first) * time.Second, Looks: int(s.looks), Shape: s.shape()}
}
