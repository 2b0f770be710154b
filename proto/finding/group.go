package finding

import "strings"

// ByEvidence groups findings that rest on the same evidence, so that a thing of
// which eight rules have something to say is shown once. Groups keep the order
// in which each evidence first appears; evidence gives the uids of a finding's rows.
func ByEvidence[F any](findings []F, evidence func(F) []string) [][]F {
	var groups [][]F
	place := map[string]int{}
	for _, f := range findings {
		key := strings.Join(evidence(f), " ")
		n, known := place[key]
		if !known {
			n = len(groups)
			place[key] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], f)
	}
	return groups
}
