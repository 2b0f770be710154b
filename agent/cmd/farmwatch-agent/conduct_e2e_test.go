//go:build e2e

package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// acts is what the test reads of a look at everything.
type acts struct {
	Findings []struct {
		Rule     string
		Evidence []actor
	}
	Rows     []actor
	Coverage []struct{ Class, State, Detail string }
}

type actor struct {
	Class   string
	Columns map[string]string
}

// TestConduct: a remote-desktop server that nobody lists, under a name of its
// own and on no usual port, is recognised by what it does while somebody drives
// it. A screen recorder, a script that types, a compositor and a browser at work on
// the same screen are seen, where they do something, and give no finding.
func TestConduct(t *testing.T) {
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{t: t, bin: bin, dir: t.TempDir()}
	display, place := display(t), address(t)
	i.begin(nil, "Xvfb", display, "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset")
	time.Sleep(time.Second)

	t.Run("unlisted", func(t *testing.T) { i.unlisted(t, display, place) })
	t.Run("ordinary", func(t *testing.T) { i.ordinary(t, display) })
}

func (i *installation) unlisted(t *testing.T, display, place string) {
	helper := i.path("helper")
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", own, helper).CombinedOutput(); err != nil {
		t.Fatal(string(out))
	}
	pid := i.begin([]string{"DESK_DISPLAY=" + display, "DESK_ADDRESS=" + place}, helper, "-test.run=^TestDesk$")
	done := make(chan struct{})
	defer close(done)
	eventually(t, 10*time.Second, "somebody connects", func() bool { return drive(place, done) == nil })
	again := time.AfterFunc(2*time.Second, func() { _ = drive(place, done) }) // a greeting to be heard
	defer again.Stop()
	seen := i.acts(t, "5s")

	want := map[string]string{
		"name": "helper", "injects": "xtest", "captures": "x11", "banner": "rfb", "listens": "loopback", "recent": "true", "lasting": "minutes",
	}
	row := seen.row("program_conduct", pid)
	for column, value := range want {
		if row[column] != value {
			t.Errorf("%s is %q, want %q: %v", column, row[column], value, row)
		}
	}
	if port := seen.row("listening_ports", pid); port["banner"] != "rfb" {
		t.Errorf("the port is shown as %v", port)
	}
	if got := seen.rules(pid); !slices.Contains(got, "conduct.unlisted_remote_desktop") {
		t.Errorf("found %q; coverage %+v", got, seen.Coverage)
	}
}

func (i *installation) ordinary(t *testing.T, display string) {
	script := i.path("steps")
	if err := os.WriteFile(script, []byte(strings.Repeat("key a\nsleep 0.05\n", 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"DISPLAY=" + display}
	recorder := i.begin(env, "ffmpeg", "-loglevel", "error", "-f", "x11grab", "-framerate", "15", "-i", display, "-f", "null", "-")
	typist := i.begin(env, "xdotool", script)
	compositor := i.begin(env, "xcompmgr")
	browser := i.begin(env, chromium(t), "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+i.path("browser"), "data:text/html,<body onload='setInterval(()=>document.body.append(1),50)'>")
	time.Sleep(3 * time.Second)
	seen := i.acts(t, "4s")
	if row := seen.row("program_conduct", recorder); row["captures"] != "x11" || row["injects"] != "" {
		t.Errorf("the recorder is shown as %v; coverage %+v", row, seen.Coverage)
	}
	if row := seen.row("program_conduct", typist); row["injects"] != "xtest" || row["captures"] != "" {
		t.Errorf("the script is shown as %v", row)
	}
	for name, pid := range map[string]int{"compositor": compositor, "browser": browser} {
		if row := seen.row("program_conduct", pid); row != nil {
			t.Errorf("the %s is shown as %v", name, row)
		}
	}
	for name, pid := range map[string]int{"recorder": recorder, "script": typist, "compositor": compositor, "browser": browser} {
		for _, rule := range seen.rules(pid) {
			if strings.HasPrefix(rule, "conduct.") {
				t.Errorf("the %s gives %s", name, rule)
			}
		}
	}
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "google-chrome", "chromium"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium (make setup installs it)")
	return ""
}

// begin runs a program for as long as the test lasts and gives its number.
func (i *installation) begin(env []string, program string, args ...string) int {
	i.t.Helper()
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), env...)
	if err := c.Start(); err != nil {
		i.t.Fatalf("start %s (make setup installs it): %v", program, err)
	}
	i.t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return c.Process.Pid
}

func (i *installation) acts(t *testing.T, gather string) acts {
	t.Helper()
	var seen acts
	if err := json.Unmarshal([]byte(i.run("farmwatch-agent", "scan", "--for", gather, "--rows", "--output", "json")), &seen); err != nil {
		t.Fatal(err)
	}
	return seen
}

func (a acts) row(class string, pid int) map[string]string {
	for _, row := range a.Rows {
		if row.Class == class && row.Columns["pid"] == strconv.Itoa(pid) {
			return row.Columns
		}
	}
	return nil
}

// rules are those that found something of a process.
func (a acts) rules(pid int) []string {
	var rules []string
	for _, f := range a.Findings {
		if slices.ContainsFunc(f.Evidence, func(e actor) bool { return e.Columns["pid"] == strconv.Itoa(pid) }) {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}
