package assess

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/site"
	"github.com/farmwatch/farmwatch/server/internal/wave"
)

// An Archive is where a replay reads what devices told. A replay writes nothing.
type Archive interface {
	FleetArchive
	// PastTold reads a device's past, with all that may be remembered at a moment and
	// since, and with the evidence of what some rules found.
	PastTold(ctx context.Context, deviceID string, since time.Time, rules []string) (Past, error)
	// ToldSince lists the rows of some classes that a device told as facts since a
	// moment, by event time: each time all rows of one class.
	ToldSince(ctx context.Context, deviceID string, since time.Time, classes []string) ([]device.Facts, error)
}

// A FleetArchive is where a replay reads what devices show together.
type FleetArchive interface {
	TraitStore
	GroundStore
	// Concluded lists by device what was said by rows of one class and holds still.
	Concluded(ctx context.Context, class string) (map[string]device.StandingConclusion, error)
	KeptSites(ctx context.Context) ([]site.Site, map[string][]site.Member, error)
	// SiteAlerts lists the alerts about a site, newest first.
	SiteAlerts(ctx context.Context, siteID string) ([]alert.Alert, error)
	// Beginnings lists what was first found on each device since a moment, and how many devices are enrolled.
	Beginnings(ctx context.Context, since time.Time) (starts []wave.Start, fleet int, err error)
}

// A Replay judges the past of devices and sites twice: by the catalogue in force, and by
// the same with new or changed files. Both see the same moments.
type Replay struct {
	before, after *catalogue.Catalogue
	from, to      time.Time
	proposals     []Proposal
	classes       []string // of the rules that are new or changed
	witnesses     []string // rules that read one of those classes, or whose evidence composites compare
	weighs        bool     // a composite or the scale is new or changed, so that every device is judged
	ways          func() (own map[string]int, carriers map[string]bool)
}

// NewReplay prepares to compare two catalogues over a window. What the files hold is named.
// Sites are joined by the ways out that sites in force are joined by, EgressRunner's; nil
// where nobody knows.
func NewReplay(before, after *catalogue.Catalogue, held []Proposed, from, to time.Time, ways func() (own map[string]int, carriers map[string]bool)) *Replay {
	r := &Replay{before: before, after: after, from: from, to: to, proposals: propose(before, after, held), ways: ways}
	for _, p := range r.proposals {
		r.weighs = r.weighs || p.Kind == ProposedComposite || p.Kind == ProposedScale
		for id := range p.ids {
			r.witnesses = append(r.witnesses, id) // also where it read another class before
		}
		for _, class := range p.classes() {
			r.classes = append(r.classes, class)
			for _, known := range before.RulesFor(class) {
				r.witnesses = append(r.witnesses, known.ID)
			}
		}
	}
	r.witnesses = slices.Concat(r.witnesses, before.Joining(), after.Joining())
	slices.Sort(r.classes)
	slices.Sort(r.witnesses)
	r.classes, r.witnesses = slices.Compact(r.classes), slices.Compact(r.witnesses)
	return r
}

// Run replays the devices of an archive and their sites, or one device, and tells how far
// it is. Changes come back as they matter: alerts first, then levels, most points first, and
// sites before laptops.
func (r *Replay) Run(ctx context.Context, archive Archive, only string, progress func(done, total int)) ([]ReplayChange, ReplaySummary, error) {
	devices, err := archive.Enrolled(ctx)
	if err != nil {
		return nil, ReplaySummary{}, fmt.Errorf("list the devices to replay: %w", err)
	}
	if only != "" {
		devices = slices.DeleteFunc(devices, func(d device.Enrolled) bool { return d.ID != only })
	}
	all := &tally{total: len(devices), progress: progress}
	ids := make([]string, 0, len(devices))
	for _, d := range devices {
		ids = append(ids, d.ID)
	}
	by, err := r.each(ctx, archive, ids, nil, all.went)
	if err != nil {
		return nil, ReplaySummary{}, err
	}
	fleet := together{replay: r, archive: archive, devices: by}
	if only == "" {
		if err := fleet.look(ctx); err != nil {
			return nil, ReplaySummary{}, err
		}
	}
	return all.sum(r, &fleet)
}

