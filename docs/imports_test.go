package docs_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/farmwatch/farmwatch/"

// A row says what of ours one package imports, and why no more than that.
type row struct {
	pkg    string
	ours   string // directly and outside tests
	reason string
}

var rows = []row{
	{"proto/farmwatch/agent/v1", "", "it is generated"},
	{"proto/farmwatch/console/v1", "", "it is generated"},
	{"proto/farmwatch/console/v1/consolev1connect", "proto/farmwatch/console/v1", "it is generated"},
	{"proto/finding", "proto/farmwatch/agent/v1", "the words come before all that is said with them; wire.go is the only conversion"},
	{"proto/catalogue", "proto/finding", "rules are data, judged on either side with the same words"},
	{"proto/catalogue/toolgen", "proto/catalogue", "it writes what the catalogue holds"},
	{"proto/catalogue/toolimport", "proto/catalogue", "it reads another list and asks the catalogue's own loader about it"},

	{"agent/internal/host", "", "the host hands out bytes and rows and understands neither"},
	{"agent/internal/host/hostbench", "agent/internal/host", "it measures the host and nothing above it"},
	{"agent/internal/host/wirebench", "agent/internal/host agent/internal/sensor", "it measures a capture as a sensor uses it; no part of the agent"},
	{"agent/internal/parse", "", "parsers are pure: bytes in, facts out"},
	{"agent/internal/program", "agent/internal/host agent/internal/parse", "it reads what one program is, and judges nothing"},
	{"agent/internal/rhythm", "", "rhythm is pure, and meets neither a key nor a device that could tell it one"},
	{"agent/internal/flow", "", "flow is pure: it compares how much passed with when somebody's hands moved, and meets neither"},
	{"agent/internal/parse/parsetest", "", "others write what the parsers read, or a parser would be tried against its own mistakes"},
	{"agent/internal/journal", "agent/internal/host agent/internal/parse", "it follows logs as the host hands them out and keeps what parse understands of them"},
	{"agent/internal/sensor", "agent/internal/flow agent/internal/host agent/internal/journal agent/internal/parse agent/internal/program agent/internal/rhythm proto/finding", "a sensor asks the host and understands the answer; it judges nothing"},
	{"agent/internal/parity", "agent/internal/sensor", "it writes down what the sensors say of themselves and what its tests find; no part of the agent"},
	{"agent/internal/sensor/schemagen", "agent/internal/parity agent/internal/sensor", "it writes what the sensors declare"},
	{"agent/internal/sensor/makergen", "", "it turns a public register into the table of makers; no part of the agent"},
	{"agent/internal/detect", "proto/catalogue proto/finding", "detection is pure: it must give the same findings for a recording as for a live machine"},
	{"agent/internal/privacy", "agent/internal/sensor proto/finding", "the gate decides by the sensors' own columns"},
	{"agent/internal/spool", "agent/internal/privacy", "the spool takes what the gate cleared and nothing else"},
	{"agent/internal/presence", "agent/internal/host proto/finding", "what was asked and what answered it: it asks the host for hands, judges nothing and knows no collector"},
	{"agent/internal/uplink", "agent/internal/spool proto/farmwatch/agent/v1", "the uplink sends what was spooled and nothing else"},
	{"agent/internal/engine", "agent/internal/detect agent/internal/host agent/internal/privacy agent/internal/sensor proto/catalogue proto/finding", "the engine ends at the gate: it knows neither the spool's files nor the collector"},
	{"agent/internal/simulate", "agent/internal/engine agent/internal/host agent/internal/privacy agent/internal/sensor agent/internal/spool agent/internal/uplink proto/catalogue proto/finding",
		"what a host would answer is made up; everything behind it is the agent's own"},
	{"agent/internal/config", "", "settings are words and numbers; who uses them knows what they mean"},
	{"agent/cmd/farmwatch-agent", "agent/internal/config agent/internal/engine agent/internal/host agent/internal/presence agent/internal/privacy agent/internal/program agent/internal/sensor agent/internal/simulate agent/internal/spool agent/internal/uplink " +
		"proto/catalogue proto/farmwatch/agent/v1 proto/finding", "the command wires; bytes are understood and rules are matched below it"},
	{"agent/lab/guest", "", "the laboratory starts the agent's program and reads what it prints, as anybody could"},

	{"server/internal/device", "proto/finding", "what is known of a laptop depends on nothing that happens to it"},
	{"server/internal/place", "server/internal/device", "of an address it writes what may be kept; it knows files and lists and asks nobody"},
	{"server/internal/place/geomake", "server/internal/place", "it makes the files that place reads"},
	{"server/internal/audit", "", "the record of what people did must not depend on what it records"},
	{"server/internal/alert", "proto/catalogue proto/finding", "the states of an alert are pure"},
	{"server/internal/sanctionfile", "server/internal/alert", "a file of sanctions is words; what they permit is weighed elsewhere"},
	{"server/internal/presence", "proto/finding server/internal/alert", "where a question stands is pure; it asks nobody by itself"},
	{"server/internal/bundle", "proto/farmwatch/agent/v1 proto/finding server/internal/presence", "a bundle holds what was asked and nothing that anybody wrote"},
	{"server/internal/assess", "proto/catalogue proto/finding server/internal/alert server/internal/device server/internal/egress server/internal/roster server/internal/site server/internal/wave", "assessment sees findings, stays and context, and nothing of how they came or where they are kept"},
	{"server/internal/egress", "proto/catalogue proto/finding server/internal/device", "where laptops stand is judged from stays alone; it knows neither the store nor where an address belongs"},
	{"server/internal/site", "proto/catalogue proto/finding server/internal/device", "which laptops belong together is judged from what they share alone; it knows neither the store nor who imported what"},
	{"server/internal/roster", "proto/catalogue proto/finding server/internal/alert server/internal/device", "what was imported is judged from itself and from stays; it knows neither the store nor a key"},
	{"server/internal/wave", "", "what appeared on many laptops at once is seen from times alone"},
	{"server/internal/report", "proto/catalogue proto/finding server/internal/alert server/internal/assess server/internal/audit server/internal/device server/internal/presence server/internal/roster server/internal/wave", "a report shows what is stored, by its own small interface"},
	{"server/internal/enroll", "proto/farmwatch/agent/v1 server/internal/device", "enrolment knows devices and certificates only"},
	{"server/internal/ingest", "proto/farmwatch/agent/v1 proto/finding server/internal/device server/internal/presence", "ingest stores and acknowledges; it concludes nothing"},
	{"server/internal/session", "server/internal/alert", "signing in knows people and their roles, and nothing they look at"},
	{"server/internal/store", "proto/catalogue proto/finding server/internal/alert server/internal/assess server/internal/audit server/internal/device server/internal/enroll server/internal/presence server/internal/report server/internal/session server/internal/roster server/internal/site server/internal/wave",
		"the store keeps what the others declare; it serves nobody and neither speaks a wire nor concludes"},
	{"server/internal/store/storetest", "proto/catalogue proto/finding server/internal/site server/internal/alert server/internal/assess server/internal/device server/internal/enroll server/internal/presence server/internal/roster server/internal/wave", "the suite asks what any engine must answer, and names none"},
	{"server/internal/api", "proto/catalogue proto/farmwatch/console/v1 proto/farmwatch/console/v1/consolev1connect proto/finding server/internal/alert server/internal/assess server/internal/audit server/internal/device server/internal/egress server/internal/enroll server/internal/presence server/internal/sanctionfile server/internal/session server/internal/site server/internal/roster",
		"the console's API reads by its own small interfaces; it knows neither the database nor the agents' wire"},
	{"server/internal/api/apitest", "proto/catalogue proto/finding server/internal/alert server/internal/api server/internal/assess server/internal/device server/internal/egress server/internal/enroll server/internal/report server/internal/session server/internal/site server/internal/store server/internal/wave server/internal/roster",
		"a console with all that is behind it, for the tests of its clients"},
	{"server/internal/config", "", "settings are words and numbers; who uses them knows what they mean"},
	{"server/internal/population", "proto/catalogue proto/finding server/internal/alert server/internal/assess server/internal/device server/internal/egress server/internal/enroll server/internal/ingest server/internal/roster server/internal/store",
		"a made fleet lives in front of all of the collector that keeps and concludes; nothing of the collector may know of it"},
	{"server/internal/population/budget", "proto/catalogue server/internal/population server/internal/store", "it hands in the clock and a store, and prints what came out"},
	{"server/web", "", "the console's files know nothing of who serves them"},
	{"server/web/e2e/seed", "proto/finding server/internal/device server/internal/enroll server/internal/store", "it fills a store for the browser tests, as laptops would have; no part of the collector"},
	{"server/cmd/farmwatch-server", "proto/catalogue proto/farmwatch/agent/v1 server/internal/alert server/internal/api server/internal/assess server/internal/audit server/internal/bundle server/internal/config server/internal/device server/internal/egress server/internal/enroll server/internal/roster " +
		"server/internal/ingest server/internal/place server/internal/report server/internal/session server/internal/store server/internal/wave server/web", "the command wires all there is of the collector"},
	{"server/cmd/farmwatchctl", "proto/farmwatch/console/v1 proto/farmwatch/console/v1/consolev1connect proto/finding server/internal/alert server/internal/report",
		"it is a client of the console's API like any other; of the collector it knows the words of alerts and how to prove a pack"},
}

