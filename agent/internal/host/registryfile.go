package host

import (
	"bytes"
	"errors"
	"io/fs"
	"time"
)

var (
	errFolder   = errors.New("is a directory")
	errNoFolder = errors.New("not a directory")
)

// bareIs is errors.Is, for an error that may be of a path.
func bareIs(err, target error) bool { return errors.Is(bare(err), target) }

func (f *found) close() {
	if f.key != nil {
		f.key.close()
	}
}

func (f *found) stat() registryStat {
	mode := fs.FileMode(0o444)
	if f.folder {
		mode = fs.ModeDir | 0o555
	}
	return registryStat{f.name, int64(len(f.text)), mode, f.written}
}

// registryStat describes a key or a value.
type registryStat struct {
	name    string
	size    int64
	mode    fs.FileMode
	written time.Time
}

func (s registryStat) Name() string       { return s.name }
func (s registryStat) Size() int64        { return s.size }
func (s registryStat) Mode() fs.FileMode  { return s.mode }
func (s registryStat) ModTime() time.Time { return s.written }
func (s registryStat) IsDir() bool        { return s.mode.IsDir() }
func (s registryStat) Sys() any           { return nil }

// registryEntry is a key or value as it was listed. It is read only when somebody
// asks for more than its name.
type registryEntry struct {
	files         registryFS
	path, element string
	folder        bool
}

func (e registryEntry) Name() string               { return e.element }
func (e registryEntry) IsDir() bool                { return e.folder }
func (e registryEntry) Info() (fs.FileInfo, error) { return e.files.Stat(e.path) }

func (e registryEntry) Type() fs.FileMode {
	if e.folder {
		return fs.ModeDir
	}
	return 0
}

type registryFile struct {
	stat registryStat
	*bytes.Reader
}

func (f *registryFile) Stat() (fs.FileInfo, error) { return f.stat, nil }
func (f *registryFile) Close() error               { return nil }

type registryFolder struct {
	stat registryStat
	openDir
}

func (f *registryFolder) Stat() (fs.FileInfo, error) { return f.stat, nil }
