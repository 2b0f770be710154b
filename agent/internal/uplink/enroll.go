package uplink

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

const enrolTries = 3

// Host says what is being enrolled: attributes, never identity.
type Host struct {
	Name         string
	OS           string
	OSVersion    string
	Arch         string
	AgentVersion string
	Anchor       string // hash of the hardware's identity, so that a re-image stays the same device
}

// EnrollConfig says where to enrol, by what right, and as whom.
type EnrollConfig struct {
	Server string // host or host:port of the collector
	Token  string // as the collector printed it
	Host   Host
	Now    func() time.Time
	Random io.Reader // for the key; nil is the system's
	Dial   DialFunc
}

// Enroll turns a token into an identity. Its errors are sentences for whoever
// is installing the agent. Nothing is sent before the collector has shown the
// authority that the token names.
func Enroll(ctx context.Context, c EnrollConfig) (Identity, error) {
	token, err := ParseToken(c.Token)
	if err != nil {
		return Identity{}, err
	}
	address, host, err := splitServer(c.Server)
	if err != nil {
		return Identity{}, err
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	authority, err := authorityByPin(ctx, c.Dial, address, host, token.pin, c.Now)
	if err != nil {
		return Identity{}, err
	}
	key, request, err := newRequest(c.Random)
	if err != nil {
		return Identity{}, err
	}
	link, err := connect(c.Dial, address, trust(host, []*x509.Certificate{authority}, c.Now), c.Now)
	if err != nil {
		return Identity{}, err
	}
	defer func() { _ = link.Close() }() // how it hangs up does not matter
	response, err := enrol(ctx, link, &agentv1.EnrollRequest{Token: token.text, Csr: request, Host: c.Host.wire()}, c.Now)
	if err != nil {
		return Identity{}, err
	}
	identity := Identity{Server: address, DeviceID: response.GetDeviceId(), AgentID: response.GetAgentId(), Key: key, PseudonymKey: response.GetPseudonymKey()}
	return identity, identity.complete(response)
}

// complete takes the rest of the answer, and refuses half an identity.
func (i *Identity) complete(r *agentv1.EnrollResponse) error {
	if i.DeviceID == "" || i.AgentID == "" || len(i.PseudonymKey) != 32 {
		return fmt.Errorf("the collector at %s enrolled this device without giving it all of its identity", i.Server)
	}
	if err := i.adopt(r.GetCertificate(), r.GetAuthorities()); err != nil {
		return fmt.Errorf("the collector at %s gave this device an identity that does not hold: %w", i.Server, err)
	}
	return nil
}

// enrol asks, and asks again with the same key when the answer was lost on the
// way: the collector then gives the same seat and takes no second use of the token.
func enrol(ctx context.Context, l *link, r *agentv1.EnrollRequest, now func() time.Time) (*agentv1.EnrollResponse, error) {
	for try := 1; ; try++ {
		r.AgentTime = timestamppb.New(now())
		call, cancel := context.WithTimeout(ctx, 2*dialTimeout)
		response, err := agentv1.NewEnrollmentServiceClient(l).Enroll(call, r)
		cancel()
		if err == nil {
			return response, nil
		}
		if code, _ := answer(err); code != codes.Unavailable || try == enrolTries || ctx.Err() != nil {
			return nil, l.explain(err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// newRequest makes a key and the request for its certificate.
func newRequest(random io.Reader) (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key for this device: %w", err)
	}
	request, err := x509.CreateCertificateRequest(random, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, nil, fmt.Errorf("make a certificate request for this device: %w", err)
	}
	return key, request, nil
}

func (h Host) wire() *agentv1.Host {
	return &agentv1.Host{
		Name: h.Name, Os: h.OS, OsVersion: h.OSVersion, Arch: h.Arch,
		AgentVersion: h.AgentVersion, HardwareAnchor: h.Anchor,
	}
}
