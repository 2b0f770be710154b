// Package program tells which program a file is, whatever it is called: by its
// signature, by what its maker and Go wrote into it, by the package it belongs to
// or is a copy from, and by the files beside it.
package program

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const (
	provedLimit = 32 << 20 // of a program whose every byte is read: to prove its signature, or to know a copy
	patience    = 2 * time.Second
	forVerdict  = 3 * time.Second / 2 // besides, where the system judges signatures
	stuckLimit  = 4                   // programs on disks that do not answer, after which no more are read
)

// A Reader reads programs, each once: what it found is kept by the file's place,
// size, times and number.
type Reader struct {
	mu     sync.Mutex
	files  memory
	owners owners
	stuck  map[string]chan answer // programs on a disk that did not answer, until it does
}

// NewReader makes a reader that knows nothing yet.
func NewReader() *Reader { return &Reader{stuck: map[string]chan answer{}} }

// An answer is what became of one reading.
type answer struct {
	known host.Program
	err   error
}

// ErrStuck is a disk that does not answer. Reading again costs nothing until it does.
var ErrStuck = errors.New("the disk does not answer")

// Read tells which program a process runs; script is the file that it
// interprets, as its command line names it, and empty where it is no interpreter.
// Whatever is not known is left empty. An error says what could not be looked at;
// what stands beside it is good.
func (r *Reader) Read(ctx context.Context, h host.Host, p host.Process, script string) (host.Program, error) {
	if err := ctx.Err(); err != nil {
		return host.Program{Path: p.Path}, err
	}
	r.mu.Lock()
	blocked := r.stuck[p.Path] != nil || len(r.stuck) >= stuckLimit
	r.mu.Unlock()
	if blocked {
		return host.Program{Path: p.Path}, fmt.Errorf("read a program: %w", ErrStuck)
	}
	limit := patience
	if _, judges := h.(host.ProgramHost); judges {
		limit += forVerdict
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	answers := make(chan answer, 1)
	go func() { // a disk that does not answer holds nobody but this
		known, err := r.read(limited, h, p, script)
		answers <- answer{known, err}
		r.mu.Lock() // whoever gave up has noted so by now, or finds the answer
		defer r.mu.Unlock()
		if r.stuck[p.Path] == answers {
			delete(r.stuck, p.Path) // it answers again
		}
	}()
	select {
	case a := <-answers:
		return a.known, a.err
	case <-limited.Done():
	}
	if ctx.Err() != nil {
		return host.Program{Path: p.Path}, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case a := <-answers: // at the last moment
		return a.known, a.err
	default:
	}
	r.stuck[p.Path] = answers
	return host.Program{Path: p.Path}, fmt.Errorf("read a program: %w within %s", ErrStuck, limit)
}

func (r *Reader) read(ctx context.Context, h host.Host, p host.Process, script string) (host.Program, error) {
	subject := file{path: p.Path, name: inFiles(h, p.Path)}
	files := h.Files()
	trusted := true // whether the path is the program's in our own view of the disk
	if h.Platform().OS == "linux" && p.PID > 0 {
		subject.name, trusted = r.running(files, p, subject.name)
	}
	known, said, late := r.told(ctx, h, p.Path)
	var err error
	var sums *sums
	if !said && subject.name != "" {
		verdict := known
		known, sums, err = r.parsed(ctx, files, subject)
		known = judged(known, verdict)
	}
	if err == nil {
		err = late
	}
	if script != "" {
		known.Package, known.Beside = "", "" // of the interpreter, which is not what runs
		if subject = r.script(ctx, h, p, script); subject.name == "" {
			return known, err
		}
		trusted = true
		known.Package, sums, said = r.saidOf(ctx, h, subject.path), nil, false
	}
	if known.Package == "" && subject.path != "" {
		known.Package = r.owners.of(ctx, h, p, subject, trusted)
	}
	if known.Package == "" && !said {
		known.Beside = beside(files, besideName(h, p, subject.path))
		known.Package = r.copied(ctx, files, subject, sums)
	}
	return known, err
}

// told is what the host says of a program by itself: all there is to know, as a
// recording does, or a system's verdict on its signature alone. A verdict that is
// late is an error, by which the program is read again.
func (r *Reader) told(ctx context.Context, h host.Host, name string) (known host.Program, all bool, late error) {
	asked, ok := h.(host.ProgramHost)
	if !ok || name == "" {
		return host.Program{Path: name}, false, nil
	}
	known, err := asked.Program(ctx, name)
	if errors.Is(err, host.ErrNotYet) {
		late = fmt.Errorf("judge the signature of a program: %w", host.ErrNotYet)
	}
	if err != nil {
		return host.Program{Path: name}, false, late
	}
	return known, !known.Judged(), nil
}

// judged is what a file says of itself with the system's verdict on it, which
// alone knows whom to trust and signatures that stand elsewhere.
func judged(known, verdict host.Program) host.Program {
	over := func(to *string, from string) {
		if from != "" {
			*to = from
		}
	}
	over(&known.Signature, verdict.Signature)
	over(&known.Signer, verdict.Signer)
	over(&known.TeamID, verdict.TeamID)
	over(&known.BundleID, verdict.BundleID)
	return known
}

// saidOf is the package to which the host says that a file belongs.
func (r *Reader) saidOf(ctx context.Context, h host.Host, name string) string {
	if asked, ok := h.(host.ProgramHost); ok {
		if told, err := asked.Program(ctx, name); err == nil {
			return told.Package
		}
	}
	return ""
}

// file is a program file: as processes name it, and as it is read.
type file struct{ path, name string }

// running gives the name under which a process's own program can be read,
// whatever happened to the file since and whatever disk the process sees; and
// whether that is the file which we find at its path.
func (r *Reader) running(files host.FS, p host.Process, otherwise string) (name string, trusted bool) {
	link := "proc/" + strconv.Itoa(p.PID) + "/exe"
	target, err := files.ReadLink(link)
	if err != nil {
		return otherwise, true // a recording without it, or a process that is gone
	}
	if strings.HasSuffix(target, " (deleted)") {
		return link, true
	}
	is, err := fs.Stat(files, link)
	if err != nil {
		return otherwise, true
	}
	found, err := fs.Stat(files, otherwise)
	return link, err == nil && same(is, found)
}

// besideName is a program's path as the process sees it, by whose root we reach
// its folder though it has a disk of its own.
func besideName(h host.Host, p host.Process, name string) string {
	found := inFiles(h, name)
	if h.Platform().OS != "linux" || p.PID == 0 {
		return found
	}
	link := "proc/" + strconv.Itoa(p.PID) + "/root"
	root, err := h.Files().ReadLink(link)
	if err != nil {
		return found
	}
	inside := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(name, " (deleted)"), root), "/")
	if !fs.ValidPath(inside) {
		return found
	}
	return link + "/" + inside
}

