package host

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// windowsFS is the system drive with the registry beside it.
type windowsFS struct {
	disk     FS
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
	return windowsFS{newOSFS(root), registryFS{liveRegistry{}}}
}

func systemRoot() string {
	if drive := os.Getenv("SystemDrive"); drive != "" {
		return drive + `\`
	}
	return `C:\`
}

// of is the half that a name belongs to.
func (f windowsFS) of(name string) FS {
	if name == registryRoot || strings.HasPrefix(name, registryRoot+"/") {
		return f.registry
	}
	return f.disk
}

func (f windowsFS) Open(name string) (fs.File, error)          { return f.of(name).Open(name) }
func (f windowsFS) Stat(name string) (fs.FileInfo, error)      { return fs.Stat(f.of(name), name) }
func (f windowsFS) Lstat(name string) (fs.FileInfo, error)     { return f.of(name).Lstat(name) }
func (f windowsFS) ReadLink(name string) (string, error)       { return f.of(name).ReadLink(name) }
func (f windowsFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.of(name), name) }
func (f windowsFS) ReadFile(name string) ([]byte, error)       { return fs.ReadFile(f.of(name), name) }

// elsewhere says whether a file is only announced here and would be fetched over
// the network by whoever reads it, as OneDrive's are.
func elsewhere(stat fs.FileInfo) bool {
	const offline, recallOnOpen, recallOnRead = 0x1000, 0x40000, 0x400000
	told, ok := stat.Sys().(*syscall.Win32FileAttributeData)
	return ok && told.FileAttributes&(offline|recallOnOpen|recallOnRead) != 0
}
