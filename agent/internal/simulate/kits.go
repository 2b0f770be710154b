package simulate

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// A Kit is a kind of thing that a laptop can have, in states, as brands have it.
type Kit struct {
	Kit    string           `yaml:"kit"`
	About  string           `yaml:"about"`
	States []string         `yaml:"states"`
	Brands map[string]Brand `yaml:"brands"`
}

// A Brand is one of a kind: the rows that sensors give of it, and which of them are there in which state.
type Brand struct {
	OS      []string            `yaml:"os"`      // on which it exists; everywhere when left out
	Machine string              `yaml:"machine"` // the recorded machines its rows are true to
	With    map[string]Choice   `yaml:"with"`    // what its columns' words in braces are when an entry does not say
	Rows    map[string]KitRow   `yaml:"rows"`
	States  map[string][]string `yaml:"states"` // rows, by state
}

// A KitRow is one row of a brand.
type KitRow struct {
	Class   string            `yaml:"class"`
	Columns map[string]string `yaml:"columns"`
	OS      []string          `yaml:"os"`   // where it is given; on all of the brand's when left out
	Over    string            `yaml:"over"` // the row of the laptop's own that it changes, where it is none of its own
}

// Kits are all there are, and the sensors whose rows they hold.
type Kits struct {
	byName  map[string]Kit
	sensors map[string]sensor.Sensor
}

// Base is the kit that every laptop is.
const Base = "laptop"

// ReadKits reads a folder of kits strictly.
func ReadKits(folder string, sensors []sensor.Sensor) (*Kits, error) {
	k := &Kits{byName: map[string]Kit{}, sensors: map[string]sensor.Sensor{}}
	for _, s := range sensors {
		k.sensors[s.Class] = s
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no kits in %s", folder)
	}
	var mistakes []error
	for _, file := range files {
		mistakes = append(mistakes, k.read(file))
	}
	if _, ok := k.byName[Base]; !ok {
		mistakes = append(mistakes, fmt.Errorf("%s: there is no kit %q, which every laptop is", folder, Base))
	}
	return k, errors.Join(mistakes...)
}

func (k *Kits) read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read a kit: %w", err)
	}
	var one Kit
	where, err := decode(file, text, &one)
	if err != nil {
		return err
	}
	if _, twice := k.byName[one.Kit]; twice || one.Kit+".yaml" != filepath.Base(file) {
		return fmt.Errorf("%s:%d: the kit is called %q; the file is to be called so, and no other", file, where.at("kit"), one.Kit)
	}
	k.byName[one.Kit] = one
	var mistakes []error
	for name, brand := range one.Brands {
		for _, m := range k.mistakes(one, brand) {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: %s: %w", file, where.at(append([]any{"brands", name}, m.path...)...), name, m.error))
		}
	}
	return errors.Join(mistakes...)
}

// A mistake is what is wrong below a path.
type mistake struct {
	path []any
	error
}

func (k *Kits) mistakes(kit Kit, b Brand) []mistake {
	var all []mistake
	for row, r := range b.Rows {
		for _, os := range orAll(r.OS) {
			if !slices.Contains(orAll(b.OS), os) {
				continue
			}
			columns := r.Columns
			if r.Over != "" {
				columns = k.keyed(r)
			}
			if err := k.valid(r.Class, columns, os); err != nil {
				all = append(all, mistake{[]any{"rows", row, "columns"}, err})
			}
		}
	}
	for state, rows := range b.States {
		if !slices.Contains(kit.States, state) {
			all = append(all, mistake{[]any{"states", state}, fmt.Errorf("the kit has no state %q", state)})
		}
		for i, row := range rows {
			if _, ok := b.Rows[row]; !ok {
				all = append(all, mistake{[]any{"states", state, i}, fmt.Errorf("it has no row %q", row)})
			}
		}
	}
	return all
}

// keyed is a row that changes another one, as if it said all that tells it from others.
func (k *Kits) keyed(r KitRow) map[string]string {
	columns := maps.Clone(r.Columns)
	for _, c := range k.sensors[r.Class].Columns {
		if c.Key {
			columns[c.Name] = "as before"
		}
	}
	return columns
}

// valid says what is wrong with a row on a system.
func (k *Kits) valid(class string, columns map[string]string, os string) error {
	s, ok := k.sensors[class]
	if !ok {
		return fmt.Errorf("there is no class %q; proto/catalogue/classes.yaml has them", class)
	}
	if reach, why := s.Reach(os); reach == sensor.Impossible {
		return fmt.Errorf("on %s nothing is seen of %s: %s", os, class, why)
	}
	_, err := s.Observe(columns)
	return err
}

func orAll(systems []string) []string {
	if len(systems) == 0 {
		return sensor.Systems
	}
	return systems
}

// on is where a brand exists.
func (b Brand) on(os string) bool { return slices.Contains(orAll(b.OS), os) }

// brands lists those of a kit that exist on a system and have a state, in order.
func (k *Kits) brands(kit, os, state string, among []string) []string {
	var fit []string
	for _, name := range slices.Sorted(maps.Keys(k.byName[kit].Brands)) {
		b := k.byName[kit].Brands[name]
		_, has := b.States[state]
		if b.on(os) && (has || state == gone || state == "") && (len(among) == 0 || slices.Contains(among, name)) {
			fit = append(fit, name)
		}
	}
	return fit
}

// gone is the state of a kit that is taken away.
const gone = "gone"
