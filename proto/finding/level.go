package finding

import "fmt"

// Status says whether the evidence of a finding is there now.
type Status string

// The two states of a finding.
const (
	Open   Status = "open"
	Closed Status = "closed"
)

// Severity is the worst plausible harm if a finding is true (OCSF severity names).
type Severity string

// The severities, from the least to the most harmful.
const (
	SeverityInformational Severity = "informational"
	SeverityLow           Severity = "low"
	SeverityMedium        Severity = "medium"
	SeverityHigh          Severity = "high"
	SeverityCritical      Severity = "critical"
)

// Confidence is how sure a rule is of its claim (OCSF confidence names).
type Confidence string

// The confidences, from the least to the most sure.
const (
	ConfidenceLow    Confidence = "low"
	ConfidenceMedium Confidence = "medium"
	ConfidenceHigh   Confidence = "high"
)

// CoverageState says whether a sensor could look.
type CoverageState string

// The states of coverage. Only CoverageOK lets silence mean "clean".
const (
	CoverageOK          CoverageState = "ok"
	CoverageAbsent      CoverageState = "absent"      // the recording or machine does not hold what is looked at
	CoverageUnsupported CoverageState = "unsupported" // this platform cannot show it
	CoverageDenied      CoverageState = "denied"      // a permission is missing; Detail says which
	CoverageFailed      CoverageState = "failed"      // it broke; Detail says where
)

// Level is how strongly the evidence supports one conclusion about a device or a site.
type Level string

// The levels, from the weakest to the strongest.
const (
	LevelNone   Level = "none"
	LevelWatch  Level = "watch"
	LevelMedium Level = "medium"
	LevelHigh   Level = "high"
)

// Conclusion is one of the two questions farmwatch answers, never merged.
type Conclusion string

// The two conclusions.
const (
	RemotelyControlled Conclusion = "remotely_controlled" // a mechanism: someone who is not at the laptop can drive it
	InFarm             Conclusion = "in_farm"             // a hypothesis: the laptop stands in a laptop farm
)

var (
	severities  = []Severity{SeverityInformational, SeverityLow, SeverityMedium, SeverityHigh, SeverityCritical}
	confidences = []Confidence{ConfidenceLow, ConfidenceMedium, ConfidenceHigh}
	levels      = []Level{LevelNone, LevelWatch, LevelMedium, LevelHigh}
)

// Rank orders levels: 0 is none, 3 is high. An unknown level ranks -1.
func (l Level) Rank() int { return rank(levels, l) }

// Rank orders severities: 0 is informational, 4 is critical. An unknown severity ranks -1.
func (s Severity) Rank() int { return rank(severities, s) }

// Rank orders confidences: 0 is low, 2 is high. An unknown confidence ranks -1.
func (c Confidence) Rank() int { return rank(confidences, c) }

// ParseLevel reads a level as people write it.
func ParseLevel(s string) (Level, error) { return parse(levels, s, "level") }

// ParseSeverity reads a severity as rules write it.
func ParseSeverity(s string) (Severity, error) { return parse(severities, s, "severity") }

// ParseConfidence reads a confidence as rules write it.
func ParseConfidence(s string) (Confidence, error) { return parse(confidences, s, "confidence") }

func rank[T comparable](order []T, v T) int {
	for i, o := range order {
		if o == v {
			return i
		}
	}
	return -1
}

func parse[T ~string](order []T, s, what string) (T, error) {
	if rank(order, T(s)) < 0 {
		return "", fmt.Errorf("unknown %s %q, want one of %v", what, s, order)
	}
	return T(s), nil
}
