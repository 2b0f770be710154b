package sensor

import (
	"fmt"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Observe makes an observation of columns by their names, as Collect makes one
// of a row: for machines that are told and not looked at. What is empty is
// unknown. It fails on a column that the class does not have, and on a row that
// does not say the first of those that tell rows apart.
func (s Sensor) Observe(columns map[string]string) (finding.Observation, error) {
	o := finding.Observation{Class: s.Class, Columns: make(map[string]string, len(columns))}
	key, first := []string{s.Class}, true
	for _, column := range s.Columns {
		text := clean(columns[column.Name])
		if text != "" {
			o.Columns[column.Name] = text
		}
		if !column.Key {
			continue
		}
		if first && text == "" {
			return o, fmt.Errorf("a row of %s says no %s, which tells it from others", s.Class, column.Name)
		}
		key, first = append(key, text), false
	}
	for name := range columns {
		if !s.has(name) {
			return o, fmt.Errorf("the class %s has no column %s", s.Class, name)
		}
	}
	o.UID = finding.UID(key...)
	return o, nil
}

func (s Sensor) has(name string) bool {
	for _, column := range s.Columns {
		if column.Name == name {
			return true
		}
	}
	return false
}
