//go:build e2e

package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// durable is a collector and a producer that are killed and started again.
type durable struct {
	*installation
	base     time.Time
	producer *exec.Cmd
	lives    uint64
	words    strings.Builder // what the collector said in its earlier lives
}

// newDurable starts a collector and enrols, with the real program, what the producer will be.
func newDurable(t *testing.T) *durable {
	t.Helper()
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	d := &durable{
		installation: &installation{t: t, bin: bin, dir: t.TempDir(), agents: address(t), console: address(t)},
		base:         time.Now().Add(-time.Hour).Truncate(time.Millisecond),
	}
	t.Cleanup(func() {
		d.end(d.producer)
		d.end(d.server)
		if t.Failed() {
			for _, log := range []string{"server.log", "producer.log"} {
				t.Logf("%s:\n%s", log, tail(d.read(log), 40))
			}
		}
	})
	d.serve()
	d.waitFor("server.log", `msg=ready`)
	d.run("farmwatch-agent", "enroll", "--state", d.path("agent"), "--server", d.agents, "--token", d.token())
	return d
}

// token makes a token on the running collector.
func (i *installation) token(flags ...string) string {
	i.t.Helper()
	return i.run("farmwatch-server", append([]string{"token", "create", "--state", i.path("server"), "--quiet"}, flags...)...)
}

// serve starts the collector, with an empty log.
func (d *durable) serve() {
	d.words.WriteString(d.read("server.log"))
	if err := os.Remove(d.path("server.log")); err != nil && !errors.Is(err, os.ErrNotExist) {
		d.t.Fatal(err)
	}
	d.server = d.start("server.log", "farmwatch-server", "serve", "--state", d.path("server"), "--agents", d.agents, "--console", d.console)
}

// report starts the next life of the producer.
func (d *durable) report(o orders) {
	d.t.Helper()
	d.lives++
	o.State, o.Life, o.Base = d.path("agent"), d.lives, d.base
	text, err := json.Marshal(o)
	if err != nil {
		d.t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		d.t.Fatal(err)
	}
	log, err := os.OpenFile(d.path("producer.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer log.Close()
	d.producer = exec.Command(program)
	d.producer.Env = append(os.Environ(), producerOrders+"="+string(text))
	d.producer.Stdout, d.producer.Stderr = log, log
	if err := d.producer.Start(); err != nil {
		d.t.Fatal(err)
	}
}

// kill kills a process as kill -9 does, and demands that it had not ended by itself.
func (d *durable) kill(c *exec.Cmd) {
	d.t.Helper()
	_ = c.Process.Kill() // when it is gone already, Wait says how
	_ = c.Wait()
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		d.t.Fatalf("%s ended by itself before it was killed: %s", filepath.Base(c.Path), c.ProcessState)
	}
}

// end kills a process that still runs.
func (d *durable) end(c *exec.Cmd) {
	if c != nil && c.ProcessState == nil {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
}

// finish tells a process to end and demands that it does so in order.
func (d *durable) finish(c *exec.Cmd, patience time.Duration) {
	d.t.Helper()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	overdue := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
	defer overdue.Stop()
	if err := c.Wait(); err != nil {
		d.t.Fatalf("%s was told to end: %v", filepath.Base(c.Path), err)
	}
}

func (i *installation) read(name string) string {
	text, err := os.ReadFile(i.path(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		i.t.Fatal(err)
	}
	return string(text)
}

// A receipt is what a producer was told: the spool took this report.
type receipt struct {
	epoch        string
	seq, life, n uint64
	connected    bool
}

var welcome = regexp.MustCompile(`msg="connected to the collector".* collector\.acked=(\d+)`)

// receipts reads what the producer was promised, in order. Whatever an
// acknowledgement covered must still be there whenever the collector says again
// how far it is: the spool would send it anew and nobody would notice.
func (d *durable) receipts() (all []receipt, welcomes int) {
	d.t.Helper()
	highest := uint64(0)
	for line := range strings.Lines(d.read("producer.log")) {
		if !strings.HasSuffix(line, "\n") {
			continue
		}
		var r receipt
		if n, _ := fmt.Sscanf(line, taken, &r.epoch, &r.seq, &r.life, &r.n, &r.connected); n == 5 {
			all = append(all, r)
		}
		has := uint64(0)
		if n, _ := fmt.Sscanf(line, acked, &has); n == 1 {
			highest = max(highest, has)
		}
		if found := welcome.FindStringSubmatch(line); found != nil {
			has, err := strconv.ParseUint(found[1], 10, 64)
			if err != nil || has < highest {
				d.t.Fatalf("the collector had acknowledged up to %d and later has only up to %s (%v)", highest, found[1], err)
			}
			welcomes++
		}
	}
	return all, welcomes
}

// last is the latest receipt, if there is one.
func (d *durable) last() receipt {
	d.t.Helper()
	all, _ := d.receipts()
	if len(all) == 0 {
		return receipt{}
	}
	return all[len(all)-1]
}

// complaints are the distinct warnings and errors in a log, with how often each was said.
func complaints(log string) string {
	said := map[string]int{}
	var order []string
	line := regexp.MustCompile(`level=(WARN|ERROR) msg=("[^"]*"|\S+)`)
	for _, found := range line.FindAllString(log, -1) {
		if said[found]++; said[found] == 1 {
			order = append(order, found)
		}
	}
	if len(order) == 0 {
		return "nothing"
	}
	for i, words := range order {
		order[i] = fmt.Sprintf("%6d × %s", said[words], words)
	}
	return strings.Join(order, "\n")
}
