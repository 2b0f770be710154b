package sensor_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const machineFolder = "../../../proto/catalogue/machines"

// machines reads every recorded machine, by its name below the folder.
func machines(t *testing.T) map[string]*txtar.Archive {
	t.Helper()
	found := map[string]*txtar.Archive{}
	err := filepath.WalkDir(machineFolder, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".txtar" {
			return err
		}
		archive, err := txtar.ParseFile(name)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(machineFolder, name)
		found[filepath.ToSlash(short)] = archive
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d recorded machines, error %v", len(found), err)
	}
	return found
}

// A verdict is what a machine gives or must give. An empty level asks for none in particular.
type verdict struct {
	Findings []string      `yaml:"findings"` // rule ids, sorted, each once
	Level    finding.Level `yaml:"level"`
}

func judge(t *testing.T, c *catalogue.Catalogue, archive *txtar.Archive) verdict {
	t.Helper()
	h, err := host.ReadRecording(archive)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var rows []finding.Observation
	for _, s := range sensor.All() {
		if s.Watch != nil {
			_ = s.Watch(ctx, h) // ends with the recording; how it went is the coverage of the look
		}
		seen, coverage := sensor.Look(ctx, h, s)
		if coverage.State == finding.CoverageFailed {
			t.Errorf("sensor %s: %s", s.Class, coverage.Detail)
		}
		rows = append(rows, seen...)
	}
	at := time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC)
	v := verdict{Findings: []string{}, Level: finding.LevelNone}
	var history []catalogue.Spell
	for _, f := range detect.Detect(c, rows) {
		v.Findings = append(v.Findings, f.Rule)
		history = append(history, catalogue.Spell{Finding: f, From: at})
	}
	for _, a := range c.Assess(catalogue.History{At: at, Spells: history}) {
		if a.Level.Rank() > v.Level.Rank() {
			v.Level = a.Level
		}
	}
	slices.Sort(v.Findings)
	v.Findings = slices.Compact(v.Findings)
	return v
}

// TestMachines holds every recorded machine to the findings it must give, and
// every rule to the machines that prove it.
func TestMachines(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for name, archive := range machines(t) {
		t.Run(name, func(t *testing.T) {
			want, judged := expected(t, archive), judge(t, c, archive)
			got[name] = judged.Findings
			if want.Level == "" {
				judged.Level = ""
			}
			if diff := cmp.Diff(want, judged); diff != "" {
				t.Errorf("(-expected +got):\n%s", diff)
			}
		})
	}
	sensors := sensor.All()
	for _, rule := range c.EveryRule() {
		if !slices.ContainsFunc(sensors, func(s sensor.Sensor) bool { return s.Class == rule.Class }) {
			continue // what the collector works out is proved on fleets, beside it
		}
		for _, name := range rule.Machines {
			if ids, known := got[name]; !known || !slices.Contains(ids, rule.ID) && rule.Tool == "" {
				t.Errorf("rule %s names %s as a machine that shows it; it gives %q", rule.ID, name, ids)
			}
		}
		for _, name := range rule.Lookalikes {
			if ids, known := got[name]; !known || slices.Contains(ids, rule.ID) {
				t.Errorf("rule %s names %s as a machine on which it stays silent; it gives %q", rule.ID, name, ids)
			}
		}
	}
}

func expected(t *testing.T, archive *txtar.Archive) verdict {
	t.Helper()
	for _, file := range archive.Files {
		if file.Name != "expect.yaml" {
			continue
		}
		v := verdict{Findings: []string{}}
		if err := yaml.Unmarshal(file.Data, &v); err != nil {
			t.Fatalf("expect.yaml: %v", err)
		}
		if !slices.IsSorted(v.Findings) {
			t.Errorf("expect.yaml: findings are not sorted: %s", strings.Join(v.Findings, " "))
		}
		return v
	}
	t.Fatal("no expect.yaml")
	return verdict{}
}
