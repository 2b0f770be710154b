//go:build e2e

package main_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
)

const machines = "../../../proto/catalogue/machines"

// recorded is a machine of the catalogue and what must become of it.
type recorded struct {
	name, file, level string
	device            string // its id once it is enrolled
}

// TestRecordedHardwareOverTheRealWire: every recorded piece of hardware goes
// through the real agent, the wire and the collector as if it were here. A KVM
// opens an alert of its level; the plain laptop and every look-alike open none.
func TestRecordedHardwareOverTheRealWire(t *testing.T) {
	i := install(t)
	all := hardware(t)
	token := i.run("farmwatch-server", "token", "create", "--state", i.path("server"), "--uses", strconv.Itoa(len(all)), "--ttl", "1h", "--quiet")
	t.Run("replay", func(t *testing.T) { i.replayAll(t, all, token) })
	levels := map[string]string{}
	eventually(t, 30*time.Second, "the alerts of all recorded machines are open", func() bool {
		var alerts []struct {
			Level, State string
			Subject      struct{ ID string }
		}
		i.ask(&alerts, "alerts", "list", "--limit", "0")
		clear(levels)
		for _, a := range alerts {
			levels[a.Subject.ID] = a.Level
		}
		return len(levels) >= alerting(all)
	})
	for _, m := range all {
		got, want := levels[m.device], m.level
		if want == "none" || want == "watch" {
			want = ""
		}
		if got != want {
			t.Errorf("%s: an alert of level %q, want %q", m.name, got, want)
		}
	}
}

// atOnce is how many machines are replayed at a time: a replay mostly waits.
const atOnce = 8

// replayAll replays the machines, several at a time, and returns when all is sent.
func (i *installation) replayAll(t *testing.T, all []recorded, token string) {
	free := make(chan struct{}, atOnce)
	for n := range all {
		t.Run(all[n].name, func(t *testing.T) {
			t.Parallel()
			free <- struct{}{}
			defer func() { <-free }()
			here := *i
			here.t = t
			here.replay(&all[n], token)
		})
	}
}

// replay enrols a recorded machine and lets the agent watch it until all is sent.
func (i *installation) replay(m *recorded, token string) {
	i.t.Helper()
	state := i.path(m.name)
	file := i.path(m.name + ".token") // the agent removes it
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		i.t.Fatal(err)
	}
	said := i.run("farmwatch-agent", "enroll", "--state", state, "--server", i.agents, "--token-file", file, "--recording", m.file)
	m.device = said[strings.LastIndexByte(said, ' ')+1:]
	log := m.name + ".log"
	running := i.start(log, "farmwatch-agent", "run", "--state", state, "--recording", m.file)
	i.waitFor(log, "connected")
	i.stop(running) // its last words are sent before it ends
}

func alerting(all []recorded) (n int) {
	for _, m := range all {
		if m.level == "medium" || m.level == "high" {
			n++
		}
	}
	return n
}

// software are the folders of machines that show it. On a laptop that has just been
// enrolled it weighs more than in a look at a machine that never was.
var software = []string{"tools", "program", "session", "settings", "conduct", "network"}

// hardware are the recorded machines of the catalogue that say which level they must reach.
func hardware(t *testing.T) []recorded {
	t.Helper()
	var all []recorded
	err := filepath.WalkDir(machines, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && slices.Contains(software, entry.Name()) {
			return firstOf(err, fs.SkipDir)
		}
		if strings.HasSuffix(path, ".txtar") {
			all = append(all, recorded{name: strings.TrimSuffix(entry.Name(), ".txtar"), file: path, level: levelOf(t, path)})
		}
		return nil
	})
	if err != nil || alerting(all) < 5 || len(all)-alerting(all) < 8 {
		t.Fatalf("%d machines, %d of them alerting: %v", len(all), alerting(all), err)
	}
	return all
}

func firstOf(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func levelOf(t *testing.T, path string) string {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == "expect.yaml" {
			var expect struct{ Level string }
			if err := yaml.Unmarshal(f.Data, &expect); err != nil {
				t.Fatal(err)
			}
			return expect.Level
		}
	}
	t.Fatalf("%s has no expect.yaml", path)
	return ""
}
