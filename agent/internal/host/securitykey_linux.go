package host

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// SecurityKeys are found by their report descriptors.
func (h *LiveHost) SecurityKeys(context.Context) ([]SecurityKey, error) {
	return sysfsSecurityKeys(h.files)
}

// OpenSecurityKey opens a key only as it was listed, and no made one: whoever
// asks cannot open another device through it.
func (h *LiveHost) OpenSecurityKey(_ context.Context, k SecurityKey) (io.ReadWriteCloser, error) {
	keys, err := sysfsSecurityKeys(h.files)
	if err != nil {
		return nil, err
	}
	if k.Virtual || !slices.Contains(keys, k) {
		return nil, fmt.Errorf("open security key %s: it is not plugged in, or is no hardware: %w", k.ID, ErrAbsent)
	}
	// Not blocking, so that closing ends a read that waits.
	key, err := os.OpenFile(filepath.Join("/dev", k.ID), os.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open security key %s: %w", k.ID, orDenied(err, "run as root"))
	}
	return key, nil
}
