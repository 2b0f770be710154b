package enroll_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

// signedBy checks a signature as an agent does and gives the certificate.
func signedBy(t *testing.T, b *bench, s *enroll.Signer) *x509.Certificate {
	t.Helper()
	signature, der, err := s.Sign([]byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	for _, der := range b.authority.Certificates() {
		a, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		roots.AddCert(a)
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	if _, err := c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: b.clock.Now(), KeyUsages: usages}); err != nil || len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageCodeSigning {
		t.Errorf("the certificate is for %v: %v", c.ExtKeyUsage, err)
	}
	digest := sha256.Sum256([]byte("message"))
	if key, ok := c.PublicKey.(*ecdsa.PublicKey); !ok || !ecdsa.VerifyASN1(key, digest[:], signature) {
		t.Error("the signature is not of the certificate's key")
	}
	return c
}

func TestSigner(t *testing.T) {
	b, folder := newBench(t), t.TempDir()
	open := func() *enroll.Signer {
		t.Helper()
		s, err := b.authority.OpenSigner(folder)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	signer := open()
	first := signedBy(t, b, signer)
	if about, err := os.Stat(filepath.Join(folder, "signing.pem")); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("signing.pem has mode %v, %v", about, err)
	}
	b.clock.move(59 * 24 * time.Hour)
	if !signedBy(t, b, open()).Equal(first) {
		t.Error("another start before two thirds of its life made another key")
	}
	b.clock.move(2 * 24 * time.Hour)
	second := signedBy(t, b, signer)
	if second.Equal(first) || second.NotAfter.Sub(b.clock.Now()) != 90*24*time.Hour {
		t.Errorf("after two thirds of its life it holds until %s", second.NotAfter)
	}
	if !signedBy(t, b, open()).Equal(second) {
		t.Error("the renewed key is not kept")
	}
	b.clock.move(-30 * 24 * time.Hour)
	if signedBy(t, b, signer).Equal(second) {
		t.Error("after the clock was set back it signs with a key of the future")
	}
	b.clock.move(30 * 24 * time.Hour)
	if _, _, err := b.authority.Verify(second); err == nil {
		t.Error("a signing certificate passes as a device's")
	}
}

// A new key that cannot be kept signs until the next start, which says so.
func TestSignerThatCannotBeKept(t *testing.T) {
	b, folder := newBench(t), filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	signer, err := b.authority.OpenSigner(folder)
	if err != nil {
		t.Fatal(err)
	}
	first := signedBy(t, b, signer)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	b.clock.move(61 * 24 * time.Hour)
	second := signedBy(t, b, signer)
	if second.Equal(first) || !signedBy(t, b, signer).Equal(second) {
		t.Error("it does not sign with one new key")
	}
	if _, err := b.authority.OpenSigner(folder); err == nil {
		t.Error("the next start says nothing")
	}
}

// What is not this authority's signing key is replaced: agents remember none.
func TestSignerOfAnother(t *testing.T) {
	b, other, folder := newBench(t), newBench(t), t.TempDir()
	if _, err := other.authority.OpenSigner(folder); err != nil {
		t.Fatal(err)
	}
	device := t.TempDir()
	if _, err := enroll.OpenAuthority(device, b.clock.Now, rand.Reader); err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(device, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"another's": nil, "damaged": []byte("-----BEGIN"), "an authority": ca} {
		if content != nil {
			if err := os.WriteFile(filepath.Join(folder, "signing.pem"), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := b.authority.OpenSigner(folder)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		signedBy(t, b, s)
	}
	if _, err := b.authority.OpenSigner(filepath.Join(folder, "none")); err == nil {
		t.Error("it was kept in a folder that is not there")
	}
}
