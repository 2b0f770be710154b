package device

import (
	"errors"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// ErrNotFound says that nothing goes by the name that was asked for.
var ErrNotFound = errors.New("not found")

// ErrFull says that the disk took no more.
var ErrFull = errors.New("the disk that holds the database is full; nothing was stored, and storing goes on by itself once there is room")

// A Delivery is one thing a device said over its stream, on its way to the
// disk. Exactly one of Entry, Gap and Heard is set.
type Delivery struct {
	DeviceID   string
	AgentID    string // who said it; one that was superseded meanwhile is not taken
	Epoch      string
	ReceivedAt time.Time     // collector clock
	Offset     time.Duration // device clock minus collector clock, by which event times are corrected
	Entry      *Entry
	Gap        *Gap
	Heard      *Heard
}

// An Entry is one report under its number in its epoch.
type Entry struct {
	Seq    uint64
	Wire   []byte         // the report as it came; kept as it is
	Report finding.Report // the same, read and found valid
}

// Heard says that a device lives: a Hello or a heartbeat.
type Heard struct {
	Offset       time.Duration // as measured now
	AgentVersion string        // empty when not told
	BootID       string        // empty when not told
	Stay         *Stay         // where it stands, as the connection tells; nil when nothing of it is to be noted
}

// A Receipt says what became of a delivery. It holds once the transaction is on the disk.
type Receipt struct {
	Outcome Outcome
	Acked   uint64 // everything up to here is stored, or known never to come, in this epoch
}

// Outcome is what became of one delivery.
type Outcome string

// The outcomes.
const (
	Stored   Outcome = "stored"
	Repeated Outcome = "repeated" // it was stored before; nothing changed
	Forked   Outcome = "forked"   // another report is stored under its number; the first one stays, and a gap says so
	Holed    Outcome = "holed"    // numbers before it are missing without a gap; it was not stored
	Outcast  Outcome = "outcast"  // the device was removed or its agent superseded; it was not stored
)

// The reasons of gaps that the collector notes itself. An agent's own are
// spool_full, torn_tail, corrupt, refused and what its spool knows besides.
const (
	ReasonFork    = "fork"    // two different reports came under one number: a cloned or rolled-back agent
	ReasonRefused = "refused" // the collector can never take it
)

// latency is the offset below which it is the network's doing and no clock's.
const latency = 2 * time.Second

// Corrected is when something happened that the device's clock puts at raw: it
// is corrected by the measured offset, and never later than it was received.
func (d Delivery) Corrected(raw time.Time) time.Time {
	if !raw.IsZero() && d.Offset.Abs() >= latency {
		raw = raw.Add(-d.Offset)
	}
	if raw.After(d.ReceivedAt) {
		return d.ReceivedAt
	}
	return raw
}

// A Dirty device has told something that was not assessed yet.
type Dirty struct {
	DeviceID   string
	Generation int64 // hand it back when it is assessed; what came meanwhile keeps the device dirty
}

// A Finding is the current state of one claim about a device. Its times are
// corrected by the clock offset; the device's own are kept beside them.
type Finding struct {
	finding.Finding
	DeviceID     string
	FirstSeenRaw time.Time // device clock
	LastSeenRaw  time.Time // device clock
	ReceivedAt   time.Time // collector clock
}

// A Spell is one stretch of time during which a finding was open, in event time.
type Spell struct {
	Finding Finding   // as it was last; its evidence only where a judgement asked for it
	From    time.Time //
	Last    time.Time // when its evidence was last told to be there
	To      time.Time // zero while it is open
}

// Facts are the rows of one class as they were last told.
type Facts struct {
	finding.Facts
	At         time.Time // event time
	ReceivedAt time.Time
}

// A CoverageDay is how one class stood on one day in UTC.
type CoverageDay struct {
	DeviceID string
	Class    string
	Day      string // 2026-11-25
	Worst    finding.CoverageState
	Last     finding.CoverageState
	Heard    bool // whether the device was heard that day at all; if not, the states are carried over
}
