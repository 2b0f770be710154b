package catalogue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"strings"
)

// A compiled is a catalogue without mistakes as the binaries carry it: YAML of
// hundreds of files takes a hundred times as long to read. It is written by
// `make generate` and says which source it was made of.
type compiled struct {
	Revision   string
	Classes    map[string]class
	Rules      []Rule
	Tools      []Tool
	Devices    []Device
	Composites []Composite
	Bystanders []Bystander
	Scale      Scale
	Unseen     Unseen
}

// Compile turns a catalogue's source into the form that binaries carry.
func Compile(fsys fs.FS) ([]byte, error) {
	c, l := load(fsys)
	if len(l.mistakes) > 0 {
		return nil, errors.Join(l.mistakes...)
	}
	return compile(c, l.classes)
}

func compile(c *Catalogue, classes map[string]class) ([]byte, error) {
	w := writer{texts: map[string]int{}, lists: map[string]int{}}
	w.value(reflect.ValueOf(compiled{c.Revision, classes, c.Rules, c.Tools, c.Devices, c.Composites, c.Bystanders, c.Scale, c.Unseen}))
	return w.file(), w.err
}

// open makes a catalogue of its compiled form. Its texts stay where they are:
// in a binary they are pages of the file, and cost no memory until they are read.
func open(text string) (*Catalogue, error) {
	var x compiled
	if err := read(text, &x); err != nil {
		return nil, fmt.Errorf("open the compiled catalogue: %w", err)
	}
	c := &Catalogue{
		Rules: x.Rules, Tools: x.Tools, Devices: x.Devices, Composites: x.Composites, Bystanders: x.Bystanders, Scale: x.Scale, Unseen: x.Unseen, Revision: x.Revision,
	}
	c.build(x.Classes)
	return c, nil
}

// A file is: the shape of what follows as a hash, the texts (how many, how long
// each, all of them), the lists of texts (how many, of each how many and which),
// and the value itself, which names texts and lists by number.
type writer struct {
	body  []byte
	texts map[string]int
	order []string
	lists map[string]int
	made  [][]int
	err   error
}

func (w *writer) file() []byte {
	b := binary.LittleEndian.AppendUint64(nil, shape(reflect.TypeFor[compiled]()))
	b = binary.AppendUvarint(b, uint64(len(w.order)))
	for _, text := range w.order {
		b = binary.AppendUvarint(b, uint64(len(text)))
	}
	b = append(b, strings.Join(w.order, "")...)
	b = binary.AppendUvarint(b, uint64(len(w.made)))
	for _, list := range w.made {
		b = binary.AppendUvarint(b, uint64(len(list)))
		for _, text := range list {
			b = binary.AppendUvarint(b, uint64(text))
		}
	}
	return append(b, w.body...)
}

func (w *writer) text(text string) int {
	at, known := w.texts[text]
	if !known {
		at = len(w.order)
		w.texts[text] = at
		w.order = append(w.order, text)
	}
	return at
}

// list gives a list of texts its number; equal lists share one.
func (w *writer) list(texts []string) int {
	key := strings.Join(texts, "\x00")
	at, known := w.lists[key]
	if !known {
		at = len(w.made)
		w.lists[key] = at
		list := make([]int, len(texts))
		for i, text := range texts {
			list[i] = w.text(text)
		}
		w.made = append(w.made, list)
	}
	return at
}

func (w *writer) number(n uint64) { w.body = binary.AppendUvarint(w.body, n) }

func (w *writer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		w.number(uint64(w.text(v.String())))
	case reflect.Bool:
		w.number(map[bool]uint64{true: 1}[v.Bool()])
	case reflect.Int, reflect.Int64:
		w.body = binary.AppendVarint(w.body, v.Int())
	case reflect.Float64:
		w.number(math.Float64bits(v.Float()))
	case reflect.Pointer:
		w.number(map[bool]uint64{true: 1}[!v.IsNil()])
		if !v.IsNil() {
			w.value(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				w.value(v.Field(i))
			}
		}
	case reflect.Slice:
		w.slice(v)
	case reflect.Map:
		w.mapping(v)
	default:
		w.err = fmt.Errorf("there is no form for a %s", v.Type())
	}
}

// slice writes a list, 0 for none: an empty one and none are the same here.
func (w *writer) slice(v reflect.Value) {
	if v.Type() == reflect.TypeFor[[]string]() {
		n := 0
		if v.Len() > 0 {
			n = 1 + w.list(v.Interface().([]string))
		}
		w.number(uint64(n))
		return
	}
	w.number(uint64(v.Len()))
	for i := range v.Len() {
		w.value(v.Index(i))
	}
}

func (w *writer) mapping(v reflect.Value) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	w.number(uint64(len(keys)))
	for _, key := range keys {
		w.value(key)
		w.value(v.MapIndex(key))
	}
}

// shape is a hash of all that is read: a form made for other fields is refused.
func shape(t reflect.Type) uint64 {
	h := fnv.New64a()
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		fmt.Fprintf(h, "%s %s;", t.Kind(), t.Name())
		if seen[t] {
			return
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Struct:
			for i := range t.NumField() {
				if f := t.Field(i); f.IsExported() {
					fmt.Fprintf(h, "%s ", f.Name)
					walk(f.Type)
				}
			}
		case reflect.Slice, reflect.Pointer:
			walk(t.Elem())
		case reflect.Map:
			walk(t.Key())
			walk(t.Elem())
		}
	}
	walk(t)
	return h.Sum64()
}
