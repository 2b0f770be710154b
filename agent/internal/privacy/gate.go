package privacy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// The bounds of what passes. What exceeds one is cut and counted.
const (
	MaxValue    = 512     // bytes of one column's value
	MaxText     = 200     // bytes of a title or of a coverage detail
	MaxRows     = 4096    // rows of one class's facts
	MaxEvidence = 16      // rows of evidence of one finding
	MaxFindings = 1024    // findings of one report
	MaxReport   = 1 << 20 // bytes of one report on the wire, as many as a collector takes
)

// A Gate decides what may leave the laptop. What a sensor declared public
// passes, what it declared a pseudonym leaves as a keyed hash, and everything
// local or undeclared stays. A Gate may be used by several goroutines.
type Gate struct {
	key     []byte
	classes map[string]class

	mu      sync.Mutex
	dropped map[dropKey]uint64
	hidden  []hiddenName // longest first
}

// class is what the gate knows of one sensor.
type class struct {
	facts   bool
	columns map[string]sensor.Column
}

// NewGate makes a gate from what the sensors declare and the company's key for
// pseudonyms, which has 32 bytes.
func NewGate(sensors []sensor.Sensor, key []byte) (*Gate, error) {
	if len(key) != sha256.Size {
		return nil, fmt.Errorf("key for pseudonyms has %d bytes, want %d", len(key), sha256.Size)
	}
	g := &Gate{
		key: slices.Clone(key), classes: make(map[string]class, len(sensors)),
		dropped: map[dropKey]uint64{},
	}
	for _, s := range sensors {
		columns := make(map[string]sensor.Column, len(s.Columns))
		for _, c := range s.Columns {
			columns[c.Name] = c
		}
		g.classes[s.Class] = class{facts: s.Facts, columns: columns}
	}
	return g, nil
}

// Pseudonym is the keyed hash under which a value leaves. It does not depend on
// class or column, so that equal values compare equal wherever they were seen.
func (g *Gate) Pseudonym(value string) string { return "p:" + g.hash(value) }

