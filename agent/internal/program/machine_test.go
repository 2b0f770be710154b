package program

import (
	"context"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// A laptop is a machine with these files. It counts what is opened.
type laptop struct {
	host.Host // asked nothing besides
	system    string
	files     fstest.MapFS
	output    string
	told      map[string]host.Program
	opened    map[string]int
	open      func(name string) (fs.File, error)
}

func (l *laptop) Platform() host.Platform { return host.Platform{OS: l.system} }

func (l *laptop) Files() host.FS { return counted{l.files, l} }

func (l *laptop) Run(context.Context, host.Tool) ([]byte, error) { return []byte(l.output), nil }

func (l *laptop) Program(_ context.Context, path string) (host.Program, error) {
	if p, ok := l.told[path]; ok {
		return p, nil
	}
	return host.Program{}, host.ErrAbsent
}

// counted is a disk that says what was opened on it.
type counted struct {
	fstest.MapFS
	of *laptop
}

func (c counted) Open(name string) (fs.File, error) {
	if c.of.open != nil {
		return c.of.open(name)
	}
	c.of.opened[name]++
	return c.MapFS.Open(name)
}

func (c counted) ReadFile(name string) ([]byte, error) { return fs.ReadFile(c.MapFS, name) }

func linux(files map[string]string) *laptop {
	l := &laptop{system: "linux", files: fstest.MapFS{}, opened: map[string]int{}}
	for name, content := range files {
		l.put(name, []byte(content))
	}
	return l
}

func (l *laptop) put(name string, content []byte) {
	l.files[name] = &fstest.MapFile{Data: content, Mode: 0o755, ModTime: time.Unix(1700000000, 0)}
}

func (l *laptop) link(name, target string) {
	l.files[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
}

func read(t testing.TB, r *Reader, h host.Host, p host.Process, script string) host.Program {
	t.Helper()
	known, err := r.Read(context.Background(), h, p, script)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// identity writes what is known of a program in one line.
func identity(p host.Program) string {
	text := ""
	for _, field := range []struct{ name, value string }{
		{"signer", p.Signer}, {"signature", p.Signature}, {"team", p.TeamID}, {"bundle", p.BundleID}, {"original", p.OriginalName}, {"product", p.Product},
		{"build", p.BuildPath}, {"libraries", p.Libraries}, {"package", p.Package}, {"beside", p.Beside},
	} {
		if field.value != "" {
			text += fmt.Sprintf(" %s=%s", field.name, field.value)
		}
	}
	return text
}
