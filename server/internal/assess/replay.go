package assess

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// An Archive is where a replay reads what devices told. A replay writes nothing.
type Archive interface {
	Enrolled(ctx context.Context) ([]device.Enrolled, error)
	// PastTold reads a device's past, with the evidence of what some rules found.
	PastTold(ctx context.Context, deviceID string, rules []string) (Past, error)
	// ToldSince lists the rows of some classes that a device told as facts since a
	// moment, by event time: each time all rows of one class.
	ToldSince(ctx context.Context, deviceID string, since time.Time, classes []string) ([]device.Facts, error)
}

// A Replay judges the past of devices twice: by the catalogue in force, and by the
// same with new or changed rules. Both see the same moments.
type Replay struct {
	before, after *catalogue.Catalogue
	from, to      time.Time
	proposals     []Proposal
	classes       []string // of the rules that are new or changed
	witnesses     []string // rules that read one of those classes
	weighs        bool     // a composite or the scale is new or changed, so that every device is judged
}

// A ReplayChange is one conclusion about one device that would have been another.
type ReplayChange struct {
	DeviceID, DeviceName string
	Conclusion           finding.Conclusion
	Before, After        catalogue.Assessment // at their height in the window
	NowBefore, NowAfter  finding.Level
	At                   time.Time // when the two first differed
	Opened               bool      // it would have raised an alert that was not
	NotOpened            bool      // the alert would not have been
	Added, Dropped       []catalogue.LedgerEntry
}

// A ReplaySummary is what a replay came to, over all devices.
type ReplaySummary struct {
	From, To                      time.Time
	Devices                       int
	Raised, Lowered, Unchanged    int // conclusions, by their highest level
	Rescored                      int // of the unchanged, those with another score
	AlertsOpened, AlertsNotNeeded int
	Levels                        map[LevelOf][2]int // devices before and after
	Proposals                     []Proposal
	Rows                          int64 // that were tried
}

// LevelOf is one level of one conclusion.
type LevelOf struct {
	Conclusion finding.Conclusion
	Level      finding.Level
}

// NewReplay prepares to compare two catalogues over a window. IDs name the rules
// and composites that the files hold, or ScaleID.
func NewReplay(before, after *catalogue.Catalogue, ids []string, from, to time.Time) *Replay {
	r := &Replay{before: before, after: after, from: from, to: to, proposals: propose(before, after, ids)}
	for _, p := range r.proposals {
		if p.rule == nil {
			r.weighs = true
			continue
		}
		r.classes = append(r.classes, p.rule.Class)
		for _, known := range before.RulesFor(p.rule.Class) {
			r.witnesses = append(r.witnesses, known.ID)
		}
		r.witnesses = append(r.witnesses, p.rule.ID) // also where it read another class before
	}
	slices.Sort(r.classes)
	slices.Sort(r.witnesses)
	r.classes, r.witnesses = slices.Compact(r.classes), slices.Compact(r.witnesses)
	return r
}

// A tally gathers what several workers found.
type tally struct {
	sync.Mutex
	summary ReplaySummary
	changes []ReplayChange
	done    int
}

// Run replays the devices of an archive, or one of them, and tells how far it is.
// Changes come back most points first.
func (r *Replay) Run(ctx context.Context, archive Archive, only string, progress func(done, total int)) ([]ReplayChange, ReplaySummary, error) {
	devices, err := archive.Enrolled(ctx)
	if err != nil {
		return nil, ReplaySummary{}, fmt.Errorf("list the devices to replay: %w", err)
	}
	if only != "" {
		devices = slices.DeleteFunc(devices, func(d device.Enrolled) bool { return d.ID != only })
	}
	all := &tally{summary: ReplaySummary{From: r.from, To: r.to, Devices: len(devices), Levels: map[LevelOf][2]int{}, Proposals: slices.Clone(r.proposals)}}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(runtime.GOMAXPROCS(0), 2)) // one reads while another judges
	for _, d := range devices {
		group.Go(func() error {
			one, err := r.replay(ctx, archive, d.ID)
			if err != nil {
				return fmt.Errorf("replay device %s: %w", d.ID, err)
			}
			all.add(one, progress)
			return nil
		})
	}
	err = group.Wait()
	slices.SortFunc(all.changes, func(a, b ReplayChange) int {
		return cmp.Or(cmp.Compare(b.After.Score, a.After.Score), cmp.Compare(b.Before.Score, a.Before.Score), cmp.Compare(a.DeviceName, b.DeviceName),
			cmp.Compare(a.DeviceID, b.DeviceID), cmp.Compare(a.Conclusion, b.Conclusion))
	})
	return all.changes, all.summary, err
}

func (t *tally) add(one replayed, progress func(done, total int)) {
	t.Lock()
	defer t.Unlock()
	t.done++
	s := &t.summary
	s.Rows += one.rows
	for i, held := range one.held {
		s.Proposals[i].add(held)
	}
	for _, c := range one.changes {
		for side, a := range []catalogue.Assessment{c.Before, c.After} {
			n := s.Levels[LevelOf{c.Conclusion, a.Level}]
			n[side]++
			s.Levels[LevelOf{c.Conclusion, a.Level}] = n
		}
		switch before, after := c.Before.Level.Rank(), c.After.Level.Rank(); {
		case after > before:
			s.Raised++
		case after < before:
			s.Lowered++
		default:
			s.Unchanged++
			if c.Before.Score != c.After.Score {
				s.Rescored++
			}
		}
		if c.Opened {
			s.AlertsOpened++
		}
		if c.NotOpened {
			s.AlertsNotNeeded++
		}
		if c.Before.Level != c.After.Level || c.Before.Score != c.After.Score {
			t.changes = append(t.changes, c)
		}
	}
	if progress != nil {
		progress(t.done, s.Devices)
	}
}

