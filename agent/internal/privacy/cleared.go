// Package privacy is the gate: the one door through which anything leaves the laptop.
package privacy

// Cleared is a report that may leave the device. Only a Gate can make one, and
// the spool and the uplink take nothing else.
type Cleared struct {
	wire   []byte
	urgent bool
}

// Wire is the report as it goes to the server: a serialized agentv1.Report.
// It is nil for a Cleared that no gate made.
func (c Cleared) Wire() []byte { return c.wire }

// Urgent says that the report tells of a finding of medium severity or more,
// so that a full spool gives way elsewhere first.
func (c Cleared) Urgent() bool { return c.urgent }
