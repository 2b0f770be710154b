package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// A disk is a tree of files that follows no symbolic link by itself.
type disk interface {
	lstat(name string) (fs.FileInfo, error)
	readlink(name string) (string, error)
	open(name string) (fs.File, error) // name holds no link
	sub(dir string) (disk, error)      // the tree below dir as a disk of its own
}

// maxLinks is how many symbolic links one name may pass, as in the Linux kernel.
const maxLinks = 40

var (
	errManyLinks = errors.New("too many symbolic links")
	errEscapes   = errors.New("symbolic link leaves the recording")
)

// linkFS follows symbolic links inside a disk as the recorded machine did: an
// absolute target starts at the recording's root, and nothing leaves it.
type linkFS struct{ disk disk }

var (
	_ FS            = linkFS{}
	_ fs.StatFS     = linkFS{}
	_ fs.ReadFileFS = linkFS{}
)

// Open opens the named file, following links.
func (f linkFS) Open(name string) (fs.File, error) {
	found, err := f.resolve(name, true)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	file, err := f.disk.open(found)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: bare(err)}
	}
	return file, nil
}

// ReadFile reads the named file whole, up to maxFile bytes.
func (f linkFS) ReadFile(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer done(file)
	return readBounded(file, name, maxFile)
}

// Stat describes the named file, following links.
func (f linkFS) Stat(name string) (fs.FileInfo, error) {
	found, err := f.resolve(name, true)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return f.disk.lstat(found)
}

// Lstat describes the named file; a link in the last place is not followed.
func (f linkFS) Lstat(name string) (fs.FileInfo, error) {
	found, err := f.resolve(name, false)
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return f.disk.lstat(found)
}

// ReadLink gives the target of the named link as it was written.
func (f linkFS) ReadLink(name string) (string, error) {
	found, err := f.resolve(name, false)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	target, err := f.disk.readlink(found)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: bare(err)}
	}
	return target, nil
}

// resolve rewrites name so that no directory on its way is a link, nor, when
// last is set, the file itself.
func (f linkFS) resolve(name string, last bool) (string, error) {
	if !fs.ValidPath(name) {
		return "", fs.ErrInvalid
	}
	done, rest, links := ".", name, 0
	for rest != "" && rest != "." {
		element, after, _ := strings.Cut(rest, "/")
		rest = after
		switch element {
		case "", ".":
			continue
		case "..":
			if done == "." {
				return "", errEscapes
			}
			done = path.Dir(done)
			continue
		}
		next := path.Join(done, element)
		stat, err := f.disk.lstat(next)
		if err != nil {
			return "", bare(err)
		}
		if stat.Mode()&fs.ModeSymlink == 0 || (rest == "" && !last) {
			done = next
			continue
		}
		if links++; links > maxLinks {
			return "", errManyLinks
		}
		target, err := f.disk.readlink(next)
		if err != nil {
			return "", bare(err)
		}
		if strings.HasPrefix(target, "/") {
			done = "."
		}
		rest = strings.TrimLeft(target, "/") + "/" + rest
	}
	return done, nil
}

// bare takes a path error's cause, since the caller names the path it was asked for.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// below gives the tree under dir with dir as its root.
func (f linkFS) below(dir string) (linkFS, error) {
	sub, err := f.disk.sub(dir)
	if err != nil {
		return linkFS{}, fmt.Errorf("open %s of the recording: %w", dir, err)
	}
	return linkFS{sub}, nil
}
