package catalogue_test

import (
	"flag"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

var update = flag.Bool("update", false, "write what the rules say into the machines' expect.yaml")

// The sensors' own test runs them over all machines. This one makes rows by
// hand, so that a tool's facts are tested without the agent.
func TestToolMachines(t *testing.T) {
	c := embedded(t)
	names, err := filepath.Glob("machines/tools/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no machines: %v", err)
	}
	fired := map[string]bool{}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			m := readMachine(t, name)
			got := map[string]bool{}
			var spells []catalogue.Spell
			for _, row := range m.rows(t) {
				for _, r := range c.Matching(row) {
					got[r.ID] = true
					fired[strings.TrimPrefix(name, "machines/")+" "+r.Tool] = true
					if r.State != catalogue.StateOpened {
						fired[strings.TrimPrefix(name, "machines/")+" host of "+r.Tool] = true
					}
					spells = append(spells, catalogue.Spell{Finding: finding.Finding{UID: finding.UID(r.ID, row.UID), Rule: r.ID, Title: r.Title}})
				}
			}
			ids := slices.Sorted(maps.Keys(got))
			level := c.Assess(catalogue.History{Spells: spells})[0].Level
			if *update {
				m.update(t, name, ids)
				return
			}
			m.expect.Findings = slices.DeleteFunc(m.expect.Findings, func(id string) bool { return !slices.Contains(made, classOf(c, id)) })
			if diff := cmp.Diff(m.expect.Findings, ids, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("findings (-expected +got):\n%s", diff)
			}
			if m.expect.Level != "" && string(level) != m.expect.Level {
				t.Errorf("level is %s, want %s", level, m.expect.Level)
			}
		})
	}
	proveTools(t, c, fired)
}

// made are the classes whose rows are made by hand here. What the others show is
// the sensors' own test's.
var made = []string{"processes", "process_open_sockets", "listening_ports", "logged_in_users", "startup_items", "packages"}

func classOf(c *catalogue.Catalogue, id string) string {
	for _, r := range c.RulesOf(id) {
		if slices.Contains(made, r.Class) {
			return r.Class
		}
	}
	return ""
}

// proveTools wants every scored tool to fire on each machine it names, and as a
// host on none of its look-alikes.
func proveTools(t *testing.T, c *catalogue.Catalogue, fired map[string]bool) {
	scored := map[string]bool{}
	for _, r := range c.EveryRule() {
		scored[r.Tool] = true
	}
	for _, tool := range c.Tools {
		for _, machine := range tool.Machines {
			if scored[tool.ID] != fired[machine+" "+tool.ID] {
				t.Errorf("%s on %s: fired %v, want %v", tool.ID, machine, fired[machine+" "+tool.ID], scored[tool.ID])
			}
		}
		for _, machine := range tool.Lookalikes {
			if fired[machine+" host of "+tool.ID] {
				t.Errorf("%s fires on its look-alike %s", tool.ID, machine)
			}
		}
	}
}

type machine struct {
	archive   *txtar.Archive
	processes map[int]map[string]string
	expect    struct {
		Findings []string `yaml:"findings"`
		Level    string   `yaml:"level"`
	}
}

func readMachine(t *testing.T, name string) *machine {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{archive: archive, processes: map[int]map[string]string{}}
	m.yaml(t, "expect.yaml", &m.expect)
	return m
}

