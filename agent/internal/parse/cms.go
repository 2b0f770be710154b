package parse

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"
)

// Standing says whether a signature was made over what it stands at.
type Standing string

// The standings. None says whether the signer is to be trusted.
const (
	Unproven Standing = "unproven" // not looked into, or made in a way that is not known here
	Holds    Standing = "holds"    // signature and hash fit the file as it is
	Broken   Standing = "broken"   // they do not: somebody changed the file, or made the signature up
)

// Signature is who signed a program, as the signature says it.
type Signature struct {
	Name         string   // the signer's common name
	Organisation string   // and company
	Unit         string   // and department, where Apple writes the Team ID
	Chain        []string // names from the signer to the last issuer that is in the file
	Stamped      time.Time
	Standing     Standing
	Flaw         string // why it does not hold
}

// Signer is in whose name it is signed: the company, or the person where there is none.
func (s Signature) Signer() string {
	if s.Organisation != "" {
		return s.Organisation
	}
	return s.Name
}

// Bounds on a signature; honest ones have a tenth of it.
const (
	cmsLimit        = 1 << 20
	cmsCertificates = 32
	cmsSigners      = 8
	cmsAttributes   = 32
	cmsChain        = 8
)

// A cms is a signature in the form of RFC 5652, which Windows and macOS both use.
type cms struct {
	kind         asn1.ObjectIdentifier // of what is signed
	content      []byte                // the bytes signed, without the head of the element they are; nil when they are elsewhere
	certificates []*x509.Certificate
	signer       cmsSigner
}

type cmsSigner struct {
	id         asn1.RawValue
	digest     asn1.ObjectIdentifier
	attributes []byte // signed with the content, as they are written; nil when there are none
	encryption asn1.ObjectIdentifier
	value      []byte
	beside     []byte // attributes that are not signed
}

var errCMS = errors.New("malformed signature")

func parseCMS(raw []byte) (c cms, err error) {
	if len(raw) > cmsLimit {
		return c, fmt.Errorf("%w: %d bytes", errCMS, len(raw))
	}
	der, err := definite(raw)
	if err != nil {
		return c, err
	}
	var outer struct {
		Kind    asn1.ObjectIdentifier
		Content asn1.RawValue
	}
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return c, fmt.Errorf("%w: %w", errCMS, err)
	}
	if outer.Kind.String() != "1.2.840.113549.1.7.2" {
		return c, fmt.Errorf("%w: holds %s", errCMS, outer.Kind)
	}
	var signed asn1.RawValue
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &signed); err != nil {
		return c, fmt.Errorf("%w: %w", errCMS, err)
	}
	parts, err := elements(signed.Bytes, 8)
	if err != nil {
		return c, fmt.Errorf("%w: %w", errCMS, err)
	}
	if len(parts) < 4 {
		return c, fmt.Errorf("%w: %d parts", errCMS, len(parts))
	}
	if err := c.takeContent(parts[2].Bytes); err != nil {
		return c, err
	}
	for _, part := range parts[3:] {
		switch {
		case contextual(part, 0):
			c.takeCertificates(part.Bytes)
		case part.Class == asn1.ClassUniversal && part.Tag == asn1.TagSet:
			err = c.takeSigner(part.Bytes)
		}
	}
	return c, err
}

func (c *cms) takeContent(b []byte) error {
	parts, err := elements(b, 2)
	if err != nil || len(parts) == 0 {
		return fmt.Errorf("%w: no content", errCMS)
	}
	if _, err := asn1.Unmarshal(parts[0].FullBytes, &c.kind); err != nil {
		return fmt.Errorf("%w: content: %w", errCMS, err)
	}
	if len(parts) == 2 {
		var inner asn1.RawValue
		if _, err := asn1.Unmarshal(parts[1].Bytes, &inner); err != nil {
			return fmt.Errorf("%w: content: %w", errCMS, err)
		}
		c.content = inner.Bytes
	}
	return nil
}

