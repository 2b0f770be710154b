package population

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

func known(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func fleet(t testing.TB, o Options) *Fleet {
	t.Helper()
	f, err := New(o, known(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// classes are what agents' rows may say, as the agent's side writes it down.
func classes(t *testing.T) map[string]struct {
	Facts   bool
	Columns map[string]struct{ Sensitivity string }
} {
	t.Helper()
	text, err := os.ReadFile("../../../proto/catalogue/classes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]struct {
		Facts   bool
		Columns map[string]struct{ Sensitivity string }
	}{}
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestKitsSayWhatAgentsSay: every row of a kit is of a class and has columns that agents
// have, and names a recorded machine, which is there.
func TestKitsSayWhatAgentsSay(t *testing.T) {
	kits, err := readKits()
	if err != nil {
		t.Fatal(err)
	}
	all := classes(t)
	for name, k := range kits {
		if _, err := os.Stat("../../../proto/catalogue/machines/" + k.Machine); err != nil && k.Machine != "none" {
			t.Errorf("kit %s: %v", name, err)
		}
		if len(k.Rows) == 0 {
			t.Errorf("kit %s has no rows", name)
		}
		for _, row := range k.Rows {
			for class, columns := range row {
				for column := range columns {
					if _, there := all[class].Columns[column]; !there {
						t.Errorf("kit %s: no agent tells %s of %s", name, column, class)
					}
				}
			}
		}
	}
}

// TestWhatLeavesIsAsTheGateLeavesIt: the columns that are pseudonyms here are those
// that are on laptops, and facts are those that laptops tell of.
func TestWhatLeavesIsAsTheGateLeavesIt(t *testing.T) {
	all := classes(t)
	for class, columns := range pseudonyms {
		for _, column := range columns {
			if got := all[class].Columns[column].Sensitivity; got != "pseudonym" {
				t.Errorf("%s of %s is %q on laptops and a pseudonym here", column, class, got)
			}
		}
		for column, about := range all[class].Columns {
			if about.Sensitivity == "pseudonym" && !slices.Contains(columns, column) {
				t.Errorf("%s of %s is a pseudonym on laptops and not here", column, class)
			}
		}
	}
	for class := range facts {
		if !all[class].Facts {
			t.Errorf("laptops do not tell all rows of %s", class)
		}
	}
}

// TestFleetSaysWhatAgentsSay: whatever lives make up for themselves has columns that
// agents have, and what is no fact and no evidence never leaves.
func TestFleetSaysWhatAgentsSay(t *testing.T) {
	all := classes(t)
	f := fleet(t, Options{Seed: 3, Laptops: 200, Days: 6})
	for n := 1; n <= 6; n++ {
		for _, l := range f.laptops {
			told, err := f.live(l, n)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range l.state.rows {
				for column := range h.raw {
					if _, there := all[h.row.Class].Columns[column]; !there {
						t.Fatalf("%s: no agent tells %s of %s", l.life, column, h.row.Class)
					}
				}
				for column := range h.row.Columns {
					if all[h.row.Class].Columns[column].Sensitivity == "local" {
						t.Fatalf("%s: %s of %s left the laptop", l.life, column, h.row.Class)
					}
				}
			}
			for i := 1; i < len(told); i++ {
				if told[i].ReceivedAt.Before(told[i-1].ReceivedAt) {
					t.Fatalf("%s told of %s after %s", l.life, told[i].ReceivedAt, told[i-1].ReceivedAt)
				}
			}
		}
	}
}

var asked = regexp.MustCompile(`(?:share\(|kindOf\(l, )"([^"]+)"`)

// TestEveryRateIsKnown: each rate that is asked for is there, is used, is a share or a
// count, and has a source.
func TestEveryRateIsKnown(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
			if r := share(m[1]); !(r > 0 && r <= 1) {
				t.Errorf("%s asks for %q, of which the rate is %v", file.Name(), m[1], r)
			}
		}
	}
	for _, r := range Rates {
		if !used[r.Of] || r.Source == "" {
			t.Errorf("the rate of %q is used by nobody, or has no source", r.Of)
		}
	}
	sum := 0.0
	for _, l := range Lives() {
		if sum += l.Share; l.Source == "" || l.About == "" || l.Share <= 0 {
			t.Errorf("the life %s needs a share, what it is about and a source", l.Name)
		}
	}
	if sum > 1.0001 {
		t.Errorf("lives are %.4f of the fleet", sum)
	}
}
