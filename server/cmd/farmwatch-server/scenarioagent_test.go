package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// What follows is the agent's side of the talk as the agent writes it: it cannot be
// imported from there (agent/internal/simulate has what each means).
type (
	anOrder struct {
		Scenario string   `json:"scenario,omitempty"`
		Seed     uint64   `json:"seed,omitempty"`
		Without  []string `json:"without,omitempty"`
		State    string   `json:"state,omitempty"`
		Server   string   `json:"server,omitempty"`
		Token    string   `json:"token,omitempty"`
	}
	aLine struct {
		Plan     *aPlan       `json:"plan"`
		At       time.Time    `json:"at"`
		Happens  []string     `json:"happens"`
		Done     bool         `json:"done"`
		Enrolled []anEnrolled `json:"enrolled"`
		Grouped  []anEnrolled `json:"grouped"`
		Alive    []string     `json:"alive"`
		Ended    *aSummary    `json:"ended"`
		Error    string       `json:"error"`
	}
	anEnrolled struct{ Name, ID, Group string }
	aSummary   struct {
		Laptops, Waiting int
		Reports, Bytes   int64
	}
	aPlan struct {
		Scenario, Title      string
		Zone                 string
		Seed                 uint64
		Begins, Starts, Ends time.Time
		Laptops              []aLaptop
		Collector            string
		Addresses            []anAddress
		Imports              []anImport
		Sanctions            string
		Concluded            []anExpectation
		Never                []aBan
		Forbidden            []string
		Identical            bool
		Notices              []aNotice
		Alerts               *someAlerts
	}
	aLaptop struct {
		Name, Host, Person, OS, Kind, Group string
		Enrolled                            time.Time
	}
	anAddress struct {
		Address                         netip.Addr
		Place, Network, Country, Egress string
		RoundTrip                       time.Duration `json:"round_trip"`
	}
	anImport struct {
		Kind string
		From time.Time
		CSV  string
	}
	anExpectation struct {
		Subject           string
		Site              []string
		Conclusion, Level string
		By                time.Time
		Because           []string
	}
	aNotice struct {
		Subject string
		AtLeast int `json:"at_least"`
	}
	someAlerts struct {
		AtMost int `json:"at_most"`
		Open   []string
	}
	aBan struct {
		Subject, Conclusion, Above string
		From, Until                time.Time
	}
)

// An agents is a process in which all laptops of one play are, and then those of the next.
type agents struct {
	t    *testing.T
	in   *json.Encoder
	end  io.Closer
	out  *json.Decoder
	said *buffer
	wait func() error
}

// A troupe is the processes that wait for a play: a start costs more than many a step.
type troupe struct {
	t       *testing.T
	program string
	mu      sync.Mutex
	idle    []*agents
}

// hire gives a process to a play.
func (r *troupe) hire(t *testing.T) *agents {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.idle); n > 0 {
		a := r.idle[n-1]
		r.idle = r.idle[:n-1]
		a.t = t
		return a
	}
	a := startAgents(r.t, r.program)
	a.t = t
	return a
}

// release takes back one whose play is over.
func (r *troupe) release(a *agents) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, a)
}

// disband ends all that wait.
func (r *troupe) disband() {
	for _, a := range r.idle {
		a.t = r.t
		a.stop()
	}
}

func startAgents(t *testing.T, program string) *agents {
	t.Helper()
	c := exec.CommandContext(t.Context(), program, "simulate", "--lockstep", "--kits", *scenarios+"/kits")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	a := &agents{t: t, in: json.NewEncoder(in), end: in, out: json.NewDecoder(bufio.NewReader(out)), said: &buffer{}, wait: c.Wait}
	c.Stderr = a.said
	c.Env = append(os.Environ(), fmt.Sprintf("GOGC=%d", garbage))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *agents) order(o anOrder) {
	a.t.Helper()
	if err := a.in.Encode(o); err != nil {
		a.t.Fatalf("order the agents: %v: %s", err, a.said)
	}
}

func (a *agents) line() aLine {
	a.t.Helper()
	var l aLine
	if err := a.out.Decode(&l); err != nil {
		a.t.Fatalf("hear the agents: %v: %s", err, a.said)
	}
	if l.Error != "" {
		a.t.Fatalf("the agents: %s", l.Error)
	}
	return l
}

// stop ends the process in order.
func (a *agents) stop() {
	a.t.Helper()
	if err := a.end.Close(); err != nil {
		a.t.Errorf("end the agents: %v", err)
	}
	if err := a.wait(); err != nil {
		a.t.Errorf("the agents ended: %v: %s", err, a.said)
	}
}