func TestImports(t *testing.T) {
	imported := imports(t)
	t.Run("direction", func(t *testing.T) { direction(t, imported) })
	t.Run("rooms", func(t *testing.T) { rooms(t, imported) })
}

// direction guards the flow from left to right. The table is the whole truth: a
// new package needs a row, and a row allows nothing that is not used.
func direction(t *testing.T, imported map[string][]string) {
	for _, r := range rows {
		var ours []string
		for _, path := range imported[r.pkg] {
			if own, ok := strings.CutPrefix(path, module); ok {
				ours = append(ours, own)
			}
		}
		allowed := strings.Fields(r.ours)
		for _, own := range ours {
			if !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s: %s", r.pkg, own, r.reason)
			}
		}
		for _, own := range allowed {
			if !slices.Contains(ours, own) {
				t.Errorf("%s may import %s and does not: take it out of its row", r.pkg, own)
			}
		}
		if _, ok := imported[r.pkg]; !ok {
			t.Errorf("%s has a row and is no package", r.pkg)
		}
	}
	for pkg := range imported {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.pkg == pkg }) {
			t.Errorf("%s has no row: say what it may import, and why", pkg)
		}
	}
}

// rooms keeps what touches the machine, the network or the database in the
// one package made for it. A path stands for all below it. The laboratory is no
// part of the agent: it is what the agent looks at.
func rooms(t *testing.T, imported map[string][]string) {
	kept := []struct{ side, path, room, reason string }{
		{"agent/", "os/exec", "agent/internal/host", "only the host runs commands, from a fixed list"},
		{"agent/", "golang.org/x/sys", "agent/internal/host", "only the host makes system calls"},
		{"agent/", "github.com/shirou/gopsutil", "agent/internal/host", "only the host asks gopsutil"},
		{"agent/", "github.com/google/gopacket/pcapgo", "agent/internal/host", "only the host captures packets"},
		{"agent/", "google.golang.org/grpc", "agent/internal/uplink", "only the uplink talks to the collector"},
		{"agent/", "net/http", "", "the agent serves nothing and fetches nothing"},
		{"server/", "database/sql", "server/internal/store", "only the store knows the database"},
		{"server/", "modernc.org/sqlite", "server/internal/store", "only the store knows the database"},
		{"server/", "github.com/pressly/goose", "server/internal/store", "only the store knows the database"},
	}
	for pkg, paths := range imported {
		for _, k := range kept {
			if !strings.HasPrefix(pkg, k.side) || below(pkg, "agent/lab") || k.room != "" && below(pkg, k.room) {
				continue
			}
			for _, path := range paths {
				if below(path, k.path) {
					t.Errorf("%s imports %s: %s", pkg, path, k.reason)
				}
			}
		}
	}
}

func below(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// imports gives what each package imports on any of the three systems.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, system := range []string{"linux", "windows", "darwin"} {
		list := exec.Command("go", "list", "-f", `{{if .GoFiles}}{{.ImportPath}} {{join .Imports " "}}{{end}}`, "./...")
		list.Dir, list.Env = root, append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := list.Output()
		if err != nil {
			t.Fatalf("list the packages for %s: %v", system, err)
		}
		for line := range strings.Lines(string(out)) {
			fields := strings.Fields(line)
			if len(fields) == 0 {
				continue
			}
			pkg := strings.TrimPrefix(fields[0], module)
			all[pkg] = append(all[pkg], fields[1:]...)
		}
	}
	for pkg, paths := range all {
		slices.Sort(paths)
		all[pkg] = slices.Compact(paths)
	}
	return all
}
