package host

import (
	"context"
	"io"
	"net/netip"
	"time"
)

// A FlowHost is a host that counts what passes through its connections. What it
// was is known to nobody.
type FlowHost interface {
	// Flows opens what tells of it until ctx ends or the source is closed.
	Flows(ctx context.Context) (FlowSource, error)
}

// A FlowSource tells look by look what passed. One goroutine calls Next and
// Follow; Stir and Close may be called by others meanwhile.
type FlowSource interface {
	// Next waits for the next look and hands over each flow of it, one that
	// carries data, with the look as far as it is known. The end of a source is io.EOF.
	Next(take func(FlowLook, Flow)) (FlowLook, error)
	// Follow names the flows that are looked at every FlowTick while something
	// stirs, until it is called again. Of more than FlowMost the first count.
	Follow(flows []FlowID)
	// Stir says that input arrives, which is when those named are followed.
	Stir()
	io.Closer
}

// A FlowLook is how one look went.
type FlowLook struct {
	At      time.Duration // on the clock of Input.At
	Whole   bool          // all flows were looked at, else those that are followed
	Partial error         // what could not be seen; nil when all was
}

// Paces and bounds of looking at flows.
const (
	FlowEvery  = 20 * time.Second       // between two looks at all
	FlowTick   = 100 * time.Millisecond // between two looks at those that are followed
	FlowMost   = 8                      // followed at once
	flowLinger = 2 * time.Second        // how long they are followed after something stirred
)

// FlowID is what tells one flow from all others there are.
type FlowID struct {
	Protocol string // tcp, udp
	Local    netip.AddrPort
	Remote   netip.AddrPort
}

// A Flow is one connection, or all datagrams between two ends, and how much
// passed since it began or was first seen.
type Flow struct {
	FlowID
	In  FlowCount // from the other side
	Out FlowCount
}

// A FlowCount is what passed in one direction.
type FlowCount struct {
	Segments uint64        // with data, or datagrams; 0 where the system counts bytes alone
	Bytes    uint64        // of data
	Last     time.Duration // when the last one passed, on the clock of Input.At; 0 when not told
}

// carries says whether data passed at all: what only knocked is no flow.
func (f Flow) carries() bool { return f.In.Bytes > 0 || f.Out.Bytes > 0 }
