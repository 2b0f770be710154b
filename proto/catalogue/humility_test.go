package catalogue_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// What is missing is said, sorted and once, and makes a level less sure. It changes no
// point: a company that imports nothing is not worse off than one that does.
func TestMissingLowersConfidenceOnly(t *testing.T) {
	c := embedded(t)
	story := func(spells []catalogue.Spell, missing ...string) []catalogue.Assessment {
		return c.Assess(catalogue.History{At: now, Spells: spells, Missing: missing})
	}
	kvmAndVisitor := one(kvm(), spell("tool.anydesk.running", 9, 0), visitor())
	for _, test := range []struct {
		name       string
		spells     []catalogue.Spell
		with, less finding.Confidence
	}{
		{"two classes of evidence", kvmAndVisitor, "high", "medium"},
		{"one class", one(kvm()), "medium", "low"},
		{"a hint", one(spell("tool.anydesk.running", 9, 0)), "low", "low"},
		{"nothing", nil, "low", "low"},
	} {
		full, less := story(test.spells), story(test.spells, "No ticket was imported.", "Nobody said who holds the laptop.", "No ticket was imported.")
		if full[0].Confidence != test.with || less[0].Confidence != test.less {
			t.Errorf("%s: confidence %s and without imports %s, want %s and %s", test.name, full[0].Confidence, less[0].Confidence, test.with, test.less)
		}
		if want := []string{"No ticket was imported.", "Nobody said who holds the laptop."}; !slices.Equal(less[0].Missing, want) || len(full[0].Missing) != 0 {
			t.Errorf("%s: missing is %q and %q", test.name, full[0].Missing, less[0].Missing)
		}
		if diff := cmp.Diff(full, less, cmpopts.IgnoreFields(catalogue.Assessment{}, "Missing", "Confidence")); diff != "" {
			t.Errorf("%s: what is missing changes more than how sure it is:\n%s", test.name, diff)
		}
	}
}

// Every assessment says what it can never see.
func TestUnseenIsSaid(t *testing.T) {
	c := embedded(t)
	for _, a := range append(c.Assess(catalogue.History{At: now}), c.AssessSite(catalogue.History{At: now})) {
		want := c.Unseen.RemotelyControlled
		if a.Conclusion == finding.InFarm {
			want = c.Unseen.InFarm
		}
		if len(want) < 3 || !slices.Equal(a.Unseen, want) {
			t.Errorf("%s says %q, want %q", a.Conclusion, a.Unseen, want)
		}
	}
}

var (
	againstPeople = regexp.MustCompile(`(?i)\b(terminat\w*|dismiss\w*|suspend (him|her|them|the person|the account)|punish\w*|fire[ds]?|sack|disciplin\w*|demot\w*)\b`)
	origins       = regexp.MustCompile(`(?i)\b(nationality|ethnic\w*|accent|language|keyboard layout|ime|native|foreigner\w*|immigrant\w*|north korea\w*|dprk)\b`)
)

// A next step finds out more, and nothing that is said speaks of where somebody is from.
func TestWordsToPeople(t *testing.T) {
	c := embedded(t)
	say := func(id string, texts ...string) {
		for _, text := range texts {
			if word := againstPeople.FindString(text); word != "" {
				t.Errorf("%s says %q: %s", id, word, text)
			}
			if word := origins.FindString(text); word != "" {
				t.Errorf("%s says %q: %s", id, word, text)
			}
		}
	}
	for _, x := range c.Composites {
		say(x.ID, x.Title, x.NextStep, x.Explain.Why, x.Explain.Alternatives, x.Explain.Change, x.Explain.Check)
		if len(strings.Fields(x.Source)) < 4 {
			t.Errorf("%s says as its source %q", x.ID, x.Source)
		}
	}
	for _, r := range c.EveryRule() {
		say(r.ID, r.Explain.Check) // the next step of a finding that no composite used
	}
	for _, sentence := range slices.Concat(c.Unseen.InFarm, c.Unseen.RemotelyControlled) {
		say("unseen.yaml", sentence)
	}
	if len(strings.Fields(c.Scale.Source)) < 4 {
		t.Errorf("the scale says as its source %q", c.Scale.Source)
	}
}