// each replays some devices, in part of the processors: what devices tell meanwhile is
// judged beside it, and goes first.
func (r *Replay) each(ctx context.Context, archive Archive, ids []string, more map[string]beside, went func()) (map[string]replayed, error) {
	list := make([]replayed, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(runtime.GOMAXPROCS(0)/2, 1))
	for i, id := range ids {
		group.Go(func() (err error) {
			if list[i], err = r.replay(ctx, archive, id, more[id]); err != nil {
				return fmt.Errorf("replay device %s: %w", id, err)
			}
			went()
			runtime.Gosched()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	by := make(map[string]replayed, len(ids))
	for _, one := range list {
		by[one.device] = one
	}
	return by, nil
}

// replayed is what became of one device.
type replayed struct {
	device  string
	changes []ReplayChange // one for each conclusion, also where nothing changed
	held    []held         // one for each proposal
	rows    int64
	cut     time.Time            // since when it was compared, where that is later than the window begins
	silent  bool                 // it told nothing in the window
	began   map[string]time.Time // when what the files hold would first have been found, by subject of a notice
	noticed []string             // subjects of the notices that it is part of already
	built   []string             // serial numbers of what the files take for built as a KVM is
	inbox   *inbox               // with the files, where notices that there would be may speak of it
}

// beside is what only the whole fleet tells of one device.
type beside struct {
	notices []Noticed        // that there would be
	shares  *[2]site.Verdict // what it shares with others by either catalogue; nil where both say the same
}

func (r *Replay) replay(ctx context.Context, archive Archive, id string, more beside) (replayed, error) {
	p, would, out, err := r.pasts(ctx, archive, id)
	if err != nil {
		return replayed{}, err
	}
	return r.try(ctx, p, would, out, more)
}

// pasts gives the past of a device as it was, and as it would have been with the rules.
func (r *Replay) pasts(ctx context.Context, archive Archive, id string) (p, would Past, out replayed, err error) {
	if p, err = archive.PastTold(ctx, id, r.from, r.witnesses); err != nil {
		return p, would, out, err
	}
	var told []device.Facts
	if len(r.classes) > 0 {
		if told, err = archive.ToldSince(ctx, id, r.from, r.classes); err != nil {
			return p, would, out, err
		}
	}
	would = p
	out = replayed{device: id, held: make([]held, len(r.proposals)), silent: p.heard().Before(r.from)}
	rows := newRowsTold(told, r.to)
	for i, proposal := range r.proposals {
		if len(proposal.ids) == 0 {
			continue
		}
		would.Spells, out.held[i] = proposal.on(p.Spells, would.Spells, rows, r.from)
		out.rows += out.held[i].rows
	}
	for _, n := range p.Notices {
		if n.Joined {
			out.noticed = append(out.noticed, n.Subject)
		}
	}
	out.began, out.built = r.begun(would.Spells), r.built(would.Spells)
	return p, would, out, nil
}

// try compares the two pasts of a device.
func (r *Replay) try(ctx context.Context, p, would Past, out replayed, more beside) (replayed, error) {
	touched := r.weighs || more.shares != nil || slices.ContainsFunc(out.held, func(h held) bool { return h.before || h.after })
	if more.shares != nil {
		p.Spells = withClaims(r.before, p.Spells, more.shares[0], r.to)
		would.Spells = withClaims(r.after, would.Spells, more.shares[1], r.to)
	}
	would.Notices = withNotices(would.Notices, more.notices)
	err := r.compare(ctx, p, would, touched, &out)
	return out, err
}

// subjectOf names what a notice would tell of a rule: a tool, or the rule itself.
func subjectOf(rule string) string {
	if strip := toolOf(rule); strip != rule {
		return strip
	}
	return rule
}

// begun is when what the files hold was first found, by subject.
func (r *Replay) begun(spells []device.Spell) map[string]time.Time {
	began := map[string]time.Time{}
	for _, p := range r.proposals {
		for _, s := range spells {
			if !p.ids[s.Finding.Rule] {
				continue
			}
			subject := subjectOf(s.Finding.Rule)
			if at, known := began[subject]; !known || s.From.Before(at) {
				began[subject] = s.From
			}
		}
	}
	return began
}

// built lists the serial numbers of USB devices that a rule of the files takes for KVMs.
func (r *Replay) built(spells []device.Spell) (serials []string) {
	for _, p := range r.proposals {
		for _, rule := range p.rules {
			if rule.Group != "kvm" || rule.Tier > kvmTier || rule.Class != "usb_devices" {
				continue
			}
			for _, s := range spells {
				if s.Finding.Rule != rule.ID {
					continue
				}
				for _, t := range device.TraitsOf(rule.Class, slices.DeleteFunc(slices.Clone(s.Finding.Evidence), func(row finding.Observation) bool { return !rule.Matches(row) })) {
					serials = append(serials, t.Value)
				}
			}
		}
	}
	return serials
}
