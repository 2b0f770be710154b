// Package catalogue is what farmwatch knows, as data: rules, remote-access
// tools, devices and the composite conclusions, with a strict loader and a
// matcher that cannot fail at run time.
package catalogue

import (
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Catalogue is everything farmwatch knows. It is immutable once loaded.
type Catalogue struct {
	Rules      []Rule      // hand-written rules, by id; EveryRule has those derived from tools as well
	Tools      []Tool      // by id
	Devices    []Device    // by id
	Composites []Composite // by id
	Bystanders []Bystander // programs that connect to any name for others
	Scale      Scale
	Unseen     Unseen
	Revision   string // hash of all its files: the same revision means the same verdicts

	index *index // set by the loader; a catalogue written by hand is searched from end to end
}

// A Rule turns one observation into one finding.
type Rule struct {
	ID             string
	Title          string
	Status         string // experimental, test, stable, deprecated (Sigma's words)
	Severity       finding.Severity
	Confidence     finding.Confidence
	Tier           int      // what it may raise alone: 1 high, 2 medium, 3 watch, 4 nothing (context)
	Group          string   // its class of evidence: kvm, display, tool, conduct, session, tunnel, network, input, posture, location, agent; two groups are independent
	Techniques     []string // ATT&CK ids
	Class          string   // the class of observation it reads
	Match          Match
	Explain        Explain
	FalsePositives []string
	Machines       []string // recorded machines on which it fires
	Lookalikes     []string // recorded machines that come close and on which it stays silent
	Tool           string   // the tool it was derived from, if any
	Vendor         string   // of that tool: who makes it
	State          string   // for a rule derived from a tool, one of the State constants
	Labels         []string // what composites may ask for besides ids, e.g. unattended
	Strangers      bool     // it is Unlisted, and holds for no program that connects for others either
	Unlisted       bool     // it holds for none of the catalogue's tools, by whatever column a row shows one

	of   *Catalogue // of a derived or unlisted rule
	tool *Tool      // of a derived rule
}

// deprecated says that the rule no longer fires. It stays known so that what it
// found in the past can still be read.
func (r *Rule) deprecated() bool { return r.Status == statusDeprecated }

// Explain is what a rule or composite says to people: plain, and never an accusation.
type Explain struct {
	Why          string `yaml:"why"`          // what it means that this fired
	Alternatives string `yaml:"alternatives"` // what else explains it
	Change       string `yaml:"change"`       // what would change the verdict
	Check        string `yaml:"check"`        // how to check by hand
}

// A Subject is what a composite concludes about.
type Subject string

// The subjects; the zero value means a device.
const (
	SubjectDevice Subject = "device"
	SubjectSite   Subject = "site"
)

// A Composite concludes from several findings about one device or one site, over time.
type Composite struct {
	ID         string // e.g. "c1.kvm_attached"
	Title      string
	Subject    Subject
	Source     string // where its points and thresholds come from
	Mechanism  bool   // that it holds means that somebody elsewhere uses the laptop, or can at any time
	Conclusion finding.Conclusion
	Group      string // its class of evidence, as in Rule
	Points     int
	When       Condition
	Explain    Explain
	NextStep   string
}

// Scale turns points into levels. Every number of an assessment stands here.
// Findings score once per rule, whatever rows it fires on. Within one class of
// evidence only the strongest claim of composites and of tiers 1 and 2 counts.
type Scale struct {
	Watch, Medium, High int         // the least score of each level
	Tier                map[int]int // points of a finding that no composite used, by tier
	TierCap             map[int]int // the most that one tier may add up to
	Top                 int         // where a score ends; 0 is nowhere
	Source              string      // where the numbers come from
}

// Unseen is what can never be seen, in sentences, by conclusion.
type Unseen struct {
	RemotelyControlled []string
	InFarm             []string
}

// Condition is a tree over a subject's findings. Exactly one of All, Any, Not,
// Finding and Composite is set; Same, Parts, Together and Days stand beside All.
type Condition struct {
	All       []Condition
	Any       []Condition
	Not       *Condition
	Finding   *FindingCondition
	Composite []string // one of these composites' conditions holds; a trailing * matches any rest, and mechanism all that are one

	Same     string        // all of it holds among findings with one value of this column of their evidence, or of one device or person
	Parts    int           // and it does so for at least so many such values; 0 is one
	Together time.Duration // a spell of each child began within this span
	Days     int           // all children were open at once on at least so many days, counted as a FindingCondition's
}

// FindingCondition asks for at least one finding that fits every set field.
type FindingCondition struct {
	Rule             []string      // ids; a trailing * matches any rest
	State            []string      // tool states
	Group            string        // the rule's class of evidence
	Label            string        // one of the rule's labels
	AnyLabel         []string      // the rule has at least one of these labels
	Active           bool          // its evidence is there at the time judged
	Within           time.Duration // open at some time in the last so long
	Sanctioned       *bool         // covered by a sanction when it was seen
	Lapsed           *bool         // a sanction would have covered it but for its end
	ForeignTenant    *bool         // a sanction names it, but for another tenant than the one seen
	Unticketed       *bool         // a sanction would cover it but for a ticket
	WithinEnrollment time.Duration // first seen within this long after the device was enrolled
	AtLeast          time.Duration // open for at least this long, summed over the history given
	Days             int           // it takes at least so many times 24 hours to cover when it was open
	Distinct         int           // what fits is of at least so many vendors' tools
	DistinctPersons  int           // of a site: what fits was found on laptops of at least so many people
	DistinctDevices  int           // of a site: what fits was found on at least so many laptops
}

// History is all that an assessment may look at. The same history and the
// same catalogue give the same assessment, byte for byte.
type History struct {
	At         time.Time // the time judged
	EnrolledAt time.Time // since when it is in service; zero when the device was never enrolled (a scan), and of a site
	Spells     []Spell   // in any order
	Missing    []string  // what could not be looked at or was not imported, in sentences; it changes no points
	Subject    Subject
}

// A Spell is one stretch of time during which a finding was open.
type Spell struct {
	Finding       finding.Finding // the evidence as it was last
	From          time.Time       // event time, corrected by the clock offset
	To            time.Time       // zero while it is open
	Sanctioned    bool            // a sanction covered it when it was seen
	Lapsed        bool            // one would have, but for its end, and none in force did
	ForeignTenant bool            // one names this tool here, but for another tenant than the one seen
	Unticketed    bool            // one would cover it but for a ticket, which may still be told
	Device        string          // of a site: on which of its laptops; else ""
	Person        string          // of a site: whose laptop, an opaque id; "" is as good as the laptop being a person of its own
}

// Assessment is the level of one conclusion with the ledger that makes it.
type Assessment struct {
	Conclusion finding.Conclusion
	Level      finding.Level
	Score      int
	Ledger     []LedgerEntry // most points first; the points add up to Score
	Explain    Explain       // of the strongest entry
	Title      string        // of the strongest entry
	NextStep   string
	Confidence finding.Confidence // how sure the level is, by how many independent classes of evidence count and what is missing
	Missing    []string           // what could not be looked at or was not imported, sorted
	Unseen     []string           // what can never be seen
}

// LedgerEntry is one line of a ledger.
type LedgerEntry struct {
	Reason  string `json:"reason"`
	Points  int    `json:"points"`
	Rule    string `json:"rule"`    // a rule's or composite's id
	Finding string `json:"finding"` // uid, or several joined by spaces for a composite
}
