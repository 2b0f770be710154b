package sensor

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// shutlog is a disklog of which some folders are closed for a while.
type shutlog struct {
	*disklog
	shut string
}

func (s *shutlog) Files() host.FS { return shutFolders{s.disklog.Files(), s.shut} }

type shutFolders struct {
	host.FS
	shut string
}

func (f shutFolders) ReadDir(name string) ([]fs.DirEntry, error) {
	if f.shut != "" && name == f.shut {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return fs.ReadDir(f.FS, name)
}

// A folder that could not be listed, for want of rights or of file handles, does not
// say that what lay in it was removed.
func TestClearedLogsTakeAClosedFolderForNoClearing(t *testing.T) {
	for _, folder := range []string{"var/log/journal", "var/log/journal/4f", "var/log", "home/sam", "home"} {
		d, s := &shutlog{disklog: newDisklog()}, ClearedLogs()
		for _, shut := range []string{"", folder, folder, ""} {
			d.shut = shut
			if rows, _ := look(t, d, s); len(rows) > 0 {
				t.Errorf("%s closed (%q): %s", folder, shut, strings.Join(rows, " | "))
			}
		}
	}
}
