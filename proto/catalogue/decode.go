package catalogue

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

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
		f.fillPointer(n, v, where)
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

// fillPointer leaves a number that is none absent: it is told once, and not as a 0 too.
func (f *yamlFile) fillPointer(n *yaml.Node, v reflect.Value, where string) {
	told, e := len(f.mistakes), reflect.New(v.Type().Elem())
	f.fill(n, e.Elem(), where)
	if len(f.mistakes) == told || e.Elem().Kind() != reflect.Int {
		v.Set(e)
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
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode:
			f.mistake(key.Line, "a key of %s must be a plain word", orFile(where))
		case seen[key.Value]:
			f.mistake(key.Line, "key %q stands twice", key.Value)
		default:
			do(key, n.Content[i+1])
		}
		seen[key.Value] = true
	}
}

func (f *yamlFile) fillSlice(n *yaml.Node, v reflect.Value, where string) {
	if n.Kind != yaml.SequenceNode {
		f.mistake(n.Line, "%s must be a list, in [ ] or with a dash before each", orFile(where))
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
	case reflect.Float64:
		number, err := strconv.ParseFloat(text, 64)
		if err != nil || number != number {
			f.mistake(n.Line, "%s is %q, want a number", where, text)
		}
		v.SetFloat(number)
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
