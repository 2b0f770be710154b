package host

import (
	"io/fs"
	"os"
	"path"
	"testing"
	"time"

	winreg "golang.org/x/sys/windows/registry"
)

// plantedKey makes a key of our own below the person's hive, which is loaded.
func plantedKey(t *testing.T) (winreg.Key, string) {
	t.Helper()
	const name = `Software\farmwatch-test`
	key, _, err := winreg.CreateKey(winreg.CURRENT_USER, name, winreg.ALL_ACCESS)
	if err != nil {
		lacking(t, "no key can be made: "+err.Error())
	}
	t.Cleanup(func() {
		_ = winreg.DeleteKey(key, "below") // it may not have been made
		_ = key.Close()
		_ = winreg.DeleteKey(winreg.CURRENT_USER, name)
	})
	return key, path.Join("registry/HKU", ownSID(t), "Software/farmwatch-test")
}

func TestLiveRegistry(t *testing.T) {
	key, place := plantedKey(t)
	if _, _, err := winreg.CreateKey(key, "below", winreg.ALL_ACCESS); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		key.SetStringValue("", "unnamed"), key.SetExpandStringValue("expand", `%SystemRoot%\x`), key.SetDWordValue("number", 7),
		key.SetQWordValue("long", 1<<40), key.SetStringsValue("texts", []string{"one", "two"}), key.SetBinaryValue("bytes", []byte{0xAB, 1}),
		key.SetStringValue("below", "beside"), key.SetStringValue("a/b", "slash"), key.SetBinaryValue("big", make([]byte, maxRegistryValue+1)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	files := liveFiles("")
	for name, want := range map[string]string{
		"(default)": "unnamed", "expand": `%SystemRoot%\x`, "number": "7", "long": "1099511627776", "texts": "one\ntwo", "bytes": "ab01",
		"below (value)": "beside", "a%2Fb": "slash",
	} {
		if got, err := fs.ReadFile(files, place+"/"+name); err != nil || string(got) != want {
			t.Errorf("%s = %q, %v; want %q", name, got, err, want)
		}
	}
	if got, err := fs.ReadFile(files, place+"/big"); err == nil {
		t.Errorf("a value of more than the bound was read: %d bytes", len(got))
	}
	entries, err := fs.ReadDir(files, place)
	if err != nil || len(entries) != 10 {
		t.Errorf("listed %v, %v", entries, err)
	}
	stat, err := fs.Stat(files, place)
	if err != nil || time.Since(stat.ModTime()).Abs() > time.Hour {
		t.Errorf("the key was written at %v, %v", stat, err)
	}
}

// Both views are reachable: ours is the one of 64-bit programs.
func TestLiveRegistryViews(t *testing.T) {
	files := liveFiles("")
	for _, name := range []string{"registry/HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion", "registry/HKLM/SYSTEM/CurrentControlSet/Services", "registry/HKU"} {
		if entries, err := fs.ReadDir(files, name); err != nil || len(entries) == 0 {
			t.Errorf("%s: %d entries, %v", name, len(entries), err)
		}
	}
	if entries, err := fs.ReadDir(files, "registry/HKLM/SOFTWARE/WOW6432Node"); err != nil && !os.IsNotExist(err) {
		t.Errorf("32-bit view: %d entries, %v", len(entries), err)
	}
}
