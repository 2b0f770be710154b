package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

// TestNoFormatRepaintsAScreen: what an import or a laptop is called reaches a terminal
// in no format as what a terminal obeys (ESC, and CSI as one character of C1), nor
// turns the order of what is read.
func TestNoFormatRepaintsAScreen(t *testing.T) {
	const name = "a\x1b[2Jb\u009b31mc\u202ed\x7fe"
	for _, format := range []string{"table", "csv", "json", "yaml"} {
		var out bytes.Buffer
		p := &program{world: world{out: &out, screen: screen{width: 120}}, format: format}
		if err := printList(p, contextListing([]*consolev1.ContextImport{{Kind: "people", Label: name, ImportedBy: name}})); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexFunc(out.String(), func(r rune) bool { return r != '\n' && r != '\r' && unicode.IsControl(r) || r == '\u202e' }); i >= 0 {
			t.Errorf("%s: %q", format, out.String())
		}
		if format != "json" {
			continue
		}
		var back []struct{ Label string }
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back[0].Label != name {
			t.Errorf("%v, read back as %q (%v)", back, name, err)
		}
	}
}
