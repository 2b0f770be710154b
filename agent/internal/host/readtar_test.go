package host

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func hexText(content []byte) string { return hex.EncodeToString(content) + "\n" }

func pack(t testing.TB, entries ...tar.Header) []byte {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, header := range entries {
		text := header.Uname // carries the contents, which is shorter to write below
		header.Uname = ""
		if header.Typeflag == tar.TypeReg {
			header.Size = int64(len(text))
		}
		if err := w.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); header.Typeflag == tar.TypeReg && err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func regular(name, text string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Uname: text, Mode: 0o644}
}

func link(name, target string) tar.Header {
	return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target}
}

func zip(content []byte) []byte {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write(content)
	w.Close()
	return zipped.Bytes()
}

func TestReadTar(t *testing.T) {
	packed := pack(t, regular("./proc/sys/kernel/hostname", "box\n"), link("sys/bus/usb/devices/1-0:1.0", "../../../devices/x"),
		regular("sys/devices/x/bInterfaceClass", "09\n"), tar.Header{Typeflag: tar.TypeLink, Name: "copy", Linkname: "./proc/sys/kernel/hostname"},
		tar.Header{Typeflag: tar.TypeFifo, Name: "pipe"}, regular("/etc/hostname", "other\n"), regular("lab/notes", ""))
	for name, content := range map[string][]byte{"a.tar": packed, "a.tar.gz": zip(packed)} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		h, err := OpenRecording(path)
		if err != nil {
			t.Fatal(err)
		}
		for file, want := range map[string]string{"sys/bus/usb/devices/1-0:1.0/bInterfaceClass": "09\n", "copy": "box\n", "etc/hostname": "other\n"} {
			if got, err := fs.ReadFile(h.Files(), file); err != nil || string(got) != want {
				t.Errorf("%s: %s = %q, %v", name, file, got, err)
			}
		}
		if h.Platform().Name != "box" {
			t.Errorf("platform %+v", h.Platform())
		}
	}
}

func TestHostileTar(t *testing.T) {
	torn := pack(t, regular("good", "x"), regular("torn", strings.Repeat("x", 2000)))
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"climbs":          {pack(t, regular("a/../../etc/passwd", "")), `"a/../../etc/passwd": climbs out`},
		"through a link":  {pack(t, link("a", "/etc"), regular("a/passwd", "")), "entry a/passwd: a is not a directory"},
		"hard link":       {pack(t, tar.Header{Typeflag: tar.TypeLink, Name: "a", Linkname: "../../etc/shadow"}), "climbs out"},
		"hard link early": {pack(t, tar.Header{Typeflag: tar.TypeLink, Name: "a", Linkname: "b"}), "no earlier file"},
		"torn":            {torn[:2048], "entry torn"},
		"huge header":     {hugeHeader(), "entry huge: longer than"},
		"not a tar":       {bytes.Repeat([]byte("x"), 1024), "after the first entry"},
		"not a gzip":      {[]byte{0x1f, 0x8b, 0, 0}, "open gzip"},
		"deep":            {pack(t, regular(strings.Repeat("d/", 2100)+"x", "")), "not a path inside"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readTar(bytes.NewReader(test.content))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// hugeHeader announces a terabyte.
func hugeHeader() []byte {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "huge", Size: 1 << 40})
	return packed.Bytes()
}

func TestTreeBounds(t *testing.T) {
	full := &tree{root: newDir("."), bytes: maxTotal}
	if err := full.addFile("a", []byte("x")); err == nil || !strings.Contains(err.Error(), "entry a") {
		t.Errorf("total size: %v", err)
	}
	crowded := &tree{root: newDir("."), entries: maxEntries}
	if err := crowded.addFile("a", nil); err == nil {
		t.Error("entry count: no error")
	}
	if _, err := io.ReadAll(&cappedReader{strings.NewReader("abcdef"), 3}); err == nil {
		t.Error("decompression: no error")
	}
}

func FuzzReadTar(f *testing.F) {
	f.Add(pack(f, regular("a/b", "c"), link("l", "/a/b")))
	f.Add(zip(pack(f, regular("a/b", "c"))))
	f.Fuzz(func(_ *testing.T, content []byte) {
		tree, err := readTar(bytes.NewReader(content))
		if err != nil {
			return
		}
		files := linkFS{tree}
		fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, _ error) error {
			fs.ReadFile(files, name)
			return nil
		})
	})
}
