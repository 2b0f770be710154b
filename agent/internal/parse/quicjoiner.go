package parse

import (
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// coalesced packets of one datagram that are looked at: an Initial, a 0-RTT and
// a Handshake packet, and some to spare.
const coalesced = 8

// helloRandom is where in a hello its random bytes stand, behind header and version.
const helloRandom = 4 + 2

// A QUICJoiner joins ClientHellos over the Initial packets of QUIC 1 and 2,
// whose frames browsers shuffle and spread over several datagrams. The packets
// are opened with the keys that follow from a number in the packet itself; what
// a server sends, and what is no QUIC, does not open and is passed over quietly.
// A connection is known by its ends and the destination that the client chose
// first; after a Retry the hello is read anew. Each hello is given once.
//
// It is bounded as a HelloJoiner is, and must not be shared between goroutines.
type QUICJoiner struct {
	started started[quicKey, *startedQUIC]
	latest  map[ends]quicKey // the connection that began last between two ends
	plain   []byte           // where packets are opened
	sealed  uint64
}

type quicKey struct {
	ends ends
	id   connectionID
}

// A startedQUIC is a hello in the making.
type startedQUIC struct {
	gathered
	version uint32
	keys    *initialKeys
	largest int64     // packet number seen
	greeted bool      // its hello was given, or given up
	random  [32]byte  // of the hello that was given
	before  *[32]byte // of the one that was given before it between the same ends, if any
}

func (q *startedQUIC) held() int  { return len(q.bytes) }
func (q *startedQUIC) lost() bool { return !q.greeted }

// NewQUICJoiner makes a joiner that knows no connection yet.
func NewQUICJoiner() *QUICJoiner {
	j := &QUICJoiner{latest: make(map[ends]quicKey)}
	j.started.left = func(key quicKey) {
		if j.latest[key.ends] == key {
			delete(j.latest, key.ends)
		}
	}
	return j
}

// Lost is what it gave up so far.
func (j *QUICJoiner) Lost() Lost { return j.started.gave }

// Sealed is how many Initial packets did not open so far: those of servers, what
// clients send once they were answered, and what only looks like QUIC.
func (j *QUICJoiner) Sealed() uint64 { return j.sealed }

// Add takes one datagram as it was captured at a time, and gives the hello that
// it completes. Nothing of the datagram's memory is kept.
func (j *QUICJoiner) Add(s Segment, at time.Time) (Hello, bool) {
	if !s.UDP || len(s.Payload) < quicDatagram {
		return Hello{}, false
	}
	datagram := cryptobyte.String(s.Payload)
	var found Hello
	var id connectionID
	for n := 0; n < coalesced && !datagram.Empty(); n++ {
		p, initial, err := nextInitial(&datagram)
		if err != nil || n > 0 && p.destination != id {
			break // those of one datagram all go to one place
		}
		id = p.destination
		if initial {
			if h, ok := j.packet(quicKey{endsOf(s), id}, p, at); ok {
				found = h
			}
		}
	}
	return found, found.JA4 != ""
}

// packet opens one packet, and gives the hello that it completes.
func (j *QUICJoiner) packet(key quicKey, p initialPacket, at time.Time) (Hello, bool) {
	j.started.age(at)
	key, begun, frames := j.open(key, p, at)
	if begun == nil {
		return Hello{}, false
	}
	ok, err := cryptoFrames(frames, &begun.gathered)
	switch {
	case !j.started.weigh(key):
		return Hello{}, false
	case err != nil:
		return j.end(key, begun, Hello{}, err)
	case !ok:
		j.started.gave.Scattered++
		return j.end(key, begun, Hello{}, nil)
	}
	message := begun.beginning()
	if len(message) > 0 && message[0] != clientHelloKind {
		return j.end(key, begun, Hello{}, noHello(message))
	}
	wants, known := messageBytes(message)
	if known && wants > helloLimit {
		return j.end(key, begun, Hello{}, ErrHelloTooLong)
	}
	if !known || len(message) < wants {
		return Hello{}, false
	}
	h, err := helloMessage(message, overQUIC)
	again := false
	if err == nil {
		copy(begun.random[:], message[helloRandom:])
		again = begun.before != nil && *begun.before == begun.random
	}
	h, ok = j.end(key, begun, h, err)
	return h, ok && !again
}

// open finds the connection that a packet belongs to, by the keys that open it,
// and begins it where there is none yet; nil where nothing opens it or its hello
// is known already.
func (j *QUICJoiner) open(key quicKey, p initialPacket, at time.Time) (quicKey, *startedQUIC, cryptobyte.String) {
	if begun, ok := j.started.get(key); ok {
		return key, begun, j.read(begun, p)
	}
	earlier, known := j.latest[key.ends]
	if begun, ok := j.started.get(earlier); known && ok {
		// The server has answered, and the client now writes to the number that it gave.
		if frames := j.read(begun, p); frames != nil {
			return earlier, begun, frames
		}
	}
	if _, answer := j.latest[key.ends.reversed()]; answer && !p.token {
		j.sealed++ // a server's, which has no token, is not worth the work of deriving keys
		return key, nil, nil
	}
	if key.id.length < 8 && !p.token { // RFC 9000 §7.2: the client's own choice has at least eight bytes, a Retry's may have fewer
		j.sealed++
		return key, nil, nil
	}
	keys, err := clientKeys(p.version, key.id)
	if err != nil {
		j.sealed++
		return key, nil, nil
	}
	begun := &startedQUIC{gathered: gathered{limit: helloLimit}, version: p.version, keys: keys, largest: -1}
	frames := j.read(begun, p)
	if frames == nil {
		j.sealed++
		return key, nil, nil
	}
	if last, ok := j.started.get(earlier); known && ok {
		if last.greeted {
			begun.before = &last.random
		}
		if p.token {
			j.started.drop(earlier) // by a Retry it says the same again
		}
	}
	j.started.put(key, begun, at)
	j.latest[key.ends] = key
	return key, begun, frames
}

// read opens a packet with a connection's keys; nil where they do not fit, or
// where there is nothing more to learn.
func (j *QUICJoiner) read(begun *startedQUIC, p initialPacket) cryptobyte.String {
	if begun.greeted || begun.version != p.version {
		return nil
	}
	if cap(j.plain) < len(p.bytes) {
		j.plain = make([]byte, 0, max(2048, len(p.bytes)))
	}
	frames, number, err := begun.keys.open(p, begun.largest, j.plain)
	if err != nil || len(frames) == 0 {
		return nil
	}
	begun.largest = max(begun.largest, number)
	return frames
}

// end gives a hello, or gives it up, and remembers only that it did.
func (j *QUICJoiner) end(key quicKey, begun *startedQUIC, h Hello, err error) (Hello, bool) {
	*begun = startedQUIC{greeted: true, random: begun.random}
	j.started.weigh(key)
	if !errors.Is(err, ErrNoHello) {
		j.started.gave.count(err)
	}
	return h, err == nil && h.JA4 != ""
}
