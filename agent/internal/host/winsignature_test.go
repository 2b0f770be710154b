package host

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSignatureWord(t *testing.T) {
	for status, want := range map[uint32]string{0: "valid", 0x800B0100: "unsigned", 0x80096010: "invalid", 0x800B0109: "unverified", 0x800B0101: "unverified", 0x800B010C: "invalid", 0x80070005: ""} {
		if got := signatureWord(status); got != want {
			t.Errorf("%#x is %q, want %q", status, got, want)
		}
	}
}

func TestCertificateSigner(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for want, subject := range map[string]pkix.Name{"Makers GmbH": {CommonName: "x", Organization: []string{"Makers GmbH"}}, "Anna Muster": {CommonName: "Anna Muster"}} {
		raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: subject}, &x509.Certificate{Subject: subject}, public, private)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := certificateSigner(raw); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	if _, err := certificateSigner([]byte{0x30}); err == nil {
		t.Error("no certificate was taken for one")
	}
}

func TestProgramPlace(t *testing.T) {
	for path, want := range map[string]bool{
		`C:\Windows\x.exe`: true, `d:\x.exe`: true, `C:x.exe`: false, `\\server\x.exe`: false, `C:\x.txt:y.exe`: false, `\\?\C:\x.exe`: false, `C:\`: false, ``: false,
	} {
		if _, got := programPlace(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestVerdictsCostNoMoreThanTheirShare(t *testing.T) {
	var mu sync.Mutex
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	pass := func(d time.Duration) time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(d)
		return at
	}
	v := newVerdicts(func() time.Time { return pass(0) })
	written := pass(0)
	asked := int64(0)
	ask := func() (Program, error) {
		asked++
		pass(time.Second)
		return Program{Signature: "valid"}, nil
	}
	var err error
	for i := range int64(10) {
		if _, err = v.of(t.Context(), `C:\x.exe`, i, written, ask); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrNotYet) || asked < 4 || asked > 5 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	if p, err := v.of(t.Context(), `c:\X.EXE`, asked-1, written, ask); err != nil || p.Signature != "valid" {
		t.Errorf("a file that was judged: %+v, %v", p, err)
	}
	pass(time.Minute)
	if _, err := v.of(t.Context(), `C:\y.exe`, 1, written, ask); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

// TestAVerdictThatHangsHoldsNoLook: behind one that takes long, others wait their
// share and no more.
func TestAVerdictThatHangsHoldsNoLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, answer, start := newVerdicts(time.Now), make(chan bool), time.Now()
		for i := range int64(200) {
			_, err := v.of(t.Context(), `C:\x.exe`, i, start, func() (Program, error) { <-answer; return Program{}, nil })
			if !errors.Is(err, ErrNotYet) {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > judgeStore+2*judgePatience {
			t.Errorf("200 programs behind one verdict take %s", took)
		}
		close(answer)
	})
}

func TestALateVerdictIsThereForWhoAsksNext(t *testing.T) {
	v := newVerdicts(time.Now)
	answer := make(chan struct{})
	written := time.Unix(1, 0)
	ask := func() (Program, error) {
		<-answer
		return Program{Signature: "valid"}, nil
	}
	for range 2 {
		if _, err := v.of(t.Context(), `C:\x.exe`, 1, written, ask); !errors.Is(err, ErrNotYet) {
			t.Fatalf("while it is asked: %v", err)
		}
	}
	close(answer)
	if p, err := v.of(t.Context(), `C:\x.exe`, 1, written, ask); err != nil || p.Signature != "valid" {
		t.Errorf("%+v, %v", p, err)
	}
}
