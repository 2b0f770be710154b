package assess

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// houses are the sites as either catalogue has them. Both are joined anew, in the same way,
// from what laptops shared on the days that are kept; nothing is taken from how it was
// judged but since when what is found of laptops holds.
type houses struct {
	of       *together
	runners  [2]*SiteRunner
	surveys  [2]*site.Survey
	verdicts [2]map[string]site.Verdict
	heard    map[string]bool // devices of which something is said by either
}

func (f *together) houses(ctx context.Context) (*houses, error) {
	h := &houses{of: f, heard: map[string]bool{}}
	var ways func() (map[string]int, map[string]bool)
	if f.replay.ways != nil { // read once, so that both are joined alike
		own, carriers := f.replay.ways()
		ways = func() (map[string]int, map[string]bool) { return own, carriers }
	}
	for side, c := range []*catalogue.Catalogue{f.replay.before, f.replay.after} {
		h.runners[side] = NewSiteRunner(SiteOptions{Traits: f.archive, Grounds: f.archive, Catalogue: c, Log: slog.New(slog.DiscardHandler),
			Ways: ways, Now: func() time.Time { return f.replay.to }})
	}
	if err := h.survey(ctx); err != nil {
		return nil, err
	}
	if err := h.use(ctx); err != nil {
		return nil, err
	}
	stood, err := f.archive.Concluded(ctx, site.Class)
	if err != nil {
		return nil, fmt.Errorf("read what was concluded of sites: %w", err)
	}
	for side, r := range h.runners {
		h.verdicts[side] = map[string]site.Verdict{}
		for _, v := range h.surveys[side].Judge(r.catalogue, r.use(), f.since(stood, side)) {
			h.verdicts[side][v.DeviceID] = v
			h.heard[v.DeviceID] = true
		}
	}
	return h, nil
}

// survey joins laptops, twice where the files say otherwise which devices are built as KVMs.
func (h *houses) survey(ctx context.Context) error {
	before, after := h.runners[0], h.runners[1]
	if err := before.read(ctx); err != nil {
		return fmt.Errorf("read what laptops share: %w", err)
	}
	kept, _, err := h.of.archive.KeptSites(ctx)
	if err != nil {
		return fmt.Errorf("read the sites: %w", err)
	}
	var grounds [2]site.Ground
	after.fleet = before.fleet
	for side, r := range h.runners {
		r.roster, r.rosterState = before.roster, before.rosterState
		if grounds[side], err = r.ground(ctx); err != nil {
			return fmt.Errorf("read what is known beside what laptops share: %w", err)
		}
		grounds[side].Kept = kept
	}
	for _, one := range h.of.devices {
		for _, serial := range one.built {
			grounds[1].KVMs[serial] = true
		}
	}
	if err := h.driven(ctx, &grounds); err != nil {
		return err
	}
	h.surveys[0] = before.fleet.Survey(grounds[0])
	if h.surveys[1] = h.surveys[0]; !reflect.DeepEqual(grounds[0], grounds[1]) {
		h.surveys[1] = after.fleet.Survey(grounds[1])
	}
	return nil
}

// driven says since when the devices can be driven, by either catalogue, that stand at a line
// for companies, as SiteRunner does.
func (h *houses) driven(ctx context.Context, grounds *[2]site.Ground) error {
	for side, r := range h.runners {
		r.used, grounds[side].Driven = map[string]*memberUse{}, map[string]time.Time{}
	}
	for _, id := range slices.Sorted(maps.Keys(h.of.devices)) {
		if !h.of.devices[id].drives() || !h.runners[0].fleet.OnCompanyLine(id) {
			continue
		}
		if err := h.reads(ctx, id); err != nil {
			return err
		}
		for side, r := range h.runners {
			if at := r.used[id].driven; !at.IsZero() {
				grounds[side].Driven[id] = at
			}
		}
	}
	return nil
}

// drives says whether somebody may drive a device now, by either catalogue.
func (out replayed) drives() bool {
	return slices.ContainsFunc(out.changes, func(c ReplayChange) bool {
		return c.Conclusion == finding.RemotelyControlled && (c.NowBefore != finding.LevelNone || c.NowAfter != finding.LevelNone)
	})
}

// use reads the past of every device of a site.
func (h *houses) use(ctx context.Context) error {
	for _, s := range h.surveys {
		for _, id := range s.Joined() {
			if err := h.reads(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// reads says by either catalogue how a device is driven.
func (h *houses) reads(ctx context.Context, id string) error {
	if h.runners[0].used[id] != nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p, would, _, err := h.of.replay.pasts(ctx, h.of.archive, id)
	if err != nil {
		return fmt.Errorf("read the past of device %s: %w", id, err)
	}
	for side, past := range []Past{p, would} {
		r := h.runners[side]
		past.Standings = standingsOf(r.catalogue, past, h.of.replay.to)
		r.used[id] = r.useOf(past)
	}
	return nil
}

// standingsOf is how a device stands by a catalogue.
func standingsOf(c *catalogue.Catalogue, p Past, now time.Time) (list []Standing) {
	l := newTimeline(c, p, now)
	for _, a := range l.assess(l.present) {
		list = append(list, Standing{Assessment: a, DeviceID: p.Device.ID, DeviceName: p.Device.Name})
	}
	return list
}

// since tells since when a rule holds of what was concluded; a rule of the files is dated anew.
func (f *together) since(stood map[string]device.StandingConclusion, side int) site.Before {
	return func(id, rule string) (time.Time, bool) {
		if side == 1 && f.replay.proposes(rule) {
			return time.Time{}, false
		}
		for _, one := range stood[id].Findings {
			if one.Rule == rule {
				return one.FirstSeen, true
			}
		}
		return time.Time{}, false
	}
}

// differ gives what devices share where the two catalogues say otherwise of it, or where
// one of the files reads what they share.
func (h *houses) differ() map[string][2]site.Verdict {
	list := map[string][2]site.Verdict{}
	for id := range h.heard {
		a, b := h.verdicts[0][id], h.verdicts[1][id]
		if !slices.EqualFunc(a.Claims, b.Claims, func(x, y site.Claim) bool { return x.Rule.ID == y.Rule.ID && x.Since.Equal(y.Since) }) ||
			slices.ContainsFunc(b.Claims, func(c site.Claim) bool { return h.of.replay.proposes(c.Rule.ID) }) {
			list[id] = [2]site.Verdict{a, b}
		}
	}
	return list
}

func (r *Replay) proposes(rule string) bool {
	return slices.ContainsFunc(r.proposals, func(p Proposal) bool { return p.ids[rule] })
}
