package catalogue_test

import (
	"slices"
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// TestJoining: whoever keeps histories is told whose evidence is compared.
func TestJoining(t *testing.T) {
	both := []catalogue.Condition{rule("kvm.a"), {Any: []catalogue.Condition{not(rule("kvm.b"))}}}
	for name, c := range map[string]struct {
		when catalogue.Condition
		want []string
	}{
		"a column":       {catalogue.Condition{All: both, Same: "pid"}, []string{"kvm.a", "kvm.b"}},
		"below a column": {catalogue.Condition{Same: "pid", All: []catalogue.Condition{{All: both, Same: "device"}}}, []string{"kvm.a", "kvm.b"}},
		"beside one":     {catalogue.Condition{Any: []catalogue.Condition{{All: []catalogue.Condition{rule("kvm.a")}, Same: "pid"}, rule("kvm.b")}}, []string{"kvm.a"}},
		"at once":        {catalogue.Condition{All: both, Days: 2}, nil},
		"no part":        {catalogue.Condition{All: both}, nil},
	} {
		if got := asking(c.when).Joining(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
