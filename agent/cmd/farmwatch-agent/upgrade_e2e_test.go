//go:build e2e

package main_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestUpgradeOfARunningAgent replaces the program while it runs, as a package
// does it (by a rename), stops the old one as systemd does and starts the new
// one; and kills one, as the kernel does when memory is short. It stays the same
// device and no report is lost or doubled.
func TestUpgradeOfARunningAgent(t *testing.T) {
	i := install(t)
	own := filepath.Join(i.dir, "programs")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	built := filepath.Join(i.bin, "farmwatch-agent")
	put := func() {
		content, err := os.ReadFile(built)
		if err == nil {
			err = os.WriteFile(filepath.Join(own, "new"), content, 0o700)
		}
		if err == nil {
			err = os.Rename(filepath.Join(own, "new"), filepath.Join(own, "farmwatch-agent"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put()
	i.bin = own
	db := i.store()
	reports := func() int { return number(t, db, `SELECT count(*) FROM entries`) }
	goesOn := func(after int) {
		eventually(t, 30*time.Second, "reports of the one started last", func() bool { return reports() > after })
	}
	i.startAgent()
	goesOn(0)

	put()
	before := reports()
	if err := i.agent.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := i.agent.Wait(); err != nil {
		t.Fatalf("told to end, it ends with %v", err)
	}
	i.startAgent()
	goesOn(before)

	before = reports()
	_ = i.agent.Process.Kill()
	_ = i.agent.Wait()
	i.startAgent()
	goesOn(before)
	for query, want := range map[string]int{
		`SELECT count(*) FROM devices`:                                          1,
		`SELECT count(*) FROM gaps`:                                             0,
		`SELECT count(*) - count(DISTINCT epoch_id || ':' || seq) FROM entries`: 0,
	} {
		if n := number(t, db, query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}
