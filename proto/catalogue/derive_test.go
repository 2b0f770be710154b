package catalogue

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Derived rules must read classes and columns that sensors fill; the loader
// holds only written ones to that.
func TestDerivedColumnsExist(t *testing.T) {
	c, l := load(os.DirFS("."))
	if len(l.mistakes) > 0 {
		t.Fatal(l.mistakes)
	}
	reads := map[string][]string{
		classProcesses: programColumns, classListeners: programColumns, classSockets: programColumns, classConduct: programColumns,
		classPackages: {"name"}, classStartup: {"name", "enabled"}, classNames: programColumns,
		classAccess: {"tool", "unattended", "tenant"}, classSessions: {"tool", "direction", "state", "approval"},
	}
	lacks := map[string][]string{
		classProcesses: {"banner", "port"}, classListeners: {"path"}, classSockets: {"path", "banner", "port"}, classConduct: {"path", "port"}, classNames: {"path", "banner", "port"},
	}
	reads[classSockets] = append(slices.Clone(programColumns), "direction", "state", "remote_scope")
	for class, columns := range reads {
		for _, column := range columns {
			if _, known := l.classes[class].Columns[column]; known == slices.Contains(lacks[class], column) {
				t.Errorf("column %s of %s: known %v", column, class, known)
			}
		}
	}
	for _, r := range c.EveryRule() {
		if _, known := l.classes[r.Class]; !known {
			t.Errorf("%s reads the unknown class %s", r.ID, r.Class)
		}
	}
}

func placesOf(t *testing.T, tool Tool) []string {
	t.Helper()
	var list []string
	for _, p := range tool.places() {
		list = append(list, p.String())
		r := tool.rule(nil, p)
		for what, text := range map[string]string{
			"title": r.Title, "why": r.Explain.Why, "alternatives": r.Explain.Alternatives, "change": r.Explain.Change, "check": r.Explain.Check,
		} {
			if text == "" || strings.Contains(text, "  ") || strings.Contains(text, "%!") {
				t.Errorf("%s has the %s %q", r.ID, what, text)
			}
		}
	}
	return list
}

// where makes artefacts of "type value flag…" words.
func where(texts ...string) []Artefact {
	var list []Artefact
	for _, text := range texts {
		words := strings.Fields(text)
		a := Artefact{Type: words[0], Value: words[1], Weight: kinds[words[0]].weight}
		for _, flag := range words[2:] {
			if word, with := strings.CutPrefix(flag, "with:"); with {
				a.With = append(a.With, word)
			} else {
				a.Flags = append(a.Flags, flag)
			}
		}
		list = append(list, a)
	}
	return list
}

