package ingest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
)

// A Door is how agents come in: with TLS, and behind load balancers that say for whom they call.
type Door struct {
	TLS *tls.Config
	// Proxies are the addresses of load balancers. What comes from one begins with a
	// header of the PROXY protocol, version 2; what comes from anybody else begins
	// with TLS or is refused.
	Proxies []netip.Prefix
	Now     func() time.Time
	Log     *slog.Logger
}

// credentials are the door as gRPC takes it.
func (d Door) credentials() credentials.TransportCredentials {
	c := d.TLS.Clone()
	// A ticket would be written after the answer that is waited for, and agents take none.
	c.SessionTicketsDisabled = true
	return &doorkeeper{TransportCredentials: credentials.NewTLS(c), door: d, complained: &rate.Sometimes{Interval: time.Minute}}
}

// A doorkeeper shakes hands and notes what the connection itself tells.
type doorkeeper struct {
	credentials.TransportCredentials
	door       Door
	complained *rate.Sometimes
}

// An entrance is what is known of a connection once hands are shaken.
type entrance struct {
	credentials.TLSInfo
	from      netip.Addr    // who calls, also behind a load balancer; invalid where that calls for itself
	roundTrip time.Duration // how long the answer to the server's part of the handshake took
}

// ServerHandshake is called by gRPC, within its limit of time.
func (k *doorkeeper) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	timed := &timedConn{Conn: raw, now: k.door.Now, from: raw.RemoteAddr()}
	caller := addressOf(timed.from)
	if k.trusted(caller) {
		from, err := readProxyHeader(raw)
		if err != nil {
			err = fmt.Errorf("it came from one of the proxies in the configuration: %w", err)
			if !errors.Is(err, io.EOF) { // some only look whether somebody answers, and say nothing
				k.complain(err)
			}
			return nil, nil, errors.Join(err, raw.Close())
		}
		// Where a proxy calls for itself, it is not told who stands where.
		if caller = from.Addr(); from.IsValid() {
			timed.from = net.TCPAddrFromAddrPort(from)
		}
	}
	secure, about, err := k.TransportCredentials.ServerHandshake(timed)
	if err != nil {
		var record tls.RecordHeaderError
		if errors.As(err, &record) && string(record.RecordHeader[:]) == proxySignature[:len(record.RecordHeader)] {
			k.complain(errors.New("it began with a header of the PROXY protocol and came from none of the proxies in the configuration"))
		}
		return nil, nil, err
	}
	told, ok := about.(credentials.TLSInfo)
	if !ok {
		return nil, nil, errors.Join(errors.New("the handshake tells nothing of the certificate"), secure.Close())
	}
	return secure, entrance{TLSInfo: told, from: caller, roundTrip: timed.done()}, nil
}

// Clone is asked for by gRPC.
func (k *doorkeeper) Clone() credentials.TransportCredentials {
	return &doorkeeper{TransportCredentials: k.TransportCredentials.Clone(), door: k.door, complained: k.complained}
}

func (k *doorkeeper) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(k.door.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// complain tells the administrator once a minute. Whose connection it was is not
// told: where a laptop calls from is written nowhere.
func (k *doorkeeper) complain(err error) {
	k.complained.Do(func() { k.door.Log.Warn("a connection is refused", "error", err) })
}

// addressOf is the address of an end of a connection; invalid where it has none.
func addressOf(a net.Addr) netip.Addr {
	if a == nil {
		return netip.Addr{}
	}
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// entranceOf is what the connection of a call told when it began.
func entranceOf(ctx context.Context) (entrance, bool) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return entrance{}, false
	}
	e, ok := p.AuthInfo.(entrance)
	return e, ok
}

// A timedConn measures how long the other end took to answer the server's part
// of a TLS handshake. The client's part cannot be made before the server's was
// read, so that an agent can make the time longer and never shorter; and it is the
// collector's clock alone that counts. To the time on the way comes what the
// laptop computes: it checks a certificate and signs.
type timedConn struct {
	net.Conn
	now  func() time.Time
	from net.Addr // who calls

	mu              sync.Mutex
	over            bool
	asked, answered time.Time
}

// RemoteAddr is who calls, also behind a load balancer.
func (c *timedConn) RemoteAddr() net.Addr { return c.from }

// Write notes the time before the bytes leave: never too short a time is measured for it.
func (c *timedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if !c.over {
		c.asked, c.answered = c.now(), time.Time{}
	}
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// Read notes when the last bytes came: the first ones could have been sent without waiting.
func (c *timedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	if !c.over && n > 0 {
		c.answered = c.now()
	}
	c.mu.Unlock()
	return n, err
}

// done ends the measuring and gives the time; 0 where nothing was measured.
func (c *timedConn) done() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.asked.IsZero() || c.answered.IsZero() {
		return 0
	}
	return max(c.answered.Sub(c.asked), 0)
}
