package catalogue

import (
	"slices"
	"strings"
	"testing"
)

// Derived rules must read classes and columns that sensors fill; the loader
// holds only written ones to that.
func TestDerivedColumnsExist(t *testing.T) {
	c, l := load(embedded)
	if len(l.mistakes) > 0 {
		t.Fatal(l.mistakes)
	}
	var walk func(r *Rule, m *Match)
	walk = func(r *Rule, m *Match) {
		for _, test := range m.Tests {
			if _, known := l.classes[r.Class].Columns[test.Column]; !known {
				t.Errorf("%s reads the unknown column %s of %s", r.ID, test.Column, r.Class)
			}
		}
		for i := range m.Any {
			walk(r, &m.Any[i])
		}
		for i := range m.Not {
			walk(r, &m.Not[i])
		}
	}
	for i := range c.Rules {
		walk(&c.Rules[i], &c.Rules[i].Match)
	}
}

func idsOf(t *testing.T, tool Tool) []string {
	t.Helper()
	var list []string
	for _, r := range rulesOf(&tool) {
		list = append(list, strings.TrimPrefix(r.ID, "tool."+tool.ID+".")+" "+r.Class)
		for what, text := range map[string]string{
			"title": r.Title, "why": r.Explain.Why, "alternatives": r.Explain.Alternatives, "change": r.Explain.Change, "check": r.Explain.Check,
		} {
			if text == "" || strings.Contains(text, "  ") {
				t.Errorf("%s has the %s %q", r.ID, what, text)
			}
		}
	}
	return list
}

