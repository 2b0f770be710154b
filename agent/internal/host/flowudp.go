package host

import "time"

// Bounds of what is remembered of datagrams.
const (
	mostDatagramFlows = 1024
	datagramsEvery    = time.Minute     // between two choices of ports
	datagramsQuiet    = 3 * time.Minute // after which a flow of datagrams is over
)

// datagramCounts remember how much passed by UDP at the ports that are looked at.
type datagramCounts struct {
	flows map[FlowID]*Flow
	tried map[uint16]int // how often a port was looked at
}

func newDatagramCounts() datagramCounts {
	return datagramCounts{flows: map[FlowID]*Flow{}, tried: map[uint16]int{}}
}

// add counts a datagram. Of too many flows no more are taken in: anybody may send
// from as many ends as he likes.
func (c *datagramCounts) add(d datagram) {
	f := c.flows[d.FlowID]
	if f == nil {
		if len(c.flows) >= mostDatagramFlows {
			return
		}
		f = &Flow{FlowID: d.FlowID}
		c.flows[d.FlowID] = f
	}
	count := &f.Out
	if d.inbound {
		count = &f.In
	}
	count.Segments++
	count.Bytes += uint64(d.size)
	count.Last = max(count.Last, d.at)
}

// forget drops flows that are over.
func (c *datagramCounts) forget(now time.Duration) {
	for id, f := range c.flows {
		if now-max(f.In.Last, f.Out.Last) > datagramsQuiet {
			delete(c.flows, id)
		}
	}
}

// choose picks the ports to look at from now on. before are those looked at so far.
func (c *datagramCounts) choose(sockets []Socket, before []uint16) []uint16 {
	busy := map[uint16]bool{}
	for _, f := range c.flows {
		if f.In.Segments > 0 && f.Out.Segments > 0 {
			busy[f.Local.Port()] = true
		}
	}
	for _, port := range before {
		c.tried[port]++ // which says nothing of those that stay
	}
	ports := choosePorts(sockets, busy, c.tried, ringPorts)
	if len(c.tried) > mostDatagramFlows {
		clear(c.tried)
	}
	return ports
}
