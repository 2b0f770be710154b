package parse

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
)

// A tapped connection keeps what passes it, both ways.
type tapped struct {
	*net.UDPConn
	mu   sync.Mutex
	seen []Segment
}

func (c *tapped) keep(b []byte, source, destination net.Addr) {
	from, to := source.(*net.UDPAddr).AddrPort(), destination.(*net.UDPAddr).AddrPort()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, Segment{
		UDP: true, Payload: append([]byte(nil), b...), Source: from.Addr(), SourcePort: from.Port(), Destination: to.Addr(), DestinedPort: to.Port(),
	})
}

func (c *tapped) WriteTo(b []byte, to net.Addr) (int, error) {
	c.keep(b, c.LocalAddr(), to)
	return c.UDPConn.WriteTo(b, to)
}

func (c *tapped) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.UDPConn.ReadFrom(b)
	if err == nil {
		c.keep(b[:n], from, c.LocalAddr())
	}
	return n, from, err
}

// Kept from being found by quic-go, which would then not use the two above.
func (c *tapped) SyscallConn() {}

func loopback(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestQUICJoinerOfAConnection has a real client and a real server shake hands,
// and shows the joiner all that passes, in both directions.
func TestQUICJoinerOfAConnection(t *testing.T) {
	for _, c := range []struct {
		name    string
		version quic.Version
		retry   bool
	}{{"QUIC 1", quic.Version1, false}, {"QUIC 1 with a Retry", quic.Version1, true}, {"QUIC 2", quic.Version2, false}, {"QUIC 2 with a Retry", quic.Version2, true}} {
		t.Run(c.name, func(t *testing.T) {
			server := &quic.Transport{Conn: loopback(t), VerifySourceAddress: func(net.Addr) bool { return c.retry }}
			settings := &quic.Config{Versions: []quic.Version{c.version}}
			listener, err := server.Listen(&tls.Config{Certificates: []tls.Certificate{selfSigned(t)}, NextProtos: []string{"farm"}}, settings)
			if err != nil {
				t.Fatal(err)
			}
			tap := &tapped{UDPConn: loopback(t)}
			client := &quic.Transport{Conn: tap}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			for range 2 { // the second from the same port
				connection, err := client.Dial(ctx, listener.Addr(), &tls.Config{ServerName: "relay.example.org", NextProtos: []string{"farm"}, InsecureSkipVerify: true}, settings)
				if err != nil {
					t.Fatal(err)
				}
				_ = connection.CloseWithError(0, "")
			}
			_, _, _ = client.Close(), listener.Close(), server.Close()

			tap.mu.Lock()
			defer tap.mu.Unlock()
			j := NewQUICJoiner()
			var got []Hello
			for _, s := range tap.seen {
				if h, ok := j.Add(s, joinedAt); ok {
					got = append(got, h)
				}
			}
			if len(got) != 2 || got[0] != got[1] || got[0].Name != "relay.example.org" || got[0].ALPN != "farm" || got[0].Version != "1.3" || !strings.HasPrefix(got[0].JA4, "q13d03") {
				t.Errorf("%d datagrams gave %+v", len(tap.seen), got)
			}
			if j.Lost() != (Lost{}) {
				t.Errorf("lost %+v", j.Lost())
			}
			t.Logf("%d datagrams, %d packets that did not open", len(tap.seen), j.Sealed())
		})
	}
}
