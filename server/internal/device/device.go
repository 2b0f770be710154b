// Package device holds what the collector knows of one laptop.
package device

import (
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Device is one laptop. Its ID is anchored in its hardware: a re-image stays
// the same device. Name, address and user are attributes, never identity.
type Device struct {
	ID           string
	AgentID      string // the installation that reports for it now; a re-image brings a new one
	Anchor       string // hash of the hardware identity, as enrolled
	Name         string
	OS           string
	OSVersion    string
	Arch         string
	AgentVersion string
	EnrolledAt   time.Time     // collector clock
	LastSeen     time.Time     // collector clock; zero before the first report
	ClockOffset  time.Duration // device clock minus collector clock, as last measured
	Certificate  string        // serial of the certificate in force, hex
	RemovedAt    time.Time     // zero while it is enrolled
	Group        string        // what sanctions may speak of; empty in none
	GroupSince   time.Time     // collector clock; zero if it never was in one
}

// A Membership is since when a device is in a group, or in none.
type Membership struct {
	Group string
	Since time.Time // collector clock
}

// GroupAt is the group that a device was in at a moment. Memberships are in
// order, the earliest first.
func GroupAt(memberships []Membership, at time.Time) string {
	group := ""
	for _, m := range memberships {
		if m.Since.After(at) {
			break
		}
		group = m.Group
	}
	return group
}

// Coverage is what one class's last look told, with when the collector heard of it.
type Coverage struct {
	finding.Coverage
	ReceivedAt time.Time
}

// Gap is a stretch of numbers that will never come, with the reason the agent gave.
type Gap struct {
	DeviceID   string
	Epoch      string
	From, To   uint64 // both included
	Reason     string
	ReceivedAt time.Time
}

// Presence says whether a device is being heard.
type Presence string

// The presences, as in the console, the API and reports.
const (
	Online        Presence = "online"         // heard within two heartbeats
	Late          Presence = "late"           // heard within a day
	Silent        Presence = "silent"         // not heard for more than a day
	NeverReported Presence = "never_reported" // enrolled, and nothing since
	Removed       Presence = "removed"
)

// Heartbeat is how often an agent with nothing to tell is heard.
const Heartbeat = time.Minute

// PresenceAt judges presence at a moment of the collector's clock. It is the
// one place that does, so console, API and reports cannot disagree.
func (d Device) PresenceAt(now time.Time) Presence {
	switch age := now.Sub(d.LastSeen); {
	case !d.RemovedAt.IsZero():
		return Removed
	case d.LastSeen.IsZero():
		return NeverReported
	case age <= 2*Heartbeat:
		return Online
	case age <= 24*time.Hour:
		return Late
	default:
		return Silent
	}
}
