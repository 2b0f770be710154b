package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A class is what a rule may ask of one class of rows, as the sensors declare it.
type class struct {
	About   string            `yaml:"about"`
	Facts   bool              `yaml:"facts"`
	Every   string            `yaml:"every"`
	Columns map[string]column `yaml:"columns"`
}

type column struct {
	Sensitivity string `yaml:"sensitivity"`
	Key         bool   `yaml:"key"`
	About       string `yaml:"about"`
}

const classesFile = "classes.yaml"

// loadClasses reads the vocabulary that rules are held to.
func (l *loader) loadClasses() {
	l.names = append(l.names, classesFile)
	f := l.read(classesFile, &l.classes)
	for name, c := range l.classes {
		if c.About == "" || len(c.Columns) == 0 {
			f.at(name, "class %s needs an about and columns", name)
		}
		for column, about := range c.Columns {
			if !slices.Contains([]string{"public", "pseudonym", "local"}, about.Sensitivity) {
				f.at(fmt.Sprintf("%s.columns.%s", name, column), "column %s of %s has sensitivity %q, want public, pseudonym or local", column, name, about.Sensitivity)
			}
		}
	}
	slices.SortFunc(f.mistakes, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	l.keep(f)
}

// vetClass refuses a class that no sensor fills.
func (l *loader) vetClass(f *yamlFile, where, name string) {
	if _, known := l.classes[name]; !known && len(l.classes) > 0 {
		f.at(where, "unknown class %q, want one of %s", name, strings.Join(slices.Sorted(maps.Keys(l.classes)), ", "))
	}
}

// Leaves says whether rows of a class bring a column, or a pseudonym of it, to
// the collector. A catalogue written by hand has no vocabulary and says yes.
func (c *Catalogue) Leaves(class, column string) bool {
	if c.index == nil {
		return true
	}
	about, known := c.index.columns[class].Columns[column]
	return known && about.Sensitivity != "local"
}
