package parity

import (
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/program"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
)

const machineFolder = "../../../proto/catalogue/machines"

// machines are all recorded machines, by their names below the folder.
func machines(t *testing.T) map[string]*txtar.Archive {
	t.Helper()
	found := map[string]*txtar.Archive{}
	err := filepath.WalkDir(machineFolder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".txtar" {
			return err
		}
		archive, err := txtar.ParseFile(name)
		found[strings.TrimPrefix(filepath.ToSlash(name), machineFolder+"/")] = archive
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d recorded machines, error %v", len(found), err)
	}
	return found
}

// unrecorded are the classes that a recording of a live machine leaves out, since
// what they are read from names people, holds secrets or is traffic.
var unrecorded = []string{"remote_access", "remote_sessions", "observed_names", "input_devices", "program_conduct", "network_tunnels", "proxy_settings", "arp_relay", "network_handshakes", "network_flows", "cleared_logs"}

// findings are the rules that fire on a machine, except those of classes that are left out.
func findings(t *testing.T, c *catalogue.Catalogue, archive *txtar.Archive, without ...string) (host.Host, []string) {
	t.Helper()
	h, err := host.ReadRecording(archive)
	if err != nil {
		t.Fatalf("%v\n%s", err, txtar.Format(archive))
	}
	var rules []string
	for _, s := range sensor.All() {
		if slices.Contains(without, s.Class) {
			continue
		}
		if s.Watch != nil {
			_ = s.Watch(t.Context(), h) // ends with the recording
		}
		rows, _ := sensor.Look(t.Context(), h, s)
		for _, f := range detect.Detect(c, rows) {
			rules = append(rules, f.Rule)
		}
	}
	slices.Sort(rules)
	return h, slices.Compact(rules)
}

// pseudonym is as unlike what it stands for as the gate's.
func pseudonym(value string) string {
	if sensor.SharedSerial(value) {
		return value
	}
	var out strings.Builder
	for i, c := range value {
		out.WriteRune('a' + (c*31+rune(i)*7)%26)
	}
	return "p:" + out.String()
}

// lost are the rules of which a recording may lack what they read: bare words of
// a command line, which may be anything, and files of programs, which a recording
// of a live machine tells of by what they say of themselves.
var lost = map[string][]string{
	"tools/windows-developer-tunnels.txtar":       {"tool.chisel.running", "tool.vscode-tunnel.running"},
	"tools/windows-passages.txtar":                {"tool.pinggy.running", "tool.serveo.running"},
	"tools/mac-developer-tunnels.txtar":           {"tool.vscode-tunnel.running"},
	"tools/mac-passages.txtar":                    {"tool.pinggy.running", "tool.serveo.running"},
	"network/tunnel-demo-mac.txtar":               {"tool.vscode-tunnel.running"},
	"network/tunnel-demo-windows.txtar":           {"tool.vscode-tunnel.running"},
	"network/tunnel-ways-mac.txtar":               {"tool.chisel.running"},
	"network/tunnel-ways-windows.txtar":           {"tool.chisel.running"},
	"network/neighbour-board-each-on-macos.txtar": {"network.corporate_neighbours", "network.kvm_neighbour_name"}, // what devices say is traffic
	"network/neighbour-shelf-on-macos.txtar":      {"network.corporate_neighbours"},
	"program/windows-renamed-file.txtar":          {"tool.anydesk.controlled", "tool.anydesk.opened"},
	"program/macos-renamed-file.txtar":            {"tool.rustdesk.opened"},
}

// A recording made of a machine gives what the machine gives: what is scrubbed is
// nothing that a rule reads.
func TestRecordingsJudgeAlike(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for name, archive := range machines(t) {
		h, want := findings(t, c, archive, unrecorded...)
		if h.Platform().OS == "linux" {
			continue // the host's own test records one
		}
		again, err := host.Record(context.Background(), h, pseudonym, program.PropertyList)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, file := range archive.Files {
			if file.Name == "held.yaml" || file.Name == "last_run.yaml" { // since when things are so: what an agent remembers, and no machine tells
				again.Files = append(again.Files, file)
			}
		}
		want = slices.DeleteFunc(want, func(rule string) bool { return slices.Contains(lost[name], rule) })
		if _, got := findings(t, c, txtar.Parse(txtar.Format(again)), unrecorded...); !slices.Equal(got, want) {
			t.Errorf("%s, recorded again (-was +is):\n%s", name, cmp.Diff(want, got))
		}
	}
}

// A Windows laptop and a Mac of somebody whose names and numbers stand in all
// that sensors read there. None of it may be in the recording.
func TestRecordingsHideWhose(t *testing.T) {
	for _, name := range []string{"windows", "macos"} {
		archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		h, err := host.ReadRecording(archive)
		if err != nil {
			t.Fatal(err)
		}
		recorded, err := host.Record(context.Background(), h, pseudonym, program.PropertyList)
		if err != nil {
			t.Fatal(err)
		}
		text := string(txtar.Format(recorded))
		var must struct{ Hidden, Kept []string }
		for _, file := range archive.Files {
			if file.Name == "expect.yaml" {
				if err := yaml.Unmarshal(file.Data, &must); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, secret := range must.Hidden {
			if at := strings.Index(strings.ToLower(text), strings.ToLower(secret)); at >= 0 {
				t.Errorf("%s: %q is in the recording: …%s…", name, secret, text[max(0, at-90):min(len(text), at+90)])
			}
		}
		for _, kept := range must.Kept {
			if !strings.Contains(text, kept) {
				t.Errorf("%s: %q is missing in\n%s", name, kept, text)
			}
		}
		again, err := host.ReadRecording(txtar.Parse([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sensor.All() {
			if slices.Contains(unrecorded, s.Class) {
				continue
			}
			before, _ := sensor.Look(t.Context(), h, s)
			after, _ := sensor.Look(t.Context(), again, s)
			if len(before) != len(after) {
				t.Errorf("%s: %d rows of %s before, %d after", name, len(before), s.Class, len(after))
			}
		}
	}
}
