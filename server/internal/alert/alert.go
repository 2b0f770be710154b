// Package alert holds what the SOC reviews: one open alert per device or site and
// conclusion, its states, and who may move it from one to the next.
package alert

import (
	"strconv"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// An Alert is what a person reviews: one conclusion about one device or one site,
// with the findings that carry it. There is at most one that is not closed per
// device or site and conclusion.
type Alert struct {
	ID          string // UUIDv7
	DeviceID    string // of a site's alert: the one of its devices that spoke strongest when it was opened
	DeviceName  string
	SiteID      string // empty for an alert about a device
	SiteName    string
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
	Assessment  catalogue.Assessment // the ledger and the words of the strongest judgement: they add up to Score
	Findings    []string             // uids of the findings it rests on, sorted; frozen once a person has decided
	Present     []string             // uids of those whose evidence is there now, sorted
	Previous    string               // id of the alert before it about the same device or site and conclusion
}

// Etag names this version of the alert. A transition must send back the one it
// was decided on, so that nobody decides over somebody else's head.
func (a Alert) Etag() string { return strconv.FormatInt(a.Version, 10) }

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

// A Kind says what a line of a timeline tells of.
type Kind string

// The kinds of timeline entries.
const (
	FindingOpened Kind = "finding_opened"
	FindingClosed Kind = "finding_closed"
	LevelChanged  Kind = "level_changed"
	StateChanged  Kind = "state_changed"
	Comment       Kind = "comment"
	PresenceAsked Kind = "presence_check" // whether somebody sits there: asked, answered, withdrawn
)

// An Entry is one line of an alert's timeline.
type Entry struct {
	At    time.Time // event time for findings, collector clock for the rest
	Kind  Kind
	Text  string
	Actor string // who, for what people did; empty for what farmwatch did
}
