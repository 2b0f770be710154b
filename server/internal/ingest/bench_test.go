package ingest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/bundle"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/ingest"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// A bench is a collector on loopback, over real TLS, with its store on disk.
type bench struct {
	testing.TB
	folder    string
	store     *store.SQLite
	authority *enroll.Authority
	server    *ingest.Server
	address   string
	options   ingest.Options

	mu     sync.Mutex
	offset time.Duration // of the collector's clock from the real one
	woken  map[string]int
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Add(b.offset)
}

func (b *bench) move(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.offset += d
}

func (b *bench) notify(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.woken[id]++
}

func (b *bench) wakes(id string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.woken[id]
}

// newBench starts a collector. edit may change what it is made of.
func newBench(t testing.TB, edit ...func(*ingest.Options)) *bench {
	return newBenchBehind(t, nil, edit...)
}

// newBenchBehind starts a collector behind load balancers.
func newBenchBehind(t testing.TB, proxies []netip.Prefix, edit ...func(*ingest.Options)) *bench {
	b := &bench{TB: t, folder: t.TempDir(), woken: make(map[string]int)}
	var err error
	if b.store, err = store.Open(context.Background(), filepath.Join(b.folder, "farmwatch.db")); err != nil {
		t.Fatal(err)
	}
	if b.authority, err = enroll.OpenAuthority(b.folder, b.now, rand.Reader); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	enrolment := enroll.NewService(enroll.Options{Authority: b.authority, Store: b.store, PseudonymKey: make([]byte, 32), Now: b.now, Random: rand.Reader, Log: log})
	signer, err := b.authority.OpenSigner(b.folder)
	if err != nil {
		t.Fatal(err)
	}
	b.options = ingest.Options{Store: b.store, Verifier: b.authority, Renewer: enrolment, Bundles: bundle.NewMaker(b.store, signer, b.now), Notify: b.notify, Now: b.now, Limits: ingest.DefaultLimits(), Log: log}
	for _, e := range edit {
		e(&b.options)
	}
	b.server = ingest.NewServer(b.options)
	listener := ingest.Listener(ingest.Door{TLS: b.authority.ServerTLS(nil), Proxies: proxies, Now: b.now, Log: log}, b.options.Limits)
	agentv1.RegisterAgentServiceServer(listener, b.server)
	agentv1.RegisterEnrollmentServiceServer(listener, enrolment)
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.address = socket.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { b.server.Run(ctx) })
	running.Go(func() { _ = listener.Serve(socket) })
	t.Cleanup(func() {
		listener.Stop()
		cancel()
		running.Wait()
		_ = b.store.Close()
	})
	return b
}

// An agent is one enrolled installation as the wire sees it.
type agent struct {
	*bench
	id, agentID string
	key         *ecdsa.PrivateKey
	certificate []byte
	client      agentv1.AgentServiceClient
}

// dial opens a connection, with a certificate where there is one.
func (b *bench) dial(certificate []byte, key *ecdsa.PrivateKey, options ...grpc.DialOption) *grpc.ClientConn {
	b.Helper()
	roots := x509.NewCertPool()
	for _, der := range b.authority.Certificates() {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			b.Fatal(err)
		}
		roots.AddCert(c)
	}
	config := &tls.Config{RootCAs: roots, Time: b.now}
	if certificate != nil {
		config.Certificates = []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}
	}
	connection, err := grpc.NewClient(b.address, append(options, grpc.WithTransportCredentials(credentials.NewTLS(config)))...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = connection.Close() })
	return connection
}

// enrol enrols a device over the wire.
func (b *bench) enrol(anchor string, options ...grpc.DialOption) *agent {
	b.Helper()
	a := &agent{bench: b}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		b.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, a.key)
	if err != nil {
		b.Fatal(err)
	}
	_, text, err := b.authority.CreateToken(context.Background(), b.store, enroll.TokenRequest{Uses: 1, TTL: time.Hour, CreatedBy: "test"})
	if err != nil {
		b.Fatal(err)
	}
	response, err := agentv1.NewEnrollmentServiceClient(b.dial(nil, nil, options...)).Enroll(context.Background(), &agentv1.EnrollRequest{
		Token: text, Csr: csr, AgentTime: timestamppb.New(b.now()), Host: &agentv1.Host{Name: anchor, HardwareAnchor: anchor}})
	if err != nil {
		b.Fatal(err)
	}
	a.id, a.agentID, a.certificate = response.GetDeviceId(), response.GetAgentId(), response.GetCertificate()
	a.client = agentv1.NewAgentServiceClient(b.dial(a.certificate, a.key, options...))
	return a
}

// A stream is one Report call.
type stream struct {
	*agent
	wire grpc.BidiStreamingClient[agentv1.ReportRequest, agentv1.ReportResponse]
}

