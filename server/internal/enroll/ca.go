package enroll

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"sync"
	"time"
)

// How long certificates hold. A device's is short because a stolen laptop's
// key must become worthless by itself; backdating forgives a slow clock.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	serverLife    = 90 * 24 * time.Hour
	deviceLife    = 30 * 24 * time.Hour
	backdating    = time.Hour
)

// An Authority is the collector's own certificate authority.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	now         func() time.Time
	random      io.Reader
}

// OpenAuthority reads the authority kept in the state folder, or makes it there at the first start.
func OpenAuthority(folder string, now func() time.Time, random io.Reader) (*Authority, error) {
	path := filepath.Join(folder, "ca.pem")
	a := &Authority{now: now, random: random}
	content, err := keep(path, a.create)
	if err != nil {
		return nil, fmt.Errorf("keep the certificate authority in %s: %w", path, err)
	}
	if err := a.read(content); err != nil {
		return nil, fmt.Errorf("read the certificate authority in %s: %w", path, err)
	}
	return a, nil
}

func (a *Authority) create() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.random)
	if err != nil {
		return nil, err
	}
	template, err := a.template(pkix.Name{CommonName: "farmwatch collector", Organization: []string{"farmwatch"}}, authorityLife)
	if err != nil {
		return nil, err
	}
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(a.random, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return pemPair(der, key)
}

// read takes the authority from its file and refuses one that cannot sign any more.
func (a *Authority) read(content []byte) error {
	pair, err := tls.X509KeyPair(content, content)
	if err != nil {
		return err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return fmt.Errorf("its key is a %T, want ECDSA", pair.PrivateKey)
	}
	a.certificate, a.key = pair.Leaf, key
	switch now := a.now(); {
	case !a.certificate.IsCA:
		return errors.New("its certificate is not one of an authority")
	case now.Before(a.certificate.NotBefore):
		return fmt.Errorf("it begins at %s, and this clock says %s: set the clock", clock(a.certificate.NotBefore), clock(now))
	case now.After(a.certificate.NotAfter):
		return fmt.Errorf("it ended at %s, and this clock says %s", clock(a.certificate.NotAfter), clock(now))
	}
	return nil
}

func (a *Authority) template(subject pkix.Name, life time.Duration) (*x509.Certificate, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(a.random, serial); err != nil {
		return nil, fmt.Errorf("draw a serial number: %w", err)
	}
	serial[0] &= 0x7f // X.509 counts serial numbers as positive
	now := a.now()
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: subject,
		NotBefore: now.Add(-backdating), NotAfter: now.Add(life),
	}, nil
}

// Certificates are what agents are to trust, in DER.
func (a *Authority) Certificates() [][]byte { return [][]byte{a.certificate.Raw} }

// Pin names the authority in a token, so that an agent can know it before it trusts anything.
func (a *Authority) Pin() string { return pinOf(a.certificate.Raw) }

// pinLength is 130 bits of a hash, and a line that can still be copied by hand.
const pinLength = 26

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func pinOf(der []byte) string {
	sum := sha256.Sum256(der)
	return lowerBase32.EncodeToString(sum[:])[:pinLength]
}

// Sign gives an agent a certificate for the key in its request. Everything else
// in the request is ignored: who it is stands in the collector's store.
func (a *Authority) Sign(request *x509.CertificateRequest, deviceID, agentID string) ([]byte, Certificate, error) {
	template, err := a.template(pkix.Name{CommonName: deviceID, OrganizationalUnit: []string{agentID}}, deviceLife)
	if err != nil {
		return nil, Certificate{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(a.random, template, a.certificate, request.PublicKey, a.key)
	if err != nil {
		return nil, Certificate{}, fmt.Errorf("sign the certificate of device %s: %w", deviceID, err)
	}
	return der, Certificate{
		Serial: hex.EncodeToString(template.SerialNumber.Bytes()), AgentID: agentID, KeyHash: keyHash(request),
		NotBefore: template.NotBefore, NotAfter: template.NotAfter, IssuedAt: a.now(),
	}, nil
}

// keyHash names the key of a request.
func keyHash(request *x509.CertificateRequest) []byte {
	sum := sha256.Sum256(request.RawSubjectPublicKeyInfo)
	return sum[:]
}

// Verify says which device and agent a client certificate names. The sentence
// of a refusal is for the person at the laptop.
func (a *Authority) Verify(c *x509.Certificate) (deviceID, agentID string, err error) {
	now := a.now()
	switch {
	case now.After(c.NotAfter):
		return "", "", fmt.Errorf("this device's certificate ended at %s, and the collector's clock says %s: enrol the device again with a new token", clock(c.NotAfter), clock(now))
	case now.Before(c.NotBefore):
		return "", "", fmt.Errorf("this device's certificate begins at %s, and the collector's clock says %s: one of the clocks is wrong", clock(c.NotBefore), clock(now))
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, KeyUsages: usages}); err != nil {
		return "", "", errors.New("this device's certificate is not one of this collector: enrol the device here with a token")
	}
	if c.Subject.CommonName == "" || len(c.Subject.OrganizationalUnit) != 1 {
		return "", "", errors.New("this certificate names no device: enrol the device with a token")
	}
	return c.Subject.CommonName, c.Subject.OrganizationalUnit[0], nil
}

// ServerTLS is how the collector meets agents: TLS 1.3, its own certificate for
// the given names besides this machine's, made anew at two thirds of its life.
// A client's certificate is asked for and not judged in the handshake, so that
// a refusal can come as a sentence; Verify judges it in every call.
func (a *Authority) ServerTLS(names []string) *tls.Config {
	s := &serverCertificate{authority: a, names: append([]string{"localhost", "127.0.0.1", "::1"}, names...)}
	return &tls.Config{
		MinVersion:     tls.VersionTLS13,
		ClientAuth:     tls.RequestClientCert,
		NextProtos:     []string{"h2"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.get() },
		Time:           a.now,
	}
}

// A serverCertificate is the collector's own, renewed while it runs.
type serverCertificate struct {
	authority *Authority
	names     []string
	mu        sync.Mutex
	now       *tls.Certificate
}

func (s *serverCertificate) get() (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != nil && s.authority.now().Before(s.now.Leaf.NotAfter.Add(-serverLife/3)) {
		return s.now, nil
	}
	made, err := s.make()
	if err != nil {
		return nil, fmt.Errorf("make the collector's certificate: %w", err)
	}
	s.now = made
	return made, nil
}

func (s *serverCertificate) make() (*tls.Certificate, error) {
	a := s.authority
	der, key, err := a.issue("farmwatch collector", serverLife, x509.ExtKeyUsageServerAuth, s.names...)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	// The authority goes along: an agent that knows only its pin meets it here.
	return &tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// issue makes a key and a certificate for one use of it, under these names and addresses.
func (a *Authority) issue(subject string, life time.Duration, use x509.ExtKeyUsage, names ...string) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.random)
	if err != nil {
		return nil, nil, err
	}
	template, err := a.template(pkix.Name{CommonName: subject}, life)
	if err != nil {
		return nil, nil, err
	}
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{use}
	for _, name := range names {
		switch ip := net.ParseIP(name); {
		case ip != nil:
			template.IPAddresses = append(template.IPAddresses, ip)
		case name != "":
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(a.random, template, a.certificate, key.Public(), a.key)
	return der, key, err
}

// clock writes a time as refusals do.
func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }
