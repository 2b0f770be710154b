package sanctionfile

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// More than any field of a sanction may say, in bytes, and hold, in values. What
// is bounded more narrowly is so later; until then each costs a comparison or a look-up.
const (
	longestText = 32 << 10
	longestList = 1000
)

// mapping reads a mapping that has these fields, each at most once, and no others.
func (r *reader) mapping(what string, n *yaml.Node, fields []field) error {
	if n.Kind != yaml.MappingNode {
		return flaw(r.file, n.Line, "%s holds fields with their values: %s", what, namesOf(fields))
	}
	if len(n.Content)/2 > longestList {
		return flaw(r.file, n.Line, "%s holds more than %d fields", what, longestList)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := slices.IndexFunc(fields, func(f field) bool { return f.name == key.Value })
		switch {
		case key.Kind != yaml.ScalarNode || at < 0:
			return flaw(r.file, key.Line, "%s has no field %q%s; there are %s", what, key.Value, meant(key.Value, fields), namesOf(fields))
		case seen[key.Value]:
			return flaw(r.file, key.Line, "%s stands twice in %s", key.Value, what)
		}
		seen[key.Value] = true
		r.lines[key.Value] = key.Line
		if err := fields[at].read(value); err != nil {
			return err
		}
	}
	for _, f := range fields {
		if f.required && !seen[f.name] {
			return flaw(r.file, n.Line, "%s lacks %s", what, f.name)
		}
	}
	return nil
}

// text reads one value as it was written: 0624 stays 0624.
func (r *reader) text(to *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		switch {
		case n.Kind == yaml.AliasNode:
			return flaw(r.file, n.Line, "write the value itself; a sanction is read without & and *")
		case n.Kind != yaml.ScalarNode || n.Tag == "!!null":
			return flaw(r.file, n.Line, "one value is wanted here")
		case len(n.Value) > longestText:
			return flaw(r.file, n.Line, "the text is longer than %d bytes", longestText)
		}
		*to = strings.TrimSpace(n.Value)
		return nil
	}
}

// list reads a list of values; a single one is not taken for a list of one.
func (r *reader) list(to *[]string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode {
			return flaw(r.file, n.Line, "a list is wanted here: write it in brackets, e.g. [anydesk]")
		}
		if len(n.Content) > longestList {
			return flaw(r.file, n.Line, "the list holds more than %d values", longestList)
		}
		for _, item := range n.Content {
			var value string
			if err := r.text(&value)(item); err != nil {
				return err
			}
			*to = append(*to, value)
		}
		return nil
	}
}

// required reads the one word that a condition has.
func (r *reader) required(to *bool) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		var word string
		if err := r.text(&word)(n); err != nil {
			return err
		}
		if word != "required" {
			return flaw(r.file, n.Line, "%q is nothing a condition can be: write required, or leave the line out", word)
		}
		*to = true
		return nil
	}
}

// meant guesses which field was.
func meant(word string, fields []field) string {
	for _, f := range fields {
		if strings.EqualFold(word, f.name) || distance(strings.ToLower(word), strings.ToLower(f.name)) <= 2 {
			return "; did you mean " + f.name + "?"
		}
	}
	return ""
}

// distance is how many letters have to be changed, added or taken away. Long
// words are far from everything.
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 40
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
