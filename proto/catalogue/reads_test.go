package catalogue

import "testing"

// What Reads says without trying each rule is what the rules say.
func TestReadsIsAsRulesFor(t *testing.T) {
	t.Parallel()
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range append(c.Classes(), Class{Name: "no_such_class"}) {
		if got, want := c.Reads(class.Name), len(c.RulesFor(class.Name)) > 0; got != want {
			t.Errorf("Reads(%s) is %v, and rules for it are there: %v", class.Name, got, want)
		}
	}
}
