package enroll_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A bench is a collector's enrolment with its store.
type bench struct {
	testing.TB
	clock     *clock
	store     *store.SQLite
	authority *enroll.Authority
	service   *enroll.Service
}

func newBench(t testing.TB) *bench {
	t.Helper()
	folder := t.TempDir()
	c := &clock{now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	s, err := store.Open(t.Context(), filepath.Join(folder, "farmwatch.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	a, err := enroll.OpenAuthority(folder, c.Now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := enroll.PseudonymKey(folder, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	service := enroll.NewService(enroll.Options{Authority: a, Store: s, PseudonymKey: key, Now: c.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	return &bench{TB: t, clock: c, store: s, authority: a, service: service}
}

func (b *bench) token(uses int) string {
	b.Helper()
	_, text, err := b.authority.CreateToken(b.Context(), b.store, enroll.TokenRequest{Uses: uses, TTL: time.Hour, CreatedBy: "test"})
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// csr makes a key and a request for it.
func csr(t testing.TB) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return requestFor(t, key)
}

func requestFor(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "somebody-else"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (b *bench) request(token, anchor string) *agentv1.EnrollRequest {
	return &agentv1.EnrollRequest{Token: token, Csr: csr(b.TB), AgentTime: timestamppb.New(b.clock.Now()),
		Host: &agentv1.Host{Name: "laptop", Os: "linux", HardwareAnchor: anchor}}
}

func from(ctx context.Context, address string) context.Context {
	return peer.NewContext(ctx, &peer.Peer{Addr: &net.TCPAddr{IP: net.ParseIP(address), Port: 4000}})
}

func (b *bench) enrol(r *agentv1.EnrollRequest) *agentv1.EnrollResponse {
	b.Helper()
	response, err := b.service.Enroll(from(b.Context(), "192.0.2.1"), r)
	if err != nil {
		b.Fatal(err)
	}
	return response
}

func TestEnroll(t *testing.T) {
	b := newBench(t)
	response := b.enrol(b.request(b.token(1), "anchor"))
	c, err := x509.ParseCertificate(response.GetCertificate())
	if err != nil {
		t.Fatal(err)
	}
	deviceID, agentID, err := b.authority.Verify(c)
	if err != nil || deviceID != response.GetDeviceId() || agentID != response.GetAgentId() {
		t.Errorf("the certificate names %s and %s, %v; the answer %s and %s", deviceID, agentID, err, response.GetDeviceId(), response.GetAgentId())
	}
	if life := c.NotAfter.Sub(b.clock.Now()); life != 30*24*time.Hour || b.clock.Now().Sub(c.NotBefore) != time.Hour {
		t.Errorf("it holds from %s to %s", c.NotBefore, c.NotAfter)
	}
	if len(response.GetPseudonymKey()) != 32 || len(response.GetAuthorities()) != 1 || c.SerialNumber.BitLen() < 64 {
		t.Errorf("key of %d bytes, %d authorities, serial %s", len(response.GetPseudonymKey()), len(response.GetAuthorities()), c.SerialNumber)
	}
	d, err := b.store.Device(t.Context(), deviceID)
	if err != nil || d.Name != "laptop" || d.Anchor != "anchor" || d.Certificate == "" || !d.EnrolledAt.Equal(b.clock.Now()) {
		t.Errorf("stored %+v, %v", d, err)
	}
}

func TestEnrollAgain(t *testing.T) {
	b := newBench(t)
	first := b.enrol(b.request(b.token(1), "anchor"))
	again := b.enrol(b.request(b.token(1), "anchor"))
	if first.GetDeviceId() != again.GetDeviceId() || first.GetAgentId() == again.GetAgentId() {
		t.Errorf("a re-image went from device %s, agent %s to %s, %s; want the same device and a new agent",
			first.GetDeviceId(), first.GetAgentId(), again.GetDeviceId(), again.GetAgentId())
	}
	for _, anchor := range []string{"another", "", ""} {
		if other := b.enrol(b.request(b.token(1), anchor)); other.GetDeviceId() == first.GetDeviceId() {
			t.Errorf("anchor %q gives the same device", anchor)
		}
	}
}

// TestEnrollRepeated: the answer was lost; the same key asks again.
func TestEnrollRepeated(t *testing.T) {
	b := newBench(t)
	r := b.request(b.token(1), "anchor")
	first, again := b.enrol(r), b.enrol(r)
	if first.GetAgentId() != again.GetAgentId() {
		t.Errorf("agent %s became %s", first.GetAgentId(), again.GetAgentId())
	}
	for range 9 {
		b.enrol(r)
	}
	if _, err := b.service.Enroll(from(t.Context(), "192.0.2.1"), r); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("the same key asks an eleventh time: %v", err)
	}
}

func TestEnrollRefuses(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	spoiled := csr(t)
	spoiled[len(spoiled)-1] ^= 1
	clockOff := func(d time.Duration) func(*bench, *agentv1.EnrollRequest) {
		return func(b *bench, r *agentv1.EnrollRequest) { r.AgentTime = timestamppb.New(b.clock.Now().Add(d)) }
	}
	withCSR := func(der []byte) func(*bench, *agentv1.EnrollRequest) {
		return func(_ *bench, r *agentv1.EnrollRequest) { r.Csr = der }
	}
	for name, test := range map[string]struct {
		edit func(*bench, *agentv1.EnrollRequest)
		code codes.Code
		want []string
	}{
		"no token":      {func(_ *bench, r *agentv1.EnrollRequest) { r.Token = "hello" }, codes.InvalidArgument, []string{"fwt1-"}},
		"a cut token":   {func(_ *bench, r *agentv1.EnrollRequest) { r.Token = r.Token[:50] }, codes.InvalidArgument, []string{"in one piece"}},
		"unknown token": {func(_ *bench, r *agentv1.EnrollRequest) { r.Token = "fwt1-aaaaaaaa" + r.Token[13:] }, codes.Unauthenticated, []string{"no such token"}},
		"wrong secret": {func(_ *bench, r *agentv1.EnrollRequest) {
			r.Token = r.Token[:14] + strings.Repeat("a", 26) + r.Token[40:]
		}, codes.Unauthenticated, []string{"no such token"}},
		"used up": {func(b *bench, r *agentv1.EnrollRequest) { b.enrol(b.request(r.Token, "")) }, codes.PermissionDenied,
			[]string{"used up", "all its 1 uses"}},
		"revoked": {func(b *bench, r *agentv1.EnrollRequest) {
			if err := b.store.RevokeToken(b.Context(), r.Token[5:13], b.clock.Now()); err != nil {
				b.Fatal(err)
			}
		}, codes.PermissionDenied, []string{"revoked at 2026-11-02T09:00:00Z"}},
		"expired": {func(b *bench, _ *agentv1.EnrollRequest) { b.clock.move(90 * time.Minute) }, codes.PermissionDenied,
			[]string{"it expired at 2026-11-02T10:00:00Z", "the collector's clock says 2026-11-02T10:30:00Z"}},
		"clock ahead": {clockOff(11 * time.Minute), codes.FailedPrecondition,
			[]string{"your clock says 2026-11-02T09:11:00Z", "the collector's says 2026-11-02T09:00:00Z", "set the clock and try again"}},
		"clock behind":    {clockOff(-time.Hour), codes.FailedPrecondition, []string{"your clock says 2026-11-02T08:00:00Z"}},
		"no clock":        {func(_ *bench, r *agentv1.EnrollRequest) { r.AgentTime = nil }, codes.InvalidArgument, []string{"clock"}},
		"no csr":          {withCSR(nil), codes.InvalidArgument, []string{"0 bytes"}},
		"a malformed csr": {withCSR([]byte("csr")), codes.InvalidArgument, []string{"malformed"}},
		"a huge csr":      {withCSR(make([]byte, 1<<20)), codes.InvalidArgument, []string{"1048576 bytes"}},
		"an RSA key":      {withCSR(requestFor(t, rsaKey)), codes.InvalidArgument, []string{"RSA", "P-256"}},
		"another's key":   {withCSR(spoiled), codes.InvalidArgument, []string{"signed"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			r := b.request(b.token(1), "anchor")
			test.edit(b, r)
			_, err := b.service.Enroll(from(t.Context(), "192.0.2.2"), r)
			if status.Code(err) != test.code {
				t.Fatalf("got %v, want %s", err, test.code)
			}
			for _, want := range test.want {
				if !strings.Contains(status.Convert(err).Message(), want) {
					t.Errorf("%q does not say %q", status.Convert(err).Message(), want)
				}
			}
		})
	}
}

// TestRefusalTakesNoUse: what was refused for another reason leaves the token whole.
func TestRefusalTakesNoUse(t *testing.T) {
	b := newBench(t)
	text := b.token(1)
	r := b.request(text, "anchor")
	r.AgentTime = timestamppb.New(b.clock.Now().Add(time.Hour))
	if _, err := b.service.Enroll(from(t.Context(), "192.0.2.1"), r); err == nil {
		t.Fatal("a wrong clock enrolled")
	}
	b.enrol(b.request(text, "anchor"))
}

// TestEnrollRace: two with one one-time token, at once, many times.
func TestEnrollRace(t *testing.T) {
	b := newBench(t)
	for range 10 {
		text := b.token(1)
		var wins, losses int
		var mu sync.Mutex
		var both sync.WaitGroup
		for range 2 {
			r := b.request(text, "")
			both.Go(func() {
				_, err := b.service.Enroll(from(t.Context(), "192.0.2.1"), r)
				mu.Lock()
				defer mu.Unlock()
				switch status.Code(err) {
				case codes.OK:
					wins++
				case codes.PermissionDenied:
					losses++
				default:
					t.Errorf("a racer got %v", err)
				}
			})
		}
		both.Wait()
		if wins != 1 || losses != 1 {
			t.Fatalf("%d won and %d lost, want one each", wins, losses)
		}
		b.clock.move(time.Minute) // lets the brake forget the loser
	}
}

func TestBrake(t *testing.T) {
	b := newBench(t)
	guess := func(address string) error {
		r := b.request("fwt1-aaaaaaaa-"+strings.Repeat("a", 26)+"-"+b.authority.Pin(), "")
		_, err := b.service.Enroll(from(t.Context(), address), r)
		return err
	}
	for range 10 {
		if err := guess("2001:db8::1"); status.Code(err) != codes.Unauthenticated {
			t.Fatal(err)
		}
	}
	err := guess("2001:db8::2") // one party has the whole /64
	if status.Code(err) != codes.ResourceExhausted || !strings.Contains(err.Error(), "try again in") {
		t.Errorf("after ten refusals: %v", err)
	}
	if err := guess("2001:db8:1::1"); status.Code(err) != codes.Unauthenticated {
		t.Errorf("another network is braked too: %v", err)
	}
	b.clock.move(time.Minute)
	if err := guess("2001:db8::1"); status.Code(err) != codes.Unauthenticated {
		t.Errorf("a minute later: %v", err)
	}
}

func TestRenew(t *testing.T) {
	b := newBench(t)
	response := b.enrol(b.request(b.token(1), "anchor"))
	d, err := b.store.Device(t.Context(), response.GetDeviceId())
	if err != nil {
		t.Fatal(err)
	}
	b.clock.move(20 * 24 * time.Hour)
	renewed, err := b.service.Renew(t.Context(), d, csr(t))
	if err != nil {
		t.Fatal(err)
	}
	b.clock.move(20 * 24 * time.Hour)
	for name, test := range map[string]struct {
		der  []byte
		want string
	}{
		"old": {response.GetCertificate(), "ended at 2026-12-02T09:00:00Z, and the collector's clock says 2026-12-12T09:00:00Z"},
		"new": {renewed.GetCertificate(), ""},
	} {
		c, err := x509.ParseCertificate(test.der)
		if err != nil {
			t.Fatal(err)
		}
		id, _, err := b.authority.Verify(c)
		if test.want == "" && (err != nil || id != d.ID) || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("the %s certificate: %s, %v", name, id, err)
		}
	}
	if _, err := b.service.Renew(t.Context(), d, []byte("csr")); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a malformed request gives %v", err)
	}
}
