package host

import "context"

// A FingerHost is a host that says when its fingerprint reader has recognised
// somebody. Whom, it does not say.
type FingerHost interface {
	// Fingers sends the reader's name at each recognition until ctx ends; then, or
	// when the system's service ends, the channel closes.
	Fingers(ctx context.Context) (<-chan string, error)
}