// takeCertificates passes over what it cannot read: of the signer alone there
// has to be one.
func (c *cms) takeCertificates(b []byte) {
	parts, err := elements(b, cmsCertificates)
	if err != nil {
		return
	}
	for _, part := range parts {
		if certificate, err := x509.ParseCertificate(part.FullBytes); err == nil {
			c.certificates = append(c.certificates, certificate)
		}
	}
}

// takeSigner reads the first signer; programs have one.
func (c *cms) takeSigner(b []byte) error {
	signers, err := elements(b, cmsSigners)
	if err != nil || len(signers) == 0 {
		return fmt.Errorf("%w: no signer", errCMS)
	}
	parts, err := elements(signers[0].Bytes, 8)
	if err != nil || len(parts) < 5 {
		return fmt.Errorf("%w: signer of %d parts", errCMS, len(parts))
	}
	s := cmsSigner{id: parts[1]}
	if s.digest, err = algorithm(parts[2]); err != nil {
		return err
	}
	rest := parts[3:]
	if contextual(rest[0], 0) {
		// What is signed is the set of attributes, not the place they stand at.
		s.attributes = append(derHead(0x31, len(rest[0].Bytes)), rest[0].Bytes...)
		rest = rest[1:]
	}
	if len(rest) < 2 {
		return fmt.Errorf("%w: signer without a value", errCMS)
	}
	if s.encryption, err = algorithm(rest[0]); err != nil {
		return err
	}
	s.value = rest[1].Bytes
	if len(rest) > 2 && contextual(rest[2], 1) {
		s.beside = rest[2].Bytes
	}
	c.signer = s
	return nil
}

func algorithm(v asn1.RawValue) (asn1.ObjectIdentifier, error) {
	var a pkix.AlgorithmIdentifier
	if _, err := asn1.Unmarshal(v.FullBytes, &a); err != nil {
		return nil, fmt.Errorf("%w: algorithm: %w", errCMS, err)
	}
	return a.Algorithm, nil
}

// leaf is the certificate of the signer.
func (c *cms) leaf() *x509.Certificate {
	if contextual(c.signer.id, 0) {
		for _, certificate := range c.certificates {
			if bytes.Equal(certificate.SubjectKeyId, c.signer.id.Bytes) {
				return certificate
			}
		}
		return nil
	}
	parts, err := elements(c.signer.id.Bytes, 2)
	if err != nil || len(parts) != 2 {
		return nil
	}
	for _, certificate := range c.certificates {
		var serial asn1.RawValue
		written, err := asn1.Marshal(certificate.SerialNumber)
		if err != nil {
			continue
		}
		if _, err = asn1.Unmarshal(written, &serial); err == nil &&
			bytes.Equal(certificate.RawIssuer, parts[0].FullBytes) && bytes.Equal(serial.Bytes, parts[1].Bytes) {
			return certificate
		}
	}
	return nil
}

// signature says who signed, and follows the issuers as far as the file has them.
func (c *cms) signature() Signature {
	s := Signature{Standing: Unproven, Stamped: c.stamped()}
	at := c.leaf()
	if at == nil {
		return s
	}
	s.Name = tidyText(at.Subject.CommonName)
	s.Organisation, s.Unit = tidyText(first(at.Subject.Organization)), tidyText(first(at.Subject.OrganizationalUnit))
	for range cmsChain {
		s.Chain = append(s.Chain, tidyText(at.Subject.CommonName))
		if at = c.issuer(at); at == nil {
			break
		}
	}
	return s
}

func (c *cms) issuer(of *x509.Certificate) *x509.Certificate {
	for _, certificate := range c.certificates {
		if bytes.Equal(certificate.RawSubject, of.RawIssuer) && !bytes.Equal(certificate.Raw, of.Raw) && !bytes.Equal(of.RawIssuer, of.RawSubject) {
			return certificate
		}
	}
	return nil
}

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}