func TestPlacesOfTool(t *testing.T) {
	full := where("process exampledesk", "package exampledesk", "unit exampledesk.service")
	told := []string{"controlled remote_sessions", "entered remote_sessions", "visited remote_sessions"}
	sockets := []string{"listening listening_ports", "connected process_open_sockets", "controlled process_open_sockets"}
	begin := []string{"installed packages", "installed startup_items", "unattended remote_access", "tenant remote_access"}
	all := slices.Concat(begin, []string{"running processes"}, sockets, told)
	passage := []string{"installed packages", "installed startup_items", "tenant remote_access", "running processes"}
	tests := []struct {
		name string
		tool Tool
		want []string
	}{
		{"remote desktop", Tool{Category: "remote-desktop", Artefacts: full}, all},
		{"unattended by design", Tool{Category: "rmm", Unattended: true, Artefacts: full}, slices.Insert(slices.Clone(all), 3, "unattended startup_items")},
		{
			"words of the command line", Tool{Category: "remote-desktop", Artefacts: where("process code with:tunnel")},
			slices.Concat(begin[2:], []string{"running processes"}, told),
		},
		{"names on the network", Tool{Category: "tunnel", Artefacts: append(where("domain x.example.com"), full...)}, append([]string{"contacted observed_names", "reached observed_names"}, passage...)},
		{"shared name on the network", Tool{Category: "tunnel", Artefacts: append(where("domain x.example.com shared"), full...)}, passage},
		{"viewer", Tool{Category: "remote-desktop", Role: RoleViewer, Artefacts: append(where("domain x.example.com"), full...)}, nil},
		{"tunnel", Tool{Category: "tunnel", Artefacts: full}, passage},
		{"mesh", Tool{Category: "mesh", Artefacts: full}, passage},
		{"jiggler", Tool{Category: "jiggler", Artefacts: full}, []string{"installed packages", "installed startup_items", "running processes"}},
		{
			"either side", Tool{Category: "remote-desktop", Role: RoleBoth, Artefacts: full},
			slices.Concat(begin, []string{"opened processes", "controlled process_open_sockets"}, told),
		},
		{
			"either side with a host's part", Tool{Category: "remote-desktop", Role: RoleBoth, Artefacts: where("process desk", "process desk with:--service host", "process deskview viewer")},
			slices.Concat(begin[2:], []string{"opened processes", "running processes", "controlled process_open_sockets"}, told),
		},
		{
			"a host's unit", Tool{Category: "remote-desktop", Role: RoleBoth, Artefacts: where("signer Example", "unit desk.service host")},
			slices.Concat(begin[1:], []string{"opened processes", "running processes"}, sockets, told),
		},
		{
			"a process while somebody is connected", Tool{Category: "rmm", Artefacts: where("session_process deskview")},
			slices.Concat(begin[2:], []string{"running processes"}, sockets, []string{"controlled processes"}, told),
		},
		{"meeting", Tool{Category: "screen-share-with-control", Role: RoleBoth, Artefacts: full}, slices.Concat(begin, []string{"opened processes"}, told)},
		{"port with banner", Tool{Category: "rmm", Artefacts: where("port 4000", "banner nx")}, slices.Concat(begin[2:], sockets[:1], told)},
		{"flagged package", Tool{Category: "tunnel", Artefacts: where("package tor generic", "process tord")}, passage[2:]},
		{"two flagged", Tool{Category: "tunnel", Artefacts: where("signer A shared", "process client generic")}, passage[2:]},
		{"one flagged", Tool{Category: "tunnel", Artefacts: where("signer A shared", "signer B shared")}, passage[2:3]},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.tool.ID, test.tool.Name = "x", "X"
			if got := placesOf(t, test.tool); !slices.Equal(got, test.want) {
				t.Errorf("got  %v\nwant %v", got, test.want)
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
		{"remote-desktop", StateInstalled, true, 4, "tool"},
		{"remote-desktop", StateUnattended, true, 3, "tool"},
		{"remote-desktop", StateTenant, true, 4, "tool"},
		{"remote-desktop", StateOpened, true, 4, "tool"},
		{"rmm", StateRunning, true, 3, "tool"},
		{"rmm", StateListening, true, 3, "tool"},
		{"rmm", StateConnected, true, 3, "tool"},
		{"kvm-software", StateControlled, false, 2, "tool"},
		{"rmm", StateEntered, false, 3, "tool"},
		{"rmm", StateVisited, false, 3, "tool"},
		{"remote-desktop", StateContacted, true, 4, "tool"},
		{"remote-desktop", StateReached, false, 3, "tool"},
		{"screen-share-with-control", StateReached, false, 4, "tool"},
		{"mesh", StateReached, false, 4, "tunnel"},
		{"vpn", StateReached, false, 3, "tunnel"},
		{"tunnel", StateContacted, false, 4, "tunnel"},
		{"tunnel", StateInstalled, true, 4, "tunnel"},
		{"tunnel", StateRunning, false, 3, "tunnel"},
		{"vpn", StateRunning, false, 3, "tunnel"},
		{"mesh", StateRunning, false, 4, "tunnel"},
		{"mesh", StateTenant, false, 4, "tunnel"},
		{"jiggler", StateRunning, false, 4, "input"},
		{"virtual-camera", StateRunning, false, 4, "posture"},
		{"vm", StateRunning, false, 4, "posture"},
	}
	for _, test := range tests {
		tool := Tool{ID: "x", Name: "X", Category: test.category, Unattended: test.unattended}
		r := tool.rule(nil, place{test.state, classProcesses})
		if r.Tier != test.tier || r.Group != test.group {
			t.Errorf("%s %s: tier %d group %s, want %d %s", test.category, test.state, r.Tier, r.Group, test.tier, test.group)
		}
		if slices.Contains(r.Labels, "unattended") != test.unattended || r.Labels[0] != test.category {
			t.Errorf("%s %s: labels %v", test.category, test.state, r.Labels)
		}
	}
}

// Words to people must not accuse, whatever the tool.
func TestWordsDoNotAccuse(t *testing.T) {
	c, err := source()
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
	for _, r := range c.EveryRule() {
		sober(r.ID, r.Title, r.Explain.Why, r.Explain.Alternatives, r.Explain.Change, r.Explain.Check)
		if r.Severity.Rank() < 0 || r.Confidence.Rank() < 0 {
			t.Errorf("%s has severity %q and confidence %q", r.ID, r.Severity, r.Confidence)
		}
	}
	for _, x := range c.Composites {
		sober(x.ID, x.Title, x.Explain.Why, x.Explain.Alternatives, x.Explain.Change, x.Explain.Check, x.NextStep)
	}
}
