package enroll_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

func TestAuthorityIsKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	now := func() time.Time { return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC) }
	first, err := enroll.OpenAuthority(folder, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	again, err := enroll.OpenAuthority(folder, now, rand.Reader)
	if err != nil || first.Pin() != again.Pin() {
		t.Errorf("a second start has pin %s, %v; the first had %s", again.Pin(), err, first.Pin())
	}
	about, err := os.Stat(filepath.Join(folder, "ca.pem"))
	if err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("ca.pem has mode %v, %v", about.Mode(), err)
	}
	sum := sha256.Sum256(first.Certificates()[0])
	if want := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]; first.Pin() != want {
		t.Errorf("pin %s, want %s", first.Pin(), want)
	}
	later := func() time.Time { return now().AddDate(11, 0, 0) }
	if _, err := enroll.OpenAuthority(folder, later, rand.Reader); err == nil || !strings.Contains(err.Error(), "it ended at 2036-") {
		t.Errorf("eleven years later: %v", err)
	}
}

func TestAuthorityDamaged(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "ca.pem")
	if err := os.WriteFile(path, []byte("-----BEGIN"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := enroll.OpenAuthority(folder, time.Now, rand.Reader); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
	if err := os.WriteFile(filepath.Join(folder, "pseudonym.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := enroll.PseudonymKey(folder, rand.Reader); err == nil || !strings.Contains(err.Error(), "5 bytes") {
		t.Errorf("a short key gives %v", err)
	}
}

func TestPseudonymKeyIsKept(t *testing.T) {
	folder := t.TempDir()
	first, err := enroll.PseudonymKey(folder, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	again, err := enroll.PseudonymKey(folder, rand.Reader)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("a second start has another key, %v", err)
	}
	if own, err := enroll.AddressKey(folder, rand.Reader); err != nil || bytes.Equal(first, own) {
		t.Errorf("addresses are noted under the key that every agent has, %v", err)
	}
}

func TestServerCertificate(t *testing.T) {
	b := newBench(t)
	config := b.authority.ServerTLS([]string{"collector.example.com", "192.0.2.7", ""})
	get := func() *x509.Certificate {
		t.Helper()
		c, err := config.GetCertificate(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		return c.Leaf
	}
	first := get()
	roots := x509.NewCertPool()
	for _, der := range b.authority.Certificates() {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		roots.AddCert(c)
	}
	for _, name := range []string{"collector.example.com", "192.0.2.7", "localhost", "127.0.0.1", "::1"} {
		if _, err := first.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: b.clock.Now()}); err != nil {
			t.Errorf("for %s: %v", name, err)
		}
	}
	b.clock.move(59 * 24 * time.Hour)
	if get() != first {
		t.Error("it was renewed before two thirds of its life")
	}
	b.clock.move(2 * 24 * time.Hour)
	if c := get(); c == first || c.NotAfter.Sub(b.clock.Now()) != 90*24*time.Hour {
		t.Errorf("after two thirds of its life it holds until %s", c.NotAfter)
	}
}

func TestVerifyRefusesStrangers(t *testing.T) {
	b, other := newBench(t), newBench(t)
	response := other.enrol(other.request(other.token(1), "anchor"))
	c, err := x509.ParseCertificate(response.GetCertificate())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.authority.Verify(c); err == nil || !strings.Contains(err.Error(), "not one of this collector") {
		t.Errorf("another collector's device: %v", err)
	}
	own, err := x509.ParseCertificate(b.authority.Certificates()[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.authority.Verify(own); err == nil {
		t.Error("the authority's own certificate passes for a device's")
	}
	server, err := b.authority.ServerTLS(nil).GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.authority.Verify(server.Leaf); err == nil {
		t.Error("the collector's own certificate passes for a device's")
	}
}

func TestTokenRequests(t *testing.T) {
	for name, r := range map[string]enroll.TokenRequest{
		"no use":       {Uses: 0, TTL: time.Hour},
		"no life":      {Uses: 1, TTL: 0},
		"for ever":     {Uses: 1, TTL: 366 * 24 * time.Hour},
		"a long story": {Uses: 1, TTL: time.Hour, Description: strings.Repeat("x", 201)},
	} {
		if r.Validate() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzEnroll(f *testing.F) {
	f.Add("fwt1-aaaaaaaa-bbbbbbbbbbbbbbbbbbbbbbbbbb-cccccccccccccccccccccccccc", []byte{0x30, 0x00})
	f.Add("fwt1---", []byte(nil))
	b := newBench(f)
	f.Fuzz(func(t *testing.T, token string, der []byte) {
		b.clock.move(time.Minute) // lets the brake forget the last one
		r := &agentv1.EnrollRequest{Token: token, Csr: der, AgentTime: timestamppb.New(b.clock.Now())}
		_, err := b.service.Enroll(from(t.Context(), "192.0.2.1"), r)
		if code := status.Code(err); code != codes.InvalidArgument && code != codes.Unauthenticated {
			t.Errorf("a stranger got %v", err)
		}
	})
}
