package uplink

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

// authority is a certificate authority of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, from time.Time) authority {
	t.Helper()
	return sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: from.Add(-time.Hour), NotAfter: from.Add(20 * 365 * 24 * time.Hour),
	}, nil)
}

func sign(t testing.TB, template *x509.Certificate, by *authority) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(1)
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

func (a authority) token() string {
	return "fwt1-abcdefgh-" + strings.Repeat("s", secretLength) + "-" + pinOf(a.cert.Raw)
}

// collector is a collector in memory. Its store outlives its connections, as a disk does.
type collector struct {
	agentv1.UnimplementedAgentServiceServer
	agentv1.UnimplementedEnrollmentServiceServer
	ca   authority
	now  func() time.Time
	life time.Duration // of device certificates

	mu       sync.Mutex
	epochs   map[string]*epoch
	order    []string // epochs as they came
	poison   string   // an entry that holds it is refused
	hellos   atomic.Int64
	beats    atomic.Int64
	renewals atomic.Int64
	enrolled atomic.Int64
	refuse   error // every stream and enrolment
	lose     int   // answers to an enrolment that are lost on the way
	cutAfter int   // messages after which a stream is cut; 0 never
	noAcks   bool
	bundles  []*agentv1.SignedBundle // sent after each welcome
}

type epoch struct {
	acked   uint64
	entries []string // in the order they were stored
	gaps    []*agentv1.Gap
}

func newCollector(t testing.TB, now func() time.Time) *collector {
	return &collector{ca: newAuthority(t, now()), now: now, life: 30 * 24 * time.Hour, epochs: map[string]*epoch{}}
}

// serve answers on a listener under a certificate that holds for a while, until the test ends.
func (c *collector) serve(t testing.TB, l net.Listener, from, to time.Time, names ...string) *grpc.Server {
	t.Helper()
	template := &x509.Certificate{NotBefore: from, NotAfter: to, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	leaf := sign(t, template, &c.ca)
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS13, ClientAuth: tls.RequestClientCert, Time: c.now,
		Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.cert.Raw, c.ca.cert.Raw}, PrivateKey: leaf.key}},
	})), grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 20 * time.Second}))
	agentv1.RegisterAgentServiceServer(server, c)
	agentv1.RegisterEnrollmentServiceServer(server, c)
	go server.Serve(l)
	t.Cleanup(server.Stop)
	return server
}

func (c *collector) issue(csr []byte) ([]byte, error) {
	request, err := x509.ParseCertificateRequest(csr)
	if err != nil {
		return nil, err
	}
	return x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "device-1"},
		NotBefore: c.now().Add(-time.Minute), NotAfter: c.now().Add(c.life), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, c.ca.cert, request.PublicKey, c.ca.key)
}

func (c *collector) Enroll(_ context.Context, r *agentv1.EnrollRequest) (*agentv1.EnrollResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return nil, c.refuse
	}
	certificate, err := c.issue(r.GetCsr())
	if err != nil {
		return nil, err
	}
	if c.lose > 0 {
		c.lose--
		return nil, status.Error(codes.Unavailable, "the answer is lost on the way")
	}
	c.enrolled.Add(1)
	return &agentv1.EnrollResponse{
		DeviceId: "device-1", AgentId: "agent-1", Certificate: certificate, Authorities: [][]byte{c.ca.cert.Raw},
		PseudonymKey: make([]byte, 32), CollectorTime: timestamppb.New(c.now()),
	}, nil
}

func (c *collector) known(ctx context.Context) error {
	p, _ := peer.FromContext(ctx)
	certs := p.AuthInfo.(credentials.TLSInfo).State.PeerCertificates
	switch {
	case len(certs) == 0:
		return status.Error(codes.Unauthenticated, "no certificate came")
	case c.now().After(certs[0].NotAfter):
		return status.Error(codes.Unauthenticated, "this device's certificate ended: enrol the device again with a new token")
	}
	return nil
}

