package sensor

import (
	"context"
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// AskedPresence is one presence check as the company is told of it. No rule reads
// this class, so it counts for nothing in any level: people weigh it.
type AskedPresence struct {
	Check           string `column:"check,key,public" about:"identifier of the presence check, as the company's collector asked it"`
	State           string `column:"state,public" about:"shown, answered, other_way (the person asked for another way), not_answered, cannot_ask or withdrawn"`
	Means           string `column:"means,public" about:"which acts could answer it on this laptop"`
	AnsweredBy      string `column:"answered_by,public" about:"which act answered it"`
	AnsweredAfterMS string `column:"answered_after_ms,public" about:"time from when it was first shown to the answer, in milliseconds, cut to whole seconds"`
	AnsweredFrom    string `column:"answered_from,public" people:"out" about:"part of the laptop or security key that the answer came from, in its own words"`
	AskedAt         string `column:"asked_at,public" about:"when the company asked"`
	DueAt           string `column:"due_at,public" about:"when it is over"`
	Detail          string `column:"detail,public" people:"out" about:"on how many desktops and terminals it was shown, how many of them are logins from elsewhere, and what could not answer it here and why; or why it could not be asked"`
}

// Presence looks at the presence checks that this laptop was asked. Rows gives
// them as they are now and may be called by several at once; nil, where no agent
// runs that could be asked, gives none.
func Presence(rows func() ([]AskedPresence, error)) Sensor {
	return Define(Options{
		Class: "presence_checks", Every: 2 * time.Second, Facts: true,
		About: "Looks at what became of presence checks, in which the company's security team asks whether a person is at the laptop. It never looks for a person on its own.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "Keyboard, pointer, lid and plug can answer; fingerprint readers and security keys are not listened to."},
			{OS: "darwin", Reach: Partial, Why: "This agent cannot put a question before people on macOS, so a check is answered with that."},
		},
	}, func(context.Context, host.Host) ([]AskedPresence, error) {
		if rows == nil {
			return nil, fmt.Errorf("only a running agent is asked, and this is a single look: %w", host.ErrAbsent)
		}
		return rows()
	})
}

// WithPresence puts the rows of a running agent's presence checks in the place of none.
func WithPresence(all []Sensor, rows func() ([]AskedPresence, error)) []Sensor {
	with := make([]Sensor, len(all))
	for i, s := range all {
		if with[i] = s; s.Class == "presence_checks" {
			with[i] = Presence(rows)
		}
	}
	return with
}