// replayed is what became of one device.
type replayed struct {
	changes []ReplayChange // one for each conclusion, also where nothing changed
	held    []held         // one for each proposal
	rows    int64
}

func (r *Replay) replay(ctx context.Context, archive Archive, id string) (replayed, error) {
	p, err := archive.PastTold(ctx, id, r.witnesses)
	if err != nil {
		return replayed{}, err
	}
	var told []device.Facts
	if len(r.classes) > 0 {
		if told, err = archive.ToldSince(ctx, id, r.from, r.classes); err != nil {
			return replayed{}, err
		}
	}
	return r.Device(p, told), nil
}

// Device replays one device, from its past and the facts that it told.
func (r *Replay) Device(p Past, told []device.Facts) replayed {
	would := p
	out := replayed{held: make([]held, len(r.proposals))}
	touched := r.weighs
	rows := newRowsTold(told, r.to)
	for i, proposal := range r.proposals {
		if proposal.rule == nil {
			continue
		}
		before := would.Spells
		would.Spells, out.held[i] = proposal.on(p.Spells, before, rows, r.from)
		out.rows += out.held[i].rows
		touched = touched || out.held[i].before || out.held[i].after
	}
	out.changes = r.compare(p, would, touched)
	return out
}

// mostReplayed bounds the moments of one device that are compared: about one of
// every hour and a half of 30 days.
const mostReplayed = 512

// compare judges both pasts at the moments of both.
func (r *Replay) compare(p, would Past, touched bool) []ReplayChange {
	known := newSide(r.before, p)
	other := known
	at := r.moments(p, would)
	if touched {
		other = newSide(r.after, would)
	}
	for _, t := range at {
		known.look(t)
		if touched {
			other.look(t)
		}
	}
	var changes []ReplayChange
	for i, peak := range known.peaks {
		after := other.peaks[i]
		c := ReplayChange{DeviceID: p.Device.ID, DeviceName: p.Device.Name, Conclusion: peak.Conclusion, Before: peak, After: after,
			NowBefore: known.track[len(at)-1][i].Level, NowAfter: other.track[len(at)-1][i].Level,
			Added: linesOnlyIn(after, peak), Dropped: linesOnlyIn(peak, after)}
		c.At = firstApart(at, known.track, other.track, i)
		alarmed, alarms := alarming(peak), alarming(after)
		c.Opened = alarms && !alarmed && p.Covered[c.Conclusion] == "" && !slices.ContainsFunc(about(p.Alerts, c.Conclusion), unclosed)
		c.NotOpened = alarmed && !alarms
		changes = append(changes, c)
	}
	return changes
}

// A side is one catalogue with what it would have seen, and what it says of it.
type side struct {
	catalogue *catalogue.Catalogue
	past      Past
	permitted *permits
	track     [][]brief
	peaks     []catalogue.Assessment
}

// brief is what of an assessment is kept of each moment.
type brief struct {
	Level finding.Level
	Score int
}

func newSide(c *catalogue.Catalogue, p Past) *side {
	p.Spells = onOwnEvidence(c, p.Spells)
	return &side{catalogue: c, past: p, permitted: newPermits(c, p)}
}

func (s *side) look(at time.Time) {
	all := s.catalogue.Assess(history(s.past, s.permitted, at))
	line := make([]brief, len(all))
	for i, a := range all {
		line[i] = brief{a.Level, a.Score}
		switch {
		case i >= len(s.peaks):
			s.peaks = append(s.peaks, a)
		case outweighs(a, s.peaks[i]):
			s.peaks[i] = a
		}
	}
	s.track = append(s.track, line)
}

// moments are those at which either past may have stood at its strongest within
// the window, and its end.
func (r *Replay) moments(pasts ...Past) []time.Time {
	at := []time.Time{r.from}
	for _, p := range pasts {
		p.Seen = time.Time{}
		for _, s := range p.Spells {
			for _, t := range []time.Time{s.From, s.To.Add(-time.Microsecond)} {
				if t.After(r.from) && t.Before(r.to) {
					at = append(at, t)
				}
			}
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	at = slices.CompactFunc(at, time.Time.Equal)
	return append(at[max(0, len(at)-mostReplayed):], r.to)
}

// firstApart is the first moment at which levels differ, or else scores.
func firstApart(at []time.Time, a, b [][]brief, i int) time.Time {
	var scored time.Time
	for n, t := range at {
		switch x, y := a[n][i], b[n][i]; {
		case x.Level != y.Level:
			return t
		case x.Score != y.Score && scored.IsZero():
			scored = t
		}
	}
	return scored
}

func alarming(a catalogue.Assessment) bool { return a.Level.Rank() >= finding.LevelMedium.Rank() }

func unclosed(a alert.Alert) bool { return a.State != alert.Closed }

// linesOnlyIn gives the lines of a ledger that the other has not, or with other points.
func linesOnlyIn(a, b catalogue.Assessment) []catalogue.LedgerEntry {
	return slices.DeleteFunc(slices.Clone(a.Ledger), func(e catalogue.LedgerEntry) bool {
		return slices.ContainsFunc(b.Ledger, func(o catalogue.LedgerEntry) bool { return o.Rule == e.Rule && o.Points == e.Points })
	})
}
