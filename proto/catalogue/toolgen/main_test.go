package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// What people read must be what the rules say.
func TestPagesAreFresh(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		var want bytes.Buffer
		if err := page.write(&want, c); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile("../../../" + page.file)
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what the catalogue says now: run `make generate` and commit it (%v)", page.file, err)
		}
	}
}

// A name from a file must not break the table it stands in.
func TestCellsStayCells(t *testing.T) {
	c := &catalogue.Catalogue{
		Tools: []catalogue.Tool{{ID: "x", Name: "X | Y", Category: "rmm", Linux: catalogue.Traces{Processes: []string{"xdesk", "ydesk"}}}},
		Rules: []catalogue.Rule{
			{ID: "tool.x.running", Title: "X | Y is\nrunning", Tool: "x", State: "running", Status: "test", FalsePositives: []string{"a", "b"}},
			{ID: "tool.x.running", Title: "a second class", Tool: "x", State: "running"},
		},
	}
	var tools, rules bytes.Buffer
	if err := writeTools(&tools, c); err != nil {
		t.Fatal(err)
	}
	if err := writeRules(&rules, c); err != nil {
		t.Fatal(err)
	}
	if want := "| X \\| Y `x` | rmm | processes 2 |  |  |  |  | running |\n"; !strings.Contains(tools.String(), want) {
		t.Errorf("no line %q in:\n%s", want, tools.String())
	}
	if want := "| `tool.x.running` | X \\| Y is running (test) |  | 0 |  | a; b |\n"; strings.Count(rules.String(), "tool.x.running") != 1 || !strings.Contains(rules.String(), want) {
		t.Errorf("not once the line %q in:\n%s", want, rules.String())
	}
}
