package sensor

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const (
	attributeLimit = 64 << 10 // a sysfs attribute is a page; anything longer is not one
	lineLimit      = 64 << 10 // longer lines are cut, so that a file without line ends costs no memory
	rowLimit       = 20000    // rows of one class; no honest machine comes near
	keptLimit      = 20000    // files remembered by one memory
	fileLimit      = 64 << 20 // of one file read by lines; a package database has a tenth of it
)

// attribute reads a small file as trimmed text; "" is what cannot be read.
func attribute(fsys fs.FS, name string) string {
	f, err := fsys.Open(name)
	if err != nil {
		return ""
	}
	defer done(f)
	content, err := io.ReadAll(io.LimitReader(f, attributeLimit))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(strings.Trim(string(content), "\x00"), "?"))
}

// done closes what was only read; nothing can be lost by it.
func done(f io.Closer) { _ = f.Close() }

// exists says whether a name is there, a dangling link included.
func exists(fsys host.FS, name string) bool {
	_, err := fsys.Lstat(name)
	return err == nil
}

// linkBase is the last element of what a symbolic link names; "" when it is none.
func linkBase(fsys host.FS, name string) string {
	target, err := fsys.ReadLink(name)
	if err != nil {
		return ""
	}
	return path.Base(target)
}

// eachLine hands every line of r to do, without its end and cut at lineLimit.
func eachLine(r io.Reader, do func(line string)) error {
	reader := bufio.NewReaderSize(r, lineLimit)
	for {
		line, err := reader.ReadSlice('\n')
		if len(line) > 0 {
			do(strings.TrimRight(string(line), "\r\n"))
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = reader.ReadSlice('\n')
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// listed names what the kernel shows in a folder of its own, as far as the names
// look like those of what is looked for.
func listed(h host.Host, folder, what, pattern string) ([]string, error) {
	if h.Platform().OS != "linux" {
		return nil, missing(h, what)
	}
	entries, err := fs.ReadDir(h.Files(), folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(h, what)
	}
	if err != nil {
		return nil, fmt.Errorf("list %s in %s: %w", what, folder, err)
	}
	fits := regexp.MustCompile(pattern)
	var names []string
	for _, entry := range entries[:min(len(entries), rowLimit)] {
		if fits.MatchString(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// missing is the error of a sensor that found nothing where its things are kept:
// on Linux they are not there, elsewhere they cannot be.
func missing(h host.Host, what string) error {
	if h.Platform().OS != "linux" {
		return fmt.Errorf("this agent cannot look at %s on this system: %w", what, host.ErrUnsupported)
	}
	return fmt.Errorf("this machine shows no %s: %w", what, host.ErrAbsent)
}

// nothing is the error of a sensor that knows the places of its things on this
// system, and none of them is there.
func nothing(what string) error {
	return fmt.Errorf("this machine shows no %s: %w", what, host.ErrAbsent)
}

// yes is a truth that may be unknown: the empty text is then left out of the row.
func yes(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// moment writes a time as rows carry it; "" is a time not known.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// A memory keeps what was understood of a file until its size or time changes,
// so that looking again costs one stat per file.
type memory[T any] struct {
	mu   sync.Mutex
	kept map[string]memorized[T]
}

type memorized[T any] struct {
	size    int64
	changed time.Time
	value   T
}

// read gives what parse makes of a file. A file without a modification time
// (some recordings) is read anew each time: its sameness cannot be told.
func (m *memory[T]) read(fsys fs.FS, name string, parse func(io.Reader) (T, error)) (T, error) {
	var none T
	stat, err := fs.Stat(fsys, name)
	if err != nil {
		return none, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.kept[name]
	if ok && !old.changed.IsZero() && old.size == stat.Size() && old.changed.Equal(stat.ModTime()) {
		return old.value, nil
	}
	if stat.Size() > fileLimit {
		return none, fmt.Errorf("%s has %d MiB, the most is %d", name, stat.Size()>>20, fileLimit>>20)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return none, err
	}
	defer done(f)
	value, err := parse(io.LimitReader(f, stat.Size())) // a link to one of the kernel's own files, which have no size, is not read
	if err != nil {
		return none, err
	}
	if m.kept == nil || len(m.kept) >= keptLimit {
		m.kept = map[string]memorized[T]{}
	}
	m.kept[name] = memorized[T]{size: stat.Size(), changed: stat.ModTime(), value: value}
	return value, nil
}
