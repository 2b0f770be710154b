package api

import (
	"context"
	"strings"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

// ListSanctions gives every sanction, newest first.
func (s *Server) ListSanctions(ctx context.Context, _ *connect.Request[consolev1.ListSanctionsRequest]) (*connect.Response[consolev1.ListSanctionsResponse], error) {
	list, err := s.Sanctions.Sanctions(ctx)
	if err != nil {
		return nil, err
	}
	m := &consolev1.ListSanctionsResponse{}
	for _, n := range list {
		m.Sanctions = append(m.Sanctions, sanctionOut(n))
	}
	return connect.NewResponse(m), nil
}

// CreateSanction permits one tool, from now on.
func (s *Server) CreateSanction(ctx context.Context, r *connect.Request[consolev1.CreateSanctionRequest]) (*connect.Response[consolev1.CreateSanctionResponse], error) {
	now := s.Now().UTC()
	n := alert.Sanction{
		ID: s.NewID(), Tool: r.Msg.GetTool(), Justification: strings.TrimSpace(r.Msg.GetJustification()),
		CreatedBy: sessionOf(ctx).User.Name, CreatedAt: now, StartsAt: now,
	}
	for _, w := range r.Msg.GetWhere() {
		n.Where = append(n.Where, alert.Condition{Column: w.GetColumn(), Value: strings.TrimSpace(w.GetValue())})
	}
	if t := r.Msg.GetExpiresAt(); t != nil {
		n.ExpiresAt = t.AsTime()
	}
	if err := n.Validate(s.Catalogue, now); err != nil {
		return nil, err
	}
	if name := r.Msg.GetDevice(); name != "" {
		d, err := s.Fleet.Dossier(ctx, name)
		if err != nil {
			return nil, missing(err, "there is no device %q", name)
		}
		n.Device = d.ID
	}
	if err := s.Sanctions.CreateSanction(ctx, n); err != nil {
		return nil, err
	}
	s.Assess()
	return connect.NewResponse(&consolev1.CreateSanctionResponse{Sanction: sanctionOut(n)}), nil
}

// RevokeSanction ends a sanction now.
func (s *Server) RevokeSanction(ctx context.Context, r *connect.Request[consolev1.RevokeSanctionRequest]) (*connect.Response[consolev1.RevokeSanctionResponse], error) {
	n, err := s.Sanctions.RevokeSanction(ctx, r.Msg.GetId(), sessionOf(ctx).User.Name, s.Now().UTC())
	if err != nil {
		return nil, missing(err, "there is no sanction %q", r.Msg.GetId())
	}
	s.Assess()
	return connect.NewResponse(&consolev1.RevokeSanctionResponse{Sanction: sanctionOut(n)}), nil
}

func sanctionOut(n alert.Sanction) *consolev1.Sanction {
	m := &consolev1.Sanction{
		Id: n.ID, Tools: []string{n.Tool}, Justification: n.Justification, CreatedBy: n.CreatedBy,
		CreatedAt: stamp(n.CreatedAt), StartsAt: stamp(n.StartsAt), ExpiresAt: stamp(n.ExpiresAt), RevokedAt: stamp(n.RevokedAt),
	}
	if n.Device != "" {
		m.Devices = []*consolev1.Subject{subject(n.Device, "")}
	}
	for _, w := range n.Where {
		m.Where = append(m.Where, &consolev1.Condition{Column: w.Column, Value: w.Value})
	}
	return m
}

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
		Description: r.Msg.GetDescription(), CreatedBy: sessionOf(ctx).User.Name,
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
		ExpiresAt: stamp(k.ExpiresAt), CreatedAt: stamp(k.CreatedAt), CreatedBy: k.CreatedBy, RevokedAt: stamp(k.RevokedAt),
	}
}
