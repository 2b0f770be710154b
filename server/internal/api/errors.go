package api

import (
	"context"
	"errors"
	"fmt"

	"connectrpc.com/connect"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/session"
)

// explain gives an error its code. What is nobody's business but the
// operator's is logged under an id, and the caller is told the id.
func (s *Server) explain(ctx context.Context, procedure string, err error) error {
	if ready := new(connect.Error); errors.As(err, &ready) {
		return ready
	}
	if code, known := codeOf(err); known {
		return connect.NewError(code, err)
	}
	if ctx.Err() != nil {
		return connect.NewError(connect.CodeCanceled, errors.New("the call was given up"))
	}
	id := s.NewID()
	s.Log.ErrorContext(ctx, "a call of the console's API went wrong", "rpc.procedure", procedure, "request.id", id, "error", err)
	return connect.NewError(connect.CodeInternal, fmt.Errorf("something went wrong on the server; its log says what, under %s", id))
}

func codeOf(err error) (connect.Code, bool) {
	for _, known := range []struct {
		err  error
		code connect.Code
	}{
		{session.ErrSession, connect.CodeUnauthenticated},
		{session.ErrCode, connect.CodeUnauthenticated},
		{alert.ErrDenied, connect.CodePermissionDenied},
		{alert.ErrInvalid, connect.CodeInvalidArgument},
		{alert.ErrConflict, connect.CodeAborted},
		{alert.ErrNotFound, connect.CodeNotFound},
		{device.ErrNotFound, connect.CodeNotFound},
	} {
		if errors.Is(err, known.err) {
			return known.code, true
		}
	}
	return 0, false
}

func invalid(format string, args ...any) error {
	return connect.NewError(connect.CodeInvalidArgument, fmt.Errorf(format, args...))
}

// missing names what was not found; other errors pass.
func missing(err error, format string, args ...any) error {
	if errors.Is(err, device.ErrNotFound) {
		return connect.NewError(connect.CodeNotFound, fmt.Errorf(format, args...))
	}
	return err
}
