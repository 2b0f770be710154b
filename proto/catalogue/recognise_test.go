package catalogue

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// source is the catalogue as its files say it now, read once for all tests.
var source = sync.OnceValues(func() (*Catalogue, error) { return Load(os.DirFS(".")) })

// made is a catalogue of tools written by hand.
func made(tools ...Tool) *Catalogue {
	for i := range tools {
		tools[i].Name = tools[i].ID
		if tools[i].Category == "" {
			tools[i].Category = "remote-desktop"
		}
	}
	c := &Catalogue{Tools: tools}
	c.build(nil)
	return c
}

func seen(class string, columns ...string) finding.Observation {
	o := finding.Observation{Class: class, Columns: map[string]string{}}
	for i := 0; i < len(columns); i += 2 {
		o.Columns[columns[i]] = columns[i+1]
	}
	return o
}

func told(c *Catalogue, o finding.Observation) string {
	var list []string
	for _, r := range c.Matching(o) {
		list = append(list, strings.TrimPrefix(r.ID, "tool.")+" "+string(r.ConfidenceOf(o))+" "+strings.Join(r.Recognised(o), ","))
	}
	return strings.Join(list, "; ")
}

func bench() *Catalogue {
	glob := Artefact{Type: "path", Value: "/opt/x/*/x-daemon", Match: "glob", Weight: 0.6}
	portable := Artefact{Type: "process", Value: "XDesk-*.exe", Match: "glob", Weight: 0.4}
	maker := Artefact{Type: "signer", Value: "Example Desk", Match: "prefix", Weight: 0.7}
	return made(
		Tool{ID: "one", Artefacts: append(where("process gnome-remote-desktop-daemon", "package one", "unit one@.service", "build_path example.com/cmd/one",
			"library libone.so.1", "side_file .one", "original_name one-host.exe", "process code with:tunnel", "product Onedesk", "session_process one-view"), glob, portable, maker)},
		Tool{ID: "two", Role: RoleBoth, Artefacts: where("process twodesk", "process twodesk with:--service host", "unit two.service host", "process twoview viewer", "team_id ABCDEFGHIJ")},
		Tool{ID: "three", Role: RoleViewer, Artefacts: where("process seeview", "package seeview")},
		Tool{ID: "four", Artefacts: where("process server.exe generic", "signer Maker multi_product", "port 4000", "banner nx", "signer Other shared")},
		Tool{ID: "five", Category: "tunnel", Artefacts: where("process fived", "port 4001", "banner nx", "domain relay.five.example")},
		Tool{ID: "six", Artefacts: where("process sixd", "port 5900", "banner rfb")},
		Tool{ID: "seven", Artefacts: where("process sevend", "port 5900", "banner rfb")},
	)
}

