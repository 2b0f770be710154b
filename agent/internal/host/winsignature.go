package host

import (
	"bytes"
	"context"
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
	judgeStore    = 4 * time.Second
	judgeRefill   = 20 // of the time that goes by, the part that comes back
	judgedFile    = 256 << 20
	judgedFiles   = 4096
	judgePatience = 1200 * time.Millisecond // with one program, less than its reader has
)

// verdicts keeps what the system said of programs, each by its file as it is.
type verdicts struct {
	now   func() time.Time
	turn  chan struct{} // who holds it asks: a disk that does not answer costs one thread
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

func newVerdicts(now func() time.Time) *verdicts {
	return &verdicts{now: now, turn: make(chan struct{}, 1), known: map[string]winVerdict{}, left: judgeStore, at: now()}
}

// of gives what is known of a file, or asks and waits a moment. An answer that
// comes later is there for who asks next.
func (v *verdicts) of(ctx context.Context, path string, size int64, written time.Time, ask func() (Program, error)) (Program, error) {
	key := strings.ToLower(path)
	if last, ok := v.kept(key, size, written); ok {
		return last.program, last.err
	}
	patient, cancel := context.WithTimeout(ctx, judgePatience)
	defer cancel()
	late := fmt.Errorf("a verdict of Windows on a program takes its time: %w", ErrNotYet)
	if !v.timeLeft() {
		return Program{}, fmt.Errorf("as many programs were judged as may be at once: %w", ErrNotYet)
	}
	select {
	case v.turn <- struct{}{}:
	case <-patient.Done():
		v.spend(judgePatience) // waiting counts too: many that wait behind one must not use up a look
		return Program{}, late
	}
	answered := make(chan winVerdict, 1)
	go func() {
		began := v.now()
		said := winVerdict{size: size, written: written}
		said.program, said.err = ask()
		v.keep(key, said, v.now().Sub(began))
		<-v.turn
		answered <- said
	}()
	select {
	case said := <-answered:
		return said.program, said.err
	case <-patient.Done():
		return Program{}, late
	}
}

func (v *verdicts) kept(key string, size int64, written time.Time) (winVerdict, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	last, ok := v.known[key]
	return last, ok && last.size == size && last.written.Equal(written)
}

func (v *verdicts) keep(key string, said winVerdict, took time.Duration) {
	v.spend(max(took, time.Millisecond))
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) >= judgedFiles {
		clear(v.known)
	}
	v.known[key] = said
}

func (v *verdicts) spend(time time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.left -= time
}

func (v *verdicts) timeLeft() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	if gone := now.Sub(v.at); gone > 0 {
		v.left = min(v.left+gone/judgeRefill, judgeStore)
	}
	v.at = now
	return v.left > 0
}
