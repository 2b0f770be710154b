package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// TestKill kills the collector at random moments while an agent sends, starts
// it again, and finds every acknowledged entry there once, with its own bytes.
func TestKill(t *testing.T) {
	state := t.TempDir()
	a := &killAgent{T: t, random: rand.New(rand.NewPCG(3, 9))}
	a.enrol(state)
	for range kills {
		c := start(t, state)
		life := time.Duration(a.random.IntN(150)) * time.Millisecond
		a.sendUntil(c.address, time.AfterFunc(life, c.kill))
		c.kill()
	}
	c := start(t, state) // once more, to see what the last one left
	a.sendUntil(c.address, time.AfterFunc(200*time.Millisecond, c.kill))
	c.kill()
	a.compare(state)
}

// A victim is a collector in a process of its own.
type victim struct {
	command *exec.Cmd
	address string
	once    sync.Once
}

func (v *victim) kill() {
	v.once.Do(func() {
		_ = v.command.Process.Kill()
		_ = v.command.Wait()
	})
}

// start starts a collector and waits until it is ready.
func start(t *testing.T, state string) *victim {
	t.Helper()
	var log buffer
	v := &victim{command: exec.Command(os.Args[0], "serve", "--state", state, "--agents", "127.0.0.1:0", "--console", "127.0.0.1:0")}
	v.command.Env = append(os.Environ(), serveInside+"=1")
	v.command.Stderr = &log
	if err := v.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.kill)
	ready := regexp.MustCompile(`agents\.address=(\S+)`)
	for range 3000 {
		if found := ready.FindStringSubmatch(log.String()); found != nil {
			v.address = found[1]
			return v
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the collector is not ready: %s", log.String())
	return nil
}

// A killAgent sends numbered entries and remembers what was acknowledged.
type killAgent struct {
	*testing.T
	random      *rand.Rand
	id          string
	credentials credentials.TransportCredentials

	acked uint64
}

// enrol enrols with a token made on the command line.
func (a *killAgent) enrol(state string) {
	c := start(a.T, state)
	defer c.kill()
	_, token, _ := run(a.T, "token", "create", "--state", state, "--quiet")
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		a.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(crand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		a.Fatal(err)
	}
	roots := x509.NewCertPool()
	authority, err := os.ReadFile(filepath.Join(state, "ca.pem"))
	if err != nil || !roots.AppendCertsFromPEM(authority) {
		a.Fatalf("read the authority: %v", err)
	}
	connection, err := grpc.NewClient(c.address, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: roots})))
	if err != nil {
		a.Fatal(err)
	}
	defer connection.Close()
	r, err := agentv1.NewEnrollmentServiceClient(connection).Enroll(a.Context(), &agentv1.EnrollRequest{Token: token, Csr: csr, AgentTime: timestamppb.Now()})
	if err != nil {
		a.Fatal(err)
	}
	a.id = r.GetDeviceId()
	own := tls.Certificate{Certificate: [][]byte{r.GetCertificate()}, PrivateKey: key}
	a.credentials = credentials.NewTLS(&tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}})
}

// sendUntil sends until the collector dies. Death is set off by the timer.
func (a *killAgent) sendUntil(address string, death *time.Timer) {
	defer death.Stop()
	ctx, cancel := context.WithTimeout(a.Context(), time.Minute)
	defer cancel()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(a.credentials))
	if err != nil {
		a.Fatal(err)
	}
	defer connection.Close()
	stream, err := agentv1.NewAgentServiceClient(connection).Report(ctx)
	if err != nil {
		return // it died before the handshake ended
	}
	_ = stream.Send(&agentv1.ReportRequest{Message: &agentv1.ReportRequest_Hello{Hello: &agentv1.Hello{Epoch: "e1", AgentTime: timestamppb.Now()}}})
	first, err := stream.Recv()
	if err != nil {
		return
	}
	next := first.GetWelcome().GetAckedSeq() + 1
	if next <= a.acked {
		a.Fatalf("%d was acknowledged before the kill and only up to %d is there after it", a.acked, next-1)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for ; ; next++ {
			if stream.Send(killEntry(next)) != nil {
				return
			}
		}
	}()
	for {
		m, err := stream.Recv()
		if err != nil {
			break
		}
		a.acked = max(a.acked, m.GetAck().GetSeq())
	}
	cancel()
	<-sent
}

// killEntry is always the same for one number.
func killEntry(seq uint64) *agentv1.ReportRequest {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(seq) * time.Millisecond)
	wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(finding.ToWire(finding.Report{At: at, Findings: []finding.Finding{{
		UID: fmt.Sprint("f", seq%7), Rule: "kvm.scsi_inquiry", Status: finding.Open, Severity: finding.SeverityHigh,
		Confidence: finding.ConfidenceHigh, FirstSeen: at, LastSeen: at}}}))
	if err != nil {
		return nil
	}
	return &agentv1.ReportRequest{Message: &agentv1.ReportRequest_Entry{Entry: &agentv1.Entry{Seq: seq, Report: wire}}}
}

// compare looks at what is on the disk.
func (a *killAgent) compare(state string) {
	s, err := store.Open(a.Context(), filepath.Join(state, "farmwatch.db"))
	if err != nil {
		a.Fatal(err)
	}
	defer s.Close()
	err = s.Read(a.Context(), func(tx *store.Tx) error {
		entries, err := tx.Entries(a.Context(), a.id, "e1", 0, 1<<30)
		if err != nil {
			return err
		}
		a.compareEntries(entries)
		gaps, err := tx.Gaps(a.Context(), a.id)
		if len(gaps) != 0 {
			a.Errorf("gaps %v", gaps)
		}
		return err
	})
	if err != nil {
		a.Error(err)
	}
}

func (a *killAgent) compareEntries(entries []device.Entry) {
	if uint64(len(entries)) < a.acked || a.acked == 0 {
		a.Errorf("%d entries are stored, %d were acknowledged", len(entries), a.acked)
	}
	for i, e := range entries {
		if want := killEntry(uint64(i + 1)).GetEntry(); e.Seq != want.GetSeq() || string(e.Wire) != string(want.GetReport()) {
			a.Fatalf("entry %d is stored as number %d with other bytes", want.GetSeq(), e.Seq)
		}
	}
	a.Logf("%d kills, %d entries acknowledged, %d stored", kills, a.acked, len(entries))
}
