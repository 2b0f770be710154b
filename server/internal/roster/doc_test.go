package roster_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/server/internal/roster"
)

const contextPage = "../../../docs/context.md"

// table writes a kind's columns as the page has them.
func table(k roster.Kind) string {
	var b strings.Builder
	b.WriteString("| column | |\n|---|---|\n")
	for _, c := range k.Columns {
		name := "`" + c.Name + "`"
		if c.Required {
			name = "**" + name + "**"
		}
		fmt.Fprintf(&b, "| %s | %s |\n", name, c.About)
	}
	return b.String()
}

var example = regexp.MustCompile("(?s)```(csv|json)\n(.*?)```")

// TestThePageTellsEveryColumn, and its examples are imported for real.
func TestThePageTellsEveryColumn(t *testing.T) {
	text, err := os.ReadFile(contextPage)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	var entries []roster.Entry
	var imports []roster.Import
	inJSON := 0
	for i, k := range roster.Kinds() {
		_, section, found := strings.Cut(page, "\n### "+k.Name+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		section, _, _ = strings.Cut(section, "\n### ")
		if !found || !strings.Contains(section, k.About) || !strings.Contains(section, table(k)) {
			t.Errorf("the page's section %s lacks this:\n%s\n\n%s", k.Name, k.About, table(k))
			continue
		}
		examples := example.FindAllStringSubmatch(section, -1)
		if len(examples) == 0 {
			t.Errorf("%s has no example", k.Name)
		}
		for n, e := range examples {
			read, err := roster.Read(k.Name, "example."+e[1], "", []byte(e[2]), options())
			if err != nil || len(read) == 0 {
				t.Errorf("the example of %s: %d rows, %v", k.Name, len(read), err)
			}
			if e[1] == "json" {
				inJSON++
			}
			if n > 0 {
				continue
			}
			imports = append(imports, roster.Import{ID: int64(i + 1), Kind: k.Name, Label: "example"})
			for _, one := range read {
				one.Import = int64(i + 1)
				entries = append(entries, one)
			}
		}
	}
	if inJSON == 0 {
		t.Error("no example is in JSON")
	}
	known := []roster.Known{{ID: "d1", Name: "acme-lt-00017"}, {ID: "d2", Name: "acme-lt-00018"}}
	r, err := roster.Build(imports, entries, known)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Holdings) == 0 || len(r.Property) == 0 || len(r.Groups) == 0 || len(r.Tickets("d1")) == 0 || r.People[r.Holdings[0].PersonID].Declared.Country == "" {
		t.Errorf("the examples do not speak of each other: %+v", r)
	}
}
