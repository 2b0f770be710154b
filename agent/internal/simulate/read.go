package simulate

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Read reads a scenario of a file strictly: what the language does not have is a
// mistake. Every mistake names file and line.
func Read(file string, kits *Kits) (*Scenario, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the scenario: %w", err)
	}
	s := &Scenario{file: file}
	if s.lines, err = decode(file, text, s); err != nil {
		return nil, err
	}
	if want := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)); s.ID != want {
		return nil, fmt.Errorf("%s:%d: the id is %q, and the file is called %s", file, s.lines.at("id"), s.ID, filepath.Base(file))
	}
	v := validator{s: s, kits: kits}
	v.all()
	return s, errors.Join(v.mistakes...)
}

// unmarshal is how yaml words a mistake in a line.
var unmarshal = regexp.MustCompile(`^line (\d+): (.*)$`)

// decode reads a document strictly and gives where its parts stand.
func decode(file string, text []byte, into any) (*lines, error) {
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	if err := strict.Decode(into); err != nil {
		return nil, located(file, err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, located(file, err)
	}
	return &lines{&root}, nil
}

// located puts a file before each line that yaml complains of.
func located(file string, err error) error {
	said := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	if wrong := new(yaml.TypeError); errors.As(err, &wrong) {
		said = wrong.Errors
	}
	var all []error
	for _, one := range said {
		if m := unmarshal.FindStringSubmatch(one); m != nil {
			all = append(all, fmt.Errorf("%s:%s: %s", file, m[1], typeNames.ReplaceAllString(m[2], "")))
			continue
		}
		all = append(all, fmt.Errorf("%s:1: %s", file, one))
	}
	return errors.Join(all...)
}

var typeNames = regexp.MustCompile(` in type simulate\.\w+`)

// UnmarshalYAML takes one word or a list of words.
func (c *Choice) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*c = Choice{n.Value}
		return nil
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return err
	}
	*c = list
	return nil
}

// UnmarshalYAML takes a number, or {every: 40, first_seed: 400}.
func (c *Count) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&c.Every)
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		to := map[string]*int{"every": &c.Every, "first_seed": &c.FirstSeed}[n.Content[i].Value]
		if to == nil {
			return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: field %s not found", n.Content[i].Line, n.Content[i].Value)}}
		}
		if err := n.Content[i+1].Decode(to); err != nil {
			return err
		}
	}
	return nil
}

// of is how many there are for one seed.
func (c Count) of(seed uint64) int {
	if seed == 1 && c.FirstSeed > 0 {
		return c.FirstSeed
	}
	return c.Every
}

// names lists the laptops that a device of the file is, for one seed.
func (d Device) names(name string, seed uint64) []string {
	n := d.Count.of(seed)
	if n == 0 {
		return []string{name}
	}
	var all []string
	for i := range n {
		all = append(all, name+"-"+strconv.Itoa(i+1))
	}
	return all
}

// deviceOf gives the device of the file that a name is one laptop of, or all of.
func (s *Scenario) deviceOf(name string) (string, bool) {
	if _, ok := s.Devices[name]; ok {
		return name, true
	}
	group, number, ok := cutLast(name, "-")
	n, err := strconv.Atoi(number)
	d, known := s.Devices[group]
	return group, ok && err == nil && known && n >= 1 && n <= max(d.Count.Every, d.Count.FirstSeed)
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// whom lists the devices of the file that an entry is about.
func (e Entry) whom() []string {
	if e.Device != "" {
		return append(slices.Clone(e.Devices), e.Device)
	}
	return e.Devices
}