func (g *Gate) hash(value string) string {
	mac := hmac.New(sha256.New, g.key)
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Clear turns a report into its form on the wire, with everything taken out
// that may not leave. The same report under the same key gives the same bytes.
func (g *Gate) Clear(r finding.Report) (Cleared, error) {
	secrets := g.secretsOf(r)
	passed := finding.Report{At: r.At, Findings: g.findings(r.Findings, secrets)}
	for _, f := range r.Facts {
		if facts, ok := g.facts(f); ok {
			passed.Facts = append(passed.Facts, facts)
		}
	}
	for _, c := range r.Coverage {
		if coverage, ok := g.coverage(c, secrets); ok {
			passed.Coverage = append(passed.Coverage, coverage)
		}
	}
	urgent := slices.ContainsFunc(passed.Findings, func(f finding.Finding) bool {
		return f.Severity.Rank() >= finding.SeverityMedium.Rank()
	})
	wire, err := g.marshal(&passed)
	if err != nil {
		return Cleared{}, err
	}
	return Cleared{wire: wire, urgent: urgent}, nil
}

func (g *Gate) findings(all []finding.Finding, secrets []string) []finding.Finding {
	var passed []finding.Finding
	for _, f := range all {
		if !wellFormed(f) {
			g.drop(dropKey{reason: Malformed}, 1)
			continue
		}
		if len(passed) == MaxFindings {
			g.drop(dropKey{reason: TooMany}, 1)
			continue
		}
		evidence := f.Evidence
		f.UID, f.Title, f.Evidence = g.hash(f.UID), clean(redact(g.nameless(f.Title), secrets), MaxText), nil
		for _, o := range evidence {
			if o, ok := g.Row(o); ok {
				f.Evidence = append(f.Evidence, o)
			}
		}
		if over := len(f.Evidence) - MaxEvidence; over > 0 {
			g.drop(dropKey{reason: TooMany}, over)
			f.Evidence = f.Evidence[:MaxEvidence]
		}
		passed = append(passed, f)
	}
	return passed
}

// wellFormed refuses a finding whose words are not ours: they would be a place
// where anything could hide.
func wellFormed(f finding.Finding) bool {
	return f.UID != "" && identifier(f.Rule) &&
		(f.Status == finding.Open || f.Status == finding.Closed) &&
		f.Severity.Rank() >= 0 && f.Confidence.Rank() >= 0
}

func identifier(s string) bool {
	return s != "" && len(s) <= 128 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}

func (g *Gate) facts(f finding.Facts) (finding.Facts, bool) {
	known, ok := g.classes[f.Class]
	if !ok || !known.facts {
		g.drop(dropKey{class: g.declared(f.Class), reason: Undeclared}, len(f.Rows))
		return finding.Facts{}, false
	}
	passed := finding.Facts{Class: f.Class}
	for _, o := range f.Rows {
		if o.Class != f.Class {
			g.drop(dropKey{class: f.Class, reason: Malformed}, 1)
			continue
		}
		if len(passed.Rows) == MaxRows {
			g.drop(dropKey{class: f.Class, reason: TooMany}, 1)
			continue
		}
		if o, ok := g.Row(o); ok {
			passed.Rows = append(passed.Rows, o)
		}
	}
	return passed, true
}

// Row is one row as it may leave: public columns, pseudonyms, and its UID as a
// keyed hash, since it is made of key columns that may be guessed. It is false
// for a class that no sensor declared and for a row without a UID.
func (g *Gate) Row(o finding.Observation) (finding.Observation, bool) {
	known, ok := g.classes[o.Class]
	if !ok {
		g.drop(dropKey{reason: Undeclared}, 1)
		return finding.Observation{}, false
	}
	if o.UID == "" {
		g.drop(dropKey{class: o.Class, reason: Malformed}, 1)
		return finding.Observation{}, false
	}
	passed := finding.Observation{Class: o.Class, UID: g.hash(o.UID), Columns: make(map[string]string, len(o.Columns))}
	for name, value := range o.Columns {
		switch column := known.columns[name]; {
		case value == "":
		case column.Sensitivity == sensor.Public && column.Maker && person(value):
			g.drop(dropKey{o.Class, name, Kept}, 1)
		case column.Sensitivity == sensor.Public && column.Named:
			passed.Columns[name] = clean(g.nameless(value), MaxValue)
		case column.Sensitivity == sensor.Public:
			passed.Columns[name] = clean(value, MaxValue)
		case column.Sensitivity == sensor.Pseudonym:
			passed.Columns[name] = g.Pseudonym(value)
		case column.Sensitivity == sensor.Local:
			g.drop(dropKey{o.Class, name, Kept}, 1)
		default:
			g.drop(dropKey{class: o.Class, reason: Undeclared}, 1)
		}
	}
	return passed, true
}

func (g *Gate) coverage(c finding.Coverage, secrets []string) (finding.Coverage, bool) {
	if _, ok := g.classes[c.Class]; !ok {
		g.drop(dropKey{reason: Undeclared}, 1)
		return finding.Coverage{}, false
	}
	switch c.State {
	case finding.CoverageOK, finding.CoverageAbsent, finding.CoverageUnsupported, finding.CoverageDenied, finding.CoverageFailed:
	default:
		g.drop(dropKey{class: c.Class, reason: Malformed}, 1)
		return finding.Coverage{}, false
	}
	c.Detail = plain(g.nameless(c.Detail), secrets)
	return c, true
}

// marshal writes the report, giving way where it is largest until it fits.
func (g *Gate) marshal(r *finding.Report) ([]byte, error) {
	for {
		wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(finding.ToWire(*r))
		if err != nil {
			return nil, fmt.Errorf("write report for the wire: %w", err)
		}
		if len(wire) <= MaxReport {
			if wire == nil {
				wire = []byte{} // an empty report is still a report that a gate made
			}
			return wire, nil
		}
		if !g.shrink(r) {
			return nil, fmt.Errorf("report has %d bytes with nothing left to leave out, the most is %d", len(wire), MaxReport)
		}
	}
}
