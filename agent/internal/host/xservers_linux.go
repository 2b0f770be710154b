package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// mostServers bounds how many X servers are spoken to, since anybody may start a
// program that calls itself one.
const mostServers = 8

// listedLately is how old a list of processes may be that servers are looked for
// in: the sensor of processes asks for one more often, and each costs a walk
// through all of them.
const listedLately = 20 * time.Second

var serverNames = []string{"Xorg", "Xorg.bin", "X", "Xvfb", "Xephyr", "Xvnc", "Xtigervnc"}

// diskOnly says that a disk is looked at and no machine: it runs no server.
func (h *LiveHost) diskOnly() bool { return h.options.Root != "" && h.options.Root != "/" }

// processesLately lists processes for those who look for X servers among them.
func (h *LiveHost) processesLately(ctx context.Context) ([]Process, error) {
	lately := h.options
	lately.Keep = listedLately
	processes, err := h.processesNow.get(lately, func() ([]Process, error) { return h.listProcesses(ctx) })
	if errors.Is(err, ErrDenied) {
		err = nil // those that are shown may hold a server
	}
	return processes, err
}

// newServers are those among processes that are not known yet.
func newServers(processes []Process, known func(pid int) bool) []Process {
	var fresh []Process
	for _, p := range processes {
		if slices.Contains(serverNames, p.Name) && !known(p.PID) {
			fresh = append(fresh, p)
		}
	}
	return fresh
}

// greetServers connects to X servers to learn something of them, to all at the
// same time, so that one that does not answer keeps nobody waiting for long. It
// gives what went wrong by process, and under 0 that there is no room for more.
func greetServers(fresh []Process, room int, learn string, connect func(Process) error) map[int]error {
	failed := map[int]error{}
	if len(fresh) > room {
		fresh, failed[0] = fresh[:room], fmt.Errorf("ask X servers %s: there are more than %d", learn, mostServers)
	}
	errs := make([]error, len(fresh))
	var asked sync.WaitGroup
	for i, p := range fresh {
		asked.Go(func() { errs[i] = connect(p) })
	}
	asked.Wait()
	for i, p := range fresh {
		if errs[i] != nil {
			failed[p.PID] = fmt.Errorf("ask the X server %s: %w", learn, errs[i])
		}
	}
	return failed
}
