package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// What a recording may hold. The bounds are far above any machine farmwatch has
// met and far below what would trouble the one that reads it.
const (
	maxEntries = 200_000
	maxFile    = 64 << 20
	maxTotal   = 512 << 20
	maxName    = 4096
)

// A tree is a disk in memory, built entry by entry.
type tree struct {
	root    *node
	entries int
	bytes   int64
}

type node struct {
	name     string
	mode     fs.FileMode
	content  []byte
	target   string
	children map[string]*node
}

func newTree() *tree { return &tree{root: newDir(".")} }

func newDir(name string) *node {
	return &node{name: name, mode: fs.ModeDir | 0o555, children: map[string]*node{}}
}

// addFile puts a file into the tree; one of the same name gives way, as in tar.
func (t *tree) addFile(name string, content []byte) error {
	t.bytes += int64(len(content))
	if t.bytes > maxTotal {
		return fmt.Errorf("entry %s: the recording holds more than %d MiB", name, maxTotal>>20)
	}
	return t.add(name, &node{mode: 0o444, content: content})
}

// addLink puts a symbolic link into the tree.
func (t *tree) addLink(name, target string) error {
	if target == "" || len(target) > maxName || strings.ContainsRune(target, 0) {
		return fmt.Errorf("entry %s: a symbolic link needs a target of 1 to %d bytes", name, maxName)
	}
	return t.add(name, &node{mode: fs.ModeSymlink | 0o777, target: target})
}

// addDir makes a directory and those above it.
func (t *tree) addDir(name string) error {
	if _, err := t.dir(name); err != nil {
		return fmt.Errorf("entry %s: %w", name, err)
	}
	return nil
}

func (t *tree) add(name string, n *node) error {
	if !fs.ValidPath(name) || name == "." || len(name) > maxName {
		return fmt.Errorf("entry %.80q: not a path inside the recording", name)
	}
	parent, err := t.dir(path.Dir(name))
	if err != nil {
		return fmt.Errorf("entry %s: %w", name, err)
	}
	n.name = path.Base(name)
	if old := parent.children[n.name]; old != nil && old.children != nil {
		return fmt.Errorf("entry %s: there is a directory of this name", name)
	}
	parent.children[n.name] = n
	return t.count()
}

func (t *tree) count() error {
	if t.entries++; t.entries > maxEntries {
		return fmt.Errorf("the recording has more than %d entries", maxEntries)
	}
	return nil
}

func (t *tree) dir(name string) (*node, error) {
	if !fs.ValidPath(name) || len(name) > maxName {
		return nil, errors.New("not a path inside the recording")
	}
	at := t.root
	if name == "." {
		return at, nil
	}
	for element := range strings.SplitSeq(name, "/") {
		next := at.children[element]
		if next == nil {
			next = newDir(element)
			at.children[element] = next
			if err := t.count(); err != nil {
				return nil, err
			}
		}
		if next.children == nil {
			return nil, fmt.Errorf("%s is not a directory", element)
		}
		at = next
	}
	return at, nil
}

func (t *tree) find(name string) (*node, error) {
	at := t.root
	if name == "." {
		return at, nil
	}
	for element := range strings.SplitSeq(name, "/") {
		if at = at.children[element]; at == nil {
			return nil, fs.ErrNotExist
		}
	}
	return at, nil
}

func (t *tree) lstat(name string) (fs.FileInfo, error) {
	n, err := t.find(name)
	if err != nil {
		return nil, err
	}
	return nodeStat{n}, nil
}

func (t *tree) readlink(name string) (string, error) {
	n, err := t.find(name)
	if err != nil {
		return "", err
	}
	if n.mode&fs.ModeSymlink == 0 {
		return "", fs.ErrInvalid
	}
	return n.target, nil
}

func (t *tree) open(name string) (fs.File, error) {
	n, err := t.find(name)
	if err != nil {
		return nil, err
	}
	if n.children != nil {
		return &openDir{node: n, left: n.list()}, nil
	}
	return &openFile{node: n, Reader: bytes.NewReader(n.content)}, nil
}

func (t *tree) sub(dir string) (disk, error) {
	n, err := t.find(dir)
	if err != nil {
		return nil, err
	}
	if n.children == nil {
		return nil, errors.New("not a directory")
	}
	root := *n
	root.name = "."
	return &tree{root: &root}, nil
}

func (n *node) list() []fs.DirEntry {
	entries := make([]fs.DirEntry, 0, len(n.children))
	for _, child := range n.children {
		entries = append(entries, fs.FileInfoToDirEntry(nodeStat{child}))
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}

type nodeStat struct{ node *node }

func (i nodeStat) Name() string       { return i.node.name }
func (i nodeStat) Size() int64        { return int64(len(i.node.content)) }
func (i nodeStat) Mode() fs.FileMode  { return i.node.mode }
func (i nodeStat) ModTime() time.Time { return time.Time{} }
func (i nodeStat) IsDir() bool        { return i.node.mode.IsDir() }
func (i nodeStat) Sys() any           { return nil }

type openFile struct {
	node *node
	*bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return nodeStat{f.node}, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	node *node
	left []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return nodeStat{d.node}, nil }
func (d *openDir) Close() error               { return nil }
func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.node.name, Err: errors.New("is a directory")}
}

// ReadDir lists as fs.ReadDirFile says: all for n <= 0, else the next n until io.EOF.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.left) {
		if n > 0 && len(d.left) == 0 {
			return nil, io.EOF
		}
		n = len(d.left)
	}
	listed := d.left[:n]
	d.left = d.left[n:]
	return listed, nil
}

// readBounded reads all of r and refuses more than limit bytes.
func readBounded(r io.Reader, name string, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("read %s: longer than %d bytes", name, limit)
	}
	return content, nil
}

// done closes what was only read; nothing can be lost by it.
func done(c io.Closer) { _ = c.Close() }
