package roster_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// lines reads a file and gives what was wrong with it, line by line.
func lines(t *testing.T, kind, file, text string) []string {
	t.Helper()
	entries, err := roster.Read(kind, file, "", []byte(text), options())
	if err == nil {
		return nil
	}
	wrong := new(roster.Mistake)
	if !errors.As(err, &wrong) || entries != nil {
		t.Fatalf("%d entries beside %v", len(entries), err)
	}
	return wrong.Lines
}

func TestMistakesAreNamedByLineAndColumn(t *testing.T) {
	for name, test := range map[string]struct {
		kind, file, text string
		want             []string // each in its line
	}{
		"empty":             {roster.People, "p.csv", "", []string{"p.csv:1: the file is empty"}},
		"no such kind":      {"persons", "p.csv", "person\n", []string{`there is no kind "persons"`}},
		"no format":         {roster.People, "people", "person\n", []string{"people: say whether it is csv or json"}},
		"not UTF-8":         {roster.People, "p.csv", "person\np-1\np-\xff\n", []string{"p.csv:3: this is no text in UTF-8"}},
		"UTF-16":            {roster.People, "p.csv", "\xff\xfep\x00e\x00\n\x00", []string{"p.csv:1: this is text in UTF-16"}},
		"UTF-16 unmarked":   {roster.People, "p.csv", "p\x00e\x00\n\x00", []string{"p.csv:1: this is text in UTF-16"}},
		"a code page":       {roster.People, "p.csv", "person,group\np-1,M\xfcller\n", []string{"p.csv:2: this is no text in UTF-8; save it as UTF-8"}},
		"digits lost":       {roster.People, "p.csv", "person\n4.91512E+12\n4,91512E+12\n", []string{`p.csv:2:person: "4.91512E+12" is what a spreadsheet made`, "p.csv:3: it has 2 columns"}},
		"no number":         {roster.People, "p.csv", "person,declared_place,phone\np-1,PT,3.51913E+11\np-2,PT,#N/A\np-3,PT,unknown\np-4,PT,-\n", []string{"p.csv:2:phone:", "p.csv:3:phone:", `p.csv:4:phone: "unknown" has no digit`, "p.csv:5:phone:"}},
		"days of others":    {roster.People, "p.csv", "person,start_date\np-1,11/30/2026\np-2,46356\np-3,2026-11-30 00:00:00\n", []string{"p.csv:2:start_date:", "p.csv:3:start_date:", "p.csv:4:start_date:"}},
		"in the middle":     {roster.People, "p.csv", list("person", "p-%d", 0, 500) + "p 500\n" + list("p-501", "p-%d", 502, 900), []string{"p.csv:502:person: an opaque id has no spaces"}},
		"a line in a cell":  {roster.People, "p.csv", "person,group\np-1,\"a\nb\"\np 2,x\n", []string{"p.csv:2:group:", "p.csv:4:person:"}},
		"a column missing":  {roster.Devices, "d.csv", "device\nlaptop-1\n", []string{"d.csv:1:person: this column is missing"}},
		"a column twice":    {roster.People, "p.csv", "person,person\np-1,p-2\n", []string{"p.csv:1:person: this column stands twice"}},
		"a cell too many":   {roster.People, "p.csv", "person\np-1,x\n", []string{"p.csv:2: it has 2 columns, and the first line names 1"}},
		"a quote open":      {roster.People, "p.csv", "person\n\"p-1\n", []string{"p.csv:2: it is not written as CSV"}},
		"empty id":          {roster.People, "p.csv", "person,group\n,sales\n", []string{"p.csv:2:person: nothing stands here"}},
		"an e-mail as id":   {roster.People, "p.csv", "person\na@b.example\n", []string{"p.csv:2:person: this is an e-mail address"}},
		"a name as id":      {roster.People, "p.csv", "person\nAda L\n", []string{"p.csv:2:person: an opaque id has no spaces"}},
		"a person twice":    {roster.People, "p.csv", "person\np-1\np-2\np-1\n", []string{"p.csv:4: it says again what line 2 says already"}},
		"no such country":   {roster.People, "p.csv", "person,declared_place\np-1,QQ\np-2,Portugal\n", []string{`p.csv:2:declared_place: "QQ" is no place`, `p.csv:3:declared_place: "PORTUGAL" is no place`}},
		"a day of another":  {roster.People, "p.csv", "person,start_date\np-1,30.11.2026\n", []string{"p.csv:2:start_date:"}},
		"no such type":      {roster.People, "p.csv", "person,worker_type\np-1,freelancer\n", []string{`"freelancer" is none of employee, contractor, agency`}},
		"a hidden sign":     {roster.Groups, "g.csv", "group,kind,label\nbench,staging,a\u202eb\n", []string{"g.csv:2:label: this holds characters that cannot be seen"}},
		"too long":          {roster.Groups, "g.csv", "group,kind,label\nbench,staging," + strings.Repeat("x", 201) + "\n", []string{"g.csv:2:label: this is longer than 200 characters"}},
		"no such group":     {roster.Groups, "g.csv", "group,kind\nThe Bench,staging\n", []string{"g.csv:2:group:"}},
		"the wrong way":     {roster.Travel, "t.csv", "person,from,to\np-1,2026-11-10,2026-11-09\n", []string{"t.csv:2:to: this is not after from"}},
		"a ticket for two":  {roster.Tickets, "t.csv", "device,person,ticket,from,to\nl,p,INC-1,2026-11-10,2026-11-10\n", []string{"t.csv:2:device: a ticket is about one device or about one person"}},
		"a ticket for all":  {roster.Tickets, "t.csv", "ticket,from,to\nINC-1,2026-11-10,2026-11-10\n", []string{"t.csv:2:device: a ticket is about one device or about one person"}},
		"a ticket for long": {roster.Tickets, "t.csv", "person,ticket,from,to\np,INC-1,2026-11-10,2026-12-10\n", []string{"t.csv:2:to: this is more than 7 days after from"}},
		"no such tool":      {roster.Tickets, "t.csv", "person,ticket,from,to,tool\np,INC-1,2026-11-10,2026-11-10,magic\n", []string{`t.csv:2:tool: "magic" is no tool of the catalogue`}},
		"no address":        {roster.Docks, "d.csv", "kind,serial\ngateway,the router\n", []string{`d.csv:2:serial: "the router" is no hardware address`}},
		"JSON, no array":    {roster.People, "p.json", `{"person": "p-1"}`, []string{"p.json:1: the file is an array of objects"}},
		"JSON, a number":    {roster.People, "p.json", "[{\"person\": \"p-1\"},\n {\"person\":\n 7}]", []string{"p.json:3:person: write the value in quotes"}},
		"JSON, twice":       {roster.People, "p.json", `[{"person": "p-1", "person": "p-2"}]`, []string{"p.json:1:person: it stands twice in one object"}},
		"JSON, missing":     {roster.Devices, "d.json", "[\n{\"device\": \"l\"}]", []string{"d.json:2:person: nothing stands here"}},
		"JSON, cut off":     {roster.People, "p.json", "[{\"person\": \"p-1\"},\n{", []string{"p.json:2: the file ends in the middle"}},
		"JSON, more":        {roster.People, "p.json", "[]\n[]", []string{"p.json:2: something stands after the end"}},
		"JSON, its line":    {roster.People, "p.json", "[{\"person\": \"p-1\",\n\n\"declared_place\": \"QQ\"}]", []string{`p.json:3:declared_place: "QQ" is no place`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := lines(t, test.kind, test.file, test.text)
			if len(got) != len(test.want) {
				t.Fatalf("%d lines, want %d:\n%s", len(got), len(test.want), strings.Join(got, "\n"))
			}
			for i, want := range test.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("%q lacks %q", got[i], want)
				}
			}
		})
	}
}

