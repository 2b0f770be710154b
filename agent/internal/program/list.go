package program

import (
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// PropertyList reads what a recording keeps of one of Apple's property lists:
// the entries at its top that are wanted.
func PropertyList(content []byte, wanted ...string) ([]host.ListEntry, error) {
	asked := parse.Wanted{Patterns: []string{"*"}}
	if !slices.Contains(wanted, "*") {
		asked = parse.Wanted{}
		for _, name := range wanted {
			asked.Values = append(asked.Values, strings.ToLower(name))
		}
	}
	found, err := parse.ParsePropertyList(content, asked)
	if err != nil {
		return nil, err
	}
	var entries []host.ListEntry
	for _, one := range found {
		if one.Value != "" && !strings.Contains(one.Name, "/") {
			entries = append(entries, host.ListEntry{Name: one.Name, Value: one.Value})
		}
	}
	return entries, nil
}
