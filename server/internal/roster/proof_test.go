package roster_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

const proofFolder = "../../../proto/catalogue/machines/context"

// A proof is a handful of laptops and what was imported of them, as people write it.
type proof struct {
	About   string    `yaml:"about"`
	Today   time.Time `yaml:"today"`
	Laptops []struct {
		Name     string    `yaml:"name"`
		Enrolled time.Time `yaml:"enrolled"`
	} `yaml:"laptops"`
	Stays []struct {
		Laptop    string    `yaml:"laptop"`
		From      time.Time `yaml:"from"`
		To        time.Time `yaml:"to"`
		Countries []string  `yaml:"countries"`
	} `yaml:"stays"`
	Before struct { // an import of people that the one of imports took the place of
		At     time.Time `yaml:"at"`
		People string    `yaml:"people"`
	} `yaml:"before"`
	Imported time.Time           `yaml:"imported"` // when imports were; today where absent
	Imports  map[string]string   `yaml:"imports"`  // CSV by kind
	Expect   map[string][]string `yaml:"expect"`
}

var (
	companyKey = []byte("0123456789abcdef0123456789abcdef")
	ownKey     = []byte("fedcba9876543210fedcba9876543210")
)

// options are a collector's: hashes under two keys, and two tools.
func options() roster.Options {
	return roster.Options{
		Pseudonym: func(v string) string { return enroll.Pseudonym(companyKey, v) },
		Address:   roster.AddressHash(func(v string) string { return enroll.Pseudonym(ownKey, v) }),
		Tool: func(word string) (string, bool) {
			known := map[string]string{"anydesk": "anydesk", "AnyDesk": "anydesk", "quick_assist": "quick_assist"}
			id, ok := known[word]
			return id, ok
		},
	}
}

func readProof(t testing.TB, path string) proof {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var p proof
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&p); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if p.About == "" || p.Today.IsZero() || len(p.Laptops) == 0 || p.Expect == nil {
		t.Fatalf("%s: a proof needs about, today, laptops and expect", path)
	}
	if p.Imported.IsZero() {
		p.Imported = p.Today
	}
	return p
}

// roster joins what the proof imports, as the store does.
func (p proof) roster(t testing.TB, o roster.Options) (*roster.Roster, []roster.Known) {
	t.Helper()
	var imports []roster.Import
	var entries []roster.Entry
	for i, kind := range roster.KindNames() {
		text, there := p.Imports[kind]
		if !there {
			continue
		}
		read, err := roster.Read(kind, kind+".csv", "", []byte(text), o)
		if err != nil {
			t.Fatal(err)
		}
		if kind == roster.People && p.Before.People != "" {
			before, err := roster.Read(kind, "before.csv", "", []byte(p.Before.People), o)
			if err != nil {
				t.Fatal(err)
			}
			if read, err = roster.Carry(read, before, p.Imported); err != nil {
				t.Fatal(err)
			}
		}
		imports = append(imports, roster.Import{ID: int64(i + 1), Kind: kind, Label: "proof", Rows: len(read), By: "ana", At: p.Imported})
		for _, e := range read {
			e.Import = int64(i + 1)
			entries = append(entries, e)
		}
	}
	var known []roster.Known
	for _, l := range p.Laptops {
		known = append(known, roster.Known{ID: "id-" + l.Name, Name: l.Name, First: l.Enrolled, Last: l.Enrolled, Heard: p.Today})
	}
	r, err := roster.Build(imports, entries, known)
	if err != nil {
		t.Fatal(err)
	}
	return r, known
}

func (p proof) stood(name string) []roster.Stood {
	var list []roster.Stood
	for _, s := range p.Stays {
		if s.Laptop != name {
			continue
		}
		for day := s.From; !day.After(s.To); day = day.AddDate(0, 0, 1) {
			list = append(list, roster.Stood{Day: day.Format(time.DateOnly), Countries: s.Countries})
		}
	}
	slices.SortFunc(list, func(a, b roster.Stood) int { return strings.Compare(a.Day, b.Day) })
	return list
}

func known(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Load(os.DirFS("../../../proto/catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestProofs holds every proof to what it expects, and every rule on the class to its proofs.
func TestProofs(t *testing.T) {
	c := known(t)
	paths, err := filepath.Glob(proofFolder + "/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no proofs: %v", err)
	}
	fired := map[string][]string{}
	for _, path := range paths {
		name := "context/" + filepath.Base(path)
		fired[name] = nil
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			p := readProof(t, path)
			r, laptops := p.roster(t, options())
			for _, k := range laptops {
				v := r.Judge(c, k, p.stood(k.Name), p.Today.Add(18*time.Hour))
				var got []string
				for _, claim := range v.Claims {
					got = append(got, claim.Rule.ID)
					if claim.Since.After(p.Today.Add(18*time.Hour)) || claim.Since.Before(k.First) {
						t.Errorf("%s: %s since %s", k.Name, claim.Rule.ID, claim.Since)
					}
				}
				fired[name] = append(fired[name], got...)
				if want := slices.Sorted(slices.Values(p.Expect[k.Name])); !slices.Equal(got, want) {
					t.Errorf("%s: found %v, want %v: %v", k.Name, got, want, v.Row.Columns)
				}
			}
			for laptop := range p.Expect {
				if !slices.ContainsFunc(laptops, func(k roster.Known) bool { return k.Name == laptop }) {
					t.Errorf("%s is expected of and is no laptop of it", laptop)
				}
			}
		})
	}
	rules := c.RulesFor(roster.Class)
	if len(rules) < 9 {
		t.Errorf("there are %d rules on the class", len(rules))
	}
	for _, r := range rules {
		for _, name := range r.Machines {
			if !slices.Contains(fired[name], r.ID) {
				t.Errorf("%s does not fire on %s", r.ID, name)
			}
		}
		for _, name := range r.Lookalikes {
			if found, there := fired[name]; !there || slices.Contains(found, r.ID) {
				t.Errorf("%s fires on its look-alike %s, or there is no such proof", r.ID, name)
			}
		}
	}
}
