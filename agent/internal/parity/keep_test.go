package parity

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write what differs into tools.yaml and rules.yaml; the reasons are for a person to write")

// keep holds what was found to what a table allows, or writes the table anew and
// keeps its reasons.
func keep(t *testing.T, kind string, found map[string][]string) {
	t.Helper()
	allowed, err := Allowed(kind)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want, why := map[string][]string{}, map[string]string{}
	for _, d := range allowed {
		want[d.Says], why[d.Says] = d.What, d.Why
	}
	if !*update {
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("what differs between systems is not what %s.yaml allows: mend it, or write it with go test ./agent/internal/parity -update, say why, and run make generate (-allowed +found):\n%s", kind, diff)
		}
		return
	}
	var list []Difference
	for _, says := range slices.Sorted(maps.Keys(found)) {
		list = append(list, Difference{Says: says, What: found[says], Why: why[says]})
	}
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(list); err != nil {
		t.Fatal(err)
	}
	old, err := tables.ReadFile(kind + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var head []byte
	for line := range bytes.Lines(old) {
		if !bytes.HasPrefix(line, []byte("#")) {
			break
		}
		head = append(head, line...)
	}
	if err := os.WriteFile(kind+".yaml", append(head, b.Bytes()...), 0o644); err != nil {
		t.Fatal(err)
	}
}
