// Package alert holds what the SOC reviews: one open alert per device and
// conclusion, its states, and who may move it from one to the next.
package alert

import (
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// An Alert is what a person reviews: one conclusion about one device, with the
// findings that carry it. There is at most one that is not closed per device
// and conclusion.
type Alert struct {
	ID          string // UUIDv7
	DeviceID    string
	DeviceName  string
	Conclusion  finding.Conclusion
	Level       finding.Level // the highest its assessment reached since it was opened or reopened
	Score       int
	Title       string
	State       State
	Assignee    string
	CloseReason Reason
	Active      bool      // the assessment is at medium or above now
	OpenedAt    time.Time // collector clock
	LastSeen    time.Time // event time of its latest evidence
	UpdatedAt   time.Time // collector clock
	ClosedAt    time.Time
	Version     int64                // counts changes; the etag
	Assessment  catalogue.Assessment // the ledger and the words, as last judged
	Findings    []string             // uids of the findings it rests on
}

// State is where an alert is in its review.
type State string

// The states of an alert.
const (
	New        State = "new"
	InProgress State = "in_progress"
	Closed     State = "closed"
)

// Reason is why an alert was closed.
type Reason string

// The reasons an alert can be closed for.
const (
	TruePositiveRemoteOperator  Reason = "true_positive_remote_operator"
	TruePositivePolicyViolation Reason = "true_positive_policy_violation"
	BenignSanctioned            Reason = "benign_sanctioned"
	BenignOwnEquipment          Reason = "benign_own_equipment"
	FalsePositiveLogic          Reason = "false_positive_logic"
	FalsePositiveData           Reason = "false_positive_data"
	SecurityTest                Reason = "security_test"
	Duplicate                   Reason = "duplicate"
	InsufficientEvidence        Reason = "insufficient_evidence"
)
