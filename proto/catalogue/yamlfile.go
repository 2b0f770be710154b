package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// A catalogue file comes from a signed bundle, but also from people's own
// folders: these limits keep a hostile one from costing more than it is worth.
const (
	maxFileSize = 256 << 10
	maxDepth    = 24
	maxNodes    = 50_000
)

// A yamlFile is one file being read, with the mistakes met on the way.
type yamlFile struct {
	name     string
	root     *yaml.Node
	lines    map[string]int // line of every value, by its path: "linux.packages[2]"
	mistakes []error
}

// openYAML reads and bounds one file. A file with mistakes has no root.
func openYAML(fsys fs.FS, name string) *yamlFile {
	f := &yamlFile{name: name, lines: map[string]int{}}
	text, err := readLimited(fsys, name)
	if err != nil {
		f.mistakes = append(f.mistakes, err)
		return f
	}
	f.parse(text)
	return f
}

func readLimited(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s:1: open: %w", name, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s:1: read: %w", name, err)
	case len(text) > maxFileSize:
		return nil, fmt.Errorf("%s:1: the file is larger than %d KiB", name, maxFileSize>>10)
	case !utf8.Valid(text):
		return nil, fmt.Errorf("%s:1: the file is not UTF-8 text", name)
	}
	return text, nil
}

func (f *yamlFile) parse(text []byte) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			f.mistake(1, "the file is empty")
			return
		}
		f.syntax(err)
		return
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		f.mistake(second.Line, "the file holds more than one YAML document")
		return
	}
	if len(document.Content) != 1 {
		f.mistake(1, "the file is empty")
		return
	}
	nodes := 0
	if f.bound(document.Content[0], 1, &nodes) {
		f.root = document.Content[0]
	}
}

var syntaxLine = regexp.MustCompile(`^line (\d+): (.*)$`)

func (f *yamlFile) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		line, _ := strconv.Atoi(m[1])
		f.mistake(line, "not YAML: %s", m[2])
		return
	}
	f.mistake(1, "not YAML: %s", text)
}

// bound refuses what could make a small file large: aliases, depth, count.
func (f *yamlFile) bound(n *yaml.Node, depth int, nodes *int) bool {
	*nodes++
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		f.mistake(n.Line, "anchors and aliases are not allowed")
		return false
	case depth > maxDepth:
		f.mistake(n.Line, "nested deeper than %d levels", maxDepth)
		return false
	case *nodes > maxNodes:
		f.mistake(n.Line, "more than %d values in one file", maxNodes)
		return false
	}
	for _, child := range n.Content {
		if !f.bound(child, depth+1, nodes) {
			return false
		}
	}
	return true
}

func (f *yamlFile) mistake(line int, format string, args ...any) {
	f.mistakes = append(f.mistakes, fmt.Errorf("%s:%d: %s", f.name, max(line, 1), fmt.Sprintf(format, args...)))
}

// at records a mistake at the value with this path, or else at its closest parent.
func (f *yamlFile) at(where, format string, args ...any) {
	for p := where; p != ""; p = parent(p) {
		if line, ok := f.lines[p]; ok {
			f.mistake(line, format, args...)
			return
		}
	}
	f.mistake(1, format, args...)
}

func parent(where string) string {
	return where[:max(strings.LastIndexAny(where, ".["), 0)]
}

// stem is the file's name without folder and extension.
func (f *yamlFile) stem() string { return strings.TrimSuffix(path.Base(f.name), ".yaml") }

// decode fills a struct strictly: a key it does not know, a key twice or a
// value of the wrong kind is a mistake.
func (f *yamlFile) decode(into any) {
	if f.root != nil {
		f.fill(f.root, reflect.ValueOf(into).Elem(), "")
	}
}

var nodeType = reflect.TypeFor[*yaml.Node]()

