package host

import (
	"io/fs"
	"os"
)

// SameFile says whether two descriptions are of one file, whatever its name. It
// is not told of a recorded file, which never becomes another.
func SameFile(a, b fs.FileInfo) (same, told bool) {
	if !os.SameFile(a, a) {
		return true, false
	}
	return os.SameFile(a, b), true
}
