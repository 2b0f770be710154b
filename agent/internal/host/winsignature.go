package host

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"
)

// What WinVerifyTrust says of a file (winerror.h).
const (
	trustNoSignature  = 0x800B0100
	trustUnknownForm  = 0x800B0003
	trustUnknownMaker = 0x800B0001
	trustBadDigest    = 0x80096010
	trustMalformed    = 0x80096011
	trustBadSignature = 0x80096004
	trustDistrusted   = 0x800B0111
	trustRevoked      = 0x800B010C
	trustExpired      = 0x800B0101
	trustUntrusted    = 0x800B0109
	trustChain        = 0x800B010A
	trustUntrustedCA  = 0x800B0112
	trustWrongUse     = 0x800B0110
	trustSubject      = 0x800B0004
	trustSettings     = 0x80092026
	trustPurpose      = 0x800B0106
	trustTime         = 0x80096005
)

// signatureWord is a verdict as rows say it; "" is none, such as of a file that
// could not be read.
func signatureWord(status uint32) string {
	switch status {
	case 0:
		return "valid"
	case trustNoSignature, trustUnknownForm, trustUnknownMaker:
		return "unsigned"
	case trustBadDigest, trustMalformed, trustBadSignature, trustDistrusted, trustRevoked:
		return "invalid"
	case trustExpired, trustUntrusted, trustChain, trustUntrustedCA, trustWrongUse, trustSubject, trustSettings, trustPurpose, trustTime:
		return "unverified"
	}
	return ""
}

// certificateSigner is in whose name a certificate is: its organisation, or its
// name where it has none, as for signatures that farmwatch reads itself.
func certificateSigner(raw []byte) (string, error) {
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		return "", fmt.Errorf("read a signer's certificate: %w", err)
	}
	signer := certificate.Subject.CommonName
	if len(certificate.Subject.Organization) > 0 {
		signer = certificate.Subject.Organization[0]
	}
	return strings.ToValidUTF8(signer[:min(len(signer), 256)], "\uFFFD"), nil
}

// memberTag is how a catalogue calls a file: by its hash.
func memberTag(hash []byte) string { return strings.ToUpper(hex.EncodeToString(hash)) }

// programPlace says whether a path is of a file on one of the machine's drives:
// not on the network, which asking would wake, no device and no hidden stream.
func programPlace(path string) (drive string, ok bool) {
	if len(path) < 4 || path[1] != ':' || path[2] != '\\' || path[0]|0x20 < 'a' || path[0]|0x20 > 'z' || strings.ContainsAny(path[2:], ":/\x00") {
		return "", false
	}
	return path[:3], true
}

// isProgram says whether a file begins as Windows' programs do.
func isProgram(head []byte) bool { return bytes.HasPrefix(head, []byte("MZ")) }

// What judging signatures may cost: it reads each program whole. The first look
// has a store of time; what is used up comes back slowly.
const (
	judgeStore  = 4 * time.Second
	judgeRefill = 20 // of the time that goes by, the part that comes back
	judgedFile  = 256 << 20
	judgedFiles = 4096
)

// verdicts keeps what the system said of programs, each by its file as it is.
type verdicts struct {
	mu    sync.Mutex
	known map[string]winVerdict
	left  time.Duration
	at    time.Time // when left was so much
}

type winVerdict struct {
	size    int64
	written time.Time
	program Program
	err     error
}

// of gives what is known of a file, or asks while there is time left.
func (v *verdicts) of(now func() time.Time, path string, size int64, written time.Time, ask func() (Program, error)) (Program, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := strings.ToLower(path)
	if last, ok := v.known[key]; ok && last.size == size && last.written.Equal(written) {
		return last.program, last.err
	}
	began := now()
	if v.at.IsZero() {
		v.left = judgeStore
	} else if gone := began.Sub(v.at); gone > 0 {
		v.left = min(v.left+gone/judgeRefill, judgeStore)
	}
	if v.at = began; v.left <= 0 {
		return Program{}, fmt.Errorf("Windows has judged as many programs as one look may ask for: %w", ErrNotYet)
	}
	p, err := ask()
	v.left -= max(now().Sub(began), time.Millisecond)
	if v.known == nil || len(v.known) >= judgedFiles {
		v.known = map[string]winVerdict{}
	}
	v.known[key] = winVerdict{size, written, p, err}
	return p, err
}
