package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"connectrpc.com/connect"

	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
)

// A saved session is what login leaves behind.
type saved struct {
	URL       string    `json:"url"`
	Token     string    `json:"token"`
	User      string    `json:"user"`
	Role      string    `json:"role"`
	ExpiresAt time.Time `json:"expires_at"`
}

// savedPath is where the session is kept: $XDG_CONFIG_HOME/farmwatch or ~/.config/farmwatch.
func (p *program) savedPath() (string, error) {
	folder := p.env("XDG_CONFIG_HOME")
	if folder == "" {
		home := p.env("HOME")
		if home == "" {
			home = p.env("USERPROFILE")
		}
		if home == "" {
			return "", errors.New("neither XDG_CONFIG_HOME nor HOME is set, so there is no place for the session; set FARMWATCH_URL and FARMWATCH_TOKEN instead")
		}
		folder = filepath.Join(home, ".config")
	}
	return filepath.Join(folder, "farmwatch", "session.json"), nil
}

func (p *program) save(s saved) error {
	path, err := p.savedPath()
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make a place for the session: %w", err)
	}
	// Written beside and renamed: a session is there whole or not at all, and never readable by others.
	beside, err := os.CreateTemp(filepath.Dir(path), ".session-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("keep the session: %w", err)
	}
	_, err = beside.Write(append(text, '\n'))
	if err = errors.Join(err, beside.Close()); err == nil {
		err = os.Rename(beside.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep the session in %s: %w", path, err), os.Remove(beside.Name()))
	}
	return nil
}

func (p *program) load() (saved, error) {
	path, err := p.savedPath()
	if err != nil {
		return saved{}, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return saved{}, failed{exitDenied, errors.New("you are not signed in; open the server's sign-in link with: farmwatchctl login LINK")}
	}
	if err != nil {
		return saved{}, fmt.Errorf("read the session: %w", err)
	}
	var s saved
	if err := json.Unmarshal(text, &s); err != nil {
		return saved{}, fmt.Errorf("read the session in %s: %w; sign in again", path, err)
	}
	return s, nil
}

// A connection is the API's clients over one session.
type connection struct {
	session     consolev1connect.SessionServiceClient
	alerts      consolev1connect.AlertServiceClient
	devices     consolev1connect.DeviceServiceClient
	assessments consolev1connect.AssessmentServiceClient
	sites       consolev1connect.SiteServiceClient
	rules       consolev1connect.RuleServiceClient
	sanctions   consolev1connect.SanctionServiceClient
	presence    consolev1connect.PresenceServiceClient
	context     consolev1connect.ContextServiceClient
	tokens      consolev1connect.TokenServiceClient
	egress      consolev1connect.EgressServiceClient
	notices     consolev1connect.NoticeServiceClient
	audit       consolev1connect.AuditServiceClient
	reports     consolev1connect.ReportServiceClient
}

// connect uses the environment's session, else the saved one.
func (p *program) connect() (*connection, error) {
	address, token := p.url, p.env("FARMWATCH_TOKEN")
	if address == "" {
		address = p.env("FARMWATCH_URL")
	}
	if address == "" || token == "" {
		s, err := p.load()
		if err != nil {
			return nil, err
		}
		if address == "" {
			address = s.URL
		}
		// A session is for the server that gave it; another one must not see its token.
		if token == "" && sameServer(address, s.URL) {
			token = s.Token
		}
		if token == "" {
			return nil, failed{exitDenied, fmt.Errorf("you are signed in at %s, not at %s", s.URL, address)}
		}
	}
	return p.dial(address, token)
}

func sameServer(a, b string) bool {
	x, errX := baseURL(a)
	y, errY := baseURL(b)
	return errX == nil && errY == nil && x == y
}

func (p *program) dial(address, token string) (*connection, error) {
	base, err := baseURL(address)
	if err != nil {
		return nil, err
	}
	client, err := p.httpClient()
	if err != nil {
		return nil, err
	}
	options := connect.WithInterceptors(signer{token})
	return &connection{
		session:     consolev1connect.NewSessionServiceClient(client, base, options),
		alerts:      consolev1connect.NewAlertServiceClient(client, base, options),
		devices:     consolev1connect.NewDeviceServiceClient(client, base, options),
		assessments: consolev1connect.NewAssessmentServiceClient(client, base, options),
		sites:       consolev1connect.NewSiteServiceClient(client, base, options),
		rules:       consolev1connect.NewRuleServiceClient(client, base, options),
		sanctions:   consolev1connect.NewSanctionServiceClient(client, base, options),
		presence:    consolev1connect.NewPresenceServiceClient(client, base, options),
		context:     consolev1connect.NewContextServiceClient(client, base, options),
		tokens:      consolev1connect.NewTokenServiceClient(client, base, options),
		egress:      consolev1connect.NewEgressServiceClient(client, base, options),
		notices:     consolev1connect.NewNoticeServiceClient(client, base, options),
		audit:       consolev1connect.NewAuditServiceClient(client, base, options),
		reports:     consolev1connect.NewReportServiceClient(client, base, options),
	}, nil
}

// baseURL takes the server from a link. Plain HTTP is for this machine only:
// a token must not cross a network in the open.
func baseURL(link string) (string, error) {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", usage("%q is no address of a console, e.g. http://127.0.0.1:7480", link)
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return "", usage("%s is spoken to over https only: over plain http anybody on the way could take your session", u.Host)
	}
	return u.Scheme + "://" + u.Host, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (p *program) httpClient() (*http.Client, error) {
	file := p.ca
	if file == "" {
		file = p.env("FARMWATCH_CA")
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:     true,
	}
	if file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the authority: %w", err)
		}
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no PEM certificate", file)
		}
	}
	return &http.Client{Transport: transport}, nil
}

// call asks one thing and gives the answer, nil beside an error.
func call[Q, A any](ctx context.Context, procedure func(context.Context, *connect.Request[Q]) (*connect.Response[A], error), question *Q) (*A, error) {
	got, err := procedure(ctx, connect.NewRequest(question))
	if err != nil {
		return nil, err
	}
	return got.Msg, nil
}

// signer puts the session's token on every call.
type signer struct{ token string }

// WrapUnary signs the calls with one answer.
func (s signer) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, r connect.AnyRequest) (connect.AnyResponse, error) {
		if s.token != "" {
			r.Header().Set("Authorization", "Bearer "+s.token)
		}
		return next(ctx, r)
	}
}

// WrapStreamingClient signs the calls with many answers.
func (s signer) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		c := next(ctx, spec)
		c.RequestHeader().Set("Authorization", "Bearer "+s.token)
		return c
	}
}

// WrapStreamingHandler is for servers.
func (signer) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}
