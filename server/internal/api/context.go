package api

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// Rosters is where what a company imports is kept.
type Rosters interface {
	Roster(ctx context.Context) (*roster.Roster, error)
	DeviceRoster(ctx context.Context, idOrName string) (*roster.Roster, roster.Known, error)
	ReplaceImport(ctx context.Context, m roster.Import, entries []roster.Entry, seen *roster.Import) (now, before roster.Import, err error)
	RemoveImports(ctx context.Context, kind, label, by string, at time.Time) ([]roster.Import, error)
}

// ImportContext puts a file's rows in the place of those that an import held, all or
// none. What the file says of numbers, addresses and serial numbers is judged or
// hashed here, and goes no further.
func (s *Server) ImportContext(ctx context.Context, r *connect.Request[consolev1.ImportContextRequest]) (*connect.Response[consolev1.ImportContextResponse], error) {
	m := r.Msg
	file := importName(m)
	label := strings.TrimSpace(m.GetLabel())
	if label == "" {
		label = strings.TrimSuffix(path.Base(strings.ReplaceAll(file, `\`, "/")), path.Ext(file))
	}
	entries, err := roster.Read(m.GetKind(), file, m.GetFormat(), m.GetContent(), roster.Options{Pseudonym: s.Pseudonym, Address: s.Address, Tool: s.toolNamed})
	if wrong := new(roster.Mistake); errors.As(err, &wrong) {
		return nil, connect.NewError(connect.CodeInvalidArgument, wrong)
	}
	if err != nil {
		return nil, err
	}
	if !roster.LabelFits(label) {
		return nil, invalid("an import has a label of 1 to %d bytes", roster.MostLabel)
	}
	if len(entries) == 0 {
		return nil, invalid("%s holds no row; an import is removed by its kind and label", file)
	}
	given := roster.Import{Kind: m.GetKind(), Label: label, Rows: len(entries), By: sessionOf(ctx).User.Name, At: s.Now().UTC()}
	for again := 0; ; again++ {
		out, err := s.importOnce(ctx, m, given, entries)
		if errors.Is(err, alert.ErrConflict) && again < mostImportsAgain {
			continue
		}
		if err != nil {
			return nil, err
		}
		return connect.NewResponse(out), nil
	}
}

// mostImportsAgain is how often an import is compared again that another one, of the same
// kind and label, came before after all.
const mostImportsAgain = 3

// importOnce compares an import with what is there, and lets it take the place of that.
func (s *Server) importOnce(ctx context.Context, m *consolev1.ImportContextRequest, given roster.Import, entries []roster.Entry) (*consolev1.ImportContextResponse, error) {
	all, err := s.Rosters.Roster(ctx)
	if err != nil {
		return nil, err
	}
	out, seen, err := compared(all, given, entries)
	if err != nil || m.GetValidateOnly() {
		return out, err
	}
	if len(out.GetDoubts()) > 0 && !m.GetAcceptLoss() {
		return nil, connect.NewError(connect.CodeFailedPrecondition, fmt.Errorf("%s looks as if it were not whole: %s. Nothing was taken. An export that was cut off, a filter that was left on and "+
			"ids that lost their zeros look like this. A dry run shows what differs; if it is meant, import it with --accept-loss (accept_loss)", importName(m), strings.Join(out.GetDoubts(), "; ")))
	}
	return out, s.replace(ctx, given, entries, seen, out)
}

// importName is what somebody who imports calls the file.
func importName(m *consolev1.ImportContextRequest) string {
	if m.GetFileName() == "" {
		return "import"
	}
	return m.GetFileName()
}

// compared says what an import would change of what is there, and what that is.
func compared(all *roster.Roster, given roster.Import, entries []roster.Entry) (*consolev1.ImportContextResponse, roster.Import, error) {
	out := &consolev1.ImportContextResponse{Import: importOut(nil, given), Outcome: "valid", Added: int32(len(entries))}
	out.Import.Strangers = int32(all.Strangers(entries))
	i := slices.IndexFunc(all.Imports, func(m roster.Import) bool { return m.Kind == given.Kind && m.Label == given.Label })
	if i < 0 {
		return out, roster.Import{}, nil
	}
	before := all.Imports[i]
	d, err := roster.Compare(all.Entries(before.ID), entries, given.At)
	if err != nil {
		return nil, before, err
	}
	out.RowsBefore, out.Doubts = int32(before.Rows), d.Doubts()
	out.Added, out.Gone, out.Changed = int32(d.Added), int32(d.Gone), int32(d.Changed)
	if len(out.Doubts) > 0 {
		out.Outcome = "doubtful"
	}
	return out, before, nil
}

// replace lets an import take the place of the one that was seen.
func (s *Server) replace(ctx context.Context, given roster.Import, entries []roster.Entry, seen roster.Import, out *consolev1.ImportContextResponse) error {
	now, before, err := s.Rosters.ReplaceImport(ctx, given, entries, &seen)
	if err != nil {
		return err
	}
	s.Assess()
	all, err := s.Rosters.Roster(ctx)
	if err != nil {
		return err
	}
	out.Import, out.Outcome, out.RowsBefore = importOut(all, now), "imported", int32(before.Rows)
	switch {
	case before.ID != 0 && before.Digest == now.Digest:
		out.Outcome = "unchanged"
	case before.ID != 0:
		out.Outcome = "replaced"
	}
	return nil
}

// toolNamed finds a tool by its id or its title, whatever the case.
func (s *Server) toolNamed(word string) (string, bool) {
	for _, t := range s.Catalogue.Tools {
		if strings.EqualFold(t.ID, word) || strings.EqualFold(t.Name, word) {
			return t.ID, true
		}
	}
	return "", false
}

func importOut(r *roster.Roster, m roster.Import) *consolev1.ContextImport {
	out := &consolev1.ContextImport{Kind: m.Kind, Label: m.Label, Rows: int32(m.Rows), ImportedBy: m.By, ImportedAt: stamp(m.At)}
	if r != nil {
		out.Unmatched, out.Strangers = int32(r.Unmatched(m.ID)), int32(r.Strangers(r.Entries(m.ID)))
	}
	return out
}

// ListContext gives what is imported, and what is not.
func (s *Server) ListContext(ctx context.Context, r *connect.Request[consolev1.ListContextRequest]) (*connect.Response[consolev1.ListContextResponse], error) {
	kind := r.Msg.GetKind()
	if err := knownKind(kind); kind != "" && err != nil {
		return nil, err
	}
	all, err := s.Rosters.Roster(ctx)
	if err != nil {
		return nil, err
	}
	m := &consolev1.ListContextResponse{}
	for _, i := range all.Imports {
		if kind == "" || i.Kind == kind {
			m.Imports = append(m.Imports, importOut(all, i))
		}
	}
	for _, k := range roster.Kinds() {
		if (kind == "" || k.Name == kind) && !all.Has(k.Name) {
			m.Absent = append(m.Absent, &consolev1.ContextKind{Kind: k.Name, About: k.About})
		}
	}
	return connect.NewResponse(m), nil
}

func knownKind(kind string) error {
	if _, known := roster.KindNamed(kind); !known {
		return invalid("there is no kind %q of import; there are %s", kind, strings.Join(roster.KindNames(), ", "))
	}
	return nil
}

// RemoveContext takes imports away, with everything that was made of them.
func (s *Server) RemoveContext(ctx context.Context, r *connect.Request[consolev1.RemoveContextRequest]) (*connect.Response[consolev1.RemoveContextResponse], error) {
	kind, label := r.Msg.GetKind(), strings.TrimSpace(r.Msg.GetLabel())
	if err := knownKind(kind); err != nil {
		return nil, err
	}
	removed, err := s.Rosters.RemoveImports(ctx, kind, label, sessionOf(ctx).User.Name, s.Now().UTC())
	if err != nil {
		if label != "" {
			return nil, missing(err, "there is no import %q of kind %s", label, kind)
		}
		return nil, missing(err, "nothing of kind %s is imported", kind)
	}
	s.Assess()
	m := &consolev1.RemoveContextResponse{}
	for _, i := range removed {
		m.Removed = append(m.Removed, importOut(nil, i))
	}
	return connect.NewResponse(m), nil
}

// GetDeviceContext gives what is known of one device and who holds it, where each
// thing comes from, and what was made of it.
func (s *Server) GetDeviceContext(ctx context.Context, r *connect.Request[consolev1.GetDeviceContextRequest]) (*connect.Response[consolev1.GetDeviceContextResponse], error) {
	name := r.Msg.GetDevice()
	if name == "" {
		return nil, invalid("say which device: its id or its name")
	}
	known, about, err := s.Rosters.DeviceRoster(ctx, name)
	if err != nil {
		return nil, missing(err, "there is no device %q", name)
	}
	now := s.Now().UTC()
	m := &consolev1.GetDeviceContextResponse{DeviceId: about.ID, DeviceName: about.Name, Missing: known.Lacking(about, now)}
	m.Person, _ = known.HolderAt(about.ID, now)
	for _, f := range known.Facts(about, now) {
		out := &consolev1.ContextFact{Name: f.Name, Value: f.Value}
		if i, imported := known.Source(f.Import); imported {
			out.Kind, out.Label, out.ImportedBy, out.ImportedAt = i.Kind, i.Label, i.By, stamp(i.At)
		}
		m.Facts = append(m.Facts, out)
	}
	d, err := s.Fleet.Dossier(ctx, about.ID)
	if err != nil {
		return nil, err
	}
	for _, f := range d.Facts {
		if f.Class == device.ContextClass && len(f.Rows) > 0 {
			m.Row = f.Rows[0].Columns
		}
	}
	for _, f := range d.Findings {
		if rule, found := s.Catalogue.Rule(f.Rule); found && rule.Class == device.ContextClass && f.Status == finding.Open {
			m.Rules = append(m.Rules, f.Rule)
		}
	}
	slices.Sort(m.Rules)
	return connect.NewResponse(m), nil
}
