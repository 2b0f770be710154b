package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// match reads a match tree: a mapping of "column" or "column|modifier" to a
// value or a list of values, with "any" and "not" holding lists of such mappings.
func (l *loader) match(f *yamlFile, n *yaml.Node, class, where string) Match {
	var m Match
	if n == nil {
		return m
	}
	f.pairs(n, where, func(key, value *yaml.Node) {
		switch key.Value {
		case "any":
			m.Any = l.matches(f, value, class, where+".any")
		case "not":
			m.Not = l.matches(f, value, class, where+".not")
		default:
			m.Tests = append(m.Tests, l.test(f, key, value, class, where))
		}
	})
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		f.mistake(n.Line, "%s is empty, it would match every row", where)
	}
	return m
}

func (l *loader) matches(f *yamlFile, n *yaml.Node, class, where string) []Match {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		f.mistake(n.Line, "%s must be a list of mappings with at least one", where)
		return nil
	}
	var list []Match
	for i, child := range n.Content {
		list = append(list, l.match(f, child, class, fmt.Sprintf("%s[%d]", where, i)))
	}
	return list
}

func (l *loader) test(f *yamlFile, key, value *yaml.Node, class, where string) Test {
	column, modifier, found := strings.Cut(key.Value, "|")
	if !found {
		modifier = "equals"
	}
	t := Test{Column: column, Modifier: modifier}
	if columns := l.classes[class].Columns; len(columns) > 0 {
		if _, known := columns[column]; !known {
			f.mistake(key.Line, "unknown column %q of %s, want one of %s", column, class, strings.Join(slices.Sorted(maps.Keys(columns)), ", "))
		}
	}
	values := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		values = value.Content
	}
	if len(values) == 0 {
		f.mistake(value.Line, "%s.%s has no value", where, key.Value)
	}
	for _, v := range values {
		if text, ok := f.scalar(v, join(where, key.Value)); ok {
			t.Values = append(t.Values, text)
			if err := vetValue(modifier, text); err != nil {
				f.mistake(v.Line, "%s: %s", key.Value, err)
			}
		}
	}
	return t
}
