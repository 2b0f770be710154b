package uplink

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

const (
	bundlePreamble = "farmwatch bundle v1\n" // what is signed begins with it, so that no other signature of the key fits
	maxBundle      = 64 << 10                // bytes; an honest one has a few hundred
)

// Bundles takes the bundles that hold: signed under one of the authorities, for
// this device, not older than one taken before.
type Bundles struct {
	Path string                // of the file that keeps the last version, beside the identity
	Take func(*agentv1.Bundle) // gets each bundle that holds; the same one may come again

	mu sync.Mutex // held by who takes one: a stream that ends may still be at it when the next begins
}

// take keeps and hands on, one bundle after the other.
func (b *Bundles) take(fresh *agentv1.Bundle) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.keep(fresh); err != nil {
		return err
	}
	b.Take(fresh)
	return nil
}

// bundle hands a bundle on, or notes why it does not hold. What does not hold
// ends no stream: reports matter more.
func (u *Uplink) bundle(signed *agentv1.SignedBundle) {
	if u.options.Bundles == nil {
		return
	}
	u.mu.Lock()
	identity, now := u.identity, u.collectorTime(u.options.Now())
	u.mu.Unlock()
	b, err := openBundle(signed, identity, now)
	if err == nil {
		err = u.options.Bundles.take(b)
	}
	if err != nil {
		u.options.Log.Warn("a bundle of the collector is not taken", "error", err)
	}
}

// openBundle reads what the collector signed for this device. The time is the
// collector's, by which certificates are made.
func openBundle(signed *agentv1.SignedBundle, i Identity, now time.Time) (*agentv1.Bundle, error) {
	if len(signed.GetBundle()) > maxBundle {
		return nil, fmt.Errorf("it has %d bytes, more than %d", len(signed.GetBundle()), maxBundle)
	}
	key, err := signingKey(signed.GetCertificate(), i.Authorities, now)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(append([]byte(bundlePreamble), signed.GetBundle()...))
	if !ecdsa.VerifyASN1(key, digest[:], signed.GetSignature()) {
		return nil, errors.New("its signature is not of the key it names")
	}
	b := &agentv1.Bundle{}
	if err := proto.Unmarshal(signed.GetBundle(), b); err != nil {
		return nil, fmt.Errorf("it is signed and cannot be read: %w", err)
	}
	if b.GetDeviceId() != i.DeviceID {
		return nil, fmt.Errorf("it is for another device, %q", b.GetDeviceId())
	}
	return b, nil
}

// signingKey is the key of a certificate that one of the authorities issued for
// signing. Go takes a certificate that names no use for one of any use; here
// that use has to be named, or any device's certificate would do.
func signingKey(der []byte, authorities []*x509.Certificate, now time.Time) (*ecdsa.PublicKey, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("its certificate: %w", err)
	}
	pool := x509.NewCertPool()
	for _, a := range authorities {
		pool.AddCert(a)
	}
	if _, err := c.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}); err != nil {
		return nil, fmt.Errorf("its certificate does not hold: %w", err)
	}
	if !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageCodeSigning) {
		return nil, errors.New("its certificate is not one for signing")
	}
	key, ok := c.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("its certificate is for a key that is not ECDSA P-256")
	}
	return key, nil
}
