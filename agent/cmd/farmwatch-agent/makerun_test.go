//go:build e2e

package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// words collects what a program prints while it runs.
type words struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// TestMakeRunTwice: what `make run` starts shows this machine in the console,
// ends whole on Ctrl-C, and goes on where it stopped.
func TestMakeRunTwice(t *testing.T) {
	state, home := t.TempDir(), t.TempDir()
	settings := append(os.Environ(), "FARMWATCH_VAR="+state, "FARMWATCH_AGENTS="+address(t), "FARMWATCH_CONSOLE="+address(t), "HOME="+home)
	var ids []string
	for _, once := range []string{"enrolling this machine", "this machine is enrolled already"} {
		run := exec.Command("../../../installer/dev/run.sh")
		run.Env = settings
		var said words
		run.Stdout, run.Stderr = &said, &said
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		link := regexp.MustCompile(`http\S+/sign-in#code=\S+`)
		eventually(t, time.Minute, "a sign-in link is printed", func() bool {
			return strings.Contains(said.String(), "Ctrl-C stops both") && link.MatchString(said.String())
		})
		if !strings.Contains(said.String(), once) {
			t.Errorf("did not say %q:\n%s", once, said.String())
		}
		ids = append(ids, deviceOf(t, settings, link.FindString(said.String())))
		if err := run.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if err := run.Wait(); err != nil {
			t.Errorf("Ctrl-C ends it with %v:\n%s", err, said.String())
		}
		if left, err := exec.Command("pgrep", "-f", state).Output(); err == nil {
			t.Errorf("left running: %s", left)
		}
	}
	if ids[0] != ids[1] {
		t.Errorf("the second run shows device %s, the first %s: it did not go on where the first stopped", ids[1], ids[0])
	}
}

// deviceOf signs in and gives the id of the one device, once it covers something.
func deviceOf(t *testing.T, settings []string, link string) string {
	t.Helper()
	ctl, err := filepath.Abs("../../../bin/farmwatchctl")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(args ...string) []byte {
		c := exec.Command(ctl, args...)
		c.Env = settings
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("farmwatchctl %v: %v\n%s", args, err, out)
		}
		return out
	}
	ask("login", link)
	var devices []struct {
		ID         string `json:"id"`
		CoverageOK int    `json:"coverage_ok"`
		Presence   string `json:"presence"`
	}
	eventually(t, 30*time.Second, "the console shows this machine with its coverage", func() bool {
		if err := json.Unmarshal(ask("devices", "list", "-o", "json"), &devices); err != nil {
			t.Fatal(err)
		}
		return len(devices) == 1 && devices[0].CoverageOK > 5 && devices[0].Presence == "online"
	})
	return devices[0].ID
}
