package parse

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha1"   //nolint:gosec // signatures of old programs are made with it, and are shown as what they are
	_ "crypto/sha256" // so that crypto.SHA256 is there
	_ "crypto/sha512" // and its longer kin
	"encoding/asn1"
	"errors"
	"fmt"
	"time"
)

// hashNamed gives the hash behind an identifier, 0 for those not known or long broken.
func hashNamed(id asn1.ObjectIdentifier) crypto.Hash {
	switch id.String() {
	case "1.3.14.3.2.26":
		return crypto.SHA1
	case "2.16.840.1.101.3.4.2.1":
		return crypto.SHA256
	case "2.16.840.1.101.3.4.2.2":
		return crypto.SHA384
	case "2.16.840.1.101.3.4.2.3":
		return crypto.SHA512
	}
	return 0
}

func hashOf(h crypto.Hash, b []byte) []byte {
	sum := h.New()
	sum.Write(b)
	return sum.Sum(nil)
}

// verify says whether the signer signed these bytes.
func (c *cms) verify(content []byte) (Standing, string) {
	leaf, hash := c.leaf(), hashNamed(c.signer.digest)
	switch {
	case leaf == nil:
		return Unproven, "the signer's certificate is not in the file"
	case hash == 0:
		return Unproven, fmt.Sprintf("hash %s is not known", c.signer.digest)
	}
	signed := content
	if c.signer.attributes != nil {
		told, err := attribute(c.signer.attributes, "1.2.840.113549.1.9.4")
		if err != nil {
			return Broken, "the signature does not say what it covers"
		}
		if !bytes.Equal(told.Bytes, hashOf(hash, content)) {
			return Broken, "the signature is of something else"
		}
		signed = c.signer.attributes
	}
	return verifyBy(leaf.PublicKey, hash, hashOf(hash, signed), c.signer.value)
}

// rsaLimit bounds a key, in bytes: the cost grows with its cube.
const rsaLimit = 2048

func verifyBy(key any, hash crypto.Hash, sum, value []byte) (Standing, string) {
	var ok bool
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.Size() > rsaLimit {
			return Unproven, fmt.Sprintf("the signer's key has %d bytes", key.Size())
		}
		err := rsa.VerifyPKCS1v15(key, hash, sum, value)
		if err != nil && !errors.Is(err, rsa.ErrVerification) {
			return Unproven, err.Error()
		}
		ok = err == nil
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(key, sum, value)
	default:
		return Unproven, "the kind of the signer's key is not known"
	}
	if !ok {
		return Broken, "the signature was not made with the signer's key"
	}
	return Holds, ""
}

var errNoAttribute = errors.New("no such attribute")

// attribute gives the first value of an attribute from a set of them, whose head
// may be missing.
func attribute(set []byte, wanted string) (asn1.RawValue, error) {
	var none, outer asn1.RawValue
	if _, err := asn1.Unmarshal(set, &outer); err == nil && outer.Tag == asn1.TagSet {
		set = outer.Bytes
	}
	parts, err := elements(set, cmsAttributes)
	if err != nil {
		return none, err
	}
	for _, part := range parts {
		var a struct {
			ID     asn1.ObjectIdentifier
			Values asn1.RawValue
		}
		if _, err := asn1.Unmarshal(part.FullBytes, &a); err != nil || a.ID.String() != wanted {
			continue
		}
		var value asn1.RawValue
		if _, err := asn1.Unmarshal(a.Values.Bytes, &value); err != nil {
			return none, err
		}
		return value, nil
	}
	return none, errNoAttribute
}

// stamped is when the signature was made, by the word of a time stamp's issuer or
// else of the signer.
func (c *cms) stamped() time.Time {
	if counter, err := attribute(c.signer.beside, "1.2.840.113549.1.9.6"); err == nil {
		var s cms
		if s.takeSigner(counter.FullBytes) == nil {
			return signingTime(s.signer.attributes)
		}
	}
	for _, token := range []string{"1.3.6.1.4.1.311.3.3.1", "1.2.840.113549.1.9.16.2.14"} {
		if stamp, err := attribute(c.signer.beside, token); err == nil {
			return tokenTime(stamp.FullBytes)
		}
	}
	return signingTime(c.signer.attributes)
}

func signingTime(attributes []byte) (t time.Time) {
	value, err := attribute(attributes, "1.2.840.113549.1.9.5")
	if err != nil {
		return t
	}
	if _, err := asn1.Unmarshal(value.FullBytes, &t); err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// tokenTime reads the time of a stamp in the form of RFC 3161.
func tokenTime(token []byte) (t time.Time) {
	stamp, err := parseCMS(token)
	if err != nil {
		return t
	}
	parts, err := elements(stamp.content, 16)
	if err != nil || len(parts) == 0 {
		return t
	}
	// The content is the bytes of a structure or, read one step further, its parts.
	if len(parts) == 1 {
		if parts, err = elements(parts[0].Bytes, 16); err != nil {
			return t
		}
	}
	for _, part := range parts {
		if part.Class == asn1.ClassUniversal && part.Tag == asn1.TagGeneralizedTime {
			if _, err := asn1.Unmarshal(part.FullBytes, &t); err == nil {
				return t.UTC()
			}
		}
	}
	return time.Time{}
}
