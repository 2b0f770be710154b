package population

// Head begins docs/reference/budget.md.
const Head = `<!-- written by go run ./server/internal/population/budget -roster both -write docs/reference/budget.md; do not edit -->

# The budget of false positives

Thousands of ordinary laptops live for a month in front of the collector, with 25 laptops of three farms hidden among
them (` + "`server/internal/population`" + `: how they live, how common each life is, and how one knows). What they have plugged in
and run is matched by the catalogue as on laptops, kept in the real store, and judged by the real runners. The budget: no
alert at high and at most one at medium for 1,000 laptops and week among the ordinary; 23 of the 25 found by day 10; each farm
one site, with nobody else's laptop in it. The collector begins on the first day without any memory of offices, which is
hardest: what is the company's has yet to be learned. An alert counts once, at the highest level it came to.

`