func TestRecognised(t *testing.T) {
	c := bench()
	tests := []struct {
		name string
		row  finding.Observation
		want string
	}{
		{"file", seen("processes", "file", "gnome-remote-desktop-daemon"), "one.running low file"},
		{"other case", seen("processes", "file", "Gnome-Remote-Desktop-Daemon"), "one.running low file"},
		{"short name", seen("processes", "name", "gnome-remote-de"), "one.running low name"},
		{"short name as a file", seen("processes", "file", "gnome-remote-de"), ""},
		{"script", seen("processes", "file", "python3.11", "script", "gnome-remote-desktop-daemon"), "one.running low script"},
		{"path", seen("processes", "path", "/opt/x/7.1/x-daemon"), "one.running medium path"},
		{"deeper path", seen("processes", "path", "/opt/x/7/1/x-daemon"), ""},
		{"pattern of a name", seen("processes", "file", "xdesk-7f.exe"), "one.running low file"},
		{"longer name", seen("processes", "file", "gnome-remote-desktop-daemon.bak"), ""},
		{"word", seen("processes", "file", "code", "flags", "tunnel --accept"), "one.running low file"},
		{"word with value", seen("processes", "file", "code", "flags", "--verbose tunnel=x"), "one.running low file"},
		{"part of a word", seen("processes", "file", "code", "flags", "/home/sam/tunnel"), ""},
		{"no word", seen("processes", "file", "code"), ""},
		{"socket without its command line", seen("listening_ports", "file", "code"), ""},
		{"signer", seen("processes", "file", "renamed.exe", "signer", "Example Desk Ltd", "signature", "valid"), "one.running medium signer"},
		{"broken signature", seen("processes", "file", "renamed.exe", "signer", "Example Desk Ltd", "signature", "invalid"), ""},
		{"broken signature of a Mac", seen("processes", "file", "renamed", "team_id", "ABCDEFGHIJ", "signature", "invalid"), ""},
		{"build path", seen("processes", "file", "renamed", "build_path", "example.com/cmd/one"), "one.running high build_path"},
		{"package", seen("processes", "file", "renamed", "package", "one"), "one.running high package"},
		{"unit", seen("processes", "file", "renamed", "unit", "one@7.service"), "one.running high unit"},
		{"one library of many", seen("processes", "file", "renamed", "libraries", "libx.so.6 libone.so.1"), "one.running low libraries"},
		{"a file beside it", seen("processes", "file", "renamed", "beside", ".db .one"), "one.running medium beside"},
		{"two together", seen("processes", "original_name", "one-host.exe", "product", "Onedesk"), "one.running high original_name,product"},
		{"while connected", seen("processes", "file", "one-view"), "one.controlled medium file; one.running medium file"},
		{"renamed to another tool", seen("processes", "file", "twodesk", "package", "one"), "one.running high package"},
		{"a viewer renamed to a host", seen("processes", "file", "sixd", "package", "seeview"), ""},
		{"word of a program of another package", seen("processes", "file", "code", "flags", "tunnel", "package", "seeview"), "one.running low file"},
		{"either side", seen("processes", "file", "twodesk"), "two.opened low file"},
		{"host's side by a word", seen("processes", "file", "twodesk", "flags", "--service"), "two.running low file"},
		{"host's side by its unit", seen("processes", "file", "renamed", "unit", "two.service"), "two.running high unit"},
		{"controlling side", seen("processes", "file", "twoview", "team_id", "ABCDEFGHIJ"), ""},
		{"viewer", seen("processes", "file", "seeview"), ""},
		{"generic name alone", seen("processes", "file", "server.exe"), ""},
		{"maker alone", seen("processes", "signer", "Maker"), ""},
		{"generic name and maker", seen("processes", "file", "server.exe", "signer", "Maker"), "four.running medium signer,file"},
		{"listener", seen("listening_ports", "file", "sixd", "port", "1"), "six.listening low file"},
		{"listener with its banner", seen("listening_ports", "file", "sixd", "port", "5900", "banner", "rfb"), "six.listening medium banner,file,port"},
		{"port and banner of one tool", seen("listening_ports", "file", "renamed", "port", "4000", "banner", "nx"), "four.listening medium banner,port"},
		{"port alone", seen("listening_ports", "file", "renamed", "port", "4000"), ""},
		{"banner alone", seen("listening_ports", "file", "renamed", "banner", "nx"), ""},
		{"port and banner of several", seen("listening_ports", "file", "renamed", "port", "5900", "banner", "rfb"), ""},
		{"listener of either side", seen("listening_ports", "file", "twodesk", "port", "1"), ""},
		{"listener of a tunnel", seen("listening_ports", "file", "fived", "port", "4001", "banner", "nx"), ""},
		{"visitor", seen("process_open_sockets", "file", "sixd", "direction", "inbound", "state", "established", "remote_scope", "loopback"), "six.controlled low file"},
		{"visitor of either side", seen("process_open_sockets", "file", "twodesk", "direction", "inbound", "state", "established", "remote_scope", "private"), "two.controlled low file"},
		{"parts of either side", seen("process_open_sockets", "file", "twodesk", "direction", "inbound", "state", "established", "remote_scope", "loopback"), ""},
		{"closing", seen("process_open_sockets", "file", "sixd", "direction", "inbound", "state", "close_wait"), ""},
		{"connected", seen("process_open_sockets", "file", "sixd", "direction", "outbound", "state", "established", "remote_scope", "public"), "six.connected low file"},
		{"connected next door", seen("process_open_sockets", "file", "sixd", "direction", "outbound", "state", "established", "remote_scope", "private"), ""},
		{"either side connected", seen("process_open_sockets", "file", "twodesk", "direction", "outbound", "state", "established", "remote_scope", "public"), ""},
		{"name on the network", seen("observed_names", "name", "RELAY.five.example."), "five.contacted low "},
		{"below a whole name", seen("observed_names", "name", "a.relay.five.example"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := told(c, test.row); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// What sensors say of sessions and settings becomes states, of hosts only.
func TestToldBySensors(t *testing.T) {
	c := bench()
	c.Tools[0].Unattended = true
	tests := []struct {
		name string
		row  finding.Observation
		want string
	}{
		{"active", seen("remote_sessions", "tool", "one", "direction", "incoming", "state", "active", "approval", "person"), "one.controlled high "},
		{"by password", seen("remote_sessions", "tool", "one", "direction", "incoming", "state", "active", "approval", "password"), "one.controlled high ; one.entered high "},
		{"over", seen("remote_sessions", "tool", "two", "direction", "incoming", "state", "ended", "approval", "unattended"), "two.entered high ; two.visited high "},
		{"outgoing", seen("remote_sessions", "tool", "one", "direction", "outgoing", "state", "active"), ""},
		{"direction unknown", seen("remote_sessions", "tool", "one", "direction", "unknown", "state", "active"), ""},
		{"of a viewer", seen("remote_sessions", "tool", "three", "direction", "incoming", "state", "active"), ""},
		{"of a tunnel", seen("remote_sessions", "tool", "five", "direction", "incoming", "state", "active"), ""},
		{"unattended with a tenant", seen("remote_access", "tool", "one", "unattended", "true", "tenant", "p:1"), "one.tenant high ; one.unattended high "},
		{"agreement needed", seen("remote_access", "tool", "one", "unattended", "false"), ""},
		{"tenant of a tunnel", seen("remote_access", "tool", "five", "unattended", "true", "tenant", "p:1"), "five.tenant high "},
		{"unknown tool", seen("remote_access", "tool", "nosuch", "unattended", "true"), ""},
		{"unit that starts by itself", seen("startup_items", "name", "one@.service", "enabled", "true"), "one.installed high ; one.unattended high "},
		{"unit that does not", seen("startup_items", "name", "one@.service", "enabled", "false"), "one.installed high "},
		{"unit of a tool that asks", seen("startup_items", "name", "two.service", "enabled", "true"), "two.installed high "},
		{"package of a viewer", seen("packages", "name", "seeview"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := told(c, test.row); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// An unlisted rule holds for no tool that more than a name shows: its file, where
// a rule of its own speaks, or else an administrator's package or the system.
func TestUnlisted(t *testing.T) {
	c := bench()
	c.Rules = []Rule{{
		ID: "tool_like", Class: classConduct, Unlisted: true,
		Match: Match{Tests: []Test{{Column: "injects", Modifier: "exists", Values: []string{"true"}}}},
	}}
	c.build(nil)
	for column, fires := range map[string]bool{
		"file nosuch": true, "file sixd": true, "name gnome-remote-de": true, "file seeview": true, "package seeview": false, "file code": true,
		"signer Maker": true, "file server.exe": true, "banner rfb": true, "build_path example.com/cmd/one": false, "file twoview": true,
	} {
		name, value, _ := strings.Cut(column, " ")
		if got := len(c.Matching(seen(classConduct, name, value, "injects", "xtest"))) == 1; got != fires {
			t.Errorf("%s: fires %v, want %v", column, got, fires)
		}
	}
}

// The look-up must find exactly what comparing every artefact finds.
func TestMarksAreAllMarks(t *testing.T) {
	c, err := source()
	if err != nil {
		t.Fatal(err)
	}
	k := c.index.known
	for i := range k.tools {
		for j := range k.tools[i].Artefacts {
			a := &k.tools[i].Artefacts[j]
			value := a.Value
			if j%5 > 0 && a.Match == "" {
				continue // comparing everything with everything takes its time
			}
			for _, column := range append(slices.Clone(kinds[a.Type].columns), programColumns[(i+j)%len(programColumns)]) {
				o := seen(classConduct, column, strings.ToUpper(value)+" ", "flags", "x")
				o.Columns[column] = strings.TrimSpace(o.Columns[column])
				var got []string
				for _, s := range k.marksIn(o, nil) {
					got = append(got, fmt.Sprintf("%d/%d", s.tool, s.artefact))
				}
				if want := k.slowly(column, o.Columns[column]); !slices.Equal(got, want) {
					t.Fatalf("%s %q: got %v, want %v", column, value, got, want)
				}
			}
		}
	}
}

// slowly compares a column with every artefact of every tool.
func (k *known) slowly(column, value string) []string {
	var list []string
	value = strings.ToLower(value)
	for i := range k.tools {
		for j := range k.tools[i].Artefacts {
			a := &k.tools[i].Artefacts[j]
			about := kinds[a.Type]
			if !slices.Contains(about.columns, column) {
				continue
			}
			values := []string{value}
			if about.words {
				values = strings.Fields(value)
			}
			if column == "unit" {
				values = append(values, pattern(value))
			}
			if slices.ContainsFunc(values, func(v string) bool { return a.compares(v, column) }) {
				list = append(list, fmt.Sprintf("%d/%d", i, j))
			}
		}
	}
	return list
}

func (a *Artefact) compares(value, column string) bool {
	want := strings.ToLower(a.Value)
	switch a.Match {
	case "prefix":
		return strings.HasPrefix(value, want)
	case "suffix":
		return strings.HasSuffix(value, want)
	case "glob":
		return globFits(value, want)
	}
	short := column == "name" && (a.OS == "" || a.OS == "linux") && len(want) > shortName && value == want[:shortName]
	return value == want || short
}
