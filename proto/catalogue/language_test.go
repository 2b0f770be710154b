package catalogue_test

import (
	"regexp"
	"testing"
)

// tongues are words of which no class or column may be made: which language somebody
// reads or writes says nothing of who drives a laptop.
var tongues = regexp.MustCompile(`(layout|locale|language|input_method|keymap|charset|spelling)|(^|_)(lang|ime)(_|$)`)

// What is not collected can enter no rule: no class of agents' or of the collector's
// has a column for a language, a keyboard layout or an input method, nor speaks of one
// as of what it looks at. scenarios/pb9-bilingual-moved.yaml plays the rest.
func TestNoClassHoldsALanguage(t *testing.T) {
	c := embedded(t)
	if n := len(c.Classes()); n < 30 {
		t.Fatalf("there are %d classes, want all of them", n)
	}
	for _, class := range c.Classes() {
		if tongues.MatchString(class.Name) {
			t.Errorf("the class %s", class.Name)
		}
		for _, column := range class.Columns {
			if tongues.MatchString(column.Name) {
				t.Errorf("%s has a column %s: %s", class.Name, column.Name, column.About)
			}
		}
	}
}