func (m *machine) yaml(t *testing.T, name string, into any) {
	t.Helper()
	for _, f := range m.archive.Files {
		if f.Name == name {
			if err := yaml.Unmarshal(f.Data, into); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

func (m *machine) update(t *testing.T, name string, ids []string) {
	t.Helper()
	for i, f := range m.archive.Files {
		if f.Name != "expect.yaml" {
			continue
		}
		text := "findings: []\n"
		if len(ids) > 0 {
			text = "findings:\n  - " + strings.Join(ids, "\n  - ") + "\n"
		}
		if m.expect.Level != "" {
			text += "level: " + m.expect.Level + "\n"
		}
		m.archive.Files[i].Data = []byte(text)
	}
	if err := os.WriteFile(name, txtar.Format(m.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func row(class string, columns ...string) finding.Observation {
	o := finding.Observation{Class: class, Columns: map[string]string{}}
	for i := 0; i < len(columns); i += 2 {
		if columns[i+1] != "" {
			o.Columns[columns[i]] = columns[i+1]
		}
	}
	o.UID = finding.UID(append([]string{class}, columns...)...)
	return o
}

func (m *machine) rows(t *testing.T) []finding.Observation {
	rows := m.processRows(t)
	rows = append(rows, m.socketRows(t)...)
	var sessions []struct{ User, Kind string }
	m.yaml(t, "sessions.yaml", &sessions)
	for _, s := range sessions {
		rows = append(rows, row("logged_in_users", "user", s.User, "kind", s.Kind))
	}
	for _, f := range m.archive.Files {
		if unit, found := strings.CutPrefix(f.Name, "files/usr/lib/systemd/system/"); found {
			rows = append(rows, row("startup_items", "name", unit, "scope", "system"))
		}
		if f.Name == "files/var/lib/dpkg/status" {
			for _, p := range regexp.MustCompile(`(?m)^Package: (.*)$`).FindAllSubmatch(f.Data, -1) {
				rows = append(rows, row("packages", "name", string(p[1]), "source", "deb"))
			}
		}
	}
	return rows
}

func (m *machine) processRows(t *testing.T) []finding.Observation {
	var processes []struct {
		PID        int
		Name, Path string
		Args       []string
	}
	m.yaml(t, "processes.yaml", &processes)
	var programs []map[string]string
	m.yaml(t, "programs.yaml", &programs)
	var rows []finding.Observation
	for _, p := range processes {
		file := p.Path[strings.LastIndexAny(p.Path, `/\`)+1:]
		script, rest := "", min(1, len(p.Args))
		if regexp.MustCompile(`^(python3?[.\d]*|perl|node)$`).MatchString(file) && len(p.Args) > 1 {
			script, rest = p.Args[1][strings.LastIndex(p.Args[1], "/")+1:], 2
		}
		m.processes[p.PID] = map[string]string{"name": p.Name, "file": file, "script": script}
		rows = append(rows, row("processes", "pid", strconv.Itoa(p.PID), "name", p.Name, "file", file, "script", script,
			"path", p.Path, "flags", strings.Join(p.Args[rest:], " ")))
		for _, program := range programs {
			if program["path"] == p.Path {
				maps.Copy(rows[len(rows)-1].Columns, program)
			}
		}
	}
	return rows
}

func (m *machine) socketRows(t *testing.T) []finding.Observation {
	var sockets []struct {
		Protocol, State string
		Local, Remote   netip.AddrPort
		PID             int
		Inbound         bool
	}
	m.yaml(t, "sockets.yaml", &sockets)
	var rows []finding.Observation
	for _, s := range sockets {
		p := m.processes[s.PID]
		if p == nil {
			t.Errorf("socket %v belongs to no process", s)
		}
		own := []string{"pid", strconv.Itoa(s.PID), "name", p["name"], "file", p["file"], "script", p["script"], "protocol", s.Protocol}
		direction := map[bool]string{true: "inbound", false: "outbound"}[s.Inbound]
		if s.State == "listen" {
			rows = append(rows, row("listening_ports", append(own, "port", fmt.Sprint(s.Local.Port()))...))
		} else {
			rows = append(rows, row("process_open_sockets", append(own, "direction", direction, "state", s.State, "remote_address", s.Remote.Addr().String(), "remote_scope", scope(s.Remote.Addr()))...))
		}
	}
	return rows
}

var source = sync.OnceValues(func() (*catalogue.Catalogue, error) { return catalogue.Load(os.DirFS(".")) })

func scope(a netip.Addr) string {
	switch {
	case a.IsLoopback():
		return "loopback"
	case a.IsPrivate() || a.IsLinkLocalUnicast():
		return "private"
	}
	return "public"
}

// every are its rules, which take a moment to make.
var every = sync.OnceValue(func() []*catalogue.Rule {
	c, err := source()
	if err != nil {
		return nil
	}
	return c.EveryRule()
})

func everyRule(t testing.TB) []*catalogue.Rule {
	t.Helper()
	embedded(t)
	return every()
}

// embedded is the catalogue as its source says it now; that the binaries carry
// the same is tested in one place.
func embedded(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := source()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
