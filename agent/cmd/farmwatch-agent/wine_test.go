//go:build wine

package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestWineHost runs what package host tests of Windows alone, as a Windows program.
func TestWineHost(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	tests := windowsTests(t)
	out, errs, code := b.try("host.test.exe", "-test.v", "-test.run", "^("+strings.Join(tests, "|")+")$")
	ran := strings.Count("\n"+out, "\n--- PASS")
	if code != 0 || ran != len(tests) {
		t.Errorf("ends with %d, %d of %d tests passed:\n%s\n%s", code, ran, len(tests), failures(out), tail(errs, 20))
	}
	t.Logf("%d tests of package host passed as a Windows program", ran)
}

// windowsTests are the tests in files that are built for Windows alone.
func windowsTests(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../../internal/host/*_windows_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("package host has no tests of Windows: %v", err)
	}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range declared.FindAllSubmatch(text, -1) {
			names = append(names, string(found[1]))
		}
	}
	return names
}

// failures are the lines around what failed.
func failures(out string) string {
	var kept []string
	lines := strings.Split(out, "\n")
	for i, line := range lines {
		if strings.Contains(line, "--- FAIL") || strings.Contains(line, "panic:") {
			kept = append(kept, lines[max(0, i-12):min(len(lines), i+12)]...)
		}
	}
	return strings.Join(kept, "\n")
}

// TestWineScan looks once at the box, as a person would, in both outputs.
func TestWineScan(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	text := b.run("farmwatch-agent.exe", "scan")
	for _, want := range []string{"Windows 10 (build 1", "Is it remotely controlled?  NONE", "Does it stand in a laptop farm?  NONE", "Could look at "} {
		if !strings.Contains(text, want) {
			t.Errorf("scan does not say %q:\n%s", want, text)
		}
	}
	got := b.scan()
	if got.Platform.OS != "windows" || got.Platform.Arch != "amd64" {
		t.Errorf("looked at %+v", got.Platform)
	}
	for range 2 { // where a machine is busy Wine takes its time, which is said, and no fault of ours
		if !strings.Contains(got.detail("processes"), "the disk does not answer") && !strings.Contains(got.detail("input_devices"), "are being started") {
			break
		}
		got = b.scan()
	}
	for _, c := range got.Coverage {
		want, known := winesStates[c.Class]
		if state, words, _ := strings.Cut(want, ": "); !known || c.State != state || !strings.Contains(c.Detail, words) {
			t.Errorf("%s is %s: %q, want %q", c.Class, c.State, c.Detail, want)
		}
	}
	if len(got.Coverage) != len(winesStates) {
		t.Errorf("%d classes were looked at, want %d", len(got.Coverage), len(winesStates))
	}
	own := false
	for _, row := range got.Rows {
		own = own || row.Class == "processes" && strings.Contains(row.Columns["name"], "farmwatch-agent")
	}
	if !own {
		t.Errorf("the agent does not see itself among %d rows", len(got.Rows))
	}
}

// winesStates is what a look at Wine gives, by class: a state, and words that say
// why something is not seen.
var winesStates = map[string]string{
	"agent_cost": "ok", "meetings": "ok", "arrivals": "ok", "connected_displays": "ok", "input_devices": "ok", "listening_ports": "ok", "logged_in_users": "ok",
	"network_interfaces": "ok", "network_neighbourhood": "ok", "power": "ok", "process_open_sockets": "ok", "processes": "ok", "remote_access": "ok", "startup_items": "ok",
	"network_tunnels": "ok", "proxy_settings": "ok", "system": "ok", "usb_devices": "ok",

	"agent_runs":      "absent: a single look",
	"packages":        "absent: shows no installed programs",
	"posture":         "absent: without a battery",
	"presence_checks": "absent: a single look",

	"arp_relay":          "unsupported: how ARP is used",
	"cleared_logs":       "unsupported: keeps no log Security",
	"network_flows":      "unsupported: does not count what passes through connections",
	"network_handshakes": "unsupported: how connections begin",
	"observed_names":     "unsupported: does not tell which names were looked up",
	"program_conduct":    "unsupported: cannot look at what programs do to the screen",
	"remote_sessions":    "unsupported: keeps no log Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
	"tcc_access":         "unsupported: keeps no register of the programs that may see the screen",
}

// sight is what scan --output json prints.
type sight struct {
	Platform struct {
		OS   string `json:"os"`
		Arch string `json:"arch"`
	} `json:"platform"`
	Level    string `json:"level"`
	Findings []struct {
		Rule string `json:"rule"`
	} `json:"findings"`
	Coverage []struct{ Class, State, Detail string } `json:"coverage"`
	Rows     []struct {
		Class   string            `json:"class"`
		Columns map[string]string `json:"columns"`
	} `json:"rows"`
}

func (s sight) detail(class string) string {
	for _, c := range s.Coverage {
		if c.Class == class {
			return c.Detail
		}
	}
	return ""
}

func (s sight) rules() []string {
	var rules []string
	for _, f := range s.Findings {
		rules = append(rules, f.Rule)
	}
	return rules
}

func (b *box) scan() (s sight) {
	b.t.Helper()
	out := b.run("farmwatch-agent.exe", "scan", "--output", "json", "--rows")
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		b.t.Fatalf("%v in %s", err, out)
	}
	return s
}

// TestWineStreams enrols the windows agent with a live collector and lets it
// send; then its program is replaced while it runs, as an upgrade does it, it is
// killed, and the new one goes on as the same device.
func TestWineStreams(t *testing.T) {
	t.Parallel()
	b, i := newBox(t), collect(t)
	program := b.copied("farmwatch-agent.exe", "agent/farmwatch-agent.exe")
	b.write("token", i.token("--uses", "1", "--ttl", "10m"))
	said := b.run(program, "enroll", "--state", `C:\state`, "--server", i.agents, "--token-file", `C:\token`)
	if !strings.Contains(said, "enrolled with "+i.agents) {
		t.Fatal(said)
	}
	if b.read("token") != "" {
		t.Error("the token outlived its use")
	}
	agent := b.begin(i.path("agent.log"), program, "run", "--state", `C:\state`)
	i.waitFor("agent.log", `connected`)
	db := i.store()
	reports := func() int { return number(t, db, `SELECT count(*) FROM entries`) }
	eventually(t, 30*time.Second, "rows and coverage of the windows agent", func() bool {
		return number(t, db, `SELECT count(*) FROM facts`) > 0 && number(t, db, `SELECT count(*) FROM coverage`) >= 10
	})
	var system string
	if err := db.QueryRow(`SELECT os FROM devices`).Scan(&system); err != nil || system != "windows" {
		t.Errorf("the collector knows a device with %q (%v)", system, err)
	}

	b.run("cmd", "/c", `move`, program, program+".old")
	b.copied("farmwatch-agent.exe", "agent/farmwatch-agent.exe")
	_ = agent.Process.Kill()
	_ = agent.Wait()
	before := reports()
	b.begin(i.path("agent.log"), program, "run", "--state", `C:\state`)
	eventually(t, 30*time.Second, "reports of the new program", func() bool { return reports() > before })
	if n := number(t, db, `SELECT count(*) FROM devices`); n != 1 {
		t.Errorf("after the upgrade there are %d devices", n)
	}
	if n := number(t, db, `SELECT count(*) FROM gaps`); n != 0 {
		t.Errorf("the upgrade lost something: %d gaps", n)
	}
}

// collect starts a collector on this machine, to which windows agents will talk.
func collect(t *testing.T) *installation {
	t.Helper()
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{t: t, bin: bin, dir: t.TempDir(), agents: address(t), console: address(t)}
	i.startServer()
	t.Cleanup(func() {
		i.stop(i.server)
		if t.Failed() {
			for _, log := range []string{"server.log", "agent.log"} {
				t.Logf("%s:\n%s", log, tail(i.read(log), 40))
			}
		}
	})
	return i
}

// begin starts a program of the box that runs until the test ends.
func (b *box) begin(log, program string, args ...string) *exec.Cmd {
	b.t.Helper()
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.t.Fatal(err)
	}
	defer file.Close()
	c := b.command(b.t.Context(), program, args...)
	c.Stdout, c.Stderr = file, file
	if err := c.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if c.ProcessState == nil {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	})
	return c
}

// TestWineSelfcheck is what somebody with a real Windows will run once.
func TestWineSelfcheck(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	said, errs, code := b.try("farmwatch-agent.exe", "selfcheck", "--live", "--output", `C:\laptop.txtar`)
	slow := strings.Contains(said, "the disk does not answer") // Wine's, on a machine that is busy
	if !slow && (code != 0 || strings.Contains(said, "BROKE")) || code != 0 && code != 7 {
		t.Errorf("ends with %d: %s%s", code, said, errs)
	}
	if again := b.run("farmwatch-agent.exe", "scan", "--recording", `C:\laptop.txtar`); !strings.Contains(again, "Could look at ") {
		t.Errorf("the recording cannot be judged: %s", again)
	}
	t.Log(said)
}
