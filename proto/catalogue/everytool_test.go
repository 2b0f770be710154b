package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Every artefact of every tool that can stand alone is met here by itself, as in
// a copy that was renamed and kept nothing else: each state that it can show is
// shown, and the controlling side shows none.
func TestEveryArtefactOfEveryTool(t *testing.T) {
	c, err := source()
	if err != nil {
		t.Fatal(err)
	}
	met, states := map[string]int{}, map[string]map[string]bool{}
	for i := range c.Tools {
		tool := &c.Tools[i]
		states[tool.ID] = map[string]bool{}
		for j := range tool.Artefacts {
			a := &tool.Artefacts[j]
			if !a.alone() && (a.Type != "domain" || a.weak()) {
				continue
			}
			for _, o := range rowsOf(a) {
				want := expectedStates(tool, a, o)
				var got []string
				for _, r := range c.Matching(o) {
					if r.Tool == tool.ID {
						got = append(got, r.State)
						states[tool.ID][r.State+" "+r.Class] = true
					}
				}
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("%s by the %s %q in %s %v: %v, want %v", tool.ID, a.Type, a.Value, o.Class, o.Columns, got, want)
				}
			}
			met[a.Type]++
		}
	}
	for i := range c.Tools {
		reached(t, &c.Tools[i], states[c.Tools[i].ID])
	}
	for _, kind := range []string{"process", "session_process", "package", "unit", "signer", "team_id", "bundle_id", "product", "original_name"} {
		if met[kind] == 0 {
			t.Errorf("no tool was met by its %s", kind)
		}
	}
}

// reached wants each place of a tool's rules met by one artefact at least,
// except those that need two together or that another sensor tells.
func reached(t *testing.T, tool *Tool, states map[string]bool) {
	t.Helper()
	for _, p := range tool.places() {
		pair := slices.ContainsFunc(tool.Artefacts, func(a Artefact) bool { return a.weak() || a.Type == "banner" })
		if !states[p.String()] && p.class != classAccess && p.class != classSessions && !pair {
			t.Errorf("nothing showed %s of %s", p, tool.ID)
		}
	}
}

// rowsOf makes rows which show nothing but the artefact, one for each column
// and class that can.
func rowsOf(a *Artefact) []finding.Observation {
	value := strings.NewReplacer("*", "x", "?", "x").Replace(a.Value)
	var rows []finding.Observation
	for _, column := range kinds[a.Type].columns {
		flags := ""
		if len(a.With) > 0 {
			flags = "first " + a.With[len(a.With)-1]
		}
		shownValue := value
		switch a.Type {
		case "library", "side_file":
			shownValue = "libz.so.1 " + value
		}
		rows = append(rows, seen(classProcesses, column, shownValue, "flags", flags))
		if a.in(classListeners) {
			rows = append(rows, seen(classListeners, column, shownValue, "port", "1"))
			for _, scope := range []string{"loopback", "private", "public"} {
				rows = append(rows, seen(classSockets, column, shownValue, "direction", "inbound", "state", "established", "remote_scope", scope),
					seen(classSockets, column, shownValue, "direction", "outbound", "state", "established", "remote_scope", scope))
			}
		}
	}
	switch a.Type {
	case "package":
		rows = append(rows, seen(classPackages, "name", value))
	case "product":
		rows = append(rows, seen(classPackages, "name", value, "source", "installer"))
	case "bundle_id":
		rows = append(rows, seen(classPackages, "name", "a name of its own", "source", "app", "bundle_id", value))
	case "unit":
		rows = append(rows, seen(classStartup, "name", value, "enabled", "true"), seen(classStartup, "name", value, "enabled", "false"))
	case "domain":
		rows = append(rows, seen(classNames, "name", value), seen(classNames, "name", value, "file", "firefox"), seen(classNames, "name", value, "file", "made-up-program"))
	}
	return rows
}

// expectedStates says in words of its own what a row must show.
func expectedStates(t *Tool, a *Artefact, o finding.Observation) []string {
	way := slices.Contains([]string{"tunnel", "ide-tunnel", "vpn", "mesh", "residential-proxy"}, t.Category)
	context := slices.Contains([]string{"jiggler", "virtual-camera", "vm"}, t.Category)
	either := t.Role == RoleBoth && !slices.Contains(a.Flags, "host") && a.Type != "session_process"
	if t.Role == RoleViewer || o.Class != classNames && slices.Contains(a.Flags, "viewer") {
		return nil
	}
	at := fmt.Sprintf("%s %s %s", o.Class, o.Columns["direction"], o.Columns["remote_scope"])
	switch {
	case o.Class == classNames && o.Columns["file"] == "made-up-program":
		return []string{StateReached}
	case o.Class == classNames:
		return []string{StateContacted}
	case o.Class == classPackages && a.Type == "product" && !listedSo(t, o.Columns["name"]):
		return nil
	case o.Class == classPackages, o.Class == classStartup && o.Columns["enabled"] == "false":
		return []string{StateInstalled}
	case o.Class == classStartup && t.Unattended && !way && !context:
		return []string{StateInstalled, StateUnattended}
	case o.Class == classStartup:
		return []string{StateInstalled}
	case o.Class == classProcesses && either:
		return []string{StateOpened}
	case o.Class == classProcesses && a.Type == "session_process" && !way && !context:
		return []string{StateRunning, StateControlled}
	case o.Class == classProcesses:
		return []string{StateRunning}
	case way, context:
		return nil
	case o.Class == classListeners && (!either || t.ID == "gnome-remote-desktop"):
		return []string{StateListening}
	case at == classSockets+" inbound loopback" && !either && t.Category != "rmm", at == classSockets+" inbound private", at == classSockets+" inbound public":
		if either && t.Category == "screen-share-with-control" {
			return nil
		}
		return []string{StateControlled}
	case at == classSockets+" outbound public" && !either:
		return []string{StateConnected}
	}
	return nil
}

// listedSo says whether Windows may list the tool under the name, as far as is known.
func listedSo(t *Tool, name string) bool {
	unknown := true
	for _, a := range t.Artefacts {
		if a.Type == "package" && a.OS == "windows" {
			unknown = false
			if strings.EqualFold(a.Value, name) {
				return true
			}
		}
	}
	return unknown
}
