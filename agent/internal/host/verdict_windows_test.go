package host

import (
	_ "embed"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A program that does nothing, signed by osslsigncode in the name of "Example
// Makers GmbH", whose certificate nobody trusts and whose key was thrown away.
//
//go:embed testdata/signed.pe
var signedProgram []byte

func TestLiveVerdicts(t *testing.T) {
	h := liveNow(t)
	folder, err := os.MkdirTemp("", "verdicts") //nolint:usetesting // Wine removes no folder in its way, for which it fails a test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) }) // where it can
	judged := func(name string, content []byte) (Program, error) {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := h.Program(t.Context(), path)
		for range 60 { // the first time, Windows reads whom it trusts
			if !errors.Is(err, ErrNotYet) {
				break
			}
			h.verdicts.spend(-judgeStore) // on a busy machine the first has used it up
			p, err = h.Program(t.Context(), path)
		}
		t.Logf("%s: %+v, %v", name, p, err)
		return p, err
	}
	p, err := judged("signed.exe", signedProgram)
	// Wine takes a certificate of no trusted issuer for good; Windows does not.
	if err != nil || p.Signer != "Example Makers GmbH" || p.Signature != "unverified" && (!underWine() || p.Signature != "valid") {
		t.Errorf("signed: %+v, %v", p, err)
	}
	broken := append([]byte(nil), signedProgram...)
	broken[600] ^= 1
	if p, err := judged("broken.exe", broken); err != nil || p.Signature != "invalid" || p.Signer != "" {
		t.Errorf("changed after it was signed: %+v, %v", p, err)
	}
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	// Wine has no catalogues, and so cannot say that a program is in none.
	if p, err := judged("plain.exe", self); p.Signature != "unsigned" && (!underWine() || !errors.Is(err, ErrUnsupported)) {
		t.Errorf("not signed: %+v, %v", p, err)
	}
	if _, err := judged("text.exe", []byte("no program")); !errors.Is(err, ErrAbsent) {
		t.Errorf("no program: %v", err)
	}
}

func TestLiveVerdictsStayOnThisLaptop(t *testing.T) {
	h := liveNow(t)
	for _, path := range []string{`\\server\share\x.exe`, `\Device\Mup\x.exe`, `x.exe`, `C:\nowhere\x.exe`, `C:\windows:hidden.exe`, `?:\x.exe`} {
		if _, err := h.Program(t.Context(), path); !errors.Is(err, ErrAbsent) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
