package host

import (
	"bytes"
	"errors"
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

// TestGuardFolderClosesAndRefuses asks of the folder first what Wine can do as
// well: it makes modes of Unix of access lists, which know neither the system nor
// administrators, and leaves what it cannot say as it was.
func TestGuardFolderClosesAndRefuses(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	everyone, err := windows.CreateWellKnownSid(windows.WinWorldSid)
	if err != nil {
		t.Fatal(err)
	}
	self, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	owners, err := guards()
	if err != nil {
		t.Fatal(err)
	}
	owners = append(owners, self.User.Sid)
	if err := closeTo(folder, []*windows.SID{everyone}); err != nil {
		t.Fatal(err)
	}
	if err := closed(folder, owners); !errors.Is(err, ErrExposed) {
		t.Errorf("a folder that everyone may enter is taken for closed: %v", err)
	}
	if err := closeTo(folder, []*windows.SID{self.User.Sid}); err != nil {
		t.Fatal(err)
	}
	if err := closed(folder, owners); err != nil {
		t.Errorf("a folder of ours alone: %v", err)
	}
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ownedBy(file, owners[:2]); err != nil {
		t.Errorf("a file of ours is taken for somebody else's: %v", err)
	}
	for range 2 {
		if err := GuardFolder(folder); err != nil && !underWine() {
			t.Error(err)
		}
	}
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
