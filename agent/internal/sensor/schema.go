package sensor

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

const generated = "generated from agent/internal/sensor by `make generate`; do not edit"

// classSchema is one class as the catalogue reads it to refuse a rule on a
// column that no sensor fills.
type classSchema struct {
	About   string    `yaml:"about"`
	Facts   bool      `yaml:"facts"`
	Every   string    `yaml:"every"`
	Columns yaml.Node `yaml:"columns"`
}

type columnSchema struct {
	Sensitivity Sensitivity `yaml:"sensitivity"`
	Key         bool        `yaml:"key,omitempty"`
	About       string      `yaml:"about"`
}

// WriteClasses writes what the sensors' rows may say as YAML: class, then
// column, in the order of the class names and of the columns in their row.
func WriteClasses(w io.Writer, sensors []Sensor) error {
	classes := yaml.Node{Kind: yaml.MappingNode}
	for _, s := range byClass(sensors) {
		schema := classSchema{About: s.About, Facts: s.Facts, Every: s.Every.String()}
		schema.Columns.Kind = yaml.MappingNode
		for _, c := range s.Columns {
			column := columnSchema{Sensitivity: c.Sensitivity, Key: c.Key, About: c.About}
			if err := put(&schema.Columns, c.Name, column); err != nil {
				return fmt.Errorf("write column %s of class %s: %w", c.Name, s.Class, err)
			}
		}
		if err := put(&classes, s.Class, schema); err != nil {
			return fmt.Errorf("write class %s: %w", s.Class, err)
		}
	}
	if _, err := fmt.Fprintf(w, "# What the agent's observations may say: %s.\n", generated); err != nil {
		return fmt.Errorf("write classes: %w", err)
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(&classes); err != nil {
		return fmt.Errorf("write classes: %w", err)
	}
	return encoder.Close()
}

// put appends a key to a mapping; a plain Go map would lose the order.
func put(mapping *yaml.Node, key string, value any) error {
	var node yaml.Node
	if err := node.Encode(value); err != nil {
		return err
	}
	name := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}
	mapping.Content = append(mapping.Content, name, &node)
	return nil
}

func byClass(sensors []Sensor) []Sensor {
	sorted := append([]Sensor(nil), sensors...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Class < sorted[j].Class })
	return sorted
}

// WriteReference writes the same as Markdown for the person whose laptop it is:
// one table per class that says what leaves the laptop, and in which form.
func WriteReference(w io.Writer, sensors []Sensor) error {
	var b strings.Builder
	b.WriteString(referenceHead)
	for _, s := range byClass(sensors) {
		writeClass(&b, s)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the reference of classes: %w", err)
	}
	return nil
}

const referenceHead = `<!-- ` + generated + ` -->
# What farmwatch looks at, and what leaves the laptop

Every row that the agent can make is listed here, column by column. What is not listed is not collected.

| in the last column | what leaves the laptop |
|---|---|
| as it is | the value itself |
| as it is, without names of people | the value itself; names of this laptop's accounts, of the people they are for and of the laptop are taken out |
| as it is, without names of people, where it is a company | the same, and nothing at all where the whole reads like a person's name |
| as a keyed hash | a code made with the organisation's secret key: equal values give equal codes, and the value cannot be read from the code |
| never | nothing; the value is used on the laptop only |

Rows leave the laptop only as the evidence of a finding, except in classes marked *compared between devices*, whose rows are sent whenever
they change.
`

func writeClass(b *strings.Builder, s Sensor) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\nLooks every %s.", s.Class, s.About, spoken(s))
	if s.Facts {
		b.WriteString(" Compared between devices.")
	}
	b.WriteString("\n\n| column | what it says | leaves the laptop |\n|---|---|---|\n")
	for _, c := range s.Columns {
		name := "`" + c.Name + "`"
		if c.Key {
			name += " (key)"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, strings.ReplaceAll(c.About, "|", `\|`), leaves(c))
	}
}

// spoken is the interval as people say it: "2 seconds", "10 minutes", "hour".
func spoken(s Sensor) string {
	amount, unit := int(s.Every.Seconds()), "second"
	switch {
	case amount%3600 == 0:
		amount, unit = amount/3600, "hour"
	case amount%60 == 0:
		amount, unit = amount/60, "minute"
	}
	if amount == 1 {
		return unit
	}
	return fmt.Sprintf("%d %ss", amount, unit)
}

func leaves(c Column) string {
	switch {
	case c.Sensitivity == Public && c.Maker:
		return "as it is, without names of people, where it is a company"
	case c.Sensitivity == Public && c.Named:
		return "as it is, without names of people"
	case c.Sensitivity == Public:
		return "as it is"
	case c.Sensitivity == Pseudonym:
		return "as a keyed hash"
	default:
		return "never"
	}
}
