package uplink

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// An Identity is what enrolment gave this installation: who it is, whom it
// trusts, and the company's key for pseudonyms.
type Identity struct {
	Server       string // address of the collector, host:port
	DeviceID     string
	AgentID      string
	Key          *ecdsa.PrivateKey
	Certificate  *x509.Certificate
	Authorities  []*x509.Certificate
	PseudonymKey []byte
}

// adopt takes a certificate for the identity's key, and the authorities to trust.
func (i *Identity) adopt(certificate []byte, authorities [][]byte) error {
	c, err := x509.ParseCertificate(certificate)
	if err != nil {
		return fmt.Errorf("its certificate: %w", err)
	}
	if !i.Key.PublicKey.Equal(c.PublicKey) {
		return errors.New("its certificate is for another key")
	}
	if len(authorities) == 0 {
		return errors.New("it names no authority to trust")
	}
	pool, parsed := x509.NewCertPool(), make([]*x509.Certificate, 0, len(authorities))
	for _, der := range authorities {
		a, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("an authority: %w", err)
		}
		pool.AddCert(a)
		parsed = append(parsed, a)
	}
	// When it holds is judged at use; here only whether it belongs to them.
	_, err = c.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) / 2), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return fmt.Errorf("its certificate is not of its authorities: %w", err)
	}
	i.Certificate, i.Authorities = c, parsed
	return nil
}

func (i Identity) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{i.Certificate.Raw}, PrivateKey: i.Key, Leaf: i.Certificate}
}
