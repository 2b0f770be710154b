package parse

import (
	"container/list"
	"net/netip"
	"time"
)

// Bounds of a joiner: a laptop opens a few connections at a time, and a hello is
// whole within a round trip.
const (
	joinedConnections = 256
	joinedBytes       = 2 << 20 // of all connections together
	joinedPatience    = 10 * time.Second
)

// Lost counts the hellos that a joiner gave up since it was made.
type Lost struct {
	Crowded   uint64 // the oldest, when there were too many at once
	Late      uint64 // did not go on
	TooLong   uint64
	Malformed uint64
	Scattered uint64 // in too many separate pieces at once
}

// Sum is how many there were in all.
func (l Lost) Sum() uint64 { return l.Crowded + l.Late + l.TooLong + l.Malformed + l.Scattered }

// ends of a connection, the client's first.
type ends struct {
	source, destination         netip.Addr
	sourcePort, destinationPort uint16
}

func endsOf(s Segment) ends {
	return ends{s.Source, s.Destination, s.SourcePort, s.DestinedPort}
}

func (e ends) reversed() ends {
	return ends{e.destination, e.source, e.destinationPort, e.sourcePort}
}

// A starting connection is one whose hello is not whole yet, or one that is
// remembered so that the same hello is not given twice.
type starting interface {
	held() int  // bytes kept
	lost() bool // whether forgetting it loses a hello
}

// started are connections in the order in which they began, of bounded number and size.
type started[K comparable, V starting] struct {
	by    map[K]*list.Element // of *begun[K, V]
	order list.List           // oldest first
	bytes int
	gave  Lost
	left  func(K) // told of each connection that goes; may be nil
}

type begun[K comparable, V starting] struct {
	key   K
	at    time.Time
	bytes int
	of    V
}

func (s *started[K, V]) get(key K) (of V, ok bool) {
	e, ok := s.by[key]
	if ok {
		of = e.Value.(*begun[K, V]).of
	}
	return of, ok
}

// put begins a connection that is not there yet.
func (s *started[K, V]) put(key K, of V, at time.Time) {
	if s.by == nil {
		s.by = make(map[K]*list.Element)
	}
	if len(s.by) >= joinedConnections {
		s.giveUp(s.order.Front(), &s.gave.Crowded)
	}
	s.by[key] = s.order.PushBack(&begun[K, V]{key: key, at: at, of: of})
}

// weigh takes account of what a connection keeps by now. Not ok where it had to
// go itself, as the oldest of too many.
func (s *started[K, V]) weigh(key K) (ok bool) {
	e, ok := s.by[key]
	if !ok {
		return false
	}
	b := e.Value.(*begun[K, V])
	s.bytes += b.of.held() - b.bytes
	b.bytes = b.of.held()
	for s.bytes > joinedBytes {
		s.giveUp(s.order.Front(), &s.gave.Crowded)
	}
	_, ok = s.by[key]
	return ok
}

// drop ends a connection that is done with.
func (s *started[K, V]) drop(key K) {
	if e, ok := s.by[key]; ok {
		s.giveUp(e, nil)
	}
}

// age forgets what began too long ago.
func (s *started[K, V]) age(at time.Time) {
	for e := s.order.Front(); e != nil && at.Sub(e.Value.(*begun[K, V]).at) > joinedPatience; e = s.order.Front() {
		s.giveUp(e, &s.gave.Late)
	}
}

func (s *started[K, V]) giveUp(e *list.Element, count *uint64) {
	b := s.order.Remove(e).(*begun[K, V])
	delete(s.by, b.key)
	s.bytes -= b.bytes
	if count != nil && b.of.lost() {
		*count++
	}
	if s.left != nil {
		s.left(b.key)
	}
}