func TestRulesOfTool(t *testing.T) {
	traces := Traces{Processes: []string{"exampledesk"}, Packages: []string{"exampledesk"}, Units: []string{"exampledesk.service"}}
	words := traces
	words.Arguments = []string{"serve"}
	all := []string{"installed packages", "installed systemd_units", "running processes", "listening listening_ports", "controlled process_open_sockets"}
	tests := []struct {
		name string
		tool Tool
		want []string
	}{
		{"remote desktop", Tool{ID: "x", Name: "X", Category: "remote-desktop", ControlsHost: true, Linux: traces}, all},
		{"words of the command line", Tool{ID: "x", Name: "X", Category: "remote-desktop", ControlsHost: true, Linux: words}, all[:3]},
		{"names on the network", Tool{ID: "x", Name: "X", Category: "rmm", ControlsHost: true, Linux: traces, Network: Network{Domains: []string{"x.example.com"}}}, append([]string{"contacted observed_names"}, all...)},
		{"names of a viewer", Tool{ID: "x", Name: "X", Category: "rmm", Linux: traces, Network: Network{Domains: []string{"x.example.com"}}}, nil},
		{"tunnel", Tool{ID: "x", Name: "X", Category: "tunnel", ControlsHost: true, Linux: traces}, all[:3]},
		{"mesh", Tool{ID: "x", Name: "X", Category: "mesh", Linux: traces}, all[:3]},
		{"viewer", Tool{ID: "x", Name: "X", Category: "remote-desktop", Linux: traces}, nil},
		{"jiggler", Tool{ID: "x", Name: "X", Category: "jiggler", Linux: traces}, nil},
		{"process on a Mac only", Tool{ID: "x", Name: "X", Category: "rmm", ControlsHost: true, MacOS: Traces{Processes: []string{"exampled"}}}, all[2:]},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := idsOf(t, test.tool); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestToolVerdicts(t *testing.T) {
	tests := []struct {
		category, state string
		unattended      bool
		tier            int
		group           string
	}{
		{"remote-desktop", StateInstalled, false, 4, "tool"},
		{"remote-desktop", StateInstalled, true, 3, "tool"},
		{"rmm", StateRunning, true, 3, "tool"},
		{"rmm", StateListening, true, 3, "tool"},
		{"kvm-software", StateControlled, false, 2, "tool"},
		{"remote-desktop", StateContacted, true, 4, "tool"},
		{"tunnel", StateContacted, false, 4, "tunnel"},
		{"tunnel", StateInstalled, true, 4, "tunnel"},
		{"tunnel", StateRunning, false, 3, "tunnel"},
		{"vpn", StateRunning, false, 3, "tunnel"},
		{"mesh", StateRunning, false, 4, "tunnel"},
	}
	for _, test := range tests {
		tool := Tool{ID: "x", Name: "X", Category: test.category, ControlsHost: true, Unattended: test.unattended}
		r := tool.rule(test.state, "processes", Match{})
		if r.Tier != test.tier || r.Group != test.group {
			t.Errorf("%s %s: tier %d group %s, want %d %s", test.category, test.state, r.Tier, r.Group, test.tier, test.group)
		}
		if slices.Contains(r.Labels, "unattended") != test.unattended || !slices.Contains(r.Labels, test.category) {
			t.Errorf("%s %s: labels %v", test.category, test.state, r.Labels)
		}
	}
}

func TestToolIdentity(t *testing.T) {
	tool := Tool{
		ID: "x", Name: "X", Category: "remote-desktop", ControlsHost: true,
		Linux:   Traces{Processes: []string{"gnome-remote-desktop-daemon"}, Paths: []string{"/opt/x/*/x-daemon"}},
		MacOS:   Traces{Processes: []string{"code"}, Arguments: []string{"tunnel"}},
		Windows: Traces{Processes: []string{"XDesk.exe"}},
	}
	m := tool.running()
	tests := []struct {
		name string
		row  map[string]string
		want bool
	}{
		{"file", map[string]string{"file": "gnome-remote-desktop-daemon"}, true},
		{"short name", map[string]string{"name": "gnome-remote-de"}, true},
		{"script", map[string]string{"file": "python3.11", "script": "gnome-remote-desktop-daemon"}, true},
		{"path", map[string]string{"path": "/opt/x/7.1/x-daemon"}, true},
		{"deeper path", map[string]string{"path": "/opt/x/7/1/x-daemon"}, false},
		{"other case", map[string]string{"file": "xdesk.EXE"}, true},
		{"longer name", map[string]string{"file": "XDesk.exe.bak"}, false},
		{"word", map[string]string{"file": "code", "flags": "tunnel --accept"}, true},
		{"word with value", map[string]string{"file": "code", "flags": "--verbose tunnel=x"}, true},
		{"part of a word", map[string]string{"file": "code", "flags": "/home/sam/tunnel"}, false},
		{"no word", map[string]string{"file": "code"}, false},
	}
	for _, test := range tests {
		if got := m.fits(test.row); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
	owner := tool.owner()
	if owner.fits(map[string]string{"file": "code"}) {
		t.Error("a socket of a program that only its command line tells apart is taken for the tool's")
	}
}

// Words to people must not accuse, whatever the tool.
func TestWordsDoNotAccuse(t *testing.T) {
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	banned := []string{"malicious", "attacker", "criminal", "fraud", "guilty", "suspect ", "north korea", "nationality", "illegal", "cheat"}
	sober := func(id string, texts ...string) {
		for _, word := range banned {
			if strings.Contains(strings.ToLower(strings.Join(texts, " ")), word) {
				t.Errorf("%s says %q", id, word)
			}
		}
	}
	for _, r := range c.Rules {
		sober(r.ID, r.Title, r.Explain.Why, r.Explain.Alternatives, r.Explain.Change, r.Explain.Check)
		if r.Severity.Rank() < 0 || r.Confidence.Rank() < 0 {
			t.Errorf("%s has severity %q and confidence %q", r.ID, r.Severity, r.Confidence)
		}
	}
	for _, x := range c.Composites {
		sober(x.ID, x.Title, x.Explain.Why, x.Explain.Alternatives, x.Explain.Change, x.Explain.Check, x.NextStep)
	}
}
