package population_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/population"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

var (
	seed    = flag.Uint64("seed", 1, "seed of the fleet that TestBudget lets live")
	laptops = flag.Int("laptops", 600, "its ordinary laptops")
)

// TestBudget lets a small fleet live a month in front of the collector: no alert at high
// among the ordinary, as few at medium as the budget says, the farms' laptops found by
// day 10, each farm one site. The command budget does the same with 5,000.
func TestBudget(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	o := population.Options{Seed: *seed, Laptops: *laptops, Days: 30, Roster: true}
	t.Logf("seed %d, %d laptops", o.Seed, o.Laptops)
	fleet, err := population.New(o, c)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "farmwatch.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	}()
	r := population.NewReplay(fleet, kept, nil)
	if err := r.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	outcome, err := r.Outcome(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := outcome.Write(&text); err != nil {
		t.Fatal(err)
	}
	t.Log(text.String())
	for _, miss := range outcome.Misses() {
		t.Error(miss)
	}
	if outcome.Counts.Reports < 30*o.Laptops/2 || outcome.Counts.Judgements < 30*o.Laptops/2 {
		t.Errorf("only %d reports and %d judgements: the fleet did not live", outcome.Counts.Reports, outcome.Counts.Judgements)
	}
}
