package uplink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const dialTimeout = 15 * time.Second

// DefaultPort is where a collector listens for agents.
const DefaultPort = "7443"

// splitServer gives the address to dial and the name the collector's certificate must carry.
func splitServer(server string) (address, host string, err error) {
	host, port, err := net.SplitHostPort(server)
	if err != nil && net.ParseIP(server) != nil {
		host, port, err = server, DefaultPort, nil
	} else if err != nil {
		host, port, err = net.SplitHostPort(server + ":" + DefaultPort)
	}
	switch {
	case err != nil:
		return "", "", fmt.Errorf("collector address %q: want host or host:port", server)
	case host == "":
		return "", "", fmt.Errorf("collector address %q names no host", server)
	case port == "":
		port = DefaultPort
	}
	return net.JoinHostPort(host, port), host, nil
}

// trust is how an agent meets a collector: TLS 1.3, exactly these authorities.
func trust(host string, authorities []*x509.Certificate, now func() time.Time) *tls.Config {
	pool := x509.NewCertPool()
	for _, a := range authorities {
		pool.AddCert(a)
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, ServerName: host, RootCAs: pool, Time: now, NextProtos: []string{"h2"}}
}

// shake does one TLS handshake and hangs up.
func shake(ctx context.Context, dial DialFunc, address string, config *tls.Config) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	raw, err := dial.orSystem()(ctx, "tcp", address)
	if err != nil {
		return err
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return errors.Join(err, raw.Close())
	}
	// How the other side takes the farewell does not matter any more.
	_ = conn.Close()
	return nil
}

// authorityByPin meets a collector of which only the pin is known. The first
// handshake trusts nobody, so it ends at the chain the collector shows; the
// authority with the pin is taken from there. The second one trusts exactly it.
func authorityByPin(ctx context.Context, dial DialFunc, address, host, pin string, now func() time.Time) (*x509.Certificate, error) {
	err := shake(ctx, dial, address, trust(host, nil, now))
	var unverified *tls.CertificateVerificationError
	if !errors.As(err, &unverified) {
		if err == nil {
			err = errors.New("a certificate was accepted that nobody vouches for")
		}
		return nil, explain(err, address, now)
	}
	for _, c := range unverified.UnverifiedCertificates {
		if pinOf(c.Raw) == pin {
			return c, explain(shake(ctx, dial, address, trust(host, []*x509.Certificate{c}, now)), address, now)
		}
	}
	return nil, fmt.Errorf("the collector at %s is not the one this token was made for: it shows another authority than the token names. Either the address or the token is of another collector, or something between here and there poses as it; nothing was sent", address)
}

// explain puts into a sentence why a collector could not be reached or trusted.
func explain(err error, address string, now func() time.Time) error {
	if err == nil {
		return nil
	}
	var (
		dns      *net.DNSError
		record   tls.RecordHeaderError
		name     x509.HostnameError
		unknown  x509.UnknownAuthorityError
		invalid  x509.CertificateInvalidError
		timeout  net.Error
		describe = func(format string, args ...any) error {
			return &sentence{text: fmt.Sprintf(format, args...), cause: err}
		}
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return describe("the name of the collector %s is not known here (%s has no address): check the name and this machine's DNS", address, dns.Name)
	case errors.As(err, &dns):
		return describe("the name of the collector %s could not be looked up: %v", address, dns)
	case errors.Is(err, syscall.ECONNREFUSED):
		return describe("nothing listens at %s (connection refused): check that the collector runs and that the port is its port for agents", address)
	case errors.As(err, &record):
		return describe("what listens at %s speaks something else than TLS: check that the port is the collector's port for agents", address)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return describe("%s", clocks(invalid.Cert, address, now()))
	case errors.As(err, &name):
		return describe("the certificate of the collector at %s is for other names: %v. Reach it under one of its names, or add this one to its configuration", address, name)
	case errors.As(err, &unknown):
		return describe("the collector at %s shows a certificate that none of its known authorities vouches for: it is another collector, or something between here and there poses as it", address)
	case errors.As(err, &invalid):
		return describe("the certificate of the collector at %s cannot be trusted: %v", address, invalid)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return describe("the collector at %s did not answer in time: a firewall may be dropping what is sent there", address)
	}
	return describe("the collector at %s could not be reached: %v", address, err)
}

// clocks tells both clocks where a certificate does not hold now.
func clocks(c *x509.Certificate, address string, now time.Time) string {
	window := fmt.Sprintf("it holds from %s to %s, and this machine's clock says %s", clock(c.NotBefore), clock(c.NotAfter), clock(now))
	if now.Before(c.NotBefore) {
		return fmt.Sprintf("the certificate of the collector at %s is not valid yet: %s. Most likely this machine's clock is behind", address, window)
	}
	return fmt.Sprintf("the certificate of the collector at %s has expired: %s. Either this machine's clock is ahead or the collector has not renewed it", address, window)
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// sentence is an error in words for people that keeps its cause.
type sentence struct {
	text  string
	cause error
}

func (s *sentence) Error() string { return s.text }

func (s *sentence) Unwrap() error { return s.cause }

// answer passes on what a collector said, as it said it.
func answer(err error) (codes.Code, error) {
	s := status.Convert(err)
	return s.Code(), &sentence{text: s.Message(), cause: err}
}
