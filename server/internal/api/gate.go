package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"connectrpc.com/connect"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/session"
)

// cookieName is the browser's session cookie. Over TLS it has the prefix with
// which browsers let no neighbouring host or port of the domain set another one.
func cookieName(secure bool) string {
	if secure {
		return "__Host-farmwatch_session"
	}
	return "farmwatch_session"
}

// A gate lets a call in when its session may make it, and turns what goes
// wrong inside into a code and a sentence.
type gate struct{ s *Server }

// WrapUnary guards the calls with one answer.
func (g *gate) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, r connect.AnyRequest) (connect.AnyResponse, error) {
		ctx, err := g.admit(ctx, r.Spec().Procedure, r.Header())
		if err != nil {
			return nil, g.s.explain(ctx, r.Spec().Procedure, err)
		}
		response, err := next(ctx, r)
		if err != nil {
			return nil, g.s.explain(ctx, r.Spec().Procedure, err)
		}
		return response, nil
	}
}

// WrapStreamingHandler guards the calls with many answers.
func (g *gate) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, c connect.StreamingHandlerConn) error {
		ctx, err := g.admit(ctx, c.Spec().Procedure, c.RequestHeader())
		if err == nil {
			err = next(ctx, c)
		}
		if err != nil {
			return g.s.explain(ctx, c.Spec().Procedure, err)
		}
		return nil
	}
}

// WrapStreamingClient is for clients; a server has nothing to do there.
func (g *gate) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

func (g *gate) admit(ctx context.Context, procedure string, h http.Header) (context.Context, error) {
	p, known := permissionFor(procedure)
	if !known {
		return ctx, connect.NewError(connect.CodePermissionDenied, fmt.Errorf("nobody may call %s", procedure))
	}
	if p.roles == nil {
		return ctx, nil
	}
	found, err := g.s.Sessions.Find(ctx, g.s.tokenOf(h))
	if err != nil {
		return ctx, err
	}
	if !slices.Contains(p.roles, found.User.Role) {
		return ctx, connect.NewError(connect.CodePermissionDenied,
			fmt.Errorf("%s has the role %s; this takes %s", found.User.Name, found.User.Role, anyOf(p.roles)))
	}
	return context.WithValue(ctx, sessionKey{}, found), nil
}

func anyOf(roles []alert.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return "the role " + strings.Join(names, " or ")
}

type sessionKey struct{}

// sessionOf is the session that the gate let in.
func sessionOf(ctx context.Context) session.Session {
	s, _ := ctx.Value(sessionKey{}).(session.Session)
	return s
}

// tokenOf reads the session's token: from "Authorization: Bearer", else from the cookie.
func (s *Server) tokenOf(h http.Header) string {
	if token, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(token)
	}
	cookies, err := http.ParseCookie(h.Get("Cookie"))
	if err != nil {
		return "" // what cannot be read signs nobody in
	}
	for _, c := range cookies {
		if c.Name == cookieName(s.Secure) {
			return c.Value
		}
	}
	return ""
}
