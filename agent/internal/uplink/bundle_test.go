package uplink

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

// signer is a collector's signing key and its certificate.
func signer(t testing.TB, ca authority, from time.Time, use ...x509.ExtKeyUsage) authority {
	t.Helper()
	return sign(t, &x509.Certificate{NotBefore: from.Add(-time.Hour), NotAfter: from.Add(30 * 24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: use}, &ca)
}

func (a authority) bundle(t testing.TB, b *agentv1.Bundle) *agentv1.SignedBundle {
	t.Helper()
	content, err := proto.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(append([]byte("farmwatch bundle v1\n"), content...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return &agentv1.SignedBundle{Bundle: content, Signature: signature, Certificate: slices.Clone(a.cert.Raw)}
}

func asks(device string, version uint64, ids ...string) *agentv1.Bundle {
	b := &agentv1.Bundle{DeviceId: device, Version: version}
	for _, id := range ids {
		b.PresenceChecks = append(b.PresenceChecks, &agentv1.PresenceCheck{Id: id, Means: []string{"lid"}})
	}
	return b
}

func TestBundleHoldsOrSaysWhyNot(t *testing.T) {
	now := time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	ca, other := newAuthority(t, now), newAuthority(t, now)
	good := signer(t, ca, now, x509.ExtKeyUsageCodeSigning)
	identity := Identity{DeviceID: "device-1", Authorities: []*x509.Certificate{ca.cert}}
	flip := func(field func(*agentv1.SignedBundle) []byte, at int) *agentv1.SignedBundle {
		signed := good.bundle(t, asks("device-1", 7, "a"))
		part := field(signed)
		part[(at+len(part))%len(part)] ^= 1
		return signed
	}
	for _, test := range []struct {
		name   string
		signed *agentv1.SignedBundle
		words  string // of the refusal; none when it holds
	}{
		{"as it should be", good.bundle(t, asks("device-1", 7, "a")), ""},
		{"empty", &agentv1.SignedBundle{}, "its certificate"},
		{"another device", good.bundle(t, asks("device-2", 7, "a")), "another device"},
		{"another authority", signer(t, other, now, x509.ExtKeyUsageCodeSigning).bundle(t, asks("device-1", 7)), "does not hold"},
		{"a device's certificate", signer(t, ca, now, x509.ExtKeyUsageClientAuth).bundle(t, asks("device-1", 7)), "does not hold"},
		{"a server's certificate", signer(t, ca, now, x509.ExtKeyUsageServerAuth).bundle(t, asks("device-1", 7)), "does not hold"},
		{"a certificate of any use", signer(t, ca, now, x509.ExtKeyUsageAny).bundle(t, asks("device-1", 7)), "not one for signing"},
		{"a certificate that names no use", signer(t, ca, now).bundle(t, asks("device-1", 7)), "not one for signing"},
		{"the authority itself", ca.bundle(t, asks("device-1", 7)), "not one for signing"},
		{"a certificate that ended", signer(t, ca, now.Add(-60*24*time.Hour), x509.ExtKeyUsageCodeSigning).bundle(t, asks("device-1", 7)), "expired"},
		{"the key of another certificate", &agentv1.SignedBundle{
			Bundle: good.bundle(t, asks("device-1", 7)).Bundle, Certificate: good.cert.Raw,
			Signature: signer(t, ca, now, x509.ExtKeyUsageCodeSigning).bundle(t, asks("device-1", 7)).Signature,
		}, "signature"},
		{"a byte of the bundle", flip((*agentv1.SignedBundle).GetBundle, -1), "signature"},
		{"a byte of the signature", flip((*agentv1.SignedBundle).GetSignature, -1), "signature"},
		{"a byte of the certificate", flip((*agentv1.SignedBundle).GetCertificate, -1), "does not hold"},
		{"too large", good.bundle(t, asks("device-1", 7, strings.Repeat("a", maxBundle))), "more than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, err := openBundle(test.signed, identity, now)
			if test.words == "" {
				if err != nil || b.GetVersion() != 7 || b.GetPresenceChecks()[0].GetId() != "a" {
					t.Fatalf("got %v and %v, want the bundle", b, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.words) {
				t.Fatalf("got %v, want a refusal that says %q", err, test.words)
			}
		})
	}
}

func TestBundleVersionsNeverGoBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle.json")
	for i, step := range []struct {
		device  string
		version uint64
		refused bool
	}{
		{"device-1", 3, false}, {"device-1", 3, false}, {"device-1", 2, true}, {"device-1", 9, false}, {"device-1", 3, true}, {"device-2", 1, false},
	} {
		kept := &Bundles{Path: path} // each time as after a restart
		if err := kept.keep(asks(step.device, step.version)); (err != nil) != step.refused {
			t.Errorf("step %d, version %d: %v, want it refused: %v", i, step.version, err, step.refused)
		}
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&Bundles{Path: path}).keep(asks("device-2", 5)); err == nil {
		t.Error("a damaged file is taken for no file")
	}
}

// TestBundlesAreTakenOneAfterTheOther: a stream that ends may still be taking
// one while the next stream takes a newer one.
func TestBundlesAreTakenOneAfterTheOther(t *testing.T) {
	var newest uint64 // behind the lock of Bundles alone
	kept := &Bundles{Path: filepath.Join(t.TempDir(), "bundle.json"), Take: func(b *agentv1.Bundle) {
		if b.GetVersion() < newest {
			t.Errorf("version %d came after %d", b.GetVersion(), newest)
		}
		newest = b.GetVersion()
	}}
	var both sync.WaitGroup
	for stream := range uint64(2) {
		both.Go(func() {
			for version := range uint64(20) {
				_ = kept.take(asks("device-1", 2*version+stream)) // refused when the other was faster
			}
		})
	}
	both.Wait()
	if newest != 39 {
		t.Errorf("the newest is %d, want 39", newest)
	}
}

// TestBundleReachesWhoAsked: over the stream, the one that holds and no other.
func TestBundleReachesWhoAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 30*24*time.Hour)
		good := signer(t, w.ca, time.Now(), x509.ExtKeyUsageCodeSigning)
		forged := signer(t, newAuthority(t, time.Now()), time.Now(), x509.ExtKeyUsageCodeSigning)
		w.set(func() {
			w.bundles = []*agentv1.SignedBundle{good.bundle(t, asks("device-1", 5, "first")), forged.bundle(t, asks("device-1", 6, "forged")), good.bundle(t, asks("device-1", 4, "old"))}
		})
		var taken []string
		w.take = &Bundles{Path: filepath.Join(t.TempDir(), "bundle.json"), Take: func(b *agentv1.Bundle) {
			w.set(func() { taken = append(taken, b.GetPresenceChecks()[0].GetId()) })
		}}
		w.start()
		w.write(t, 3)
		synctest.Wait()
		w.arrived() // what was refused stopped nothing
		w.set(func() {
			if !slices.Equal(taken, []string{"first"}) {
				t.Errorf("took %q, want the first alone", taken)
			}
		})
		w.stop()
	})
}

func FuzzOpenBundle(f *testing.F) {
	now := time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	ca := newAuthority(f, now)
	good := signer(f, ca, now, x509.ExtKeyUsageCodeSigning).bundle(f, asks("device-1", 7, "a"))
	identity := Identity{DeviceID: "device-1", Authorities: []*x509.Certificate{ca.cert}}
	f.Add(good.Bundle, good.Signature, good.Certificate)
	f.Fuzz(func(t *testing.T, bundle, signature, certificate []byte) {
		_, err := openBundle(&agentv1.SignedBundle{Bundle: bundle, Signature: signature, Certificate: certificate}, identity, now)
		if err == nil && string(bundle) != string(good.Bundle) {
			t.Fatal("took what nobody signed")
		}
	})
}
