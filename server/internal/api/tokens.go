package api

import (
	"context"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

// ListTokens gives every enrolment token, newest first, without secrets.
func (s *Server) ListTokens(ctx context.Context, _ *connect.Request[consolev1.ListTokensRequest]) (*connect.Response[consolev1.ListTokensResponse], error) {
	list, err := s.Tokens.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	m := &consolev1.ListTokensResponse{}
	for _, k := range list {
		m.Tokens = append(m.Tokens, tokenOut(k))
	}
	return connect.NewResponse(m), nil
}

// CreateToken makes an enrolment token and shows its secret this once.
func (s *Server) CreateToken(ctx context.Context, r *connect.Request[consolev1.CreateTokenRequest]) (*connect.Response[consolev1.CreateTokenResponse], error) {
	seconds := r.Msg.GetTtlSeconds()
	if seconds < 0 || seconds > int64(enroll.MaxTTL/time.Second) {
		return nil, invalid("a token lives at most 365 days, not %d seconds", seconds)
	}
	ask := enroll.TokenRequest{
		Uses: int(r.Msg.GetUses()), TTL: time.Duration(seconds) * time.Second,
		Description: r.Msg.GetDescription(), CreatedBy: sessionOf(ctx).User.Name, Group: r.Msg.GetGroup(),
	}
	if ask.Group != "" {
		if err := alert.ValidGroup(ask.Group); err != nil {
			return nil, err
		}
	}
	if err := ask.Validate(); err != nil {
		return nil, invalid("%w", err)
	}
	k, secret, err := s.TokenMaker.NewToken(ask)
	if err != nil {
		return nil, err
	}
	if err := s.Tokens.CreateToken(ctx, k); err != nil {
		return nil, err
	}
	return connect.NewResponse(&consolev1.CreateTokenResponse{Token: tokenOut(k), Secret: secret, InstallLine: s.installLine(secret)}), nil
}

func (s *Server) installLine(secret string) string {
	return "sudo farmwatch-agent enroll --server " + s.InstallServer + " --token " + secret
}

// RevokeToken ends an enrolment token.
func (s *Server) RevokeToken(ctx context.Context, r *connect.Request[consolev1.RevokeTokenRequest]) (*connect.Response[consolev1.RevokeTokenResponse], error) {
	k, err := s.Tokens.WithdrawToken(ctx, r.Msg.GetId(), sessionOf(ctx).User.Name, s.Now().UTC())
	if err != nil {
		return nil, missing(err, "there is no token %q", r.Msg.GetId())
	}
	return connect.NewResponse(&consolev1.RevokeTokenResponse{Token: tokenOut(k)}), nil
}

func tokenOut(k enroll.Token) *consolev1.Token {
	return &consolev1.Token{
		Id: k.ID, Description: k.Description, UsesLeft: int32(k.UsesLeft), UsesTotal: int32(k.UsesTotal),
		ExpiresAt: stamp(k.ExpiresAt), CreatedAt: stamp(k.CreatedAt), CreatedBy: k.CreatedBy, RevokedAt: stamp(k.RevokedAt), Group: k.Group,
	}
}