func (c *collector) Renew(ctx context.Context, r *agentv1.RenewRequest) (*agentv1.RenewResponse, error) {
	if err := c.known(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renewals.Add(1)
	certificate, err := c.issue(r.GetCsr())
	return &agentv1.RenewResponse{Certificate: certificate, Authorities: [][]byte{c.ca.cert.Raw}}, err
}

func (c *collector) Report(stream grpc.BidiStreamingServer[agentv1.ReportRequest, agentv1.ReportResponse]) error {
	if err := c.known(stream.Context()); err != nil {
		return err
	}
	m, err := stream.Recv()
	if err != nil {
		return err
	}
	welcome, e, err := c.hello(m.GetHello())
	if err != nil {
		return err
	}
	if err := stream.Send(&agentv1.ReportResponse{Message: &agentv1.ReportResponse_Welcome{Welcome: welcome}}); err != nil {
		return err
	}
	for _, b := range c.bundles {
		if err := stream.Send(&agentv1.ReportResponse{Message: &agentv1.ReportResponse_Bundle{Bundle: b}}); err != nil {
			return err
		}
	}
	for n := 1; ; n++ {
		m, err := stream.Recv()
		if err != nil {
			return err
		}
		answers, err := c.take(e, m)
		if err != nil {
			return err
		}
		c.mu.Lock()
		cut, silent := c.cutAfter > 0 && n%c.cutAfter == 0, c.noAcks
		c.mu.Unlock()
		if cut {
			return status.Error(codes.Unavailable, "cut")
		}
		for _, a := range answers {
			if silent {
				break
			}
			if err := stream.Send(a); err != nil {
				return err
			}
		}
	}
}

func (c *collector) hello(h *agentv1.Hello) (*agentv1.Welcome, *epoch, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return nil, nil, c.refuse
	}
	c.hellos.Add(1)
	e := c.epochs[h.GetEpoch()]
	if e == nil {
		e = &epoch{}
		c.epochs[h.GetEpoch()], c.order = e, append(c.order, h.GetEpoch())
	}
	return &agentv1.Welcome{CollectorTime: timestamppb.New(c.now()), AckedSeq: e.acked}, e, nil
}

// take stores a message once, demands that none is missing, and answers.
func (c *collector) take(e *epoch, m *agentv1.ReportRequest) ([]*agentv1.ReportResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var first, last uint64
	switch {
	case m.GetEntry() != nil:
		first, last = m.GetEntry().GetSeq(), m.GetEntry().GetSeq()
	case m.GetGap() != nil:
		first, last = m.GetGap().GetFrom(), m.GetGap().GetTo()
	default:
		c.beats.Add(1)
		return nil, nil
	}
	if first > e.acked+1 {
		return nil, status.Errorf(codes.FailedPrecondition, "number %d came after %d", first, e.acked)
	}
	if last <= e.acked {
		return nil, nil
	}
	if g := m.GetGap(); g != nil {
		e.gaps = append(e.gaps, g)
	} else if c.poison != "" && strings.Contains(string(m.GetEntry().GetReport()), c.poison) {
		return []*agentv1.ReportResponse{{Message: &agentv1.ReportResponse_Refusal{Refusal: &agentv1.Refusal{Seq: last, Reason: "poison"}}}}, nil
	} else {
		e.entries = append(e.entries, string(m.GetEntry().GetReport()))
	}
	e.acked = last
	return []*agentv1.ReportResponse{{Message: &agentv1.ReportResponse_Ack{Ack: &agentv1.Ack{Seq: last}}}}, nil
}

// stored are all entries of all epochs, in the order they came.
func (c *collector) stored() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, name := range c.order {
		all = append(all, c.epochs[name].entries...)
	}
	return all
}

func (c *collector) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// agent enrols with a collector over loopback.
func (c *collector) agent(t testing.TB, l net.Listener) Identity {
	t.Helper()
	identity, err := Enroll(t.Context(), EnrollConfig{Server: l.Addr().String(), Token: c.ca.token(), Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func loopback(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}
