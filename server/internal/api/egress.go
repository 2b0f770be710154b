package api

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
)

// Egress is where lists of ways out to the internet are kept.
type Egress interface {
	EgressLists(ctx context.Context) ([]device.EgressRange, error)
	ReplaceEgressList(ctx context.Context, kind, label string, ranges []netip.Prefix, by string, at time.Time) error
}

// Places is what is known of addresses, and by whom.
type Places interface {
	Missing() []string
	Attribution() []string
}

// mostFirst is how many ranges of a list are shown.
const mostFirst = 20

// ListEgress gives every list of ways out, and the company's own that were learned.
func (s *Server) ListEgress(ctx context.Context, _ *connect.Request[consolev1.ListEgressRequest]) (*connect.Response[consolev1.ListEgressResponse], error) {
	ranges, err := s.Egress.EgressLists(ctx)
	if err != nil {
		return nil, err
	}
	learned, judged := s.Learned()
	m := &consolev1.ListEgressResponse{Lists: egressLists(ranges), JudgedAt: stamp(judged), Notes: s.placeNotes()}
	for _, l := range learned {
		because := "many_homes"
		if l.Office {
			because = "office"
		}
		m.Learned = append(m.Learned, &consolev1.LearnedEgress{
			Pseudonym: l.Address, NetworkClass: l.Class, NetworkName: l.NetworkName, Devices: int32(l.Devices), Gateways: int32(l.Gateways),
			From: l.From, Until: l.Until, Because: because,
		})
	}
	return connect.NewResponse(m), nil
}

func (s *Server) placeNotes() *consolev1.PlaceNotes {
	return &consolev1.PlaceNotes{Missing: s.Places.Missing(), Attribution: s.Places.Attribution()}
}

// egressLists gathers ranges into their lists, in order of kind and label.
func egressLists(ranges []device.EgressRange) []*consolev1.EgressList {
	var lists []*consolev1.EgressList
	var list *consolev1.EgressList
	for _, r := range ranges {
		if list == nil || list.GetKind() != r.Kind || list.GetLabel() != r.Label {
			list = &consolev1.EgressList{Kind: r.Kind, Label: r.Label, ImportedBy: r.AddedBy, ImportedAt: stamp(r.At)}
			lists = append(lists, list)
		}
		if list.Ranges++; len(list.GetFirstRanges()) < mostFirst {
			list.FirstRanges = append(list.FirstRanges, plainRange(r.Range))
		}
	}
	slices.SortStableFunc(lists, func(a, b *consolev1.EgressList) int {
		return cmp.Or(cmp.Compare(a.GetKind(), b.GetKind()), cmp.Compare(a.GetLabel(), b.GetLabel()))
	})
	return lists
}

// plainRange writes a range of one address as that address.
func plainRange(r netip.Prefix) string {
	if r.IsSingleIP() {
		return r.Addr().String()
	}
	return r.String()
}

// ImportEgress puts ranges in the place of those that a list held. What is kept of
// stays from before keeps what was known then.
func (s *Server) ImportEgress(ctx context.Context, r *connect.Request[consolev1.ImportEgressRequest]) (*connect.Response[consolev1.ImportEgressResponse], error) {
	m := r.Msg
	kind, label := cmp.Or(m.GetKind(), device.EgressCorporate), strings.TrimSpace(m.GetLabel())
	if len(m.GetRanges()) == 0 {
		return nil, invalid("there is no range to import; a list is removed by its name")
	}
	ranges := make([]netip.Prefix, 0, len(m.GetRanges()))
	for _, text := range m.GetRanges() {
		p, err := readRange(text)
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, p)
	}
	if err := s.Egress.ReplaceEgressList(ctx, kind, label, ranges, sessionOf(ctx).User.Name, s.Now().UTC()); err != nil {
		return nil, err
	}
	list, err := s.egressList(ctx, kind, label)
	return connect.NewResponse(&consolev1.ImportEgressResponse{List: list}), err
}

// unseen are ranges that no collector meets as somebody's public address.
var unseen = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

func readRange(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	p, err := netip.ParsePrefix(text)
	if a, wrong := netip.ParseAddr(text); wrong == nil && a.Zone() == "" {
		p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	if err != nil {
		return p, invalid("%q is no address and no range; write 192.0.2.7 or 192.0.2.0/24", text[:min(len(text), 60)])
	}
	for _, u := range unseen {
		if u.Overlaps(p) {
			return p, invalid("%s is a private range, which the collector never sees as a public address; give the addresses by which the company goes out to the internet", text)
		}
	}
	return p, nil
}

// RemoveEgress ends a list; stays keep what they were called by it.
func (s *Server) RemoveEgress(ctx context.Context, r *connect.Request[consolev1.RemoveEgressRequest]) (*connect.Response[consolev1.RemoveEgressResponse], error) {
	kind, label := cmp.Or(r.Msg.GetKind(), device.EgressCorporate), strings.TrimSpace(r.Msg.GetLabel())
	list, err := s.egressList(ctx, kind, label)
	if err != nil {
		return nil, missing(err, "there is no list %q of kind %s", label, kind)
	}
	if err := s.Egress.ReplaceEgressList(ctx, kind, label, nil, sessionOf(ctx).User.Name, s.Now().UTC()); err != nil {
		return nil, err
	}
	return connect.NewResponse(&consolev1.RemoveEgressResponse{List: list}), nil
}

func (s *Server) egressList(ctx context.Context, kind, label string) (*consolev1.EgressList, error) {
	ranges, err := s.Egress.EgressLists(ctx)
	if err != nil {
		return nil, err
	}
	lists := egressLists(slices.DeleteFunc(ranges, func(r device.EgressRange) bool { return r.Kind != kind || r.Label != label }))
	if len(lists) == 0 {
		return nil, device.ErrNotFound
	}
	return lists[0], nil
}

// learnedNothing is for a server over which nothing judges.
func learnedNothing() ([]egress.Learned, time.Time) { return nil, time.Time{} }
