package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
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

	Collector bool `yaml:"-"` // the collector adds it; no agent fills it
}

type column struct {
	Sensitivity string `yaml:"sensitivity"`
	Key         bool   `yaml:"key"`
	About       string `yaml:"about"`
}

// The files of classes: what sensors fill is generated, what the collector adds is
// kept by hand.
const (
	classesFile   = "classes.yaml"
	collectorFile = "collector.yaml"
)

// loadClasses reads the vocabulary that rules are held to.
func (l *loader) loadClasses() {
	l.classes = l.readClasses(classesFile)
	if _, err := fs.Stat(l.fsys, collectorFile); errors.Is(err, fs.ErrNotExist) {
		return // a catalogue of an agent's classes alone is whole
	}
	for name, c := range l.readClasses(collectorFile) {
		if _, taken := l.classes[name]; taken {
			l.mistakes = append(l.mistakes, fmt.Errorf("%s:1: class %s stands in %s already: agents fill it", collectorFile, name, classesFile))
			continue
		}
		if l.classes == nil {
			l.classes = map[string]class{}
		}
		c.Collector = true
		l.classes[name] = c
	}
}

func (l *loader) readClasses(file string) map[string]class {
	var classes map[string]class
	l.names = append(l.names, file)
	f := l.read(file, &classes)
	for name, c := range classes {
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
	return classes
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

// Sensitivity is what becomes of a column on its way to the collector: public,
// pseudonym or local. It is empty where nothing says so.
func (c *Catalogue) Sensitivity(class, column string) string {
	if c.index == nil {
		return ""
	}
	return c.index.columns[class].Columns[column].Sensitivity
}

// A Class says what rows of one class may say.
type Class struct {
	Name      string
	About     string
	Facts     bool // its rows come to the collector as they are; else only those that a finding rests on
	Collector bool // the collector works it out; no agent may tell rows of it
	Columns   []ClassColumn
}

// A ClassColumn is one column of a class.
type ClassColumn struct {
	Name  string
	About string
}

// Classes lists every class by name. A catalogue written by hand has none.
func (c *Catalogue) Classes() []Class {
	var list []Class
	if c.index == nil {
		return list
	}
	for _, name := range slices.Sorted(maps.Keys(c.index.columns)) {
		one, _ := c.ClassOf(name)
		list = append(list, one)
	}
	return list
}

// ClassOf finds a class by its name.
func (c *Catalogue) ClassOf(name string) (Class, bool) {
	if c.index == nil {
		return Class{Name: name}, false
	}
	about, known := c.index.columns[name]
	one := Class{Name: name, About: about.About, Facts: about.Facts, Collector: about.Collector}
	for _, column := range slices.Sorted(maps.Keys(about.Columns)) {
		one.Columns = append(one.Columns, ClassColumn{Name: column, About: about.Columns[column].About})
	}
	return one, known
}
