package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/config"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/place"
)

// A stepped is a collector that does nothing by itself: its clock stands still until
// it is set, and it concludes when it is told to.
type stepped struct {
	*collector
	t     *testing.T
	ctx   context.Context // ends never: what watches for an end costs more than many a query
	world world
	state *state
	clock atomic.Pointer[time.Time]
	serve string
	stop  func() // ends it; no Cleanup, since a test keeps these, and what they hold, until all plays are over
}

// startStepped assembles a collector as serve does, on a store on disk and with
// a port on loopback, at the moment a plan starts. Its catalogue lacks some rules of
// the collector's own: those of agents are dropped where they look.
func startStepped(t *testing.T, p *aPlan, dropped []string) *stepped {
	t.Helper()
	s := &stepped{t: t, ctx: context.WithoutCancel(t.Context())}
	s.set(p.Starts)
	said := &buffer{}
	s.world = world{out: said, err: said, now: func() time.Time { return *s.clock.Load() }, random: rand.Reader, known: without(t, dropped)}
	c := config.Default()
	c.StateDir, c.Agents, c.LogLevel = filepath.Join(scratch(t), "state"), "127.0.0.1:0", "warn"
	c.Names, c.Proxies, c.Console = []string{"127.0.0.1"}, []string{"127.0.0.1/32"}, "127.0.0.1:0"
	c.Place = p.Collector
	writeAtlas(t, c.Geo(), p)
	opened, err := openState(s.ctx, s.world, c)
	if err != nil {
		t.Fatal(err)
	}
	s.state = opened
	if s.collector, err = assemble(s.world, c, opened); err != nil {
		t.Fatal(err)
	}
	s.ingest.Places = farAway{s.places, p.Addresses}
	s.listen()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the collector said: %s", said)
		}
	})
	return s
}

