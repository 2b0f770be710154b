// Package parity says what farmwatch sees alike on every system and what it does
// not: the sensors' limits and the differences that its tests find and allow.
package parity

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

//go:embed differences.yaml
var differences []byte

// A Difference is something that does not give the same verdict on every system,
// with the reason why that is so and stays so.
type Difference struct {
	What []string `yaml:"what"` // ids of devices, tools or rules, sorted
	Says string   `yaml:"says"` // what differs, in words
	Why  string   `yaml:"why"`  // the reason, a sentence
}

// Differences are all that the tests allow. A difference that is not there fails
// them, and so does one that is no more.
type Differences struct {
	Devices []Difference `yaml:"devices"` // one entry is one device or several of which the same holds
	Tools   []Difference `yaml:"tools"`
	Rules   []Difference `yaml:"rules"` // rules without a recording of a system
}

// Allowed reads the table.
func Allowed() (Differences, error) {
	var d Differences
	decoder := yaml.NewDecoder(bytes.NewReader(differences))
	decoder.KnownFields(true)
	if err := decoder.Decode(&d); err != nil {
		return d, fmt.Errorf("read the differences between systems: %w", err)
	}
	return d, nil
}

// spoken are the systems as people name them.
var spoken = map[string]string{"linux": "Linux", "windows": "Windows", "darwin": "macOS"}

const head = "<!-- generated from the limits in agent/internal/sensor and from agent/internal/parity/differences.yaml by `make generate`; do not edit -->\n" + `# What each system shows

farmwatch looks at the same things, judges by the same rules and speaks the same words on Linux, Windows and macOS. Where a system does
not let it look as far, that is said here, on the laptop (` + "`farmwatch-agent scan`" + `) and in the console: what could not be seen is never
counted as clean.

`

// WritePlatforms writes the document for people.
func WritePlatforms(w io.Writer, sensors []sensor.Sensor) error {
	allowed, err := Allowed()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(head)
	writeClasses(&b, sensors)
	writeDevices(&b, allowed.Devices)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write what each system shows: %w", err)
	}
	return nil
}

func writeClasses(b *strings.Builder, sensors []sensor.Sensor) {
	sorted := append([]sensor.Sensor(nil), sensors...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Class < sorted[j].Class })
	b.WriteString("## Classes\n\nA class that is *partial* gives rows, and lacks what the reason says; one that is *impossible* gives none, and says so as coverage.\n\n")
	b.WriteString("| class |")
	for _, system := range sensor.Systems {
		b.WriteString(" " + spoken[system] + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(sensor.Systems)) + "\n")
	for _, s := range sorted {
		fmt.Fprintf(b, "| [%s](reference/classes.md#%s) |", s.Class, s.Class)
		for _, system := range sensor.Systems {
			reach, why := s.Reach(system)
			if why != "" {
				why = ": " + why
			}
			fmt.Fprintf(b, " %s%s |", reach, why)
		}
		b.WriteString("\n")
	}
}

func writeDevices(b *strings.Builder, allowed []Difference) {
	b.WriteString("\n## Devices\n\nEvery KVM and every look-alike of [kvm.md](reference/kvm.md), as it comes, gives the same rules and the same level on all three systems, except:\n\n")
	b.WriteString("| devices | what differs | why |\n|---|---|---|\n")
	for _, d := range allowed {
		fmt.Fprintf(b, "| %s | %s | %s |\n", strings.Join(d.What, ", "), d.Says, d.Why)
	}
}
