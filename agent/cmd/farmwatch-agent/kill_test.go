//go:build e2e

package main_test

import (
	"bufio"
	"database/sql"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

const kills = 100

// TestKilledAtRandom kills the collector or the reporting side a hundred times
// at random moments, lets both finish, and demands that what the spool promised
// is stored exactly once and in order, with no hole between.
func TestKilledAtRandom(t *testing.T) {
	i := enrolled(t)
	hammer := i.path("hammer")
	if out, err := exec.Command("go", "build", "-o", hammer, "./hammer").CombinedOutput(); err != nil {
		t.Fatalf("build hammer: %v\n%s", err, out)
	}
	start := func() *exec.Cmd {
		c := exec.Command(hammer, i.path("agent"))
		c.Stdout, c.Stderr = os.Stderr, os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	i.agent = start()
	servers := 0
	for range kills {
		time.Sleep(time.Duration(rng.IntN(900)) * time.Millisecond)
		if rng.IntN(3) == 0 {
			servers++
			kill(t, i.server)
			i.serveAgain()
		} else {
			kill(t, i.agent)
			i.agent = start()
		}
	}
	i.stopHammer()
	i.compare(servers)
}

// enrolled is a collector with one enrolled agent, and nobody signed in.
func enrolled(t *testing.T) *installation {
	t.Helper()
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{t: t, bin: bin, dir: t.TempDir(), agents: address(t), console: address(t)}
	t.Cleanup(func() {
		i.stop(i.agent)
		i.stop(i.server)
	})
	i.serveAgain()
	i.waitFor("server.log", `msg=ready`)
	token := i.run("farmwatch-server", "token", "create", "--state", i.path("server"), "--uses", "1", "--ttl", "10m", "--quiet")
	if err := os.WriteFile(i.path("token"), []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	i.run("farmwatch-agent", "enroll", "--state", i.path("agent"), "--server", i.agents, "--token-file", i.path("token"))
	return i
}

func kill(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed, and says so
}

func (i *installation) serveAgain() {
	i.server = i.start("server.log", "farmwatch-server", "serve", "--state", i.path("server"), "--agents", i.agents, "--console", i.console)
}

// stopHammer asks it to end once the collector has everything. It listens for
// that from its first report on.
func (i *installation) stopHammer() {
	i.t.Helper()
	_, before := i.journal()
	eventually(i.t, time.Minute, "the last life writes a report", func() bool {
		_, done := i.journal()
		return len(done) > len(before)
	})
	if err := i.agent.Process.Signal(os.Interrupt); err != nil {
		i.t.Fatal(err)
	}
	overdue := time.AfterFunc(2*time.Minute, func() { _ = i.agent.Process.Kill() })
	defer overdue.Stop()
	if err := i.agent.Wait(); err != nil {
		i.t.Fatalf("the last reports did not arrive: %v", err)
	}
}

// compare holds the journal against the collector's database.
func (i *installation) compare(servers int) {
	i.t.Helper()
	tried, done := i.journal()
	stored := i.stored()
	times := map[string]int{}
	at := -1
	for _, name := range stored {
		times[name]++
		place, known := tried[name]
		if !known || place <= at {
			i.t.Fatalf("%s is stored out of order or was never written", name)
		}
		at = place
	}
	for _, name := range done {
		if times[name] != 1 {
			i.t.Errorf("%s was promised and is stored %d times", name, times[name])
		}
	}
	i.t.Logf("%d kills of the collector, %d of the agent: %d reports promised, %d stored", servers, kills-servers, len(done), len(stored))
	if len(done) < kills {
		i.t.Errorf("only %d reports were written, too few to prove anything", len(done))
	}
}

// journal gives the place of each report that was tried, and those that were promised.
func (i *installation) journal() (tried map[string]int, done []string) {
	i.t.Helper()
	file, err := os.Open(i.path("agent/journal"))
	if err != nil {
		i.t.Fatal(err)
	}
	defer file.Close()
	tried = map[string]int{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		switch word, name, _ := strings.Cut(lines.Text(), " "); word {
		case "try":
			tried[name] = len(tried)
		case "done":
			done = append(done, name)
		}
	}
	return tried, done
}

// stored gives the reports of the collector's database in the order of their
// numbers, and demands that no number is missing without a gap.
func (i *installation) stored() []string {
	i.t.Helper()
	db, err := sql.Open("sqlite", "file:"+i.path("server/farmwatch.db")+"?mode=ro")
	if err != nil {
		i.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT seq, seq, report FROM entries UNION ALL SELECT from_seq, to_seq, NULL FROM gaps ORDER BY 1`)
	if err != nil {
		i.t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	last := int64(0)
	for rows.Next() {
		var from, to int64
		var wire []byte
		if err := rows.Scan(&from, &to, &wire); err != nil {
			i.t.Fatal(err)
		}
		if from != last+1 {
			i.t.Errorf("after number %d comes %d", last, from)
		}
		last = to
		if wire == nil {
			continue
		}
		var report agentv1.Report
		if err := proto.Unmarshal(wire, &report); err != nil {
			i.t.Fatalf("number %d does not parse: %v", from, err)
		}
		names = append(names, report.GetFindings()[0].GetRule())
	}
	if err := rows.Err(); err != nil {
		i.t.Fatal(err)
	}
	var epochs int
	if err := db.QueryRow(`SELECT count(*) FROM epochs`).Scan(&epochs); err != nil || epochs != 1 {
		i.t.Errorf("%d epochs, want 1 (%v)", epochs, err)
	}
	return names
}
