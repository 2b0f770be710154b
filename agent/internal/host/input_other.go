//go:build !linux

package host

import (
	"context"
	"fmt"
)

var _ InputHost = (*LiveHost)(nil)

// Input is not there yet on this platform.
func (h *LiveHost) Input(context.Context) (InputSource, error) {
	return nil, fmt.Errorf("listen to input devices: %w", ErrUnsupported)
}