// TestRefusedColumns: what people are has no way in, and who tries learns why.
func TestRefusedColumns(t *testing.T) {
	for _, column := range []string{"name", "First Name", "nationality", "language", "keyboard_layout", "birth_date", "date of birth", "gender", "photo", "e-mail", "email", "locale", "accent", "home_address"} {
		for _, kind := range roster.KindNames() {
			for _, text := range []string{"person," + column + "\np-1,x\n", fmt.Sprintf(`[{%q: "x"}]`, column)} {
				file := map[bool]string{true: "f.json", false: "f.csv"}[text[0] == '[']
				got := strings.Join(lines(t, kind, file, text), "\n")
				if !strings.Contains(got, "farmwatch keeps ") || !strings.Contains(got, "leave this column out") {
					t.Errorf("%s in %s: %s", column, kind, got)
				}
			}
		}
	}
	for _, k := range roster.Kinds() {
		for _, c := range k.Columns {
			for _, word := range []string{"name", "national", "language", "keyboard", "locale", "birth", "gender", "photo", "mail"} {
				if strings.Contains(c.Name, word) {
					t.Errorf("%s has a column %s", k.Name, c.Name)
				}
			}
		}
	}
}

func TestTheSameInCSVAndJSONInAnyOrder(t *testing.T) {
	csv := "\ufeffperson,declared_place,phone,shipped_to_address\r\np-1,pt,+351 912 345 678,\"Rua A 1, Lisboa\"\r\np-2,US-CA,,\r\n"
	json := `[{"declared_place": "US-CA", "person": "p-2"},
	{"person": " p-1 ", "declared_place": "PT", "phone": "+351912345678", "shipped_to_address": "RUA A 1 LISBOA", "group": null}]`
	a, err := roster.Read(roster.People, "a.csv", "", []byte(csv), options())
	if err != nil {
		t.Fatal(err)
	}
	b, err := roster.Read(roster.People, "-", "json", []byte(json), options())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("CSV and JSON differ (-csv +json):\n%s", diff)
	}
	if roster.Digest(a) != roster.Digest(b) || len(a) != 2 {
		t.Errorf("digests differ, or there are %d entries", len(a))
	}
	for _, e := range a {
		for _, secret := range []string{"912", "Rua", "rua", "Lisboa", "lisboa"} {
			if strings.Contains(string(e.Words), secret) {
				t.Errorf("%s keeps %s", e.Words, secret)
			}
		}
	}
}

