package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"connectrpc.com/connect"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/sanctionfile"
)

// Pasts is where what devices told is read, to see what a sanction would have done.
type Pasts interface {
	// DevicesFound lists the devices that a sanction ever could reach and on which one of some rules held since a moment.
	DevicesFound(ctx context.Context, n alert.Sanction, rules []string, since time.Time) ([]string, error)
	// PastWith reads a device's past with the evidence that drafts want to see.
	PastWith(ctx context.Context, deviceID string, drafts ...alert.Sanction) (assess.Past, error)
}

// mostFiles is how many files are read at once.
const mostFiles = 100

// What becomes of a draft.
const (
	created   = "created"
	changed   = "changed"
	unchanged = "unchanged"
)

// A plan is what becomes of one draft.
type plan struct {
	sanctionfile.Draft
	sanction alert.Sanction
	outcome  string
	changes  []string
	preview  *consolev1.SanctionPreview
}

// ApplySanctions makes the sanctions of files those in force, all or none.
func (s *Server) ApplySanctions(ctx context.Context, r *connect.Request[consolev1.ApplySanctionsRequest]) (*connect.Response[consolev1.ApplySanctionsResponse], error) {
	m := r.Msg
	plans, err := s.plans(ctx, m.GetFiles())
	if err != nil {
		return nil, err
	}
	var fresh []alert.Sanction
	for i := range plans {
		if plans[i].outcome == unchanged {
			continue
		}
		if err := s.agreed(ctx, &plans[i].sanction, plans[i].preview, m.GetSecondApprover(), m.GetValidateOnly()); err != nil {
			return nil, plans[i].Explain(err)
		}
		fresh = append(fresh, plans[i].sanction)
	}
	if len(fresh) > 0 && !m.GetValidateOnly() {
		if err := s.Sanctions.AddSanctions(ctx, "sanction.apply", fresh...); err != nil {
			return nil, err
		}
		s.Assess()
	}
	out := &consolev1.ApplySanctionsResponse{}
	for _, p := range plans {
		shown, err := s.sanctionOut(ctx, p.sanction)
		if err != nil {
			return nil, err
		}
		out.Sanctions = append(out.Sanctions, &consolev1.AppliedSanction{Sanction: shown, Outcome: p.outcome, Changes: p.changes, Preview: p.preview})
	}
	return connect.NewResponse(out), nil
}

// PreviewSanctions says what the sanctions of files would have done.
func (s *Server) PreviewSanctions(ctx context.Context, r *connect.Request[consolev1.PreviewSanctionsRequest]) (*connect.Response[consolev1.PreviewSanctionsResponse], error) {
	plans, err := s.plans(ctx, r.Msg.GetFiles())
	if err != nil {
		return nil, err
	}
	out := &consolev1.PreviewSanctionsResponse{}
	for _, p := range plans {
		if p.preview == nil {
			p.preview = &consolev1.SanctionPreview{Name: p.sanction.Name}
		}
		out.Previews = append(out.Previews, p.preview)
	}
	return connect.NewResponse(out), nil
}

// agreed says whether enough people stand behind a sanction.
func (s *Server) agreed(ctx context.Context, n *alert.Sanction, foreseen *consolev1.SanctionPreview, second string, trial bool) error {
	by := sessionOf(ctx).User.Name
	if err := n.ValidPeople(by); err != nil {
		return err
	}
	k := foreseen.GetTruePositives()
	switch {
	case k == 0:
		return nil
	case second == "" && trial:
		return nil
	case second == "":
		return &alert.Refusal{Cause: alert.ErrConflict, Sentence: fmt.Sprintf("the sanction %s would have hidden alerts of which %d closed as true positive; "+
			"narrow it, or name with --second-approver who else answers for it", n.Name, k)}
	}
	n.SecondApprover = second
	return n.ValidSecondApprover(second, by)
}

