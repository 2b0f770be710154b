// Package api serves the console's API and the console itself: who may call
// what stands in one table, and what goes wrong is said in plain sentences.
package api

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/session"
)

// Alerts is where alerts are read and moved.
type Alerts interface {
	AlertPage(ctx context.Context, f alert.Filter) (alert.Page, error)
	AlertCase(ctx context.Context, id string) (assess.Case, error)
	MoveAlert(ctx context.Context, id string, m alert.Move) (alert.Alert, error)
}

// Fleet is where devices and what is concluded about them are read, and where a device is removed.
type Fleet interface {
	Fleet(ctx context.Context) ([]assess.Overview, error)
	Dossier(ctx context.Context, idOrName string) (assess.Dossier, error)
	Standings(ctx context.Context, idOrName string) ([]assess.Standing, error)
	RemoveDevice(ctx context.Context, id, by string, at time.Time) (device.Device, error)
	DeviceNamed(ctx context.Context, idOrName string) (device.Device, error)
	SetGroup(ctx context.Context, idsOrNames []string, group, by string, at time.Time) ([]device.Device, error)
}

// Tokens is where enrolment tokens are kept.
type Tokens interface {
	CreateToken(ctx context.Context, t enroll.Token) error
	Tokens(ctx context.Context) ([]enroll.Token, error)
	WithdrawToken(ctx context.Context, id, by string, at time.Time) (enroll.Token, error)
}

// TokenMaker makes a token and its text, which is shown once.
type TokenMaker interface {
	NewToken(r enroll.TokenRequest) (enroll.Token, string, error)
}

// Audit is where decisions are read.
type Audit interface {
	AuditPage(ctx context.Context, before int64, object string, limit int) ([]audit.Record, audit.Tree, error)
}

// Packs makes the assurance pack of a period, as a ZIP, and says its file name.
type Packs interface {
	Create(ctx context.Context, period, by string, to io.Writer) (fileName string, err error)
}

// Options are what a Server is made of.
type Options struct {
	Alerts         Alerts
	Fleet          Fleet
	Sanctions      Sanctions
	Pasts          Pasts
	Archive        assess.Archive
	KeepRawDays    int                       // how long reports are kept as they came; 0 is for ever
	Pseudonym      func(value string) string // as every agent's gate makes it
	Tokens         Tokens
	TokenMaker     TokenMaker
	Audit          Audit
	Presence       Presence
	Egress         Egress
	Rosters        Rosters
	Address        func(normalised string) string // keyed hash of an address that a laptop was shipped to, under a key that no agent has
	Sites          Sites
	Notices        Notices
	Learned        func() ([]egress.Learned, time.Time)                  // the company's own ways out that nobody imported, and when that was judged; may be absent
	Ways           func() (own map[string]int, carriers map[string]bool) // by which sites are joined, as assess.EgressRunner has them; may be absent
	Places         Places
	CollectorPlace string // where the collector is declared to stand; empty when nobody said
	Packs          Packs
	Sessions       *session.Service
	Catalogue      *catalogue.Catalogue
	Watch          *Watch
	Assess         func()                // asks for devices to be assessed, as after a sanction; must not block
	Cut            func(deviceID string) // ends the stream of a device that was removed
	Tell           func(deviceID string) // lets a device know what it is asked now; must not block
	Console        fs.FS                 // the built console
	InstallServer  string                // the address agents are told to use
	Version        string
	Secure         bool // served over TLS, so that the cookie is for TLS only
	Now            func() time.Time
	NewID          func() string
	Log            *slog.Logger
}

// A Server answers the console's API.
type Server struct {
	Options
	replaying sync.Mutex    // held by the one replay of rules that may run
	beat      time.Duration // how often a watcher hears that the connection lives
}

// NewServer makes a Server.
func NewServer(o Options) *Server {
	if o.Learned == nil {
		o.Learned = learnedNothing
	}
	return &Server{Options: o, beat: heartbeat}
}

// maxRequest bounds a request's body; the largest honest one is a long comment.
const maxRequest = 64 << 10

// maxFiles bounds what is said about sanctions and rules: their files, as JSON writes them.
const maxFiles = 640 << 10

// maxRanges bounds what is said about ways out: the longest list of ranges that is kept.
const maxRanges = 8 << 20

// maxContext bounds what is said about context: the longest import, as JSON writes it.
const maxContext = 64 << 20

// mostOf is how much a request for a path may say.
func mostOf(path string) int64 {
	if strings.HasPrefix(path, "/"+consolev1connect.SanctionServiceName+"/") || strings.HasPrefix(path, "/"+consolev1connect.RuleServiceName+"/") {
		return maxFiles
	}
	if path == consolev1connect.EgressServiceImportEgressProcedure {
		return maxRanges
	}
	if path == consolev1connect.ContextServiceImportContextProcedure {
		return maxContext
	}
	return maxRequest
}

// Handler serves the API, the console and /healthz.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	options := []connect.HandlerOption{
		connect.WithInterceptors(&gate{s}),
		connect.WithReadMaxBytes(maxRequest),
		connect.WithRequireConnectProtocolHeader(), // a form of another site cannot send it
	}
	add := func(path string, h http.Handler) { mux.Handle(path, h) }
	add(consolev1connect.NewSessionServiceHandler(s, options...))
	add(consolev1connect.NewAlertServiceHandler(s, options...))
	add(consolev1connect.NewDeviceServiceHandler(s, options...))
	add(consolev1connect.NewAssessmentServiceHandler(s, options...))
	add(consolev1connect.NewSiteServiceHandler(s, options...))
	add(consolev1connect.NewSanctionServiceHandler(s, append(options, connect.WithReadMaxBytes(maxFiles))...))
	add(consolev1connect.NewRuleServiceHandler(s, append(options, connect.WithReadMaxBytes(maxFiles))...))
	add(consolev1connect.NewPresenceServiceHandler(s, options...))
	add(consolev1connect.NewNoticeServiceHandler(s, options...))
	add(consolev1connect.NewEgressServiceHandler(s, append(options, connect.WithReadMaxBytes(maxRanges))...))
	add(consolev1connect.NewContextServiceHandler(s, append(options, connect.WithReadMaxBytes(maxContext))...))
	add(consolev1connect.NewTokenServiceHandler(s, options...))
	add(consolev1connect.NewAuditServiceHandler(s, options...))
	add(consolev1connect.NewReportServiceHandler(s, options...))
	mux.HandleFunc("GET /healthz", healthz)
	mux.Handle("/", newConsole(s.Console))
	// A page of another origin must not act with this browser's session.
	return guarded(http.NewCrossOriginProtection().Handler(whole(mux, bodyPatience)), s.Secure)
}

func healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // nobody is left to tell when the client is gone
}
