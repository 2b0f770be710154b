package parse

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// GoBuild is what Go writes into a program of the way it was built. Stripping and
// renaming leave it there.
type GoBuild struct {
	Version string // of Go
	Path    string // the main package's; empty where the program was built from loose files
	Module  string // that the main package belongs to
}

// ErrNotGo says that a program holds nothing that Go wrote.
var ErrNotGo = errors.New("not built by Go")

const (
	goMagic     = "\xff Go buildinf:"
	goAlign     = 16
	goSearch    = 1 << 20   // how far into a part it is looked for; Go puts it first
	goChunk     = 64 << 10  // of one read of the search
	goTextLimit = 512 << 10 // of the list of all modules, which has some hundred bytes for each
)

// GoBuild reads Go's build information from a Linux program.
func (e ELF) GoBuild(from io.ReaderAt, size int64) (GoBuild, error) {
	places := e.goBuilt
	if len(places) == 0 {
		places = e.written
	}
	return goBuild{newWindow(from, size), e.parts}.find(places)
}

// GoBuild reads Go's build information from a Windows program.
func (p PE) GoBuild(from io.ReaderAt, size int64) (GoBuild, error) {
	return goBuild{newWindow(from, size), p.parts}.find(p.written)
}

// GoBuild reads Go's build information from a program of macOS.
func (m MachO) GoBuild(from io.ReaderAt, size int64) (GoBuild, error) {
	places := m.goBuilt
	if len(places) == 0 {
		places = m.written
	}
	return goBuild{newWindow(from, size), m.parts}.find(places)
}

type goBuild struct {
	*window
	parts spans
}

// find looks for the mark that begins the build information. It lies at a
// multiple of sixteen and in one of these places.
func (g goBuild) find(places spans) (GoBuild, error) {
	for _, place := range places {
		end := place.offset + min(place.size, goSearch)
		for at := place.offset; at < end && at < 1<<62; at += goChunk {
			chunk, err := g.upTo("Go's build information", int64(at), int64(min(goChunk, end-at)))
			if err != nil {
				break // a part that is cut short hides only itself
			}
			for from := 0; ; {
				i := bytes.Index(chunk[from:], []byte(goMagic))
				if i < 0 {
					break
				}
				if i += from; i%goAlign == 0 {
					return g.read(int64(at) + int64(i))
				}
				from = i + 1
			}
		}
	}
	return GoBuild{}, ErrNotGo
}

// read takes the texts: behind the head since Go 1.18, before that behind
// pointers to them.
func (g goBuild) read(at int64) (GoBuild, error) {
	head, err := g.at("Go's build information", at, 32)
	if err != nil {
		return GoBuild{}, fmt.Errorf("read Go's build information: %w", err)
	}
	var version, modules []byte
	if head[15]&2 != 0 {
		version, modules, err = g.inline(at + 32)
	} else {
		version, modules, err = g.pointed(head)
	}
	if err != nil {
		return GoBuild{}, fmt.Errorf("read Go's build information: %w", err)
	}
	b := GoBuild{Version: tidyText(string(version))}
	if !strings.HasPrefix(b.Version, "go") && !strings.HasPrefix(b.Version, "devel") {
		return GoBuild{}, ErrNotGo
	}
	b.take(modules)
	return b, nil
}

func (g goBuild) inline(at int64) (version, modules []byte, err error) {
	if version, at, err = g.counted(at, 4096); err != nil {
		return nil, nil, err
	}
	modules, _, err = g.counted(at, goTextLimit)
	return version, modules, err
}

// counted reads a text behind its length.
func (g goBuild) counted(at, limit int64) (text []byte, end int64, err error) {
	head, err := g.upTo("length of a text", at, binary.MaxVarintLen64)
	if err != nil {
		return nil, 0, err
	}
	length, n := binary.Uvarint(head)
	if n <= 0 || length > 1<<40 {
		return nil, 0, fmt.Errorf("length of a text at %d is malformed", at)
	}
	text, err = g.at("text", at+int64(n), min(int64(length), limit))
	return text, at + int64(n) + int64(length), err
}

func (g goBuild) pointed(head []byte) (version, modules []byte, err error) {
	var order binary.ByteOrder = binary.LittleEndian
	if head[15]&1 != 0 {
		order = binary.BigEndian
	}
	wide := int(head[14])
	if wide != 4 && wide != 8 {
		return nil, nil, fmt.Errorf("pointers of %d bytes", wide)
	}
	if version, err = g.behind(order, wide, pointer(order, wide, head, 16), 4096); err != nil {
		return nil, nil, err
	}
	modules, err = g.behind(order, wide, pointer(order, wide, head, 16+wide), goTextLimit)
	return version, modules, err
}

// behind reads a text behind the address of its header.
func (g goBuild) behind(order binary.ByteOrder, wide int, address uint64, limit int64) ([]byte, error) {
	at, ok := g.parts.offset(address)
	if !ok {
		return nil, fmt.Errorf("text's header %w", errOutside)
	}
	header, err := g.at("text's header", at, int64(2*wide))
	if err != nil {
		return nil, err
	}
	at, ok = g.parts.offset(pointer(order, wide, header, 0))
	if !ok {
		return nil, fmt.Errorf("text %w", errOutside)
	}
	return g.upTo("text", at, int64(min(pointer(order, wide, header, wide), uint64(limit))))
}

func pointer(order binary.ByteOrder, wide int, b []byte, at int) uint64 {
	if wide == 8 {
		return uint64At(order, b, at)
	}
	return uint64(uint32At(order, b, at))
}

// take reads the list of modules, which stands between two marks of 16 bytes.
func (b *GoBuild) take(modules []byte) {
	if len(modules) >= 32 {
		modules = modules[16:]
	}
	for line := range bytes.Lines(modules) {
		key, value, _ := strings.Cut(strings.TrimRight(string(line), "\n"), "\t")
		value, _, _ = strings.Cut(value, "\t")
		switch {
		case key == "path" && b.Path == "" && value != "command-line-arguments":
			b.Path = tidyText(value)
		case key == "mod" && b.Module == "":
			b.Module = tidyText(value)
		case key == "dep" || key == "build": // all that follows is of other modules
			return
		}
	}
}
