package spool

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
)

var errDisk = errors.New("the disk broke")

// memFS is a folder in memory that remembers every change in order, can fail at
// chosen changes, and can be rebuilt as a power cut at any of them would leave it.
type memFS struct {
	names   map[string]*inode
	log     []change
	changes int            // that were asked for, failed ones too
	fails   func(int) bool // whether the n-th change fails; nil never
	room    int            // bytes the disk has; 0 is any number
}

type inode struct{ content []byte }

type change struct {
	kind     string // create, write, truncate, sync, rename, remove, syncdir
	node     *inode
	name, to string
	content  []byte
	size     int64
}

func newMemFS() *memFS { return &memFS{names: map[string]*inode{}} }

func (m *memFS) fail() bool {
	m.changes++
	return m.fails != nil && m.fails(m.changes)
}

func (m *memFS) free() int {
	if m.room == 0 {
		return 1 << 40
	}
	free := m.room
	for _, node := range m.names {
		free -= len(node.content)
	}
	return free
}

func (m *memFS) List() (map[string]int64, error) {
	sizes := map[string]int64{}
	for name, node := range m.names {
		sizes[name] = int64(len(node.content))
	}
	return sizes, nil
}

func (m *memFS) ReadAt(name string, p []byte, offset int64) error {
	node, ok := m.names[name]
	if !ok {
		return fs.ErrNotExist
	}
	if offset+int64(len(p)) > int64(len(node.content)) {
		return errors.New("read past the end")
	}
	copy(p, node.content[offset:])
	return nil
}

func (m *memFS) Append(name string) (File, error) {
	node, ok := m.names[name]
	if !ok {
		if m.fail() {
			return nil, errDisk
		}
		node = &inode{}
		m.names[name] = node
		m.log = append(m.log, change{kind: "create", node: node, name: name})
	}
	return &memFile{m, node}, nil
}

func (m *memFS) Rename(from, to string) error {
	if m.fail() {
		return errDisk
	}
	m.names[to] = m.names[from]
	delete(m.names, from)
	m.log = append(m.log, change{kind: "rename", name: from, to: to})
	return nil
}

func (m *memFS) Remove(name string) error {
	if m.fail() {
		return errDisk
	}
	delete(m.names, name)
	m.log = append(m.log, change{kind: "remove", name: name})
	return nil
}

func (m *memFS) Sync() error {
	if m.fail() {
		return errDisk
	}
	m.log = append(m.log, change{kind: "syncdir"})
	return nil
}

type memFile struct {
	fs   *memFS
	node *inode
}

// Write leaves half of its bytes behind when it fails.
func (f *memFile) Write(p []byte) (int, error) {
	var err error
	if f.fs.fail() {
		p, err = p[:len(p)/2], errDisk
	} else if free := f.fs.free(); free < len(p) {
		p, err = p[:max(0, free)], syscall.ENOSPC
	}
	f.node.content = append(f.node.content, p...)
	f.fs.log = append(f.fs.log, change{kind: "write", node: f.node, content: slices.Clone(p)})
	return len(p), err
}

func (f *memFile) Truncate(size int64) error {
	if f.fs.fail() {
		return errDisk
	}
	f.node.content = resize(f.node.content, size)
	f.fs.log = append(f.fs.log, change{kind: "truncate", node: f.node, size: size})
	return nil
}

func (f *memFile) Sync() error {
	if f.fs.fail() {
		return errDisk
	}
	f.fs.log = append(f.fs.log, change{kind: "sync", node: f.node})
	return nil
}

func (f *memFile) Close() error { return nil }

func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return slices.Clone(b[:size])
	}
	return append(slices.Clone(b), make([]byte, size-int64(len(b)))...)
}

// afterCrash is the folder a power cut after the first n changes leaves. Of what
// was not synced by then, each change to the folder may or may not be there; of
// each file's bytes a part is there, the next is torn or zero, the rest is lost.
func (m *memFS) afterCrash(n int, rng *rand.Rand) *memFS {
	nodes := map[*inode]*crashed{}
	node := func(i *inode) *crashed {
		if nodes[i] == nil {
			nodes[i] = &crashed{}
		}
		return nodes[i]
	}
	names, pending := map[string]*inode{}, []change(nil)
	for _, c := range m.log[:n] {
		switch c.kind {
		case "write", "truncate":
			node(c.node).pending = append(node(c.node).pending, c)
		case "sync":
			node(c.node).settle()
		case "syncdir":
			for _, p := range pending {
				applyName(names, p)
			}
			pending = nil
		default:
			pending = append(pending, c)
		}
	}
	for _, p := range pending {
		if rng.IntN(2) == 0 {
			applyName(names, p)
		}
	}
	left := newMemFS()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		left.names[name] = &inode{content: node(names[name]).cut(rng)}
	}
	// what is there after the cut is on the disk
	for name, i := range left.names {
		left.log = append(left.log, change{kind: "create", node: i, name: name}, change{kind: "write", node: i, content: slices.Clone(i.content)}, change{kind: "sync", node: i})
	}
	left.log = append(left.log, change{kind: "syncdir"})
	return left
}

func applyName(names map[string]*inode, c change) {
	switch c.kind {
	case "create":
		names[c.name] = c.node
	case "rename":
		if n, ok := names[c.name]; ok {
			names[c.to] = n
			delete(names, c.name)
		}
	case "remove":
		delete(names, c.name)
	}
}

type crashed struct {
	durable []byte
	pending []change
}

func (c *crashed) settle() {
	for _, p := range c.pending {
		c.apply(p)
	}
	c.pending = nil
}

func (c *crashed) apply(p change) {
	if p.kind == "truncate" {
		c.durable = resize(c.durable, p.size)
	} else {
		c.durable = append(c.durable, p.content...)
	}
}

func (c *crashed) cut(rng *rand.Rand) []byte {
	b := &crashed{durable: slices.Clone(c.durable)}
	for i, p := range c.pending[:rng.IntN(len(c.pending)+1)] {
		if i == len(c.pending)-1 && p.kind == "write" {
			switch rng.IntN(3) {
			case 0:
				p.content = p.content[:rng.IntN(len(p.content)+1)]
			case 1:
				p.content = make([]byte, len(p.content))
			}
		}
		b.apply(p)
	}
	return b.durable
}
