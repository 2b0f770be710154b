package presence

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// Bounds of a question. People are asked seldom, are given time, and somebody
// stands by why.
const (
	ShortestDue = 5 * time.Minute
	LongestDue  = 7 * 24 * time.Hour
	LeastReason = 10 // characters
	MostADay    = 3  // questions to one laptop within 24 hours, withdrawn ones too
)

// Validate refuses a question of words nobody knows, without time or without reason.
func (q Question) Validate() error {
	for _, m := range q.Means {
		if !slices.Contains(finding.AllMeans(), m) {
			return refuse(alert.ErrInvalid, "%q is nothing that can be asked for; one can ask for %s", m, list(finding.AllMeans()))
		}
	}
	switch due, reason := q.DueAt.Sub(q.AskedAt), utf8.RuneCountInString(strings.TrimSpace(q.Reason)); {
	case len(q.Means) == 0:
		return refuse(alert.ErrInvalid, "say by which act it can be answered: %s", list(finding.AllMeans()))
	case due < ShortestDue || due > LongestDue:
		return refuse(alert.ErrInvalid, "the person is given between 5 minutes and 7 days to answer, not %s", due)
	case reason < LeastReason:
		return refuse(alert.ErrInvalid, "say in at least %d characters why the person is asked; the audit log keeps it, and it is not shown on the laptop", LeastReason)
	case reason > alert.MaxComment:
		return refuse(alert.ErrInvalid, "the reason is longer than %d characters", alert.MaxComment)
	}
	return nil
}

// MayFollow refuses a question to a laptop whose person was just asked: at most
// one is open, and MostADay are asked within a day. Past are the laptop's
// questions of at least the last LongestDue, in any order.
func (q Question) MayFollow(past []Question) error {
	today := 0
	for _, p := range past {
		if p.Standing(q.AskedAt).Open() {
			return refuse(alert.ErrConflict, "the person at this laptop is being asked already (%s), until %s: wait for the answer or withdraw that question", p.ID, clock(p.DueAt))
		}
		if q.AskedAt.Sub(p.AskedAt).Abs() < 24*time.Hour { // a clock that ran ahead must not end all asking until it is caught up with
			today++
		}
	}
	if today >= MostADay {
		return refuse(alert.ErrConflict, "the person at this laptop was asked %d times within a day; that is enough: talk to them instead", today)
	}
	return nil
}

// Withdraw ends a question that is open.
func (q Question) Withdraw(now time.Time) (Question, error) {
	if s := q.Standing(now); !s.Open() {
		return q, refuse(alert.ErrConflict, "the question ended at %s already: %s", clock(s.ClosedAt), strings.ReplaceAll(string(s.State), "_", " "))
	}
	q.WithdrawnAt = now
	return q, nil
}

// Distinct gives every means once, in the order people are shown them; none means all.
func Distinct(names []string) []finding.Means {
	if len(names) == 0 {
		return finding.AllMeans()
	}
	var distinct []finding.Means
	for _, m := range finding.AllMeans() {
		if slices.Contains(names, string(m)) {
			distinct = append(distinct, m)
		}
	}
	for _, name := range names { // what nobody knows stays, for Validate to name it
		if !slices.Contains(finding.AllMeans(), finding.Means(name)) {
			distinct = append(distinct, finding.Means(name))
		}
	}
	return distinct
}

func list(means []finding.Means) string { return strings.Join(finding.MeansWords(means), ", ") }

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func refuse(cause error, format string, args ...any) error {
	return &alert.Refusal{Cause: cause, Sentence: fmt.Sprintf(format, args...)}
}
