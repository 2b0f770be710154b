package place

import (
	"bytes"
	_ "embed" // the list of networks
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

//go:embed networks.yaml
var classesFile []byte

// classes says what a network is mostly used for: by its number where the list
// has it, else by the words of its name.
type classes struct {
	byNumber map[uint32]string
	words    []wording
}

// A wording is the words of a name from which a class follows.
type wording struct {
	Class string   `yaml:"class"`
	Any   []string `yaml:"any"`
}

// listed is the file as it is written.
type listed struct {
	Systems []systems `yaml:"systems"`
	Words   []wording `yaml:"words"`
}

// systems are networks of one class, by number, and how that is known.
type systems struct {
	Class    string            `yaml:"class"`
	Source   string            `yaml:"source"`
	Networks map[uint64]string `yaml:"networks"`
}

// told are the classes that the list may give; the others follow from elsewhere.
var told = []string{device.NetworkCorporate, device.NetworkRelay, device.NetworkSASE, device.NetworkVPN, device.NetworkHosting, device.NetworkMobile,
	device.NetworkSatellite, device.NetworkResidential, device.NetworkEducation, device.NetworkBusiness}

// readClasses reads the list strictly: what it does not know is a mistake.
func readClasses(file []byte) (*classes, error) {
	var l listed
	decoder := yaml.NewDecoder(bytes.NewReader(file))
	decoder.KnownFields(true)
	if err := decoder.Decode(&l); err != nil {
		return nil, err
	}
	if err := decoder.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("it holds a second document")
	}
	c := &classes{byNumber: make(map[uint32]string), words: l.Words}
	for _, s := range l.Systems {
		if err := c.add(s); err != nil {
			return nil, fmt.Errorf("systems of class %q: %w", s.Class, err)
		}
	}
	for _, w := range l.Words {
		if err := w.settle(); err != nil {
			return nil, fmt.Errorf("words of class %q: %w", w.Class, err)
		}
	}
	return c, nil
}

func (c *classes) add(s systems) error {
	if !slices.Contains(told, s.Class) || s.Source == "" || len(s.Networks) == 0 {
		return fmt.Errorf("want one of %v, a source and networks", told)
	}
	for number, name := range s.Networks {
		if number == 0 || number > math.MaxUint32 || name == "" {
			return fmt.Errorf("%d %q is no network", number, name)
		}
		if other, twice := c.byNumber[uint32(number)]; twice {
			return fmt.Errorf("network %d is of class %q as well", number, other)
		}
		c.byNumber[uint32(number)] = s.Class
	}
	return nil
}

// settle puts the words in the form in which names are searched for them.
func (w wording) settle() error {
	if !slices.Contains(told, w.Class) || len(w.Any) == 0 {
		return fmt.Errorf("want one of %v, and words", told)
	}
	for i, word := range w.Any {
		if spaced(word) != " "+word+" " {
			return fmt.Errorf("%q is not written as names are compared", word)
		}
		w.Any[i] = " " + word + " "
	}
	return nil
}

func (c *classes) of(number uint32, name string) string {
	if class, ok := c.byNumber[number]; ok {
		return class
	}
	name = spaced(name)
	for _, w := range c.words {
		for _, word := range w.Any {
			if strings.Contains(name, word) {
				return w.Class
			}
		}
	}
	return device.NetworkUnknown
}

// spaced writes a name as its words are compared: in lower case, between single spaces.
func spaced(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return " " + strings.Join(words, " ") + " "
}
