package catalogue

// Match is a tree of tests on the columns of one row. All tests hold, at least
// one of Any (where there are any) holds, and none of Not does. Matching is
// total: it cannot fail at run time.
type Match struct {
	Tests []Test
	Any   []Match
	Not   []Match
}

// Every lists all tests of a match, also those of matches inside it.
func (m *Match) Every() []Test {
	tests := append([]Test(nil), m.Tests...)
	for _, inside := range [][]Match{m.Any, m.Not} {
		for i := range inside {
			tests = append(tests, inside[i].Every()...)
		}
	}
	return tests
}

// A Test compares one column with values; one value that fits is enough. Texts
// are compared without regard to case, as in Sigma; re is exact. A
// column that a row does not have fits nothing but "exists: false".
type Test struct {
	Column   string
	Modifier string // equals, contains, startswith, endswith, cidr, oui, re, domain, exists, gt, gte, lt, lte, glob
	Values   []string

	ready *probe // set by the loader; without it a Test is made ready at each use
}
