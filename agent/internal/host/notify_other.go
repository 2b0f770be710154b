//go:build !linux

package host

import (
	"context"
	"fmt"
)

// Notices are not shown on this system yet, and a check is answered with that.
func (h *LiveHost) Notices(context.Context) (Notices, error) {
	return nil, fmt.Errorf("show a notice to who is logged in: %w", ErrUnsupported)
}
