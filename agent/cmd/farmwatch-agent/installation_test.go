//go:build e2e || tools

package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// installation is one collector and one agent of this machine, built programs
// in a folder of the test, talking over loopback as they would over the network.
type installation struct {
	t               *testing.T
	bin, dir        string
	agents, console string
	server, agent   *exec.Cmd
}

// install starts a collector, signs farmwatchctl in and enrols the agent, which is not started yet.
func install(t *testing.T) *installation {
	t.Helper()
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{t: t, bin: bin, dir: t.TempDir(), agents: address(t), console: address(t)}
	i.startServer()
	link := i.waitFor("server.log", `http\S*sign-in#code=[A-Za-z0-9_-]+`)
	i.run("farmwatchctl", "login", link)
	token := i.run("farmwatch-server", "token", "create", "--state", i.path("server"), "--uses", "1", "--ttl", "10m", "--description", "e2e", "--quiet")
	if err := os.WriteFile(i.path("token"), []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	i.run("farmwatch-agent", "enroll", "--state", i.path("agent"), "--server", i.agents, "--token-file", i.path("token"))
	t.Cleanup(func() {
		i.stop(i.agent)
		i.stop(i.server)
		if t.Failed() {
			for _, log := range []string{"server.log", "agent.log"} {
				text, _ := os.ReadFile(i.path(log))
				t.Logf("%s:\n%s", log, tail(string(text), 40))
			}
		}
	})
	return i
}

func (i *installation) startServer() {
	i.server = i.start("server.log", "farmwatch-server", "serve", "--state", i.path("server"),
		"--agents", i.agents, "--console", i.console, "--sign-in-link", "admin")
	i.waitFor("server.log", `sign-in link`)
}

func (i *installation) startAgent() {
	i.agent = i.start("agent.log", "farmwatch-agent", "run", "--state", i.path("agent"))
	i.waitFor("agent.log", `connected`)
}

func (i *installation) path(name string) string { return filepath.Join(i.dir, name) }

// run runs one of the programs to its end and returns what it printed.
func (i *installation) run(program string, args ...string) string {
	i.t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command(filepath.Join(i.bin, program), args...)
	c.Env = append(os.Environ(), "HOME="+i.dir, "NO_COLOR=1")
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		i.t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, errs.String())
	}
	return strings.TrimSpace(out.String())
}

// start starts one of the programs with its words in a log that is added to.
func (i *installation) start(log, program string, args ...string) *exec.Cmd {
	i.t.Helper()
	file, err := os.OpenFile(i.path(log), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		i.t.Fatal(err)
	}
	defer file.Close()
	c := exec.Command(filepath.Join(i.bin, program), args...)
	c.Stdout, c.Stderr = file, file
	if err := c.Start(); err != nil {
		i.t.Fatal(err)
	}
	return c
}

// stop ends a program as a service manager would, and kills it after ten seconds.
func (i *installation) stop(c *exec.Cmd) {
	if c == nil || c.ProcessState != nil {
		return
	}
	_ = c.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(10*time.Second, func() { _ = c.Process.Kill() })
	_ = c.Wait()
	timer.Stop()
}

// waitFor waits for a pattern in a log and returns what matched.
func (i *installation) waitFor(log, pattern string) string {
	i.t.Helper()
	words := regexp.MustCompile(pattern)
	var text []byte
	for range 300 {
		text, _ = os.ReadFile(i.path(log))
		if found := words.Find(text); found != nil {
			return string(found)
		}
		time.Sleep(100 * time.Millisecond)
	}
	i.t.Fatalf("%s never said %q:\n%s", log, pattern, tail(string(text), 30))
	return ""
}

// ask runs farmwatchctl and reads its JSON.
func (i *installation) ask(into any, args ...string) {
	i.t.Helper()
	text := i.run("farmwatchctl", append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(text), into); err != nil {
		i.t.Fatalf("farmwatchctl %s: %v\n%s", strings.Join(args, " "), err, text)
	}
}

// address is a free loopback address that stays free while nobody listens
// there: below the ports that the system gives to connections, which would
// otherwise keep a collector from coming back.
func address(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000)))
		if err != nil {
			continue
		}
		defer l.Close()
		return l.Addr().String()
	}
	t.Fatal("no free port between 20000 and 32000")
	return ""
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// eventually asks until the answer is yes, and says how long that took.
func eventually(t *testing.T, patience time.Duration, what string, yes func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for time.Since(start) < patience {
		if yes() {
			return time.Since(start)
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s: not within %s", what, patience)
	return 0
}
