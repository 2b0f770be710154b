// Package presence is the question whether somebody sits at a laptop: what may
// be asked, what an agent may answer, and where a question stands. The answer
// counts for nothing by itself; people weigh it.
package presence

import (
	"cmp"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Class is the class of rows in which agents tell of questions.
const Class = "presence_checks"

// A Question asks the person at one laptop for an act that only hands there can do.
type Question struct {
	ID          string // 26 letters and digits
	DeviceID    string
	DeviceName  string
	Alert       string // the alert it was asked for; empty where there is none
	Means       []finding.Means
	Reason      string // for the audit; it never leaves the collector
	AskedBy     string
	AskedAt     time.Time // collector clock
	DueAt       time.Time // collector clock
	WithdrawnAt time.Time // zero while it was not
	Told        Answer    // as the agent last told
}

// State is where a question stands.
type State string

// The states of a question.
const (
	Waiting     State = "waiting" // the agent has not told of it yet
	Shown       State = "shown"
	Answered    State = "answered"
	NotAnswered State = "not_answered"
	OtherWay    State = "other_way"  // the person asks for another way
	CannotAsk   State = "cannot_ask" // nobody could be asked
	Withdrawn   State = "withdrawn"
)

// told says how far an agent has come when it tells a state; 0 for what no agent tells.
func (s State) told() int {
	switch s {
	case Waiting: // with why it could not be shown yet
		return 1
	case Shown:
		return 2
	case Answered, NotAnswered, OtherWay, CannotAsk:
		return last
	default:
		return 0
	}
}

// last is how far an agent has come with its last word about a question.
const last = 3

// final says that it is an agent's last word.
func (s State) final() bool { return s.told() == last }

// An Answer is what an agent told of a question.
type Answer struct {
	State  State         // Waiting before it told anything
	Means  finding.Means // by which it was answered
	After  time.Duration // from the question on the screen to the act
	From   string        // which hardware
	Detail string
	At     time.Time // when the collector heard of it
}

// transit is how long after its end a question may still be answered by a word
// that is on its way: an agent that lives is heard every minute.
const transit = 2 * time.Minute

// A Standing is where a question stands at one moment.
type Standing struct {
	State    State
	ClosedAt time.Time // zero while it is open
	Detail   string
}

// Open says whether an answer is still waited for.
func (s Standing) Open() bool { return s.ClosedAt.IsZero() }

// Standing says where the question stands at a moment of the collector's clock.
// An agent's last word counts whenever it comes, and what a person did counts
// also when the question was withdrawn meanwhile. Without a last word the clock
// closes it, and never says that a person who was not reached did not answer.
func (q Question) Standing(now time.Time) Standing {
	switch told := q.Told; {
	case told.State == Answered, told.State == OtherWay, told.State.final() && q.WithdrawnAt.IsZero():
		return Standing{told.State, told.At, told.Detail}
	case !q.WithdrawnAt.IsZero():
		return Standing{Withdrawn, q.WithdrawnAt, told.Detail}
	case now.Before(q.DueAt.Add(transit)):
		return Standing{State: told.State, Detail: told.Detail}
	case told.State == Shown:
		return Standing{NotAnswered, q.DueAt, "The laptop was not heard from at the end; its answer may still come."}
	default:
		return Standing{CannotAsk, q.DueAt, cmp.Or(told.Detail, "The laptop took up no question in that time: it was off or not connected, or its agent is too old to ask.")}
	}
}

// NewID turns an id that is a UUID into one of 26 small letters and digits,
// which sorts alike.
func NewID(id string) (string, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return "", fmt.Errorf("name a question: %w", err)
	}
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(parsed[:])), nil
}
