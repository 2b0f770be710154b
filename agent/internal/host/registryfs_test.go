package host

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf16"
)

// fakeKey is a key in memory.
type fakeKey struct {
	below  map[string]*fakeKey
	holds  map[string]fakeValue
	denied bool
}

type fakeValue struct {
	kind uint32
	raw  []byte
}

func (k *fakeKey) keys() ([]string, error)   { return slices.Sorted(maps.Keys(k.below)), nil }
func (k *fakeKey) values() ([]string, error) { return slices.Sorted(maps.Keys(k.holds)), nil }
func (k *fakeKey) written() time.Time        { return time.Unix(1_700_000_000, 0).UTC() }
func (k *fakeKey) close()                    {}

func (k *fakeKey) value(name string) (uint32, []byte, error) {
	v, ok := k.holds[name]
	if !ok {
		return 0, nil, fs.ErrNotExist
	}
	return v.kind, v.raw, nil
}

func (k *fakeKey) open(root, key string) (registryKey, error) {
	at := k.below[root]
	for element := range strings.SplitSeq(key, `\`) {
		if key == "" {
			break
		}
		if at = at.below[element]; at == nil {
			return nil, fs.ErrNotExist
		}
	}
	if at.denied {
		return nil, fs.ErrPermission
	}
	return at, nil
}

func wide(text string) []byte {
	var raw []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		raw = binary.LittleEndian.AppendUint16(raw, unit)
	}
	return raw
}

func fakeRegistry() *fakeKey {
	text := func(t string) fakeValue { return fakeValue{kindText, wide(t + "\x00")} }
	run := &fakeKey{
		below: map[string]*fakeKey{"Hidden": {}, "a/b": {holds: map[string]fakeValue{"": text("unnamed")}}, "..": {}},
		holds: map[string]fakeValue{
			"Hidden": text("evil.exe"), "Number": {kindNumber, []byte{2, 1, 0, 0}},
			"Texts": {kindTexts, wide("one\x00two\x00\x00")}, "Bytes": {3, []byte{0xAB, 1}},
		},
	}
	return &fakeKey{below: map[string]*fakeKey{
		"HKLM": {below: map[string]*fakeKey{"SOFTWARE": {below: map[string]*fakeKey{"Run": run}}, "SAM": {denied: true}, "Paths": {holds: map[string]fakeValue{`C:\x/y`: text("path")}}}},
		"HKU":  {below: map[string]*fakeKey{".DEFAULT": {}, "S-1-5-21-1-2-3-1001": {}}},
	}}
}

func TestRegistryIsFiles(t *testing.T) {
	files := registryFS{fakeRegistry()}
	below, err := fs.Sub(files, registryRoot+"/HKLM/SOFTWARE")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(below, "Run/Number", "Run/a%2Fb/(default)"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{
		"Run/Number": "258", "Run/Texts": "one\ntwo", "Run/Bytes": "ab01", "Run/a%2Fb/(default)": "unnamed",
		"Run/Hidden (value)": "evil.exe",
	} {
		if got, err := fs.ReadFile(below, name); err != nil || string(got) != want {
			t.Errorf("%s = %q, %v; want %q", name, got, err, want)
		}
	}
	if got, err := fs.ReadFile(files, `registry/HKLM/Paths/C:\x%2Fy`); err != nil || string(got) != "path" {
		t.Errorf("a value called as a path: %q, %v", got, err)
	}
	if stat, err := fs.Stat(files, "registry/HKLM/SOFTWARE/Run/Hidden"); err != nil || !stat.IsDir() || stat.ModTime().IsZero() {
		t.Errorf("a key that has a value's name: %v, %v", stat, err)
	}
	var roots []string
	entries, err := fs.ReadDir(files, registryRoot)
	for _, e := range entries {
		roots = append(roots, e.Name())
	}
	if err != nil || !slices.Equal(roots, registryRoots()) {
		t.Errorf("roots %v, %v", roots, err)
	}
}

func TestRegistryRefuses(t *testing.T) {
	files := registryFS{fakeRegistry()}
	for name, want := range map[string]error{
		"registry/HKLM/SAM": fs.ErrPermission, "registry/HKLM/SAM/x": fs.ErrPermission, "registry/HKCU": fs.ErrNotExist, "registry/HKLM/SOFTWARE/Run/none": fs.ErrNotExist,
		`registry/HKLM/SOFTWARE\Run/Number`: fs.ErrNotExist, "registry/../x": fs.ErrNotExist,
	} {
		if _, err := files.Stat(name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := fs.ReadFile(files, "registry/HKLM/SOFTWARE/Run"); !errors.Is(err, errFolder) {
		t.Errorf("a key read as a file: %v", err)
	}
	if _, err := files.ReadDir("registry/HKLM/SOFTWARE/Run/Number"); !errors.Is(err, errNoFolder) {
		t.Errorf("a value listed: %v", err)
	}
	if _, err := files.ReadLink("registry/HKLM/SOFTWARE"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a key as a link: %v", err)
	}
}

func FuzzRegistryNames(f *testing.F) {
	for _, name := range []string{"a/b", ".", "..", "", `C:\x`, "\x00", "%2F", "x (value)"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		element := fileName(name)
		if !fs.ValidPath(path.Join("registry/HKLM/x", element)) || strings.Contains(element, "/") {
			t.Errorf("%q is written as %q, which is no element of a path", name, element)
		}
		_, _ = placeInRegistry("registry/HKLM/" + element)
	})
}

func FuzzRegistryValue(f *testing.F) {
	f.Add(uint32(kindTexts), wide("a\x00b\x00\x00"))
	f.Add(uint32(kindLong), []byte{1, 2, 3, 4, 5, 6, 7, 8})
	f.Add(uint32(kindText), []byte{0xD8})
	f.Fuzz(func(_ *testing.T, kind uint32, raw []byte) { _ = registryValue(kind, raw) })
}
