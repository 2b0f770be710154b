package host

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// windowsFS is the system drive with the registry and the other drives beside it.
type windowsFS struct {
	disk     FS
	drive    string // the disk's letter; empty where it is not a whole drive
	registry registryFS
}

var (
	_ FS            = windowsFS{}
	_ fs.StatFS     = windowsFS{}
	_ fs.ReadDirFS  = windowsFS{}
	_ fs.ReadFileFS = windowsFS{}
)

func liveFiles(root string) FS {
	if root == "" {
		root = systemRoot()
	}
	var drive string
	if root == systemRoot() {
		drive = strings.ToUpper(root[:1])
	}
	return windowsFS{newOSFS(root), drive, registryFS{liveRegistry{}}}
}

func systemRoot() string {
	if drive := os.Getenv("SystemDrive"); drive != "" {
		return drive + `\`
	}
	return `C:\`
}

// of is the part that a name belongs to, and its name there. Of other drives those
// of this laptop and those put into it are shown, by driveRoot, and none on the
// network.
func (f windowsFS) of(op, name string) (FS, string, error) {
	refused := func(err error) (FS, string, error) { return nil, "", &fs.PathError{Op: op, Path: name, Err: err} }
	switch {
	case name == registryRoot || strings.HasPrefix(name, registryRoot+"/"):
		return f.registry, name, nil
	case !fs.ValidPath(name):
		return refused(fs.ErrInvalid)
	case reservedName(name):
		return refused(errReserved)
	}
	if drive, rest, ok := driveOf(name); ok {
		files := f.lettered(drive[:1])
		if files == nil {
			return refused(fs.ErrNotExist)
		}
		if err := f.followable(drive[:1], rest); err != nil {
			return refused(err)
		}
		return files, rest, nil
	}
	if err := f.followable("", name); err != nil {
		return refused(err)
	}
	return f.disk, name, nil
}

// lettered is the drive of a letter, the system's of none, and nil where that is
// no disk of this laptop or in it.
func (f windowsFS) lettered(drive string) FS {
	switch {
	case drive == "", drive == f.drive:
		return f.disk
	case !ownDrive(drive + `:\`):
		return nil
	}
	root := drive + `:\`
	return osFS{os.DirFS(root).(FS), root} //nolint:forcetypeassert // os.DirFS reads links
}

// followable is nil when following a name of a drive leads to no other machine.
func (f windowsFS) followable(drive, name string) error {
	return followable(func(other string) FS {
		if other == "" {
			other = drive
		}
		return f.lettered(other)
	}, name)
}

// Open opens what is on this laptop; it waits for no device and fetches nothing.
func (f windowsFS) Open(name string) (fs.File, error) {
	files, at, err := f.of("open", name)
	if err != nil {
		return nil, err
	}
	if err := here(files, name, at); err != nil {
		return nil, err
	}
	return files.Open(at)
}

// ReadFile reads the named file whole, up to a bound.
func (f windowsFS) ReadFile(name string) ([]byte, error) {
	files, at, err := f.of("read", name)
	if err != nil {
		return nil, err
	}
	if err := here(files, name, at); err != nil {
		return nil, err
	}
	return fs.ReadFile(files, at)
}

// Stat describes the named file, following links.
func (f windowsFS) Stat(name string) (fs.FileInfo, error) {
	files, at, err := f.of("stat", name)
	if err != nil {
		return nil, err
	}
	return fs.Stat(files, at)
}

// Lstat describes the named file or link.
func (f windowsFS) Lstat(name string) (fs.FileInfo, error) {
	files, at, err := f.of("lstat", name)
	if err != nil {
		return nil, err
	}
	return files.Lstat(at)
}

// ReadLink gives where a link leads.
func (f windowsFS) ReadLink(name string) (string, error) {
	files, at, err := f.of("readlink", name)
	if err != nil {
		return "", err
	}
	return files.ReadLink(at)
}

// ReadDir lists the named directory.
func (f windowsFS) ReadDir(name string) ([]fs.DirEntry, error) {
	files, at, err := f.of("open", name)
	if err != nil {
		return nil, err
	}
	return fs.ReadDir(files, at)
}

// here refuses a file that would be fetched by whoever reads it.
func here(files FS, name, at string) error {
	if _, isRegistry := files.(registryFS); isRegistry {
		return nil
	}
	if stat, err := fs.Stat(files, at); err == nil && elsewhere(stat) {
		return &fs.PathError{Op: "open", Path: name, Err: errAnnounced}
	}
	return nil
}

// elsewhere says whether a file is only announced here and would be fetched over
// the network by whoever reads it, as OneDrive's are.
func elsewhere(stat fs.FileInfo) bool {
	const offline, recallOnOpen, recallOnRead = 0x1000, 0x40000, 0x400000
	told, ok := stat.Sys().(*syscall.Win32FileAttributeData)
	return ok && !stat.IsDir() && told.FileAttributes&(offline|recallOnOpen|recallOnRead) != 0
}
