package disguise_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/proto/finding"
)

const machines = "../../../proto/catalogue/machines"

// lookalike is the machine with one of them, as a system tells it.
func (b *bench) lookalike(t *testing.T, d device, on system) *txtar.Archive {
	t.Helper()
	p := plugged{usb: d.USB}
	for _, name := range d.Displays {
		p.displays = append(p.displays, b.display(name))
	}
	return withBluetooth(on.taken(b.machine(t, p)), d.Bluetooth)
}

// silence is the table of look-alikes: what is found on them, which is nothing
// or what their entry says.
func (b *bench) silence(t *testing.T) string {
	var text strings.Builder
	text.WriteString("\n## Look-alikes\n\nWhat shares something with a KVM and is none. Nothing must be found on it, unless its entry says what and why.\n\n| device | Linux | Windows | macOS | found |\n|---|---|---|---|---|\n")
	for _, d := range b.ordinary {
		fmt.Fprintf(&text, "| %s |", d.Name)
		for i, system := range systems {
			v := b.judge(t, b.lookalike(t, d, system))
			found := v.rules
			if i > 0 { // other systems tell less, and never more
				found = slices.DeleteFunc(found, func(id string) bool { return slices.Contains(d.Finds, id) })
			} else if diff := cmp.Diff(d.Finds, found, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s on %s (-expected +got):\n%s", d.ID, system.name, diff)
			}
			if i > 0 && len(found) > 0 {
				t.Errorf("%s on %s: %v", d.ID, system.name, found)
			}
			fmt.Fprintf(&text, " %s |", v.level)
		}
		fmt.Fprintf(&text, " %s |\n", strings.Join(d.Finds, ", "))
	}
	return text.String()
}

// TestMachines: the recorded machines that rules name are those that are built here.
func TestMachines(t *testing.T) {
	b := newBench(t)
	for _, d := range append(b.kvms, b.ordinary...) {
		if d.Machine == "" {
			continue
		}
		archive := b.lookalike(t, d, systems[0])
		archive.Comment = []byte(strings.Join(d.About, "\n") + "\nBuilt from agent/internal/disguise/testdata. Facts: " + d.Source + ".\n")
		expected := "findings: []\n"
		if len(d.Finds) > 0 {
			expected = "findings:\n  - " + strings.Join(d.Finds, "\n  - ") + "\n"
		}
		if d.Level == "" {
			d.Level = string(finding.LevelNone)
		}
		archive.Files = append(archive.Files, txtar.File{Name: "expect.yaml", Data: []byte(expected + "level: " + d.Level + "\n")})
		keep(t, filepath.Join(machines, d.Machine), string(txtar.Format(archive)))
	}
}

// TestUnknownColumns: what a system does not tell fires nothing. Every row of
// every look-alike must give no more without any one of its columns, nor
// without all those that some system leaves out.
func TestUnknownColumns(t *testing.T) {
	b := newBench(t)
	for _, d := range b.ordinary {
		for _, system := range systems {
			b.lessens(t, d.ID+" on "+system.name, b.judge(t, b.lookalike(t, d, system)))
		}
	}
	recorded, err := filepath.Glob(machines + "/*.txtar")
	if err != nil || len(recorded) == 0 {
		t.Fatalf("no recorded machines: %v", err)
	}
	for _, name := range recorded {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if v := b.judge(t, archive); v.level == finding.LevelNone {
			b.lessens(t, filepath.Base(name), v)
		}
	}
}

func (b *bench) lessens(t *testing.T, name string, v verdict) {
	t.Helper()
	for _, row := range v.rows {
		for what, less := range lessened(row) {
			for _, rule := range b.catalogue.Matching(less) {
				if !slices.Contains(v.rules, rule.ID) {
					t.Errorf("%s, %s without %s: %s fires", name, row.Class, what, rule.ID)
				}
			}
		}
	}
}

// lessened are a row without each one of its columns, and without those that
// only Linux tells. A device without numbers is none.
func lessened(row finding.Observation) map[string]finding.Observation {
	rows := map[string]finding.Observation{}
	without := func(name string, columns ...string) {
		less := row
		less.Columns = maps.Clone(row.Columns)
		for _, column := range columns {
			delete(less.Columns, column)
		}
		rows[name] = less
	}
	for column := range row.Columns {
		if column != "vendor_id" && column != "product_id" {
			without(column, column)
		}
	}
	without("what only Linux tells", "speed_mbps", "hid_bcd", "interface_strings", "hid_descriptors", "hid_descriptor_lengths", "hid_packet_matches_report",
		"max_power_ma", "manufacturer", "serial_kind", "scsi_inquiry", "drivers", "interfaces", "pointer_logical_max")
	without("all but its numbers", slices.DeleteFunc(slices.Collect(maps.Keys(row.Columns)), func(c string) bool { return c == "vendor_id" || c == "product_id" })...)
	return rows
}
