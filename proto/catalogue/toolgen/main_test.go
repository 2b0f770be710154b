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
	c, err := catalogue.Load(os.DirFS(".."))
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
		Tools: []catalogue.Tool{{ID: "x", Name: "X | Y", Category: "rmm", Artefacts: []catalogue.Artefact{
			{Type: "process", Value: "xdesk", OS: "linux"}, {Type: "process", Value: "ydesk", OS: "linux"}, {Type: "signer", Value: "X"},
		}}},
		Rules: []catalogue.Rule{{ID: "kvm.x", Title: "X | Y is\nthere", Status: "test", FalsePositives: []string{"a", "b"}}},
	}
	var tools, rules bytes.Buffer
	if err := writeTools(&tools, c); err != nil {
		t.Fatal(err)
	}
	if err := writeRules(&rules, c); err != nil {
		t.Fatal(err)
	}
	if want := "| X \\| Y `x` | rmm | host | process 2 |  |  | signer 1 | none: never scored |  |\n"; !strings.Contains(tools.String(), want) {
		t.Errorf("no line %q in:\n%s", want, tools.String())
	}
	if want := "| `kvm.x` | X \\| Y is there (test) |  | 0 |  | a; b |\n"; !strings.Contains(rules.String(), want) {
		t.Errorf("no line %q in:\n%s", want, rules.String())
	}
}
