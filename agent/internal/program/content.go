package program

import (
	"context"
	"crypto/md5" //nolint:gosec // it is what dpkg knows its files by
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

const (
	libraryLimit = 60
	librariesLen = 2 << 10 // of their names, joined
)

// parsed gives what a program says of itself, from memory where it was read before.
func (r *Reader) parsed(ctx context.Context, files host.FS, f file) (host.Program, *sums, error) {
	known := host.Program{Path: f.path}
	stat, err := fs.Stat(files, f.name)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !stat.Mode().IsRegular():
		return known, nil, nil // gone since it was listed, or no file of its own
	case errors.Is(err, fs.ErrPermission):
		return known, nil, fmt.Errorf("read a program: %w: run as root or administrator", host.ErrDenied)
	case err != nil:
		return known, nil, fmt.Errorf("read a program: %w", withoutPlace(err))
	}
	at := stampOf(f.path, stat)
	r.mu.Lock()
	kept := r.files.get(at)
	r.mu.Unlock()
	if kept != nil {
		return kept.known, &kept.sums, nil
	}
	opened, err := open(ctx, files, f.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return known, nil, nil
	case errors.Is(err, fs.ErrPermission):
		return known, nil, fmt.Errorf("read a program: %w: run as root or administrator", host.ErrDenied)
	case err != nil:
		return known, nil, fmt.Errorf("read a program: %w", withoutPlace(err))
	}
	defer opened.close()
	understand(opened, stat.Size(), &known)
	if ctx.Err() != nil {
		return known, nil, ctx.Err() // what was cut short is not kept
	}
	kept = &remembered{at: at, known: known}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files.put(kept)
	return known, &kept.sums, nil
}

// understand reads a program of whichever system. What is malformed in it says nothing.
func understand(from io.ReaderAt, size int64, known *host.Program) {
	head := make([]byte, 4)
	if _, err := from.ReadAt(head, 0); err != nil {
		return
	}
	switch {
	case string(head) == "\x7fELF":
		elf(from, size, known)
	case string(head[:2]) == "MZ":
		windows(from, size, known)
	default:
		mac(from, size, known)
	}
}

func elf(from io.ReaderAt, size int64, known *host.Program) {
	e, err := parse.ParseELF(from, size)
	if err != nil {
		return
	}
	known.Libraries, known.Package = libraries(e.Needed), ""
	if build, err := e.GoBuild(from, size); err == nil {
		known.BuildPath = build.Path
	}
}

// windows leaves the signature open where the file carries none: Windows signs
// its own programs in lists elsewhere.
func windows(from io.ReaderAt, size int64, known *host.Program) {
	p, err := parse.ParsePE(from, size)
	if err != nil {
		return
	}
	known.OriginalName, known.Product = p.OriginalName, p.Product
	signature, err := parse.ParseAuthenticode(from, size, provedLimit, p)
	switch {
	case err == nil:
		known.Signer, known.Signature = signature.Signer(), standing(signature.Standing)
	case !errors.Is(err, parse.ErrUnsigned):
		known.Signature = "invalid"
	}
	if build, err := p.GoBuild(from, size); err == nil {
		known.BuildPath = build.Path
	}
}

func mac(from io.ReaderAt, size int64, known *host.Program) {
	m, err := parse.ParseMachO(from, size, provedLimit)
	if err != nil {
		return
	}
	s := m.Signature
	known.Libraries = libraries(m.Needed)
	known.Signer, known.TeamID, known.BundleID = s.Signer(), s.TeamID, s.Identifier
	switch {
	case s.Standing == parse.Broken:
		known.Signature = "invalid"
	case s.AdHoc || s.Standing == "":
		known.Signature = "unsigned"
	default:
		known.Signature = standing(s.Standing)
	}
	if build, err := m.GoBuild(from, size); err == nil {
		known.BuildPath = build.Path
	}
}

// standing is a signature as rows say it: whether to trust its signer is the
// system's word, which alone makes it valid.
func standing(s parse.Standing) string {
	if s == parse.Broken {
		return "invalid"
	}
	return "unverified"
}

// libraries joins the names of libraries, without those that any program needs.
func libraries(needed []string) string {
	var out strings.Builder
	for _, name := range needed[:min(len(needed), libraryLimit)] {
		base, _, _ := strings.Cut(name, ".")
		switch base {
		case "libc", "libm", "libpthread", "libdl", "librt", "libresolv", "libutil", "libgcc_s", "libSystem", "ld-linux", "ld-linux-x86-64", "ld-linux-aarch64", "ld64":
			continue
		}
		if name = strings.ReplaceAll(name, " ", "_"); out.Len()+len(name) >= librariesLen {
			break
		}
		if out.Len() > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(name)
	}
	return out.String()
}

// patient is a file that is read until its time is over.
type patient struct {
	ctx  context.Context //nolint:containedctx // it is what bounds the reads of one file, and lives as long
	file fs.File
	io.ReaderAt
}

func open(ctx context.Context, files host.FS, name string) (patient, error) {
	f, err := files.Open(name)
	if err != nil {
		return patient{}, err
	}
	at, ok := f.(io.ReaderAt)
	if !ok {
		_ = f.Close() // nothing was read
		return patient{}, errors.New("cannot be read in places")
	}
	return patient{ctx, f, at}, nil
}

func (p patient) close() { _ = p.file.Close() } // it was only read

// ReadAt reads while there is time.
func (p patient) ReadAt(b []byte, at int64) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.ReaderAt.ReadAt(b, at)
}

// sums are a file's hashes as package databases know them, as far as they were needed.
type sums struct {
	done        bool
	md5, sha256 uint64
}

// copied gives the package that has a file of this content, "" when none has.
func (r *Reader) copied(ctx context.Context, files host.FS, f file, kept *sums) string {
	stat, err := fs.Stat(files, f.name)
	if err != nil || !stat.Mode().IsRegular() || !r.owners.mayHave(stat.Size()) {
		return ""
	}
	r.mu.Lock()
	var s sums
	if kept != nil {
		s = *kept
	}
	r.mu.Unlock()
	if !s.done {
		var ok bool
		if s, ok = summed(ctx, files, f.name, stat.Size(), r.owners.knowSHA256()); !ok {
			return ""
		}
		if kept != nil {
			r.mu.Lock()
			*kept = s
			r.mu.Unlock()
		}
	}
	return r.owners.withContent(s)
}

func summed(ctx context.Context, files host.FS, name string, size int64, both bool) (s sums, ok bool) {
	f, err := open(ctx, files, name)
	if err != nil {
		return s, false
	}
	defer f.close()
	five, two := md5.New(), sha256.New() //nolint:gosec // as above
	var to io.Writer = five
	if both {
		to = io.MultiWriter(five, two)
	}
	if _, err := io.Copy(to, io.NewSectionReader(f, 0, size)); err != nil {
		return s, false
	}
	s = sums{done: true, md5: keyOf(five.Sum(nil))}
	if both {
		s.sha256 = keyOf(two.Sum(nil))
	}
	return s, true
}

// withoutPlace is an error of the disk without the path, which may name a person.
func withoutPlace(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
