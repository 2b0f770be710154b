package program

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const (
	packageLimit = 1 << 16 // that an index can number
	indexLimit   = 1 << 18 // entries, 2 MiB; a full desktop has a tenth of it
	listLimit    = 16 << 20
	lineLimit    = 8 << 10
)

// keyOf is the number by which a hash is found.
func keyOf(sum []byte) uint64 { return binary.BigEndian.Uint64(sum) }

// A builder reads package databases.
type builder struct {
	ctx             context.Context //nolint:containedctx // one reading of the databases, as long as it lasts
	files           host.FS
	packages        []string
	paths, contents index
	sizes           []uint32
	unsized         bool
	reader          *bufio.Reader
}

// number gives a package's number; false when there are too many.
func (b *builder) number(name string) (uint64, bool) {
	if len(b.packages) == packageLimit {
		return 0, false
	}
	b.packages = append(b.packages, name)
	return uint64(len(b.packages) - 1), true
}

func (b *builder) path(name []byte, number uint64) {
	if isProgram(name) && len(b.paths) < indexLimit {
		b.paths = append(b.paths, pathKey(string(name))&^0xffff|number)
	}
}

// content takes a file's hash, and its size as the disk or the package tells it.
func (b *builder) content(name, sum []byte, number uint64) {
	var raw [8]byte
	if !isProgram(name) || len(b.contents) >= indexLimit || len(sum) < 16 {
		return
	}
	if _, err := hex.Decode(raw[:], sum[:16]); err != nil {
		return
	}
	stat, err := b.files.Lstat(string(bytes.TrimPrefix(name, []byte("/"))))
	switch {
	case err != nil && !isCommand(name):
		return // as where npm brought itself up to date
	case err != nil:
		b.unsized = true // it may be what was moved elsewhere
	case stat.Mode().Perm()&0o111 == 0 && !stat.ModTime().IsZero() || stat.Size() > provedLimit:
		return
	default:
		b.sizes = append(b.sizes, uint32(stat.Size()))
	}
	b.contents = append(b.contents, keyOf(raw[:])&^0xffff|number)
}

// dpkg keeps two files for each package: its paths, and what its files hold.
func (b *builder) dpkg() {
	const folder = "var/lib/dpkg/info"
	entries, err := fs.ReadDir(b.files, folder)
	if err != nil {
		return // not a Debian
	}
	for _, entry := range entries {
		full, ok := strings.CutSuffix(entry.Name(), ".list")
		if !ok {
			continue
		}
		if b.ctx.Err() != nil {
			return
		}
		name, _, _ := strings.Cut(full, ":") // libc6:amd64
		number, ok := b.number(tidy(name))
		if !ok {
			return
		}
		b.lines(path.Join(folder, entry.Name()), func(line []byte) {
			if bytes.HasPrefix(line, []byte("/")) {
				b.path(line, number)
			}
		})
		b.lines(path.Join(folder, full+".md5sums"), func(line []byte) {
			if sum, file, ok := bytes.Cut(line, []byte("  ")); ok {
				b.content(file, sum, number)
			}
		})
	}
}

// pacman keeps a folder for each package, with the list of its files.
func (b *builder) pacman() {
	const folder = "var/lib/pacman/local"
	entries, err := fs.ReadDir(b.files, folder)
	if err != nil {
		return // not an Arch
	}
	for _, entry := range entries {
		if b.ctx.Err() != nil {
			return
		}
		// <name>-<version>-<release>, and a name may hold dashes
		name := entry.Name()
		for range 2 {
			if dash := strings.LastIndexByte(name, '-'); dash > 0 {
				name = name[:dash]
			}
		}
		number, ok := b.number(tidy(name))
		if !ok {
			return
		}
		b.lines(path.Join(folder, entry.Name(), "files"), func(line []byte) { b.path(line, number) })
	}
}

// rpm is asked, since its database is not a text file. It tells name, path and
// hash of each program, sorted by package.
func (b *builder) rpm(h host.Host) {
	output, err := h.Run(b.ctx, host.RPMPrograms)
	if err != nil {
		return // without rpm nothing is known of its packages
	}
	last, number := "", uint64(0)
	for line := range bytes.Lines(output) {
		fields := bytes.Split(bytes.TrimRight(line, "\n"), []byte("\t"))
		if len(fields) != 3 {
			continue
		}
		if name := string(fields[0]); name != last {
			var ok bool
			if number, ok = b.number(tidy(name)); !ok {
				return
			}
			last = name
		}
		b.path(fields[1], number)
		b.content(fields[1], fields[2], number)
	}
}

// lines hands every line of a file to do; a longer one than any path is passed over.
func (b *builder) lines(name string, do func(line []byte)) {
	f, err := b.files.Open(name)
	if err != nil {
		return // as for packages without files
	}
	defer func() { _ = f.Close() }() // it was only read
	if b.reader == nil {
		b.reader = bufio.NewReaderSize(nil, lineLimit)
	}
	b.reader.Reset(io.LimitReader(f, listLimit))
	for {
		line, err := b.reader.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) && len(line) > 0 {
			do(bytes.TrimRight(line, "\n"))
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = b.reader.ReadSlice('\n')
		}
		if err != nil {
			return
		}
	}
}
