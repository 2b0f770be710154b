package alert

import (
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// Reasons lists every reason an alert can be closed for, in the order people are shown them.
func Reasons() []Reason {
	return []Reason{
		TruePositiveRemoteOperator, TruePositivePolicyViolation, BenignSanctioned, BenignOwnEquipment,
		FalsePositiveLogic, FalsePositiveData, SecurityTest, Duplicate, InsufficientEvidence,
	}
}

// Explained is the fewest characters a required comment may have.
const Explained = 20

// settles says whether closing for r answers the evidence for good. The other
// reasons say "it was real" or "we could not tell": evidence that comes back
// soon belongs to the same case.
func (r Reason) settles() bool {
	switch r {
	case BenignSanctioned, BenignOwnEquipment, FalsePositiveLogic, FalsePositiveData, SecurityTest:
		return true
	default:
		return false
	}
}

// TruePositive says whether closing for r means that it was as the alert said.
func (r Reason) TruePositive() bool {
	return r == TruePositiveRemoteOperator || r == TruePositivePolicyViolation
}

// needsComment says whether closing an alert of that level for r has to be explained.
func (r Reason) needsComment(level finding.Level) bool {
	return level == finding.LevelHigh || r == InsufficientEvidence || strings.HasPrefix(string(r), "false_positive_")
}

func parseReason(s string) (Reason, error) {
	if s == "" {
		return "", refuse(ErrInvalid, "closing needs a reason, one of %s", reasonNames())
	}
	if !slices.Contains(Reasons(), Reason(s)) {
		return "", refuse(ErrInvalid, "%q is not a reason to close an alert; the reasons are %s", s, reasonNames())
	}
	return Reason(s), nil
}

func reasonNames() string {
	names := make([]string, 0, len(Reasons()))
	for _, r := range Reasons() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}
