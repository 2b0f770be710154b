package ingest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
)

// proxySignature begins a header of the PROXY protocol, version 2.
const proxySignature = "\r\n\r\n\x00\r\nQUIT\n"

// mostProxyHeader is how many bytes the addresses and notes of a header have at most.
const mostProxyHeader = 4 << 10

// readProxyHeader reads the header that a load balancer puts before the bytes it
// passes on, and no byte more: for whom it calls, or nobody where it calls for
// itself, to see whether we live.
func readProxyHeader(r io.Reader) (netip.AddrPort, error) {
	var head [16]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return netip.AddrPort{}, fmt.Errorf("read the PROXY header: %w", err)
	}
	if string(head[:12]) != proxySignature {
		return netip.AddrPort{}, errors.New("there is no PROXY header of version 2")
	}
	length := int(binary.BigEndian.Uint16(head[14:]))
	if length > mostProxyHeader {
		return netip.AddrPort{}, fmt.Errorf("the PROXY header has %d bytes, at most %d are read", length, mostProxyHeader)
	}
	rest := make([]byte, length)
	if _, err := io.ReadFull(r, rest); err != nil {
		return netip.AddrPort{}, fmt.Errorf("read the PROXY header: %w", err)
	}
	return parseProxyHeader(head[12], head[13], rest)
}

// The words of the header's 13th and 14th byte.
const (
	proxyLocal  = 0x20
	proxyCalls  = 0x21
	proxyOver4  = 0x11 // TCP over IPv4
	proxyOver6  = 0x21 // TCP over IPv6
	proxyNobody = "the PROXY header names nobody on TCP: its kind is %#x"
)

func parseProxyHeader(command, kind byte, rest []byte) (netip.AddrPort, error) {
	switch {
	case command == proxyLocal:
		return netip.AddrPort{}, nil
	case command != proxyCalls:
		return netip.AddrPort{}, fmt.Errorf("the PROXY header has the version and command %#x, want %#x or %#x", command, proxyLocal, proxyCalls)
	case kind == proxyOver4 && len(rest) >= 12:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(rest[:4])), binary.BigEndian.Uint16(rest[8:])), nil
	case kind == proxyOver6 && len(rest) >= 36:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(rest[:16])).Unmap(), binary.BigEndian.Uint16(rest[32:])), nil
	case kind == proxyOver4 || kind == proxyOver6:
		return netip.AddrPort{}, fmt.Errorf("the PROXY header ends after %d bytes of addresses", len(rest))
	}
	return netip.AddrPort{}, fmt.Errorf(proxyNobody, kind)
}
