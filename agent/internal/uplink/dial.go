package uplink

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// maxMessage bounds one gRPC message in either direction.
const maxMessage = 4 << 20

// DialFunc makes a connection; nil is the system's.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (d DialFunc) orSystem() DialFunc {
	if d == nil {
		return (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	return d
}

// A link is one connection to the collector. It remembers why connecting went
// wrong, since gRPC tells that only as text.
type link struct {
	*grpc.ClientConn
	address string
	now     func() time.Time

	mu    sync.Mutex
	cause error
}

func connect(dial DialFunc, address string, config *tls.Config, now func() time.Time) (*link, error) {
	l := &link{address: address, now: now}
	conn, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(witness{credentials.NewTLS(config), l.note}),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			conn, err := dial.orSystem()(ctx, "tcp", address)
			l.note(err)
			return conn, err
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}),
		grpc.WithReadBufferSize(0), grpc.WithWriteBufferSize(4<<10),
		grpc.WithDisableServiceConfig(), grpc.WithUserAgent("farmwatch-agent"),
	)
	l.ClientConn = conn
	return l, err
}

func (l *link) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cause = err
}

// explain puts the error of a call into words: what the collector said, or why
// it could not be reached.
func (l *link) explain(err error) error {
	l.mu.Lock()
	cause := l.cause
	l.mu.Unlock()
	code, said := answer(err)
	if code == codes.Unavailable && cause != nil {
		return explain(cause, l.address, l.now)
	}
	if code == codes.DeadlineExceeded && cause != nil {
		return explain(context.DeadlineExceeded, l.address, l.now)
	}
	return said
}

// outcast says that the collector no longer takes this device's certificate.
func outcast(err error) bool { return status.Code(err) == codes.Unauthenticated }

// A witness notes how handshakes end.
type witness struct {
	credentials.TransportCredentials
	note func(error)
}

// ClientHandshake notes the error that grpc would fold into "unavailable".
func (w witness) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, auth, err := w.TransportCredentials.ClientHandshake(ctx, authority, raw)
	w.note(err)
	return conn, auth, err
}

// Clone keeps the witness around the copy.
func (w witness) Clone() credentials.TransportCredentials {
	return witness{w.TransportCredentials.Clone(), w.note}
}
