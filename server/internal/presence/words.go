package presence

import (
	"fmt"
	"strings"
	"time"
)

// AskedText is what an alert's timeline says when the question is asked.
func (q Question) AskedText() string {
	return fmt.Sprintf("Asked the person at the laptop to show that somebody sits there, until %s, by any of: %s. Why: %s",
		clock(q.DueAt), q.inWords(), q.Reason)
}

// ToldText is what an alert's timeline says of what the agent told.
func (q Question) ToldText() string {
	told := q.Told
	text := map[State]string{
		Shown:       "The question whether somebody sits there is on the laptop's screen.",
		Answered:    "At the laptop the question was answered" + told.how(),
		NotAnswered: "The question whether somebody sits there was not answered in its time. By itself that says nothing: people are away, or at rest, or do not see it.",
		OtherWay:    "The person at the laptop asks for another way to show that they are there. Talk to them.",
		CannotAsk:   "Nobody could be asked at the laptop.",
	}[told.State]
	if told.Detail != "" {
		text += " " + told.Detail
	}
	return text
}

func (a Answer) how() string {
	how := ": " + strings.ReplaceAll(string(a.Means), "_", " ")
	if a.From != "" {
		how += " (" + a.From + ")"
	}
	if a.After > 0 {
		how += fmt.Sprintf(", %s after the question was shown", a.After.Round(100*time.Millisecond))
	}
	return how + "."
}

func (q Question) inWords() string { return strings.ReplaceAll(list(q.Means), "_", " ") }
