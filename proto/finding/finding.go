// Package finding holds the words the agent and the server share: what was
// observed, what a rule claims about it, and what could not be seen.
package finding

import "time"

// An Observation is one fact about a machine: one row of one class.
type Observation struct {
	Class   string            // what kind of fact; an osquery table name where one exists, e.g. "usb_devices"
	UID     string            // which one; the same thing keeps the same UID for as long as it is there
	Columns map[string]string // what is known of it, by column name; an unknown value is left out, never empty
}

// EvidenceLimit is the number of rows that one finding carries at most: enough
// to understand it, whatever a program with a thousand connections does. Of one
// that carries as many, nobody knows whether these are all.
const EvidenceLimit = 20

// A Finding is a claim one rule makes about one device, with its evidence.
// It is opened when the evidence appears and closed when it is gone.
type Finding struct {
	UID        string // same rule and same evidence give the same UID
	Rule       string // e.g. "kvm.composite_keyboard_pointer_storage"
	Title      string // the rule's title when the finding was made, for people
	Status     Status
	Severity   Severity   // worst plausible harm if true
	Confidence Confidence // how sure
	FirstSeen  time.Time  // device clock; the server also keeps when it received it
	LastSeen   time.Time  // device clock; for a closed finding, when the evidence was last there
	Evidence   []Observation
}

// A Report is all that one round of looking has to tell the server.
type Report struct {
	At       time.Time  // device clock, when the round ended
	Findings []Finding  // opened, changed or closed since the last report
	Facts    []Facts    // rows the server compares between devices, for classes that changed
	Coverage []Coverage // which sensors could look and which could not, for classes that changed
}

// Facts are all rows of one class as they are now. They replace every earlier
// row of that class, so a row that is gone is simply not among them.
type Facts struct {
	Class string
	Rows  []Observation
}

// Coverage says how a sensor's last look went. A blind sensor is news: it must
// never be mistaken for a clean machine.
type Coverage struct {
	Class  string
	State  CoverageState
	Detail string    // why, and what would mend it, in one plain sentence; beside ok, what is known later
	Since  time.Time // since when it has been so, device clock
	Late   bool      // ok, but what is known later may show more; the device's own concern
}
