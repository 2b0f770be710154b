package host

import (
	"context"
	"time"
)

// A Rememberer is a host that knows how long some of what it shows had been so
// before it was first asked. Whoever looks at a live machine has to keep looking
// to know; a recording may say it, as it may hold the packets of an hour.
type Rememberer interface {
	// Held is how long each named state had lasted without a break: "lid", "mains", the
	// connector of a display that is there, and "usb PORT" of a device where the system does not say it.
	Held(ctx context.Context) (map[string]time.Duration, error)
}

var _ Rememberer = (*recording)(nil)

// Held is as held.yaml says.
func (r *recording) Held(context.Context) (map[string]time.Duration, error) {
	return readYAML[map[string]time.Duration](r.archive, "held.yaml")
}
