package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// windowsDiskFull is ERROR_DISK_FULL, which Go does not map to ENOSPC.
const windowsDiskFull = syscall.Errno(112)

func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || runtime.GOOS == "windows" && errors.Is(err, windowsDiskFull)
}

// FileSystem is the one flat folder a spool lives in. It is small so that tests
// can use one that fails at any write, or forgets what was not synced.
type FileSystem interface {
	// List gives the size of every file by name.
	List() (map[string]int64, error)
	// ReadAt fills p from a file, from an offset on.
	ReadAt(name string, p []byte, offset int64) error
	// Append opens a file for writing at its end and makes it if it is not there.
	Append(name string) (File, error)
	// Rename puts a file in the place of another in one step.
	Rename(from, to string) error
	Remove(name string) error
	// Sync makes the folder's own changes durable: files made, renamed and removed.
	Sync() error
}

// File is a file that is being written.
type File interface {
	io.WriteCloser
	Truncate(size int64) error
	// Sync returns once everything written is on the disk.
	Sync() error
}

// Folder is the FileSystem of a real folder, which it makes if need be. Only
// its owner may look inside.
func Folder(path string) (FileSystem, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of the spool: %w", err)
	}
	return folder(path), nil
}

type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

func (f folder) List() (map[string]int64, error) {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return nil, err
	}
	sizes := make(map[string]int64, len(entries))
	for _, e := range entries {
		stat, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if stat.Mode().IsRegular() {
			sizes[e.Name()] = stat.Size()
		}
	}
	return sizes, nil
}

func (f folder) ReadAt(name string, p []byte, offset int64) error {
	file, err := os.Open(f.path(name))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	if n, err := file.ReadAt(p, offset); n < len(p) {
		return err
	}
	return nil
}

func (f folder) Append(name string) (File, error) {
	return os.OpenFile(f.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

func (f folder) Rename(from, to string) error { return os.Rename(f.path(from), f.path(to)) }

func (f folder) Remove(name string) error { return os.Remove(f.path(name)) }

func (f folder) Sync() error {
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be synced there; NTFS journals its own changes
	}
	dir, err := os.Open(string(f))
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }() // nothing is written through it
	return dir.Sync()
}

// replace puts content in the place of a file, all of it or nothing.
func replace(f FileSystem, name string, content []byte) error {
	if err := write(f, name+".new", content); err != nil {
		return err
	}
	if err := f.Rename(name+".new", name); err != nil {
		return err
	}
	return f.Sync()
}

// write makes a file with this content and syncs it, but not its folder.
func write(f FileSystem, name string, content []byte) (err error) {
	file, err := f.Append(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.Truncate(0); err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Sync()
}
