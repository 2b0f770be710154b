package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A folder is a disk that lies unpacked in a directory. os.Root keeps every
// access inside even when someone changes links meanwhile.
type folder struct{ root *os.Root }

func openFolder(dir string) (*folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the recording's folder: %w", err)
	}
	return &folder{root}, nil
}

func (f *folder) lstat(name string) (fs.FileInfo, error) { return f.root.Lstat(name) }

func (f *folder) readlink(name string) (string, error) { return f.root.Readlink(name) }

// open refuses what is neither file nor directory: a pipe in a recording would
// wait for ever.
func (f *folder) open(name string) (fs.File, error) {
	stat, err := f.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() && !stat.IsDir() {
		return nil, errors.New("neither a file nor a directory")
	}
	return f.root.Open(name)
}

func (f *folder) sub(dir string) (disk, error) {
	root, err := f.root.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &folder{root}, nil
}