// listen takes agents, and stores what they tell.
func (s *stepped) listen() {
	l, err := (&net.ListenConfig{}).Listen(s.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.serve = l.Addr().String()
	storing, stored := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	go func() { s.ingest.Run(storing); done <- struct{}{} }()
	go func() { _ = s.agents.Serve(l); done <- struct{}{} }() // Stop ends it
	s.stop = func() {
		s.ingest.Close()
		s.agents.Stop()
		stored()
		<-done
		<-done
		if err := s.state.Close(); err != nil {
			s.t.Errorf("close the collector: %v", err)
		}
	}
}

func (s *stepped) set(at time.Time) { at = at.UTC(); s.clock.Store(&at) }

// token makes one that enrols everybody of a plan.
func (s *stepped) token(laptops int) string {
	s.t.Helper()
	_, text, err := s.state.authority.CreateToken(s.ctx, s.store, enroll.TokenRequest{Uses: laptops, TTL: 360 * 24 * time.Hour, Description: "a scenario", CreatedBy: "test"})
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// conclude lets everything that judges look once, as it does again and again in a
// collector that serves.
func (s *stepped) conclude() {
	s.t.Helper()
	must := func(what string, err error) {
		if err != nil {
			s.t.Fatalf("%s: %v", what, err)
		}
	}
	must("judge", s.runner.Catch(s.ctx))
	for _, l := range s.lookers {
		one, ok := l.(interface{ Look(context.Context) error })
		if !ok {
			s.t.Fatalf("%T cannot look once", l)
		}
		must(fmt.Sprintf("%T looks", l), one.Look(s.ctx))
	}
	must("judge what was looked at", s.runner.Catch(s.ctx))
	must("judge what time changed", s.runner.Sweep(s.ctx))
}

// heard waits until the collector has noted that devices live.
func (s *stepped) heard(devices []string) {
	s.t.Helper()
	patience := time.Now().Add(30 * time.Second)
	for _, id := range devices {
		for {
			d, err := s.store.Device(s.ctx, id)
			if err != nil {
				s.t.Fatal(err)
			}
			if !d.LastSeen.Before(s.now().Truncate(time.Microsecond)) {
				break
			}
			if time.Now().After(patience) {
				s.t.Fatalf("device %s was last heard at %s, and it is %s", id, d.LastSeen, s.now())
			}
			time.Sleep(100 * time.Microsecond)
		}
	}
}

func (s *stepped) group(devices []anEnrolled) {
	s.t.Helper()
	for _, d := range devices {
		if d.Group == "" {
			continue
		}
		if _, err := s.store.SetGroup(s.ctx, []string{d.ID}, d.Group, "test", s.now()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// A desk is an administrator's session at the console.
type desk struct {
	context   consolev1connect.ContextServiceClient
	sanctions consolev1connect.SanctionServiceClient
	auth      connect.Option
	leave     func()
}

// desk signs an administrator in, as people do: by a link, at the console's port.
func (s *stepped) desk() *desk {
	s.t.Helper()
	service := sessions(s.world, s.state)
	if _, err := s.store.User(s.ctx, "admin"); err != nil {
		if _, err := service.CreateUser(s.ctx, "admin", string(alert.Admin)); err != nil {
			s.t.Fatal(err)
		}
	}
	code, _, err := service.Invite(s.ctx, "admin")
	if err != nil {
		s.t.Fatal(err)
	}
	console := httptest.NewServer(s.console.Handler)
	in, err := consolev1connect.NewSessionServiceClient(console.Client(), console.URL).SignIn(s.ctx, connect.NewRequest(&consolev1.SignInRequest{Code: code}))
	if err != nil {
		s.t.Fatal(err)
	}
	auth := connect.WithInterceptors(connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, r connect.AnyRequest) (connect.AnyResponse, error) {
			r.Header().Set("Authorization", "Bearer "+in.Msg.GetToken())
			return next(ctx, r)
		}
	}))
	return &desk{
		context:   consolev1connect.NewContextServiceClient(console.Client(), console.URL, auth),
		sanctions: consolev1connect.NewSanctionServiceClient(console.Client(), console.URL, auth), auth: auth, leave: console.Close,
	}
}

// tell imports what the company says up to a moment, and what it permits.
func (s *stepped) tell(imports []anImport, sanctions string) {
	s.t.Helper()
	if len(imports) == 0 && sanctions == "" {
		return
	}
	d := s.desk()
	defer d.leave()
	for _, i := range imports {
		r := connect.NewRequest(&consolev1.ImportContextRequest{Kind: i.Kind, Label: "scenario", FileName: i.Kind + ".csv", Content: []byte(i.CSV)})
		if _, err := d.context.ImportContext(s.ctx, r); err != nil {
			s.t.Fatalf("import %s: %v\n%s", i.Kind, err, i.CSV)
		}
	}
	if sanctions != "" {
		r := connect.NewRequest(&consolev1.ApplySanctionsRequest{Files: []*consolev1.SanctionFile{{Name: "scenario.yaml", Text: sanctions}}})
		if _, err := d.sanctions.ApplySanctions(s.ctx, r); err != nil {
			s.t.Fatalf("sanction: %v\n%s", err, sanctions)
		}
	}
}

// systems is one autonomous system of each class of network; the collector's own list says so.
var systems = map[string]struct {
	number int
	name   string
}{
	"residential": {7922, "Comcast"}, "business": {174, "Cogent"}, "mobile": {21928, "T-Mobile USA"}, "satellite": {14593, "Starlink"},
	"education": {11537, "Internet2"}, "vpn": {216025, "Mullvad"}, "hosting": {16509, "Amazon Web Services"}, "sase": {22616, "Zscaler"},
	"relay": {36183, "Akamai"}, "corporate": {109, "Cisco"},
}

// writeAtlas writes what is known of networks and countries for the addresses of a plan.
func writeAtlas(t *testing.T, folder string, p *aPlan) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	addresses := slices.Clone(p.Addresses)
	slices.SortFunc(addresses, func(a, b anAddress) int { return a.Address.Compare(b.Address) })
	var networks, countries bytes.Buffer
	fmt.Fprintln(&networks, "1.1.1.1,1.1.1.1,64496,an example") // so that a table that knows none of ours is still one
	for _, a := range addresses {
		last := a.Address
		if last.Is6() {
			end := netip.PrefixFrom(last, 64).Masked().Addr().As16()
			copy(end[8:], bytes.Repeat([]byte{0xff}, 8))
			last = netip.AddrFrom16(end)
		}
		if s, known := systems[a.Network]; known {
			fmt.Fprintf(&networks, "%s,%s,%d,%s\n", a.Address, last, s.number, s.name)
		}
		fmt.Fprintf(&countries, "%s,%s,%s\n", a.Address, last, a.Country)
	}
	source := place.Source{Name: "scenario", Version: "1", At: p.Starts, Licence: "CC0-1.0", Attribution: "made up"}
	for file, from := range map[string]*bytes.Buffer{"networks.places": &networks, "countries.places": &countries} {
		var table bytes.Buffer
		if err := cmp.Or(place.Compile(&table, file, source, from), os.WriteFile(filepath.Join(folder, file), table.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	atlas := place.Open(folder, p.Starts)
	for _, a := range addresses {
		if n := atlas.Look(a.Address); n.Class != a.Network || n.Country != a.Country {
			t.Fatalf("the atlas says of %s: %+v, want %+v", a.Place, n, a)
		}
	}
}

// lists puts the addresses that are on a list of egress there.
func (s *stepped) lists(p *aPlan) {
	s.t.Helper()
	byKind := map[string][]netip.Prefix{}
	for _, a := range p.Addresses {
		if a.Egress != "" {
			byKind[a.Egress] = append(byKind[a.Egress], netip.PrefixFrom(a.Address, a.Address.BitLen()))
		}
	}
	for kind, ranges := range byKind {
		if err := s.store.ReplaceEgressList(s.ctx, kind, "scenario", ranges, "test", s.now()); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.places.Refresh(s.ctx); err != nil {
		s.t.Fatal(err)
	}
}
