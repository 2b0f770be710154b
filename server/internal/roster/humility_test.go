package roster_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// everywhere are all countries that an import may name.
func everywhere(t *testing.T) []string {
	t.Helper()
	var all []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			if _, err := roster.Read(roster.People, "p.csv", "", []byte("person,declared_place\np-1,"+code+"\n"), options()); err == nil {
				all = append(all, code)
			}
		}
	}
	if len(all) < 240 {
		t.Fatalf("%d countries", len(all))
	}
	return all
}

// between is what is made of a laptop whose person declared one country and which was
// shipped to, and stood in, another one.
func between(t *testing.T, c *catalogue.Catalogue, declared, seen string) []byte {
	t.Helper()
	laptops := []roster.Known{laptop("d1", at(1, 0)), laptop("d2", at(1, 0))}
	r := build(t, laptops,
		file{roster.People, fmt.Sprintf("person,declared_place,shipped_to,phone\np-1,%[1]s,%[2]s,\np-2,%[1]s,%[1]s,\n", declared, seen)},
		file{roster.Devices, "device,person,handed_out\nd1,p-1,2026-11-02\nd2,p-2,2026-11-02\n"},
		file{roster.Travel, fmt.Sprintf("person,from,to,place\np-1,2026-11-10,2026-11-14,%s\n", seen)})
	var out bytes.Buffer
	for i, k := range laptops {
		var stood []roster.Stood
		for day := 2; day <= 20; day++ {
			stood = append(stood, roster.Stood{Day: at(day, 0).Format(time.DateOnly), Countries: []string{[]string{seen, declared[:2]}[i]}})
		}
		v := r.Judge(c, k, stood, at(20, 12))
		for _, part := range []any{v.Row, v.Claims} {
			text, err := json.Marshal(part)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(text)
		}
	}
	return out.Bytes()
}

// TestNoCountryIsSuspiciousByItself: whichever countries a person declared and a laptop
// was seen in, the same is made of it, byte by byte. That they differ is all that counts.
func TestNoCountryIsSuspiciousByItself(t *testing.T) {
	c := known(t)
	want := between(t, c, "PT", "BR")
	if !bytes.Contains(want, []byte("context.place_differs")) || !bytes.Contains(want, []byte("context.shipped_elsewhere")) {
		t.Fatalf("nothing is made of it: %s", want)
	}
	all := everywhere(t)
	for i, one := range all {
		other := all[(i+97)%len(all)] // each is declared once and seen once
		if got := between(t, c, one, other); !bytes.Equal(got, want) {
			t.Errorf("declared %s and seen in %s:\n%s\nwant\n%s", one, other, got, want)
		}
	}
}

// TestAPlaceOfTwoNamesIsOne: who works in Puerto Rico and said so as a part of the
// United States is where they said, though addresses there tell a country of its own.
func TestAPlaceOfTwoNamesIsOne(t *testing.T) {
	c := known(t)
	for declared, seen := range map[string]string{"US-PR": "PR", "FR-974": "RE", "FR-RE": "RE", "FI-01": "AX", "CN-HK": "HK", "NL-BQ1": "BQ", "US-CA": "US", "PT-11": "PT"} {
		if got := between(t, c, declared, seen); bytes.Contains(got, []byte("differs")) || bytes.Contains(got, []byte("elsewhere")) {
			t.Errorf("declared %s, seen in %s: %s", declared, seen, got)
		}
	}
	for declared, seen := range map[string]string{"US-PR": "VI", "US-CA": "PR", "FR-974": "YT", "CN-HK": "MO"} {
		if got := between(t, c, declared, seen); !bytes.Contains(got, []byte("place_declared_differs")) {
			t.Errorf("declared %s, seen in %s: %s", declared, seen, got)
		}
	}
}

// dependent are the rules that read something which rests on countries or on clocks,
// with what they hold against what. docs/context.md lists them for people.
var dependent = []string{
	"context.first_use_elsewhere", "context.phone", "context.place_differs", "context.shipped_elsewhere",
	"location.access_point_elsewhere", "location.hidden_after_silence", "location.relocated_after_silence", "location.round_trip_too_long", "location.time_zone_elsewhere",
}

var (
	// restsOnPlace are columns made of countries or clocks, by comparing two that were told.
	restsOnPlace = regexp.MustCompile(`^\s*-?\s*(place_declared_differs|first_use_elsewhere|shipped_elsewhere|phone|time_zone_elsewhere|access_point_elsewhere|round_trip_excess_ms|after_silence)(\|[a-z]+)?:`)
	// isPlace are columns that name one: nothing may ask which.
	isPlace = regexp.MustCompile(`^\s*-?\s*(country|countries|time_zone|utc_offset|region|declared_place|shipped_to|locale|language|nationality|network_country)(\|[a-z]+)?:`)
	// names are of countries and of zones, as a matcher could list them.
	names = regexp.MustCompile(`\b(Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Z]|(^|[:\[,'"] ?)[A-Z]{2}-[A-Z0-9]{1,3}([\],'"]|$)|\b(KP|DPRK|PRC)\b`)
)

// TestRulesThatRestOnPlacesAreListed reads every rule and composite as it is written:
// none asks for a country or a zone by name, and those that compare two are listed.
func TestRulesThatRestOnPlacesAreListed(t *testing.T) {
	page, err := os.ReadFile(contextPage)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	files := os.DirFS("../../../proto/catalogue")
	for _, folder := range []string{"rules", "assess", "tools", "devices"} {
		err := fs.WalkDir(files, folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".yaml") {
				return err
			}
			text, err := fs.ReadFile(files, name)
			_, rule, _ := strings.Cut(strings.TrimSuffix(name, ".yaml"), "/")
			rule = rule[strings.LastIndex(rule, "/")+1:]
			for n, line := range matching(string(text)) {
				switch {
				case isPlace.MatchString(line), names.MatchString(line):
					t.Errorf("%s:%d asks for a place by name: %s", name, n, line)
				case restsOnPlace.MatchString(line):
					found = append(found, rule)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(found)
	if found = slices.Compact(found); !slices.Equal(found, dependent) {
		t.Errorf("rules that rest on places are %q, listed are %q", found, dependent)
	}
	for _, rule := range dependent {
		if !strings.Contains(string(page), "`"+rule+"`") {
			t.Errorf("docs/context.md does not list %s", rule)
		}
	}
}

// matching are the lines of a file that say what is asked for, by number, without
// comments and without the words for people.
func matching(text string) map[int]string {
	lines, within := map[int]string{}, false
	for n, line := range strings.Split(text, "\n") {
		if line != "" && line[0] != ' ' && line[0] != '#' && line[0] != '-' {
			word, _, _ := strings.Cut(line, ":")
			within = slices.Contains([]string{"match", "when", "any", "all", "artefacts"}, word)
		}
		if within && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			lines[n+1] = line
		}
	}
	return lines
}
