// Package presence is the presence check as the laptop sees it: what the
// company's security team asked, which act of hands answered it, and what is
// told of that. It concludes nothing and nothing follows from it by itself.
//
// The book of checks is pure: the clock, the acts and the people are handed in.
// The watch asks a host for them.
package presence

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// State says how far one presence check has come. The word is the wire's.
type State string

// The states. Waiting is told to nobody; all after Shown are final.
const (
	Waiting     State = ""             // it came, and nobody could be asked so far
	Shown       State = "shown"        // it stands before somebody
	Answered    State = "answered"     // by an act
	OtherWay    State = "other_way"    // the person asked for another way
	NotAnswered State = "not_answered" // it was shown, and is over
	CannotAsk   State = "cannot_ask"   // nobody could be asked, or nothing here could answer
	Withdrawn   State = "withdrawn"    // the company took it back
)

// Question is a presence check as the bundle brings it.
type Question struct {
	ID      string          `json:"id"` // 26 letters and digits
	AskedAt time.Time       `json:"asked_at"`
	DueAt   time.Time       `json:"due_at"`
	Means   []finding.Means `json:"means"` // any one of them answers
}

var idForm = regexp.MustCompile(`^[0-9A-Za-z]{26}$`)

// valid says what is wrong with a question that comes now, besides its means.
func (q Question) valid(now time.Time) error {
	switch {
	case !idForm.MatchString(q.ID):
		return fmt.Errorf("presence check %q: want 26 letters and digits", q.ID)
	case !q.AskedAt.Before(q.DueAt):
		return fmt.Errorf("presence check %s is not asked before it is due", q.ID)
	case q.DueAt.Sub(q.AskedAt) > longest || q.DueAt.Sub(now).Abs() > longest:
		return fmt.Errorf("presence check %s is due more than %s from now or from when it was asked", q.ID, longest)
	}
	return nil
}

// Record is what the laptop knows of one presence check.
type Record struct {
	Question
	State         State           `json:"state"`
	Possible      []finding.Means `json:"possible,omitempty"` // those of the question that this laptop could notice when it asked
	ShownAt       time.Time       `json:"shown_at,omitzero"`  // for the first time
	LastShown     time.Time       `json:"last_shown,omitzero"`
	AnsweredBy    finding.Means   `json:"answered_by,omitempty"`
	AnsweredAfter time.Duration   `json:"answered_after,omitempty"` // since it was first shown
	AnsweredFrom  string          `json:"answered_from,omitempty"`  // the device, in words
	ClosedAt      time.Time       `json:"closed_at,omitzero"`
	Detail        string          `json:"detail,omitempty"` // how it was asked, or why not
	Gone          bool            `json:"gone,omitempty"`   // the bundle names it no more
}

// Open says whether an act would still answer.
func (r Record) Open() bool { return r.State == Waiting || r.State == Shown }

func (r *Record) end(now time.Time, s State, detail string) {
	r.State, r.ClosedAt = s, now
	if detail != "" {
		r.Detail = detail
	}
}

// known are the means among these that this agent has a name for, each once.
func known(means []finding.Means) []finding.Means {
	return slices.DeleteFunc(finding.AllMeans(), func(m finding.Means) bool { return !slices.Contains(means, m) })
}

// Words is a list of means as the wire writes it.
func Words(means []finding.Means) string {
	return strings.Join(finding.MeansWords(means), " ")
}

// ParseMeans reads a list of means as a person writes it, with commas or spaces.
func ParseMeans(text string) ([]finding.Means, error) {
	var means []finding.Means
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.Contains(finding.AllMeans(), finding.Means(word)) {
			return nil, fmt.Errorf("%q is none of %s", word, strings.ReplaceAll(Words(finding.AllMeans()), " ", ", "))
		}
		means = append(means, finding.Means(word))
	}
	if len(means) == 0 {
		return nil, fmt.Errorf("no means are named; they are %s", strings.ReplaceAll(Words(finding.AllMeans()), " ", ", "))
	}
	return means, nil
}
