package report

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
)

// A Manifest lists every other file of a pack with its hash.
type Manifest struct {
	Schema    string    `json:"schema"`
	Period    string    `json:"period"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	AsOf      time.Time `json:"as_of"`
	Generator string    `json:"generator"`
	Catalogue string    `json:"catalogue_revision"`
	Audit     Tree      `json:"audit"`
	Files     []File    `json:"files"`
}

// Tree is the state of the audit log when the pack was made.
type Tree struct {
	Size int64  `json:"tree_size"`
	Root string `json:"root"`
}

// File is a line of the manifest: what a pack holds and what it must hash to.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

const (
	schema       = "farmwatch.assurance-pack.v1"
	manifestName = "manifest.json"
)

// Write makes a ZIP of a snapshot. The same snapshot gives the same bytes, so
// that two auditors can compare what they hold.
func Write(to io.Writer, about About, s Snapshot) error {
	files := map[string][]byte{"README.txt": readme(about, s)}
	for _, t := range tables(about, s) {
		if err := t.add(files); err != nil {
			return err
		}
	}
	m := Manifest{
		Schema: schema, Period: about.Period.Name, From: about.Period.From, To: about.Period.To, AsOf: about.AsOf,
		Generator: "farmwatch-server " + about.Version, Catalogue: about.Revision, Audit: Tree{s.Tree.Size, s.Tree.Root.String()},
	}
	for name, content := range files {
		h := sha256.Sum256(content)
		m.Files = append(m.Files, File{name, hex.EncodeToString(h[:]), int64(len(content))})
	}
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	listed, err := encodeJSON(m)
	if err != nil {
		return err
	}
	z := zip.NewWriter(to)
	if err := addFile(z, manifestName, listed); err != nil {
		return err
	}
	for _, f := range m.Files {
		if err := addFile(z, f.Path, files[f.Path]); err != nil {
			return err
		}
	}
	return z.Close()
}

// addFile writes a file under a fixed time: when a pack was made must not change its bytes.
func addFile(z *zip.Writer, name string, content []byte) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	_, err = w.Write(content)
	return err
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// ErrPack says that a pack is not what its manifest says.
var ErrPack = errors.New("the pack is not what its manifest says")

// maxUnpacked bounds what a pack may unpack to.
const maxUnpacked = 1 << 30

// Verify holds a pack against its manifest: every file is there, unchanged,
// and there is no other. The error names every file that differs.
func Verify(r io.ReaderAt, size int64) (Manifest, error) {
	var m Manifest
	z, err := zip.NewReader(r, size)
	if err != nil {
		return m, fmt.Errorf("read the pack: %w", err)
	}
	contents := make(map[string][]byte)
	room := int64(maxUnpacked)
	for _, f := range z.File {
		if _, twice := contents[f.Name]; twice || path.Clean(f.Name) != f.Name || strings.HasPrefix(f.Name, "../") {
			return m, fmt.Errorf("%w: the name %q is there twice or leads out of the pack", ErrPack, f.Name)
		}
		content, err := readMember(f, room)
		if err != nil {
			return m, fmt.Errorf("%w: %s cannot be read: %w", ErrPack, f.Name, err)
		}
		contents[f.Name] = content
		room -= int64(len(content))
	}
	listed, there := contents[manifestName]
	if !there {
		return m, fmt.Errorf("%w: it has no %s", ErrPack, manifestName)
	}
	if err := json.Unmarshal(listed, &m); err != nil {
		return m, fmt.Errorf("%w: %s: %w", ErrPack, manifestName, err)
	}
	if m.Schema != schema {
		return m, fmt.Errorf("%w: its schema is %q; this version reads %q", ErrPack, m.Schema, schema)
	}
	delete(contents, manifestName)
	return m, compare(m, contents)
}

func compare(m Manifest, contents map[string][]byte) error {
	var errs []error
	for _, f := range m.Files {
		content, there := contents[f.Path]
		h := sha256.Sum256(content)
		switch {
		case !there:
			errs = append(errs, fmt.Errorf("%w: %s is missing", ErrPack, f.Path))
		case hex.EncodeToString(h[:]) != f.SHA256 || int64(len(content)) != f.Bytes:
			errs = append(errs, fmt.Errorf("%w: %s was changed", ErrPack, f.Path))
		}
		delete(contents, f.Path)
	}
	for name := range contents {
		errs = append(errs, fmt.Errorf("%w: %s is not in the manifest", ErrPack, name))
	}
	return errors.Join(errs...)
}

func readMember(f *zip.File, room int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(r, room+1))
	if err == nil && int64(len(content)) > room {
		err = fmt.Errorf("the pack unpacks to more than %d bytes", maxUnpacked)
	}
	return content, errors.Join(err, r.Close())
}
