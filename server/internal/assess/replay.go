package assess

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// An Archive is where a replay reads what devices told. A replay writes nothing.
type Archive interface {
	Enrolled(ctx context.Context) ([]device.Enrolled, error)
	// PastTold reads a device's past, with all that may be remembered at a moment and
	// since, and with the evidence of what some rules found.
	PastTold(ctx context.Context, deviceID string, since time.Time, rules []string) (Past, error)
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
	witnesses     []string // rules that read one of those classes, or whose evidence composites compare
	weighs        bool     // a composite or the scale is new or changed, so that every device is judged
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
	r.witnesses = slices.Concat(r.witnesses, before.Joining(), after.Joining())
	slices.Sort(r.classes)
	slices.Sort(r.witnesses)
	r.classes, r.witnesses = slices.Compact(r.classes), slices.Compact(r.witnesses)
	return r
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

// replayed is what became of one device.
type replayed struct {
	changes []ReplayChange // one for each conclusion, also where nothing changed
	held    []held         // one for each proposal
	rows    int64
	cut     time.Time // since when it was compared, where that is later than the window begins
}

func (r *Replay) replay(ctx context.Context, archive Archive, id string) (replayed, error) {
	p, err := archive.PastTold(ctx, id, r.from, r.witnesses)
	if err != nil {
		return replayed{}, err
	}
	var told []device.Facts
	if len(r.classes) > 0 {
		if told, err = archive.ToldSince(ctx, id, r.from, r.classes); err != nil {
			return replayed{}, err
		}
	}
	return r.try(ctx, p, told)
}

// try replays one device, from its past and the facts that it told.
func (r *Replay) try(ctx context.Context, p Past, told []device.Facts) (out replayed, err error) {
	would := p
	out.held = make([]held, len(r.proposals))
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
	out.changes, out.cut, err = r.compare(ctx, p, would, touched)
	return out, err
}
