// Package ingest takes what agents report: it asks who they are, stores what
// they say once, and acknowledges what is on the disk. It concludes nothing.
package ingest

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Store is what ingest needs of the collector's store.
type Store interface {
	Device(ctx context.Context, id string) (device.Device, error)
	// Acked says up to which number an epoch is stored; 0 for one not met before.
	Acked(ctx context.Context, deviceID, epoch string) (uint64, error)
	// Record stores deliveries in order, all in one transaction that is on the disk when it returns.
	Record(ctx context.Context, deliveries []device.Delivery) ([]device.Receipt, error)
}

// Verifier says which device and agent a client certificate names.
type Verifier interface {
	Verify(c *x509.Certificate) (deviceID, agentID string, err error)
}

// Renewer gives a device's agent a fresh certificate.
type Renewer interface {
	Renew(ctx context.Context, d device.Device, csr []byte) (*agentv1.RenewResponse, error)
}

// Bundles makes what a device is to be told, with its version; nil when it was
// told that version.
type Bundles interface {
	Make(ctx context.Context, deviceID string, told uint64) (*agentv1.SignedBundle, uint64, error)
}

// Limits are how much one agent, and all of them, may ask of the collector.
type Limits struct {
	Streams      int           // agents at once
	Entries      rate.Limit    // entries a second on one stream; a large one counts as several
	Burst        int           // entries that may come at once
	Daily        int           // bytes that one device may have stored in a day, over all its streams
	Renewals     int           // certificates that one device may have made at once; then one an hour
	Window       int           // entries of one stream that may wait for the disk
	HelloTimeout time.Duration // for the handshake, and for the first message after it
	Settle       time.Duration // for a device to tell which network it is in, before it is noted where it stands
}

// DefaultLimits let a laptop that was away for a month catch up within minutes
// and keep a hostile one from more than a few percent of the collector.
func DefaultLimits() Limits {
	return Limits{Streams: 20_000, Entries: 200, Burst: 400, Daily: 256 << 20, Renewals: 10, Window: 64, HelloTimeout: 10 * time.Second, Settle: 45 * time.Second}
}

// Options are what a Server is made of.
type Options struct {
	Store    Store
	Verifier Verifier
	Renewer  Renewer
	Bundles  Bundles
	Places   Places                // nil: it is not noted where devices stand
	Notify   func(deviceID string) // called after a commit that brought news of a device; must not block
	Now      func() time.Time
	Limits   Limits
	Log      *slog.Logger
}

// A Server is the agents' service.
type Server struct {
	agentv1.UnimplementedAgentServiceServer
	Options
	committer *committer

	mu         sync.Mutex
	sessions   map[string]*session   // by device
	allowances map[string]*allowance // by device; as many as ever called and are enrolled
	closed     bool
}

// NewServer makes a server. Run has to run for as long as it serves.
func NewServer(o Options) *Server {
	return &Server{Options: o, committer: newCommitter(o), sessions: make(map[string]*session), allowances: make(map[string]*allowance)}
}

// Run stores what streams deliver until ctx ends.
func (s *Server) Run(ctx context.Context) { s.committer.run(ctx) }

// Listener makes the gRPC server for agents: bounded messages, handshakes and
// pings, and small buffers, since there is a connection for each laptop.
func Listener(d Door, l Limits) *grpc.Server {
	return grpc.NewServer(
		grpc.Creds(d.credentials()),
		grpc.MaxRecvMsgSize(2*maxReport),
		grpc.MaxConcurrentStreams(8),
		grpc.ConnectionTimeout(l.HelloTimeout),
		grpc.MaxHeaderListSize(16<<10),
		grpc.ReadBufferSize(0), grpc.WriteBufferSize(4<<10),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 20 * time.Second, PermitWithoutStream: false}),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: 2 * time.Minute, Time: 2 * time.Minute, Timeout: 20 * time.Second}),
	)
}

// Renew exchanges a certificate that nears its end for a fresh one.
func (s *Server) Renew(ctx context.Context, r *agentv1.RenewRequest) (*agentv1.RenewResponse, error) {
	d, err := s.identify(ctx)
	if err != nil {
		return nil, err
	}
	if !s.allowance(d.ID).renewals.AllowN(s.Now(), 1) {
		return nil, status.Error(codes.ResourceExhausted, "this device had several certificates made within the hour; try again in an hour")
	}
	response, err := s.Renewer.Renew(ctx, d, r.GetCsr())
	if err != nil && status.Code(err) == codes.Unknown {
		s.Log.ErrorContext(ctx, "renew certificate", "device.id", d.ID, "error", err)
		return nil, status.Error(codes.Unavailable, "the collector could not store the certificate; try again later")
	}
	return response, err
}

// identify says which device is calling, by its certificate and nothing else.
func (s *Server) identify(ctx context.Context) (device.Device, error) {
	certificate, err := certificateOf(ctx)
	if err != nil {
		return device.Device{}, err
	}
	deviceID, agentID, err := s.Verifier.Verify(certificate)
	if err != nil {
		return device.Device{}, status.Error(codes.Unauthenticated, err.Error())
	}
	d, err := s.Store.Device(ctx, deviceID)
	switch {
	case errors.Is(err, device.ErrNotFound):
		return d, status.Error(codes.Unauthenticated, "this collector knows no such device: enrol it again with a new token")
	case err != nil:
		s.Log.ErrorContext(ctx, "look up device", "device.id", deviceID, "error", err)
		return d, status.Error(codes.Unavailable, "the collector cannot look up this device now; try again later")
	case !d.RemovedAt.IsZero():
		return d, status.Error(codes.Unauthenticated, "this device was removed from the collector: enrol it again with a new token")
	case d.AgentID != agentID:
		return d, status.Error(codes.Unauthenticated, "this device was enrolled again by another installation, which reports for it now; this one's certificate no longer counts")
	}
	return d, nil
}

func certificateOf(ctx context.Context) (*x509.Certificate, error) {
	e, ok := entranceOf(ctx)
	if !ok {
		return nil, status.Error(codes.Unauthenticated, "the connection says nothing of its other end")
	}
	if len(e.State.PeerCertificates) == 0 {
		return nil, status.Error(codes.Unauthenticated, "no device certificate came with the connection: enrol this device first")
	}
	return e.State.PeerCertificates[0], nil
}

// Cut ends the stream of a device that was removed or enrolled anew.
func (s *Server) Cut(deviceID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.sessions[deviceID]; old != nil {
		old.end(errOutcast)
	}
}

// Tell lets a device that is connected know what its bundle holds now. One that
// is not hears of it when it connects.
func (s *Server) Tell(deviceID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.sessions[deviceID]; n != nil {
		n.owe()
	}
}

// Close ends every stream and takes no new ones.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, old := range s.sessions {
		old.end(errStopping)
	}
}

// Streams says how many agents are connected.
func (s *Server) Streams() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// admit makes a session the one of its device. The newest wins: an agent whose
// connection died without a word must not be kept out by its own ghost.
func (s *Server) admit(n *session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.sessions[n.device.ID]
	switch {
	case s.closed:
		return errStopping
	case old == nil && len(s.sessions) >= s.Limits.Streams:
		return status.Errorf(codes.ResourceExhausted, "the collector already serves %d agents, as many as it may; try again later", len(s.sessions))
	case old != nil:
		old.end(status.Error(codes.Aborted, "a newer stream of this device took over"))
	}
	s.sessions[n.device.ID] = n
	return nil
}

func (s *Server) leave(n *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[n.device.ID] == n {
		delete(s.sessions, n.device.ID)
	}
}
