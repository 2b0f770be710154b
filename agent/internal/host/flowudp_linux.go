package host

import (
	"slices"
	"time"
)

// ringDrain is how long the kernel fills the ring: it holds more than a call sends
// and receives meanwhile.
const ringDrain = time.Second

// choosePorts picks, now and then, the ports of UDP that are looked at. It opens
// the ring anew where they changed.
func (l *liveFlows) choosePorts(now time.Duration) {
	if l.chosen != 0 && now-l.chosen < datagramsEvery {
		return
	}
	l.chosen = now
	l.datagrams.forget(now)
	sockets, err := l.host.Sockets(l.ctx)
	if err != nil && len(sockets) == 0 {
		return // the sensors of sockets say so
	}
	ports := l.datagrams.choose(sockets, l.ports)
	if slices.Equal(ports, l.ports) && (l.ring != nil || len(ports) == 0) {
		return
	}
	_ = l.drain() // what is in the ring is counted before it goes
	l.shutRing()
	l.ports = ports
	if len(ports) > 0 {
		l.ring, l.refused = openRing(ports)
	} else {
		l.refused = nil
	}
}

func (l *liveFlows) shutRing() {
	if l.ring != nil {
		l.ring.close()
		l.ring = nil
	}
}

func (l *liveFlows) drain() error {
	if l.ring == nil {
		return nil
	}
	err := l.ring.drain(l.datagrams.add)
	if err != nil {
		l.shutRing()
	}
	return err
}

// tellDatagrams hands over the flows of UDP that belong to a look.
func (l *liveFlows) tellDatagrams(look FlowLook, take func(FlowLook, Flow)) {
	if !look.Whole {
		for _, id := range l.other {
			if f := l.datagrams.flows[id]; f != nil {
				take(look, *f)
			}
		}
		return
	}
	for _, f := range l.datagrams.flows {
		take(look, *f)
	}
}

// letGo closes what is open.
func (l *liveFlows) letGo() {
	l.shutRing()
	if l.diag != nil {
		l.diag.close()
		l.diag = nil
	}
}
