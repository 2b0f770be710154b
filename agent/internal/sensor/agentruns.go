package sensor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// AgentRun is how the agent's last run ended and for how long it was away.
type AgentRun struct {
	Run     string `column:"run,key,public" about:"always last: there is one row, for a day after the agent started"`
	Ended   string `column:"ended,public" about:"how the run before this one ended: stopped (it was asked to), ended_hard (without a word), reboot (the machine was started anew), upgrade (another version came after it), first (there was none) or not_known (there was one, and the agent's note of it is gone)"`
	Away    string `column:"away,public" about:"for how long it was away: minutes (less than an hour), hours, days; empty when that is not known"`
	Went    bool   `column:"machine_went_on,public" about:"whether the machine was not started anew meanwhile"`
	Version string `column:"version,public" about:"version that ran before"`
}

// RunNotKnown is how a run ended of which there is no note, though the agent ran before.
const RunNotKnown = "not_known"

var errRunNotKnown = errors.New("the agent ran on this laptop before, and its own note of when and how that ended is gone or torn, so it is not known how long nobody looked")

// AgentRuns looks at how the agent's own last run ended. Last gives it and may be
// called by several at once; nil, where no agent runs, gives none.
func AgentRuns(last func() (AgentRun, bool)) Sensor {
	return Define(Options{
		Class: "agent_runs", Every: 10 * time.Minute,
		About: "Looks at how this agent's own last run ended and for how long it did not look, to notice that somebody stopped it. It tells that for a day after its start.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "Who ended the agent hard left no moment of it: it is taken to have looked until it last noted so, which it does each quarter of an hour. An agent that was stopped before the machine was started anew is not told from one that ended with it. Whoever removes all that the agent keeps makes its next run the first, and it has to be enrolled anew."},
			{OS: "windows", Reach: Partial, Why: "Who ended the agent hard left no moment of it: it is taken to have looked until it last noted so, which it does each quarter of an hour. An agent that was stopped before the machine was started anew is not told from one that ended with it. Whoever removes all that the agent keeps makes its next run the first, and it has to be enrolled anew."},
			{OS: "darwin", Reach: Partial, Why: "Who ended the agent hard left no moment of it: it is taken to have looked until it last noted so, which it does each quarter of an hour. An agent that was stopped before the machine was started anew is not told from one that ended with it. Whoever removes all that the agent keeps makes its next run the first, and it has to be enrolled anew."},
		},
	}, func(ctx context.Context, h host.Host) ([]AgentRun, error) {
		if last == nil {
			return recordedRun(ctx, h)
		}
		run, told := last()
		if !told {
			return nil, nil
		}
		run.Run = "last"
		if run.Ended == RunNotKnown {
			return []AgentRun{run}, errRunNotKnown
		}
		return []AgentRun{run}, nil
	})
}

// recordedRun is the last run that a recording tells of.
func recordedRun(ctx context.Context, h host.Host) ([]AgentRun, error) {
	recorded, ok := h.(host.LastRunHost)
	if !ok {
		return nil, fmt.Errorf("only a running agent has runs, and this is a single look: %w", host.ErrAbsent)
	}
	run, err := recorded.LastRun(ctx)
	if err != nil {
		return nil, err
	}
	return []AgentRun{{Run: "last", Ended: run.Ended, Away: run.Away, Went: run.Went, Version: run.Version}}, nil
}

// WithAgentRuns puts what a running agent knows of its last run in the place of nothing.
func WithAgentRuns(all []Sensor, last func() (AgentRun, bool)) []Sensor {
	with := make([]Sensor, len(all))
	for i, s := range all {
		if with[i] = s; s.Class == "agent_runs" {
			with[i] = AgentRuns(last)
		}
	}
	return with
}

// Away puts a time for which the agent was away into words that do not say when.
func Away(d time.Duration) string {
	switch {
	case d < 0:
		return ""
	case d < time.Hour:
		return "minutes"
	case d < 24*time.Hour:
		return "hours"
	}
	return "days"
}
