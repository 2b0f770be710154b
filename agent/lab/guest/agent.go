//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// A verdict is what the agent's scan says, in its own JSON.
type verdict struct {
	Level    string `json:"level"`
	Findings []struct {
		Rule string `json:"rule"`
	} `json:"findings"`
	Coverage []struct {
		Class  string `json:"class"`
		State  string `json:"state"`
		Detail string `json:"detail"`
	} `json:"coverage"`
	Rows []row `json:"rows"`
	raw  []byte
	note string // for whoever reads the laboratory's output
}

// A row is one thing the agent saw, with the columns that may be shown.
type row struct {
	Class   string            `json:"class"`
	Columns map[string]string `json:"columns"`
}

// look starts the agent as it is installed on laptops, lets `during` happen
// while it looks, and gives what it says.
func look(window time.Duration, during func() error) (v verdict, err error) {
	args := []string{"scan", "--output", "json", "--rows"}
	if window > 0 {
		args = append(args, "--for", window.String())
	}
	if v.raw, err = agent(window, during, args...); err == nil {
		err = json.Unmarshal(v.raw, &v)
	}
	return v, err
}

// agent runs one command line of the agent and gives what it prints. Ending
// with 7 is an answer, too: no.
func agent(window time.Duration, during func() error, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), window+time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	command := exec.CommandContext(ctx, "/farmwatch-agent", args...)
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Start(); err != nil {
		return nil, err
	}
	var acted error
	if during != nil {
		if acted = await("the agent that listens", func() bool { return listens(command.Process.Pid) }); acted == nil {
			time.Sleep(noticing)
			acted = during()
		}
	}
	if err := command.Wait(); err != nil && command.ProcessState.ExitCode() != 7 {
		return out.Bytes(), fmt.Errorf("the agent ends with %w: %s", err, errs.String())
	}
	return out.Bytes(), acted
}

// listens says whether a process has opened an input device.
func listens(pid int) bool {
	return slices.ContainsFunc(names(fmt.Sprintf("/proc/%d/fd/*", pid)), func(fd string) bool {
		target, err := os.Readlink(fd)
		return err == nil && strings.HasPrefix(target, "/dev/input/event")
	})
}

// rules are the ids of all that was found, once each.
func (v verdict) rules() []string {
	var ids []string
	for _, f := range v.Findings {
		ids = append(ids, f.Rule)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// An expectation is what the agent must say of a scenario. Rules are ids, or
// groups when they end with a dot.
type expectation struct {
	least, most string // level
	found       []string
	not         []string
	covered     map[string]string // class: state
	rows        []row             // each stands for one with at least these columns
}

var levels = []string{"none", "watch", "medium", "high"}

func (e expectation) String() string {
	if e.least == e.most {
		return e.least
	}
	return e.least + " to " + e.most
}

// differs says in what a verdict is not as expected.
func (e expectation) differs(v verdict) []string {
	var why []string
	if at := slices.Index(levels, v.Level); at < slices.Index(levels, e.least) || at > slices.Index(levels, e.most) {
		why = append(why, "the level is "+v.Level)
	}
	for _, id := range e.found {
		if !v.has(id) {
			why = append(why, id+" was not found")
		}
	}
	for _, id := range e.not {
		if v.has(id) {
			why = append(why, id+" was found")
		}
	}
	for _, c := range v.Coverage {
		if want := e.covered[c.Class]; want != "" && want != c.State {
			why = append(why, fmt.Sprintf("%s is %s (%s) and not %s", c.Class, c.State, c.Detail, want))
		}
	}
	for _, r := range e.rows {
		if !slices.ContainsFunc(v.Rows, r.within) {
			why = append(why, fmt.Sprintf("no row of %s has %v", r.Class, r.Columns))
		}
	}
	return why
}

func (r row) within(other row) bool {
	for column, value := range r.Columns {
		if other.Columns[column] != value {
			return false
		}
	}
	return other.Class == r.Class
}

func (v verdict) has(rule string) bool {
	return slices.ContainsFunc(v.rules(), func(id string) bool {
		return id == rule || strings.HasSuffix(rule, ".") && strings.HasPrefix(id, rule)
	})
}
