package api

import (
	"context"
	"net/http"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/session"
)

// SignIn exchanges a one-time code for a session.
func (s *Server) SignIn(ctx context.Context, r *connect.Request[consolev1.SignInRequest]) (*connect.Response[consolev1.SignInResponse], error) {
	found, token, err := s.Sessions.SignIn(ctx, r.Msg.GetCode())
	if err != nil {
		return nil, err
	}
	s.Log.InfoContext(ctx, "signed in", "user.name", found.User.Name, "net.peer", r.Peer().Addr)
	response := connect.NewResponse(&consolev1.SignInResponse{Session: sessionOut(found), Token: token})
	response.Header().Add("Set-Cookie", s.cookie(token, found.ExpiresAt).String())
	return response, nil
}

// SignOut ends the session of the call.
func (s *Server) SignOut(ctx context.Context, r *connect.Request[consolev1.SignOutRequest]) (*connect.Response[consolev1.SignOutResponse], error) {
	if err := s.Sessions.SignOut(ctx, s.tokenOf(r.Header())); err != nil {
		return nil, err
	}
	response := connect.NewResponse(&consolev1.SignOutResponse{})
	response.Header().Add("Set-Cookie", s.cookie("", time.Unix(1, 0)).String())
	return response, nil
}

func (s *Server) cookie(token string, until time.Time) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure is set wherever there is TLS; on loopback without it a browser would drop the cookie
		Name: cookieName(s.Secure), Value: token, Path: "/", Expires: until,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.Secure,
	}
}

// GetSession tells who is signed in, and what a console needs to know of the server.
func (s *Server) GetSession(ctx context.Context, _ *connect.Request[consolev1.GetSessionRequest]) (*connect.Response[consolev1.GetSessionResponse], error) {
	scale := s.Catalogue.Scale
	return connect.NewResponse(&consolev1.GetSessionResponse{
		Session: sessionOut(sessionOf(ctx)), InstallServer: s.InstallServer, Version: s.Version,
		Scale: &consolev1.Scale{Watch: int32(scale.Watch), Medium: int32(scale.Medium), High: int32(scale.High)},
	}), nil
}

func sessionOut(s session.Session) *consolev1.Session {
	return &consolev1.Session{User: s.User.Name, Role: string(s.User.Role), ExpiresAt: stamp(s.ExpiresAt)}
}
