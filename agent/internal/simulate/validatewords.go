package simulate

import (
	"slices"
	"strings"
)

// A vocabulary is what reasons and what is forbidden may name. A word that nothing
// begins with would make of a demand one that cannot be met, and of a prohibition one
// that forbids nothing.
type vocabulary struct {
	rules   []string            // ids of rules and composites
	classes map[string][]string // columns, by class
}

// whatIsKnown reads it from the catalogue.
func whatIsKnown() (vocabulary, error) {
	known, err := embedded()
	if err != nil {
		return vocabulary{}, err
	}
	all := vocabulary{classes: map[string][]string{"context": slices.Clone(peopleHead)}}
	for _, r := range known.EveryRule() {
		all.rules = append(all.rules, r.ID)
	}
	for _, c := range known.Composites {
		all.rules = append(all.rules, c.ID)
	}
	for _, class := range known.Classes() {
		columns := all.classes[class.Name]
		for _, c := range class.Columns {
			columns = append(columns, c.Name)
		}
		all.classes[class.Name] = columns
	}
	return all, nil
}

// begins says whether a rule or composite begins with a word.
func (y vocabulary) begins(word string) bool {
	return word != "" && slices.ContainsFunc(y.rules, func(id string) bool { return strings.HasPrefix(id, word) })
}

// names says whether a word names a class, a column of one, or a beginning of rules.
func (y vocabulary) names(word string) bool {
	if _, ok := y.classes[word]; ok {
		return true
	}
	class, column, dotted := strings.Cut(word, ".")
	return slices.Contains(y.classes[class], column) || dotted && y.begins(word)
}

// words looks at what reasons and prohibitions name, and at demands that could not
// fail since another one says as much.
func (v *validator) words() {
	all, err := whatIsKnown()
	if err != nil {
		v.say(at("id"), "read the catalogue: %v", err)
		return
	}
	for i, e := range v.s.Concluded {
		v.reasons(at("concluded", i), e.Because, all)
		if slices.ContainsFunc(v.s.Concluded[:i], e.repeats) {
			v.say(at("concluded", i), "this is said already, and one of the two cannot fail alone")
		}
	}
	for i, word := range v.s.Forbidden {
		if !strings.HasPrefix(word, "kit.") && !all.names(word) {
			v.say(at("forbidden", i), "%q is no class, no column of one, and no beginning of rules with a dot", word)
		}
	}
}

// reasons looks at why something has to be concluded.
func (v *validator) reasons(path []any, because []string, known vocabulary) {
	if len(because) == 0 {
		v.say(path, "because is to be said: a level alone may have any reason")
	}
	for _, reason := range because {
		for one := range strings.SplitSeq(reason, "|") {
			if !known.begins(one) {
				v.say(append(slices.Clip(path), "because"), "no rule and no composite begins with %q", one)
			}
		}
	}
}

// repeats says whether an expectation wants but what another one does, by whatever time.
func (e Expectation) repeats(other Expectation) bool {
	return slices.Equal(e.Site, other.Site) && e.Subject == other.Subject && e.Conclusion == other.Conclusion && e.Level == other.Level &&
		slices.Equal(e.Because, other.Because)
}
