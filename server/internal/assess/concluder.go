package assess

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// toldAgain is after how long an unchanged finding is told again, so that it shows
// that it still holds.
const toldAgain = 24 * time.Hour

// mostAtOnce is how many devices' conclusions are kept in one transaction, so that
// what devices tell does not wait for long.
const mostAtOnce = 200

// quiet is for how long a device may have been unheard and is still judged. What
// was found of it stands as it was, like all that is told of a laptop that sleeps.
const quiet = 48 * time.Hour

// A ConclusionStore keeps what the collector itself finds of devices.
type ConclusionStore interface {
	// Concluded lists by device what was said by rows of one class and holds still.
	Concluded(ctx context.Context, class string) (map[string]device.StandingConclusion, error)
	Conclude(ctx context.Context, list []device.Conclusion) error
}

// A Claim is a rule that holds for a row.
type Claim struct {
	Rule  *catalogue.Rule
	Since time.Time // since when it holds without a break
}

// A Said is what a runner has to say of one device now.
type Said struct {
	DeviceID string
	// Row is of the concluder's class. Without columns there is nothing to say of the
	// device: the row goes, and what was found by it is over.
	Row    finding.Observation
	Heard  time.Time // when what the row rests on was last noted of the device
	Claims []Claim
	// Forgotten: the row goes because what it rested on is too old to be kept. What was
	// found by it stands as it was.
	Forgotten bool
}

// A Concluder keeps the rows of one class that the collector makes, one per device,
// and what rules find of them. It writes what is new, and touches nothing that was
// found by rows of another class.
type Concluder struct {
	store ConclusionStore
	class string
	now   func() time.Time
	told  func(deviceID string)
}

// NewConcluder makes a Concluder. It tells of each device of which something new is
// on the disk; told must not block.
func NewConcluder(store ConclusionStore, class string, now func() time.Time, told func(deviceID string)) *Concluder {
	return &Concluder{store: store, class: class, now: now, told: told}
}

// Keep keeps what is new of what is said. Devices of which nothing is said stay as
// they are. The coverage says whether rows of the class could be made at all.
func (c *Concluder) Keep(ctx context.Context, said []Said, coverage finding.Coverage) error {
	stood, err := c.store.Concluded(ctx, c.class)
	if err != nil {
		return fmt.Errorf("read what was concluded of class %s before: %w", c.class, err)
	}
	var news []device.Conclusion
	for _, s := range said {
		if one, changed := c.conclude(s, stood[s.DeviceID], coverage); changed {
			news = append(news, one)
		}
	}
	var errs failures
	for some := range slices.Chunk(news, mostAtOnce) {
		err := c.keep(ctx, some)
		if err == nil || ctx.Err() != nil {
			errs.add(err)
			continue
		}
		for one := range slices.Chunk(some, 1) { // nothing of it was kept: each of these by itself
			errs.add(c.keep(ctx, one))
		}
	}
	return errs.err()
}

// keep keeps what is new of some devices, all or none, and tells of them.
func (c *Concluder) keep(ctx context.Context, news []device.Conclusion) error {
	if err := c.store.Conclude(ctx, news); err != nil {
		return fmt.Errorf("keep what is concluded of class %s: %w", c.class, err)
	}
	for _, one := range news {
		c.told(one.DeviceID)
	}
	return nil
}

// conclude says what is new of one device.
func (c *Concluder) conclude(s Said, stood device.StandingConclusion, coverage finding.Coverage) (device.Conclusion, bool) {
	now := c.now().UTC()
	one := device.Conclusion{DeviceID: s.DeviceID, Report: finding.Report{At: now}}
	if s.Forgotten {
		one.Report.Facts = []finding.Facts{{Class: c.class}}
		return one, len(stood.Row) > 0
	}
	if len(stood.Row) > 0 && now.Sub(s.Heard) > quiet {
		return one, false
	}
	one.Report.Findings = claimed(s, stood.Findings)
	if !maps.Equal(s.Row.Columns, stood.Row) {
		facts := finding.Facts{Class: c.class}
		if len(s.Row.Columns) > 0 {
			facts.Rows = []finding.Observation{s.Row}
		}
		one.Report.Facts = []finding.Facts{facts}
	}
	if coverage.State != stood.Coverage || coverage.Detail != stood.Detail {
		coverage.Class, coverage.Since = c.class, now
		one.Report.Coverage = []finding.Coverage{coverage}
	}
	return one, len(one.Report.Findings)+len(one.Report.Facts)+len(one.Report.Coverage) > 0
}

// claimed are the findings to keep: those that are new, changed or over.
func claimed(s Said, before []device.Finding) []finding.Finding {
	var list []finding.Finding
	open := map[string]device.Finding{}
	for _, f := range before {
		open[f.UID] = f
	}
	for _, claim := range s.Claims {
		f := finding.Finding{
			UID: device.CollectorUID(claim.Rule.ID, s.DeviceID), Rule: claim.Rule.ID, Title: claim.Rule.Title, Status: finding.Open,
			Severity: claim.Rule.Severity, Confidence: claim.Rule.ConfidenceOf(s.Row), FirstSeen: claim.Since, LastSeen: s.Heard, Evidence: []finding.Observation{s.Row},
		}
		was, known := open[f.UID]
		delete(open, f.UID)
		if known && was.Rule == f.Rule && same(was.Evidence, f.Evidence) && s.Heard.Sub(was.LastSeen) < toldAgain {
			continue
		}
		list = append(list, f)
	}
	for _, f := range before {
		if _, over := open[f.UID]; over {
			f.Status = finding.Closed
			// The time of the spell that is open, and not of the first one that ever was.
			f.FirstSeen = f.LastSeen
			list = append(list, f.Finding)
		}
	}
	return list
}

func same(a, b []finding.Observation) bool {
	return len(a) == 1 && len(b) == 1 && maps.Equal(a[0].Columns, b[0].Columns)
}
