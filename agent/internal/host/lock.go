package host

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrInUse says that another process of the agent works on the same folder.
var ErrInUse = errors.New("another agent is using it")

// Lock takes a folder for this process until the returned closer is closed or
// the process ends, however it ends.
func Lock(folder string) (io.Closer, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("lock %s: %w", folder, err)
	}
	f, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", folder, err)
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", folder, err), f.Close())
	}
	return f, nil
}
