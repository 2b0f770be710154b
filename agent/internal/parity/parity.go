// Package parity says what farmwatch sees alike on every system and what it does
// not: the sensors' limits and the differences that its tests find and allow.
package parity

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

//go:embed devices.yaml tools.yaml rules.yaml
var tables embed.FS

// A Difference is something that does not give the same verdict on every system,
// with the reason why that is so and stays so.
type Difference struct {
	Says string   `yaml:"says"`      // what differs, in words
	Why  string   `yaml:"why"`       // the reason, a sentence or two
	What []string `yaml:"what,flow"` // ids of the devices, tools or rules of which it holds, in order
}

// Allowed are the differences that tests allow between "devices", "tools" or
// "rules". One that is not there fails them, and so does one that is no more.
func Allowed(kind string) ([]Difference, error) {
	text, err := tables.ReadFile(kind + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("read the differences between systems: %w", err)
	}
	var list []Difference
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&list); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the differences between systems in %s.yaml: %w", kind, err)
	}
	for _, d := range list {
		if !strings.HasSuffix(d.Why, ".") || strings.ContainsAny(d.Why+d.Says, "|\n") || len(d.What) == 0 {
			return nil, fmt.Errorf("%s.yaml: %q has no reason that is a sentence on one line, or is of nothing", kind, d.Says)
		}
	}
	return list, nil
}

// spoken are the systems as people name them.
var spoken = map[string]string{"linux": "Linux", "windows": "Windows", "darwin": "macOS"}

const head = "<!-- generated from the limits in agent/internal/sensor and from the tables in agent/internal/parity by `make generate`; do not edit -->\n" + `# What each system shows

farmwatch looks at the same things, judges by the same rules and speaks the same words on Linux, Windows and macOS. Where a system does
not let it look as far, that is said here, on the laptop (` + "`farmwatch-agent scan`" + `) and in the console: what could not be seen is never
counted as clean.

`

// sections are what follows the classes.
var sections = []struct{ kind, title, says string }{
	{"devices", "Devices", "Every KVM and every look-alike of [kvm.md](reference/kvm.md), as it comes, gives the same rules and the same level on all three systems, except:"},
	{"tools", "Tools", "Every tool of [tools.md](reference/tools.md) is set up and run on each system of which the catalogue knows something of it. It is seen in the same states, and gives the same level, except:"},
	{"rules", "Rules", "Every rule of [rules.md](reference/rules.md) is shown by a recording of each system on which its class can be seen, except:"},
}

// WritePlatforms writes the document for people.
func WritePlatforms(w io.Writer, sensors []sensor.Sensor) error {
	var b strings.Builder
	b.WriteString(head)
	writeClasses(&b, sensors)
	for _, s := range sections {
		list, err := Allowed(s.kind)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| what differs | of how many | why | which |\n|---|---|---|---|\n", s.title, s.says)
		for _, d := range list {
			fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", d.Says, len(d.What), d.Why, strings.Join(d.What, ", "))
		}
	}
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