func (f *yamlFile) fill(n *yaml.Node, v reflect.Value, where string) {
	if where != "" {
		f.lines[where] = n.Line
	}
	switch {
	case v.Type() == nodeType:
		v.Set(reflect.ValueOf(n))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(n, v.Elem(), where)
	case v.Kind() == reflect.Struct:
		f.fillStruct(n, v, where)
	case v.Kind() == reflect.Map:
		f.fillMap(n, v, where)
	case v.Kind() == reflect.Slice:
		f.fillSlice(n, v, where)
	default:
		f.fillScalar(n, v, where)
	}
}

func (f *yamlFile) fillStruct(n *yaml.Node, v reflect.Value, where string) {
	f.pairs(n, where, func(key, value *yaml.Node) {
		field, known := fieldOf(v, key.Value)
		if !field.IsValid() {
			f.mistake(key.Line, "unknown key %q, want one of %s", key.Value, strings.Join(known, ", "))
			return
		}
		f.fill(value, field, join(where, key.Value))
	})
}

func (f *yamlFile) fillMap(n *yaml.Node, v reflect.Value, where string) {
	v.Set(reflect.MakeMap(v.Type()))
	f.pairs(n, where, func(key, value *yaml.Node) {
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fillScalar(key, k, "key of "+where)
		f.fill(value, e, join(where, key.Value))
		v.SetMapIndex(k, e)
	})
}

// pairs calls do for each key and value of a mapping.
func (f *yamlFile) pairs(n *yaml.Node, where string, do func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		f.mistake(n.Line, "%s must be a mapping of keys to values", orFile(where))
		return
	}
	var seen []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode:
			f.mistake(key.Line, "a key of %s must be a plain word", orFile(where))
		case slices.Contains(seen, key.Value):
			f.mistake(key.Line, "key %q stands twice", key.Value)
		default:
			do(key, n.Content[i+1])
		}
		seen = append(seen, key.Value)
	}
}

func (f *yamlFile) fillSlice(n *yaml.Node, v reflect.Value, where string) {
	if n.Kind != yaml.SequenceNode {
		f.mistake(n.Line, "%s must be a list", orFile(where))
		return
	}
	for i, child := range n.Content {
		e := reflect.New(v.Type().Elem()).Elem()
		f.fill(child, e, fmt.Sprintf("%s[%d]", where, i))
		v.Set(reflect.Append(v, e))
	}
}

func (f *yamlFile) fillScalar(n *yaml.Node, v reflect.Value, where string) {
	text, ok := f.scalar(n, where)
	if !ok {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		if text != "true" && text != "false" {
			f.mistake(n.Line, "%s is %q, want true or false", where, text)
		}
		v.SetBool(text == "true")
	case reflect.Int:
		number, err := strconv.Atoi(text)
		if err != nil {
			f.mistake(n.Line, "%s is %q, want a whole number", where, text)
		}
		v.SetInt(int64(number))
	default:
		v.SetString(text)
	}
}

// scalar gives the text of a value as it was written, so that 0104 stays 0104.
func (f *yamlFile) scalar(n *yaml.Node, where string) (string, bool) {
	text := strings.TrimSpace(n.Value)
	switch {
	case n.Kind == yaml.MappingNode:
		f.mistake(n.Line, "%s must be one value; a text with a colon in it needs quotes", orFile(where))
	case n.Kind != yaml.ScalarNode:
		f.mistake(n.Line, "%s must be one value", orFile(where))
	case n.Tag == "!!null" || text == "":
		f.mistake(n.Line, "%s is empty", orFile(where))
	case strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!"):
		f.mistake(n.Line, "%s has the YAML tag %s, tags are not allowed", orFile(where), n.Tag)
	default:
		return text, true
	}
	return "", false
}

func fieldOf(v reflect.Value, key string) (reflect.Value, []string) {
	var known []string
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("yaml")
		if tag == key && tag != "" {
			return v.Field(i), nil
		}
		if tag != "" {
			known = append(known, tag)
		}
	}
	return reflect.Value{}, known
}

func join(where, key string) string {
	if where == "" {
		return key
	}
	return where + "." + key
}

func orFile(where string) string {
	if where == "" {
		return "the file"
	}
	return where
}
