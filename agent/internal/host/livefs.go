package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// osFS is the machine's own disk: the system follows links itself.
type osFS struct {
	FS
	root string
}

var _ fs.ReadFileFS = osFS{}

// newOSFS serves the disk that begins at root. A root that is not the system's
// own resolves absolute links inside itself.
func newOSFS(root string) FS {
	if root != "/" && root != systemRoot() {
		if disk, err := openFolder(root); err == nil {
			return linkFS{disk}
		}
	}
	disk, ok := os.DirFS(root).(FS)
	if !ok {
		return linkFS{newTree()} // not met: os.DirFS reads links since Go 1.25
	}
	return osFS{disk, root}
}

var errSpecial = errors.New("neither a file nor a directory")

// Open opens a file or directory. Anything else is refused: whoever may create a
// pipe where farmwatch reads could stop it there, and so could who puts a link to
// one of the kernel's own files that wait for something to tell.
func (f osFS) Open(name string) (fs.File, error) {
	stat, err := fs.Stat(f.FS, name)
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() && !stat.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errSpecial}
	}
	file, err := os.OpenFile(filepath.Join(f.root, filepath.FromSlash(name)), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: bare(err)}
	}
	// It may have become a pipe since, which is why nothing waits here either.
	if opened, err := file.Stat(); err != nil || !opened.Mode().IsRegular() && !opened.IsDir() {
		done(file)
		return nil, &fs.PathError{Op: "open", Path: name, Err: errSpecial}
	}
	return file, nil
}

// ReadFile reads the named file whole, up to maxFile bytes.
func (f osFS) ReadFile(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer done(file)
	return readBounded(file, name, maxFile)
}

// Stat describes the named file, following links.
func (f osFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.FS, name) }

// ReadDir lists the named directory.
func (f osFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.FS, name) }
