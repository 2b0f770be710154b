package enroll

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// signerLife is how long a signing certificate holds; a third before its end
// there is a new one.
const signerLife = 90 * 24 * time.Hour

// A Signer vouches for what the collector tells agents, with a key of its own
// that the authority issued for signing and for nothing else.
type Signer struct {
	authority *Authority
	path      string
	mu        sync.Mutex
	now       *tls.Certificate
	unkept    error // why the key in force is in no file
}

// OpenSigner reads the signing key kept in the state folder, or makes it there.
func (a *Authority) OpenSigner(folder string) (*Signer, error) {
	s := &Signer{authority: a, path: filepath.Join(folder, "signing.pem")}
	content, err := os.ReadFile(s.path)
	if err == nil {
		s.now = a.signing(content)
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	_, err = s.get()
	return s, errors.Join(err, s.unkept)
}

// Sign signs SHA-256 of a message (ECDSA P-256, ASN.1 DER) and gives the
// certificate of the key, DER.
func (s *Signer) Sign(message []byte) (signature, certificate []byte, err error) {
	pair, err := s.get()
	if err != nil {
		return nil, nil, err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok { // signing lets no other in
		return nil, nil, fmt.Errorf("the signing key is a %T", pair.PrivateKey)
	}
	digest := sha256.Sum256(message)
	signature, err = ecdsa.SignASN1(s.authority.random, key, digest[:])
	return signature, pair.Leaf.Raw, err
}

// get gives the key in force and makes a new one before the certificate ends.
// One that cannot be kept signs all the same until the next start, which says
// so: a full disk must not silence what people decide.
func (s *Signer) get() (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.authority.now()
	// A clock that was set back makes the key one of the future, which no agent takes.
	if s.now != nil && !now.Before(s.now.Leaf.NotBefore) && now.Before(s.now.Leaf.NotAfter.Add(-signerLife/3)) {
		return s.now, nil
	}
	content, err := s.authority.createSigning()
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	if s.now = s.authority.signing(content); s.now == nil {
		return nil, errors.New("the signing key just made does not hold")
	}
	if s.unkept = replace(s.path, content); s.unkept != nil {
		s.unkept = fmt.Errorf("keep a signing key in %s: %w", s.path, s.unkept)
	}
	return s.now, nil
}

// signing takes a signing key from its file. One that is damaged, or of another
// authority, or not for signing is none: no agent remembers a key, so that a
// new one costs nothing.
func (a *Authority) signing(content []byte) *tls.Certificate {
	pair, err := tls.X509KeyPair(content, content)
	if err != nil || pair.Leaf.CheckSignatureFrom(a.certificate) != nil {
		return nil
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() || !slices.Contains(pair.Leaf.ExtKeyUsage, x509.ExtKeyUsageCodeSigning) {
		return nil
	}
	return &pair
}

func (a *Authority) createSigning() ([]byte, error) {
	der, key, err := a.issue("farmwatch bundles", signerLife, x509.ExtKeyUsageCodeSigning)
	if err != nil {
		return nil, err
	}
	return pemPair(der, key)
}

// pemPair writes a certificate with its key.
func pemPair(der []byte, key *ecdsa.PrivateKey) ([]byte, error) {
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	err = errors.Join(
		pem.Encode(&content, &pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.Encode(&content, &pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	return content.Bytes(), err
}

// replace puts a file in the place of another, whole or not at all.
func replace(path string, content []byte) error {
	temporary, err := write(filepath.Dir(path), content)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return syncFolder(filepath.Dir(path))
}