// script finds the file that an interpreter was given.
func (r *Reader) script(_ context.Context, h host.Host, p host.Process, script string) file {
	files := h.Files()
	if !path.IsAbs(script) && h.Platform().OS == "linux" && p.PID > 0 {
		folder, err := files.ReadLink("proc/" + strconv.Itoa(p.PID) + "/cwd")
		if err != nil {
			return file{}
		}
		script = path.Join(folder, script)
	}
	if script = resolved(files, script); script == "" {
		return file{}
	}
	name := inFiles(h, script)
	stat, err := fs.Stat(files, name)
	if err != nil || !stat.Mode().IsRegular() {
		if r.saidOf(context.Background(), h, script) != "" { // a recording holds no scripts
			return file{path: script, name: name}
		}
		return file{}
	}
	return file{path: script, name: name}
}

// resolved follows the links that stand at the end of a path, as the system's
// alternatives do.
func resolved(files host.FS, name string) string {
	for range 8 {
		target, err := files.ReadLink(strings.TrimPrefix(name, "/"))
		if err != nil {
			return name
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(name), target)
		}
		name = path.Clean(target)
	}
	return ""
}

// inFiles is a path as the host's disk names it; "" for one that is not on it.
func inFiles(h host.Host, name string) string {
	name = strings.TrimSuffix(name, " (deleted)")
	if h.Platform().OS == "windows" {
		name = strings.ReplaceAll(name, `\`, "/")
		if len(name) < 3 || name[1] != ':' || name[2] != '/' {
			return ""
		}
		drive := string(name[0] | 0x20)
		if name = name[2:]; drive != "c" {
			name = "drives/" + drive + name
		}
	}
	if name = strings.TrimPrefix(name, "/"); !fs.ValidPath(name) || name == "." {
		return ""
	}
	return name
}
