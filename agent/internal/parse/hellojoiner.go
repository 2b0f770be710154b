package parse

import (
	"errors"
	"time"
)

const (
	// streamLimit is the longest hello in records of a usual size.
	streamLimit = helloLimit + 64*recordHeaderBytes
	// rememberedConnections are those of which only the beginning is known.
	rememberedConnections = 1024
	// sameStream is how far apart two segments of one connection are that matter here.
	sameStream = 1 << 20
)

// A HelloJoiner joins ClientHellos over the segments of TCP connections, which
// may arrive out of order, overlap and repeat. It wants to see the SYN or the
// hello's first segment before the others; a hello may also begin later in a
// connection, behind a proxy's or a mail server's words. Each hello is given once.
//
// At most 256 hellos are in the making and 2 MB of them; the oldest goes first,
// and every one after 10 seconds. It must not be shared between goroutines.
type HelloJoiner struct {
	started    started[ends, *startedStream]
	remembered map[ends]tcpStream
	ring       [rememberedConnections]ends
	next       int
}

// A tcpStream is what is remembered of a connection.
type tcpStream struct {
	first uint32 // sequence number of its first byte, or its hello's
	state streamState
}

type streamState uint8

const (
	streamOpened streamState = iota // by a SYN: its first byte is awaited
	streamOther                     // began with something else: a hello may come later
	streamGreeted
)

// A startedStream is a hello in the making.
type startedStream struct {
	gathered
	first uint32
	span  helloSpan
}

func (s *startedStream) held() int  { return len(s.bytes) }
func (s *startedStream) lost() bool { return s.span != helloSpan{} || len(s.beginning()) > 0 }

// NewHelloJoiner makes a joiner that knows no connection yet.
func NewHelloJoiner() *HelloJoiner {
	return &HelloJoiner{remembered: make(map[ends]tcpStream)}
}

// Lost is what it gave up so far.
func (j *HelloJoiner) Lost() Lost { return j.started.gave }

// Add takes one segment as it was captured at a time, and gives the hello that
// it completes. Nothing of the segment's memory is kept; one that is no part of
// a hello costs next to nothing.
func (j *HelloJoiner) Add(s Segment, at time.Time) (Hello, bool) {
	if s.UDP {
		return Hello{}, false
	}
	key := endsOf(s)
	if s.SYN {
		s.Sequence++ // the SYN takes a number of its own
		j.open(key, s.Sequence)
	}
	if len(s.Payload) == 0 {
		return Hello{}, false
	}
	j.started.age(at)
	if begun, ok := j.started.get(key); ok {
		return j.join(key, begun, s)
	}
	first, ok := j.first(key, s)
	if !ok {
		return Hello{}, false
	}
	if first == s.Sequence {
		h, err := ParseHello(s.Payload)
		if !errors.Is(err, ErrCutShort) {
			return j.end(key, first, h, err)
		}
	}
	begun := &startedStream{gathered: gathered{limit: streamLimit}, first: first}
	j.started.put(key, begun, at)
	return j.join(key, begun, s)
}

// open remembers where a connection's first byte will be.
func (j *HelloJoiner) open(key ends, first uint32) {
	if begun, ok := j.started.get(key); ok && begun.first != first {
		j.started.drop(key) // a new connection between the same ends
	}
	if known, ok := j.remembered[key]; !ok || known.first != first {
		j.remember(key, tcpStream{first, streamOpened})
	}
}

// first says where the hello begins of which a segment may be a part.
func (j *HelloJoiner) first(key ends, s Segment) (uint32, bool) {
	if known, ok := j.remembered[key]; ok {
		far := int32(s.Sequence - known.first)
		near := far > -sameStream && far < sameStream
		switch {
		case near && known.state == streamGreeted:
			return 0, false
		case near && known.state == streamOpened && (far <= 0 || len(s.Payload) < 6 || !beginsHello(s.Payload)):
			return known.first, far < streamLimit && far > -int32(min(len(s.Payload), streamLimit))
		}
	}
	return s.Sequence, beginsHello(s.Payload)
}

// beginsHello says whether a segment may be the first of a hello.
func beginsHello(b []byte) bool {
	return b[0] == handshakeRecord && (len(b) < 2 || b[1] == 3) && (len(b) < 6 || b[5] == clientHelloKind)
}

func (j *HelloJoiner) join(key ends, begun *startedStream, s Segment) (Hello, bool) {
	ok := begun.put(int(int32(s.Sequence-begun.first)), s.Payload)
	if !j.started.weigh(key) {
		return Hello{}, false
	}
	if !ok {
		j.started.gave.Scattered++
		return j.end(key, begun.first, Hello{}, nil)
	}
	b := begun.beginning()
	err := begun.span.follow(b)
	switch {
	case err == nil:
		h, err := ParseHello(b)
		return j.end(key, begun.first, h, err)
	case errors.Is(err, ErrCutShort) && len(b) < streamLimit:
		return Hello{}, false
	case errors.Is(err, ErrCutShort):
		err = ErrHelloTooLong
	}
	return j.end(key, begun.first, Hello{}, err)
}

// end gives a hello, or gives it up.
func (j *HelloJoiner) end(key ends, first uint32, h Hello, err error) (Hello, bool) {
	j.started.drop(key)
	if errors.Is(err, ErrNoHello) {
		j.remember(key, tcpStream{first, streamOther})
		return Hello{}, false
	}
	j.remember(key, tcpStream{first, streamGreeted})
	j.started.gave.count(err)
	return h, err == nil && h.JA4 != ""
}

// count takes account of why a hello could not be read.
func (l *Lost) count(err error) {
	switch {
	case errors.Is(err, ErrHelloTooLong):
		l.TooLong++
	case err != nil:
		l.Malformed++
	}
}

// remember keeps a few words of a connection, and forgets those of another in turn.
func (j *HelloJoiner) remember(key ends, of tcpStream) {
	if _, ok := j.remembered[key]; !ok {
		delete(j.remembered, j.ring[j.next])
		j.ring[j.next] = key
		j.next = (j.next + 1) % len(j.ring)
	}
	j.remembered[key] = of
}
