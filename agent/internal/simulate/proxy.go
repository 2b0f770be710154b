package simulate

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"time"
)

// dial connects to the collector; where that is told by whom it is called, from
// the laptop's public address.
func (l *laptop) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, network, address)
	if err != nil || !l.options.Proxied {
		return conn, err
	}
	if _, err := conn.Write(proxyHeader(l.from)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// proxyHeader is a header of the PROXY protocol, version 2, for a TCP connection
// from an address (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt).
func proxyHeader(from netip.Addr) []byte {
	b := []byte("\r\n\r\n\x00\r\nQUIT\n\x21")
	kind, length := byte(0x11), uint16(12)
	if from.Is6() {
		kind, length = 0x21, 36
	}
	b = append(b, kind)
	b = binary.BigEndian.AppendUint16(b, length)
	b = append(b, from.AsSlice()...)
	b = append(b, make([]byte, from.BitLen()/8)...) // to whom does not matter
	b = binary.BigEndian.AppendUint16(b, 40000)
	return binary.BigEndian.AppendUint16(b, 443)
}
