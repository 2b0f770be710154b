package host

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

func TestSealIsOpenedHereAndOnlyWhole(t *testing.T) {
	seal, unseal := Sealer()
	secret := []byte("a private key, or what stands for one")
	sealed, err := seal(secret)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, secret) {
		t.Error("the seal shows what is inside")
	}
	if opened, err := unseal(sealed); err != nil || !bytes.Equal(opened, secret) {
		t.Errorf("opened %q, %v", opened, err)
	}
	if opened, err := unseal(sealed[:len(sealed)/2]); err == nil && bytes.Equal(opened, secret) {
		t.Error("half a seal is opened as if it were whole")
	}
	if _, err := unseal(nil); err == nil {
		t.Error("nothing at all was opened")
	}
}

// TestGuardFolderClosesAndRefuses: Wine sets no access lists, so that there only
// the refusals can be seen. What it keeps of one it does not let go of again, so
// the folder is one that may stay.
func TestGuardFolderClosesAndRefuses(t *testing.T) {
	folder := filepath.Join(os.TempDir(), fmt.Sprintf("guarded-%d", os.Getpid()))
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	everyone, err := windows.CreateWellKnownSid(windows.WinWorldSid)
	if err != nil {
		t.Fatal(err)
	}
	owners, err := guards()
	if err != nil {
		t.Fatal(err)
	}
	if err := ownedBy(folder, nil); err != nil {
		t.Errorf("a folder of ours is taken for somebody else's: %v", err)
	}
	if err := closeTo(folder, []*windows.SID{everyone}); err != nil {
		t.Fatal(err)
	}
	if err := closed(folder, owners); !errors.Is(err, ErrExposed) {
		t.Errorf("a folder that everyone may enter is taken for closed: %v", err)
	}
	for range 2 {
		if err := GuardFolder(folder); err != nil && !underWine() {
			t.Errorf("a folder of ours is not closed: %v", err)
		}
	}
	file := folder + ".file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(file) })
	if err := GuardFolder(file); err == nil {
		t.Error("a file was taken for a folder")
	}
}

func TestMultiEndsEachTextAndTheList(t *testing.T) {
	if got := string(runes(multi([]string{"ab", "c"}))); got != "ab\x00c\x00\x00" {
		t.Errorf("got %q", got)
	}
}

func runes(coded []uint16) (out []rune) {
	for _, c := range coded {
		out = append(out, rune(c))
	}
	return out
}
