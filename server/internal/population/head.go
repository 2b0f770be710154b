package population

import (
	"fmt"
	"io"
	"strings"
)

// Head begins docs/reference/budget.md.
const Head = `<!-- written by make budget; do not edit -->

# The budget of false positives

Thousands of ordinary laptops live for a month in front of the collector, with 25 laptops of three farms hidden among
them (` + "`server/internal/population`" + `: how they live, how common each life is, and how one knows). What they have plugged in
and run is matched by the catalogue as on laptops, kept in the real store, and judged by the real runners. The budget: no
alert at high and at most one at medium for 1,000 laptops and week among the ordinary; 23 of the 25 found by day 10,
by an alert of their own or of the site they belong to; each farm one site, with nobody else's laptop in it. The collector begins on the first day without any memory of offices, which is
hardest: what is the company's has yet to be learned. An alert counts once, at the highest level it came to; a laptop that
stood at medium without an alert counts as if there had been one.

`

// WriteRates writes how common everything is, and how one knows.
func WriteRates(w io.Writer) error {
	var b strings.Builder
	b.WriteString("## How common it is\n\nEach laptop leads one life. A small fleet has each of them at least once.\n\n| life | of 1,000 laptops | what it is | source |\n|---|---|---|---|\n")
	for _, l := range Lives() {
		fmt.Fprintf(&b, "| %s | %.1f | %s | %s |\n", l.Name, 1000*l.Share, l.About, l.Source)
	}
	b.WriteString("\n| of | share | source |\n|---|---|---|\n")
	for _, r := range Rates {
		fmt.Fprintf(&b, "| %s | %.1f %% | %s |\n", r.Of, 100*r.Share, r.Source)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
