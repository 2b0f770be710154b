package population_test

import (
	"flag"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/population"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

var (
	seed    = flag.Uint64("seed", 1, "seed of the fleets that TestBudget lets live")
	laptops = flag.Int("laptops", 200, "their ordinary laptops")
	looks   = flag.Int("looks", 1, "how often a day the runners look")
)

// TestMain spares the collector of garbage: what lives here is small, and made and thrown away in millions.
func TestMain(m *testing.M) {
	debug.SetGCPercent(500)
	os.Exit(m.Run())
}

// TestBudget lets small fleets of all lives and farms live in front of the collector: no
// alert at high among the ordinary, as few at medium as the budget says, the farms'
// laptops found by day 10, each farm one site. With imports they live for the work of four weeks; without,
// until those who were away are back. The command budget does the same with 5,000.
func TestBudget(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]population.Options{"with imports": {Days: 26, Roster: true}, "without": {Days: 19}} {
		t.Run(name, func(t *testing.T) {
			o.Seed, o.Laptops, o.Looks = *seed, *laptops, *looks
			outcome := lived(t, o, c)
			for _, miss := range outcome.Misses() {
				t.Error(miss)
			}
			complete(t, outcome)
		})
	}
}

// lived is what the collector made of a fleet.
func lived(t *testing.T, o population.Options, c *catalogue.Catalogue) population.Outcome {
	t.Helper()
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
	return outcome
}

// complete asks that nobody is missing, and that all did live.
func complete(t *testing.T, o population.Outcome) {
	t.Helper()
	for _, life := range o.Lives {
		if life.Laptops == 0 {
			t.Errorf("no laptop leads the life %s", life.Life)
		}
	}
	farmed := 0
	for _, farm := range o.Farms {
		farmed += len(farm.Laptops)
	}
	if len(o.Farms) != 3 || farmed != population.Farmed {
		t.Errorf("%d farms with %d laptops, want 3 with %d", len(o.Farms), farmed, population.Farmed)
	}
	if least := o.Options.Days * o.Options.Laptops / 2; o.Counts.Reports < least || o.Counts.Judgements < least {
		t.Errorf("only %d reports and %d judgements: the fleet did not live", o.Counts.Reports, o.Counts.Judgements)
	}
}
