package host

import "context"

// A LastRunHost is a host that knows how an agent's last run on it ended. Of the
// live machine the running agent knows it by itself; a recording may say it.
type LastRunHost interface {
	// LastRun is how the run before this one ended, in the words of agent_runs.
	LastRun(ctx context.Context) (LastRun, error)
}

// LastRun is how an agent's run ended.
type LastRun struct {
	Ended   string `yaml:"ended"`             // stopped, ended_hard, reboot, upgrade or first
	Away    string `yaml:"away,omitempty"`    // minutes, hours or days
	Went    bool   `yaml:"machine_went_on"`   // whether the machine was not started anew
	Version string `yaml:"version,omitempty"` // that ran before
}

var _ LastRunHost = (*recording)(nil)

// LastRun comes from last_run.yaml.
func (r *recording) LastRun(context.Context) (LastRun, error) {
	return readYAML[LastRun](r.archive, "last_run.yaml")
}
