package assess

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// A memberUse is how one device of a site is driven, as its past tells.
type memberUse struct {
	generation int64 // of the device when its past was read
	past       Past
	sessions   []site.Session
	driven     time.Time // since when; zero where nothing lets somebody else drive it, unsanctioned
	mechanisms []string
}

// drivenAtWork says since when the devices can be driven that stand at a line for
// companies: whether that is an office is judged by them, too.
func (r *SiteRunner) drivenAtWork(ctx context.Context, generations map[string]int64) (map[string]time.Time, error) {
	ids, err := r.grounds.Driven(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the devices that are driven: %w", err)
	}
	r.atWork = slices.DeleteFunc(ids, func(id string) bool { return !r.fleet.OnCompanyLine(id) })
	if err := r.members(ctx, slices.AppendSeq(slices.Clone(r.atWork), maps.Keys(r.used)), generations); err != nil {
		return nil, err
	}
	by := map[string]time.Time{}
	for _, id := range r.atWork {
		if at := r.used[id].driven; !at.IsZero() {
			by[id] = at
		}
	}
	return by, nil
}

// members reads the past of every device of a site of which something is new, and
// forgets those of none.
func (r *SiteRunner) members(ctx context.Context, ids []string, generations map[string]int64) error {
	known := make(map[string]*memberUse, len(ids))
	for _, id := range ids {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if m := r.used[id]; m != nil && m.generation == generations[id] {
			known[id] = m
			continue
		}
		past, err := r.sites.Past(ctx, id)
		if err != nil {
			return fmt.Errorf("read the past of device %s: %w", id, err)
		}
		m := r.useOf(past)
		m.generation = generations[id]
		known[id] = m
	}
	r.used = known
	return nil
}

// useOf says how a device is driven: by what its standing rests on that is a mechanism,
// and by the sessions that nobody sanctioned.
func (r *SiteRunner) useOf(past Past) *memberUse {
	m := &memberUse{past: past}
	l := newTimeline(r.catalogue, past, r.now().UTC())
	since := l.present.AddDate(0, 0, -site.Memory)
	for _, s := range l.history(l.present).Spells {
		if rule, known := r.catalogue.Rule(s.Finding.Rule); known && rule.State == catalogue.StateControlled && !s.Sanctioned && !s.Unticketed && s.From.After(since) {
			m.sessions = append(m.sessions, site.Session{DeviceID: past.Device.ID, From: s.From, To: s.To})
		}
	}
	uids, over := r.drivenBy(past), map[string]bool{}
	for _, s := range l.past.Spells {
		if !uids[s.Finding.UID] || !s.To.IsZero() && s.To.Before(since) {
			continue // what stands on sessions that are over stands, for as long as they count
		}
		if m.driven.IsZero() || s.From.Before(m.driven) {
			m.driven = s.From
		}
		ended := !s.To.IsZero() && !s.To.After(l.present)
		if before, known := over[s.Finding.Title]; !known || before {
			over[s.Finding.Title] = ended
		}
	}
	for title, ended := range over {
		if ended {
			title += " (over)" // as a ledger marks it
		}
		m.mechanisms = append(m.mechanisms, title)
	}
	slices.Sort(m.mechanisms)
	return m
}

// drivenBy are the uids of what a device's standing rests on that is a mechanism.
func (r *SiteRunner) drivenBy(past Past) map[string]bool {
	uids := map[string]bool{}
	i := slices.IndexFunc(past.Standings, func(s Standing) bool { return s.Conclusion == finding.RemotelyControlled })
	if i < 0 {
		return uids
	}
	for _, e := range past.Standings[i].Ledger {
		if e.Points > 0 && r.mechanisms[e.Rule] {
			for _, uid := range strings.Fields(e.Finding) {
				uids[uid] = true
			}
		}
	}
	return uids
}

// mechanismsOf are the ids of what, in a ledger, means that somebody elsewhere can or
// does use a laptop: composites that say so, and rules that alone may raise as much.
func mechanismsOf(c *catalogue.Catalogue) map[string]bool {
	ids := map[string]bool{}
	for _, composite := range c.Composites {
		if composite.Mechanism {
			ids[composite.ID] = true
		}
	}
	for _, r := range c.EveryRule() {
		if r.Tier <= kvmTier {
			ids[r.ID] = true
		}
	}
	return ids
}

// use is how the devices of all sites are driven.
func (r *SiteRunner) use() site.Use {
	u := site.Use{Driven: map[string]time.Time{}}
	for id, m := range r.used {
		u.Sessions = append(u.Sessions, m.sessions...)
		if !m.driven.IsZero() {
			u.Driven[id] = m.driven
		}
	}
	return u
}