// plans reads files and says what would become of each sanction in them.
func (s *Server) plans(ctx context.Context, files []*consolev1.SanctionFile) ([]plan, error) {
	drafts, err := s.drafts(ctx, files)
	if err != nil {
		return nil, err
	}
	kept, err := s.Sanctions.Sanctions(ctx)
	if err != nil {
		return nil, err
	}
	var plans []plan
	for i, d := range drafts {
		if slices.ContainsFunc(drafts[:i], func(other sanctionfile.Draft) bool { return other.Name == d.Name }) {
			return nil, d.Explain(&alert.Refusal{Cause: alert.ErrInvalid, Field: "name", Sentence: fmt.Sprintf("a sanction %q stands in these files twice", d.Name)})
		}
		p := s.plan(ctx, d, kept)
		if p.outcome != unchanged {
			if err := s.consider(ctx, &p, kept, plans); err != nil {
				return nil, p.Explain(err)
			}
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// drafts reads files and finds the devices they name.
func (s *Server) drafts(ctx context.Context, files []*consolev1.SanctionFile) ([]sanctionfile.Draft, error) {
	if len(files) == 0 || len(files) > mostFiles {
		return nil, invalid("send between 1 and %d files, not %d", mostFiles, len(files))
	}
	var drafts []sanctionfile.Draft
	for _, f := range files {
		more, err := sanctionfile.Read(f.GetName(), f.GetText(), s.Pseudonym)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, more...)
	}
	if len(drafts) == 0 || len(drafts) > sanctionfile.MostDocuments {
		return nil, invalid("there are %d sanctions in these files; apply between 1 and %d at once", len(drafts), sanctionfile.MostDocuments)
	}
	for _, d := range drafts {
		for i, name := range d.Devices {
			found, err := s.Fleet.DeviceNamed(ctx, name)
			if errors.Is(err, device.ErrNotFound) {
				err = &alert.Refusal{Cause: alert.ErrNotFound, Field: "devices", Sentence: fmt.Sprintf("there is no device %q", name)}
			}
			if err != nil {
				return nil, d.Explain(err)
			}
			d.Devices[i] = found.ID
		}
	}
	return drafts, nil
}

// plan compares a draft with the latest version of its name.
func (s *Server) plan(ctx context.Context, d sanctionfile.Draft, kept []alert.Sanction) plan {
	now := s.Now().UTC()
	n := d.Orderly()
	n.Version, n.CreatedBy, n.CreatedAt, n.StartsAt = 1, sessionOf(ctx).User.Name, now, now
	p := plan{Draft: d, sanction: n, outcome: created}
	before, known := latest(kept, n.Name)
	if !known {
		return p
	}
	p.sanction.Version = before.Version + 1
	p.outcome, p.changes = changed, n.Changes(before)
	if len(p.changes) == 0 && before.RevokedAt.IsZero() {
		p.sanction, p.outcome = before, unchanged
	}
	return p
}

func latest(kept []alert.Sanction, name string) (alert.Sanction, bool) {
	i := slices.IndexFunc(kept, func(n alert.Sanction) bool { return n.Name == name && n.ReplacedAt.IsZero() })
	if i < 0 {
		return alert.Sanction{}, false
	}
	return kept[i], true
}

// consider refuses what may not be, and looks at what it would have done beside the plans before it.
func (s *Server) consider(ctx context.Context, p *plan, kept []alert.Sanction, plans []plan) error {
	if before, known := latest(kept, p.sanction.Name); known && !before.RevokedAt.IsZero() {
		return &alert.Refusal{Cause: alert.ErrConflict, Field: "name", Sentence: fmt.Sprintf("the sanction %s was revoked on %s, and a file does not bring it back: "+
			"take it out of the file, or give it another name", before.Name, before.RevokedAt.UTC().Format(time.DateOnly))}
	}
	if err := p.sanction.Validate(s.Catalogue, p.sanction.CreatedAt); err != nil {
		return err
	}
	p.sanction.ID = s.NewID()
	var err error
	var others []alert.Sanction
	for _, other := range plans {
		others = append(others, other.sanction)
	}
	p.preview, err = s.preview(ctx, p.sanction, others...)
	return err
}

// mostShownAlerts is how many alerts a preview names.
const mostShownAlerts = 20

func (s *Server) preview(ctx context.Context, n alert.Sanction, others ...alert.Sanction) (*consolev1.SanctionPreview, error) {
	now := s.Now().UTC()
	out := &consolev1.SanctionPreview{Name: n.Name}
	ids, err := s.Pasts.DevicesFound(ctx, n, rulesOf(n), now.Add(-assess.Memory))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		past, err := s.Pasts.PastWith(ctx, id, append(slices.Clone(others), n)...)
		if err != nil {
			return nil, err
		}
		f := assess.Foresee(s.Catalogue, past, n, now, others...)
		if f.Findings > 0 {
			out.Devices++
		}
		out.Findings += int32(f.Findings)
		out.Alerts += int32(len(f.Hidden))
		for _, a := range f.Hidden {
			if !a.CloseReason.TruePositive() {
				continue
			}
			if out.TruePositives++; out.TruePositives <= mostShownAlerts {
				out.TruePositiveAlerts = append(out.TruePositiveAlerts, a.ID)
			}
		}
	}
	return out, nil
}

// rulesOf lists the rules of which a sanction speaks: those it names, and those
// of every state of the tools it names.
func rulesOf(n alert.Sanction) []string {
	rules := slices.Clone(n.Tools)
	for _, tool := range n.Tools {
		for _, state := range []string{
			catalogue.StateContacted, catalogue.StateReached, catalogue.StateInstalled, catalogue.StateUnattended, catalogue.StateTenant, catalogue.StateOpened, catalogue.StateRunning,
			catalogue.StateListening, catalogue.StateConnected, catalogue.StateControlled, catalogue.StateEntered, catalogue.StateVisited,
		} {
			rules = append(rules, "tool."+tool+"."+state)
		}
	}
	return rules
}