// call opens a stream and says nothing yet.
func (a *agent) call() *stream {
	a.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	a.Cleanup(cancel)
	wire, err := a.client.Report(ctx)
	if err != nil {
		a.Fatal(err)
	}
	return &stream{a, wire}
}

// hello opens a stream, greets, and wants to hear an acknowledged number.
func (a *agent) hello(epoch string, acked uint64) *stream {
	a.Helper()
	s := a.call()
	s.send(hello(epoch, a.now()))
	welcome := s.recv().GetWelcome()
	if welcome == nil || welcome.GetAckedSeq() != acked {
		a.Fatalf("welcome %v, want %d acknowledged", welcome, acked)
	}
	return s // the bundle that follows is for those who ask for it
}

func hello(epoch string, at time.Time) *agentv1.ReportRequest {
	return &agentv1.ReportRequest{Message: &agentv1.ReportRequest_Hello{
		Hello: &agentv1.Hello{Epoch: epoch, BootId: "boot", AgentVersion: "1.2.3", AgentTime: timestamppb.New(at)}}}
}

// send sends; an error of the stream shows itself when receiving.
func (s *stream) send(messages ...*agentv1.ReportRequest) {
	s.Helper()
	for _, m := range messages {
		if err := s.wire.Send(m); err != nil && !errors.Is(err, io.EOF) {
			s.Fatal(err)
		}
	}
}

func (s *stream) recv() *agentv1.ReportResponse {
	s.Helper()
	m, err := s.wire.Recv()
	if err != nil {
		s.Fatal(err)
	}
	return m
}

// acked receives until everything up to seq is acknowledged.
func (s *stream) acked(seq uint64) {
	s.Helper()
	for {
		m := s.recv()
		switch ack := m.GetAck(); {
		case m.GetBundle() != nil:
		case ack == nil:
			s.Fatalf("got %v, want an acknowledgement of %d", m, seq)
		case ack.GetSeq() == seq:
			return
		case ack.GetSeq() > seq:
			s.Fatalf("%d is acknowledged, sent were %d", ack.GetSeq(), seq)
		}
	}
}

// ends receives until the stream ends and wants a code and words.
func (s *stream) ends(code codes.Code, words string) {
	s.Helper()
	for {
		_, err := s.wire.Recv()
		if err == nil {
			continue
		}
		if status.Code(err) != code || !strings.Contains(status.Convert(err).Message(), words) {
			s.Fatalf("the stream ended with %v, want %s and %q", err, code, words)
		}
		return
	}
}

func entry(seq uint64, r finding.Report) *agentv1.ReportRequest {
	wire, err := proto.Marshal(finding.ToWire(r))
	if err != nil {
		return nil
	}
	return raw(seq, wire)
}

func raw(seq uint64, wire []byte) *agentv1.ReportRequest {
	return &agentv1.ReportRequest{Message: &agentv1.ReportRequest_Entry{Entry: &agentv1.Entry{Seq: seq, Report: wire}}}
}

func gap(from, to uint64, reason string) *agentv1.ReportRequest {
	return &agentv1.ReportRequest{Message: &agentv1.ReportRequest_Gap{Gap: &agentv1.Gap{From: from, To: to, Reason: reason}}}
}

func heartbeat(at time.Time) *agentv1.ReportRequest {
	return &agentv1.ReportRequest{Message: &agentv1.ReportRequest_Heartbeat{Heartbeat: &agentv1.Heartbeat{AgentTime: timestamppb.New(at)}}}
}

// report is one with a finding, at a time of the device's clock.
func report(uid string, at time.Time) finding.Report {
	return finding.Report{At: at, Findings: []finding.Finding{{UID: uid, Rule: "kvm.scsi_inquiry", Title: "A title", Status: finding.Open,
		Severity: finding.SeverityHigh, Confidence: finding.ConfidenceMedium, FirstSeen: at, LastSeen: at,
		Evidence: []finding.Observation{{Class: "usb_devices", UID: "row", Columns: map[string]string{"port": "1-1"}}}}}}
}

// look reads one moment of the store.
func look[T any](b *bench, read func(*store.Tx) (T, error)) T {
	b.Helper()
	var seen T
	err := b.store.Read(context.Background(), func(t *store.Tx) error {
		var err error
		seen, err = read(t)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return seen
}

func (a *agent) stored(epoch string) int {
	return look(a.bench, func(t *store.Tx) (int, error) { return t.CountEntries(context.Background(), a.id, epoch) })
}

func (a *agent) gaps() []device.Gap {
	return look(a.bench, func(t *store.Tx) ([]device.Gap, error) { return t.Gaps(context.Background(), a.id) })
}
