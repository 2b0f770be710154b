package device

import (
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// CollectorEpoch is the epoch of what the collector itself finds of a device. No
// agent can begin one of that name: an epoch has no space in it.
const CollectorEpoch = "the collector"

// collectorUID is what the uids of the collector's findings begin with, and no
// agent's may, so that no laptop can close or change what is found of it here.
const collectorUID = "collector-"

// The classes of the rows that the collector itself makes, one row per device each.
const (
	EgressClass  = "egress"  // where a device stands
	SiteClass    = "site"    // what it shares with devices of other people
	ContextClass = "context" // what was imported of it and of its person
)

// CollectorUID names a finding of the collector by its parts.
func CollectorUID(parts ...string) string { return collectorUID + finding.UID(parts...) }

// OfCollector says whether a uid or a class is one that the collector alone gives.
func OfCollector(word string) bool {
	switch word {
	case EgressClass, SiteClass, ContextClass:
		return true
	}
	return strings.HasPrefix(word, collectorUID)
}

// A Conclusion is what the collector itself has to say of a device, in the words in
// which agents report. It is kept as theirs is, but no number counts it, and it does
// not mean that the device was heard.
type Conclusion struct {
	DeviceID string
	Report   finding.Report // its time is the collector's
}

// A StandingConclusion is what was said of a device by rows of one class and holds still.
type StandingConclusion struct {
	DeviceID string
	Findings []Finding             // open ones, by uid
	Row      map[string]string     // of the class; empty when that was never said, or is forgotten
	Coverage finding.CoverageState // of that; empty when it was never said
	Detail   string                // likewise
}

// Enrolled is what of a device matters for where it stands.
type Enrolled struct {
	ID         string
	Group      string
	EnrolledAt time.Time
}