// TestWhatSpreadsheetsWrite in countries of the decimal comma is read as well.
func TestWhatSpreadsheetsWrite(t *testing.T) {
	want := entries(t, roster.People, "person,start_date,group\n00417,2026-11-30,a\n00418,,\"b, c\"\n")
	for name, text := range map[string]string{
		"semicolons": "\ufeffperson;start_date;group\r\n00417;2026-11-30;a\r\n00418;;b, c\r\n;;\r\n;;\r\n",
		"tabs":       "person\tstart_date\tgroup\n00417\t2026-11-30\ta\n00418\t\tb, c\n",
		"no end":     "person,start_date,group\n00417,2026-11-30,a\n\n00418,,\"b, c\"",
	} {
		if diff := cmp.Diff(want, entries(t, roster.People, text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestManyMistakesAreToldOnce(t *testing.T) {
	got := lines(t, roster.People, "p.csv", "person,declared_place\n"+strings.Repeat("p,QQ\n", 500))
	if len(got) != 21 || !strings.Contains(got[20], "there is more wrong after that") {
		t.Errorf("%d lines, the last is %q", len(got), got[len(got)-1])
	}
}

func TestAnImportHasABound(t *testing.T) {
	var b strings.Builder
	b.WriteString("person\n")
	for i := range roster.MostRows {
		fmt.Fprintf(&b, "p-%d\n", i)
	}
	if entries, err := roster.Read(roster.People, "p.csv", "", []byte(b.String()), options()); err != nil || len(entries) != roster.MostRows {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	b.WriteString("one-more\n")
	if got := lines(t, roster.People, "p.csv", b.String()); len(got) != 1 || !strings.Contains(got[0], "more than 200000 rows") {
		t.Errorf("got %v", got)
	}
}
