package enroll

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// clockTolerance is how far a device's clock may be off when it enrols. Beyond
// it, its first reports would stand at the wrong time.
const clockTolerance = 10 * time.Minute

// Options are what a Service is made of.
type Options struct {
	Authority    *Authority
	Store        Store
	PseudonymKey []byte
	Now          func() time.Time
	Random       io.Reader
	Log          *slog.Logger
}

// A Service enrols devices and renews their certificates.
type Service struct {
	agentv1.UnimplementedEnrollmentServiceServer
	Options
	brake *brake
}

// NewService makes a service.
func NewService(o Options) *Service { return &Service{Options: o, brake: newBrake()} }

// Enroll turns a token into a device certificate.
func (s *Service) Enroll(ctx context.Context, r *agentv1.EnrollRequest) (*agentv1.EnrollResponse, error) {
	from := addressOf(ctx)
	if wait := s.brake.wait(from, s.Now()); wait > 0 {
		return nil, status.Errorf(codes.ResourceExhausted, "too many enrolments from this address were refused; try again in %s", wait)
	}
	response, again, err := s.enroll(ctx, r)
	if again { // an answer is lost now and then; who asks without end has certificates signed without end
		s.brake.refused(from, s.Now())
	}
	switch code := status.Code(err); {
	case err == nil:
		s.Log.InfoContext(ctx, "device enrolled", "device.id", response.GetDeviceId(), "agent.id", response.GetAgentId())
		return response, nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil, status.FromContextError(err).Err()
	case code == codes.Unknown:
		s.Log.ErrorContext(ctx, "enrolment broke", "error", err)
		return nil, status.Error(codes.Unavailable, "the collector could not store the enrolment; its log says why. Try again later: the token was not used")
	default:
		s.brake.refused(from, s.Now())
		s.Log.WarnContext(ctx, "enrolment refused", "reason", status.Convert(err).Message(), "net.peer", from.String())
		return nil, err
	}
}

// enroll says also whether the agent had its seat before.
func (s *Service) enroll(ctx context.Context, r *agentv1.EnrollRequest) (response *agentv1.EnrollResponse, again bool, err error) {
	id, secret, err := splitToken(r.GetToken())
	if err != nil {
		return nil, false, status.Error(codes.InvalidArgument, err.Error())
	}
	request, err := readRequest(r.GetCsr())
	if err != nil {
		return nil, false, err
	}
	response = &agentv1.EnrollResponse{Authorities: s.Authority.Certificates(), PseudonymKey: s.PseudonymKey, CollectorTime: timestamppb.New(s.Now())}
	err = s.Store.Enrolment(ctx, func(tx Tx) error {
		t, err := s.admit(ctx, tx, id, secret, r.GetAgentTime())
		if err != nil {
			return err
		}
		var d device.Device
		d, again, err = s.seat(ctx, tx, t, request, r.GetHost())
		if err != nil {
			return err
		}
		der, certificate, err := s.Authority.Sign(request, d.ID, d.AgentID)
		if err != nil {
			return err
		}
		response.DeviceId, response.AgentId, response.Certificate = d.ID, d.AgentID, der
		return tx.SaveCertificate(ctx, d.ID, certificate)
	})
	if err != nil {
		return nil, false, err
	}
	return response, again, nil
}

// admit judges the token. What one is worth is told only to who knows its secret.
func (s *Service) admit(ctx context.Context, tx Tx, id, secret string, agentTime *timestamppb.Timestamp) (Token, error) {
	t, err := tx.Token(ctx, id)
	if err != nil && !errors.Is(err, device.ErrNotFound) {
		return t, err
	}
	return t, s.judge(t, err == nil, id, secret, agentTime)
}

func (s *Service) judge(t Token, known bool, id, secret string, agentTime *timestamppb.Timestamp) error {
	now := s.Now()
	switch {
	case !known || !t.matches(secret):
		return status.Error(codes.Unauthenticated, "the collector knows no such token: make one with \"farmwatch-server token create\" on this collector")
	case t.State(now) == "revoked":
		return status.Errorf(codes.PermissionDenied, "token %s was revoked at %s: ask for a new one", id, clock(t.RevokedAt))
	case t.State(now) == "expired":
		return status.Errorf(codes.PermissionDenied, "token %s has expired: it expired at %s, and the collector's clock says %s", id, clock(t.ExpiresAt), clock(now))
	case !agentTime.IsValid():
		return status.Error(codes.InvalidArgument, "the request does not say what this device's clock says")
	case agentTime.AsTime().Sub(now).Abs() > clockTolerance:
		return status.Errorf(codes.FailedPrecondition, "your clock says %s, the collector's says %s: set the clock and try again", clock(agentTime.AsTime()), clock(now))
	}
	return nil
}

// seat takes one use of the token for a device and its new agent. An agent that
// asks again with the key it had, since the answer was lost on the way, gets
// its seat and takes no second use.
func (s *Service) seat(ctx context.Context, tx Tx, t Token, request *x509.CertificateRequest, h *agentv1.Host) (d device.Device, again bool, err error) {
	d, err = tx.AgentByKey(ctx, t.ID, keyHash(request))
	if err == nil || !errors.Is(err, device.ErrNotFound) {
		return d, err == nil, err
	}
	used, err := tx.UseToken(ctx, t.ID)
	if err == nil && !used {
		err = status.Errorf(codes.PermissionDenied, "token %s is used up: all its %d uses are taken; ask for a new one", t.ID, t.UsesTotal)
	}
	if err != nil {
		return d, false, err
	}
	if d, err = s.place(ctx, tx, h); err != nil {
		return d, false, err
	}
	if t.Group != "" {
		d.Group = t.Group
	}
	return d, false, tx.SaveEnrolment(ctx, d, t.ID)
}

// place finds the device with this hardware or makes a new one, and gives it a new agent.
func (s *Service) place(ctx context.Context, tx Tx, h *agentv1.Host) (device.Device, error) {
	anchor := plain(h.GetHardwareAnchor())
	d, err := tx.DeviceByAnchor(ctx, anchor)
	if anchor == "" || errors.Is(err, device.ErrNotFound) {
		d = device.Device{Anchor: anchor}
		d.ID, err = s.newID()
	}
	if err != nil {
		return d, err
	}
	if d.AgentID, err = s.newID(); err != nil {
		return d, err
	}
	d.Name, d.OS, d.OSVersion, d.Arch, d.AgentVersion = plain(h.GetName()), plain(h.GetOs()), plain(h.GetOsVersion()), plain(h.GetArch()), plain(h.GetAgentVersion())
	if d.Name == "" {
		d.Name = "unnamed"
	}
	d.EnrolledAt, d.RemovedAt = s.Now(), time.Time{}
	return d, nil
}

func (s *Service) newID() (string, error) {
	id, err := uuid.NewRandomFromReader(s.Random)
	if err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	return id.String(), nil
}

// Renew gives the agent that reports for a device a fresh certificate. The old
// one holds until its end, so that an answer that is lost on the way locks nobody out.
func (s *Service) Renew(ctx context.Context, d device.Device, csr []byte) (*agentv1.RenewResponse, error) {
	request, err := readRequest(csr)
	if err != nil {
		return nil, err
	}
	der, certificate, err := s.Authority.Sign(request, d.ID, d.AgentID)
	if err != nil {
		return nil, err
	}
	if err := s.Store.Enrolment(ctx, func(tx Tx) error { return tx.SaveCertificate(ctx, d.ID, certificate) }); err != nil {
		return nil, fmt.Errorf("keep the renewed certificate of device %s: %w", d.ID, err)
	}
	s.Log.InfoContext(ctx, "certificate renewed", "device.id", d.ID, "certificate.not_after", certificate.NotAfter)
	return &agentv1.RenewResponse{Certificate: der, Authorities: s.Authority.Certificates()}, nil
}

// maxRequest is several times what a request for a P-256 key takes.
const maxRequest = 8 << 10

// readRequest reads a certificate request and checks that who asks holds its key.
func readRequest(der []byte) (*x509.CertificateRequest, error) {
	if len(der) == 0 || len(der) > maxRequest {
		return nil, status.Errorf(codes.InvalidArgument, "the certificate request has %d bytes; one has between 1 and %d", len(der), maxRequest)
	}
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "the certificate request is malformed: %v", err)
	}
	key, ok := request.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, status.Errorf(codes.InvalidArgument, "the certificate request is for a key of kind %s; want ECDSA P-256", request.PublicKeyAlgorithm)
	}
	if err := request.CheckSignature(); err != nil {
		return nil, status.Error(codes.InvalidArgument, "the certificate request is not signed by its own key")
	}
	return request, nil
}

// plain makes what a stranger says of itself fit to be shown: one line, of bounded length.
func plain(text string) string {
	line := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	if runes := []rune(line); len(runes) > maxText {
		line = string(runes[:maxText])
	}
	return strings.TrimSpace(line)
}

func addressOf(ctx context.Context) netip.Addr {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return netip.Addr{}
	}
	address, err := netip.ParseAddrPort(p.Addr.String())
	if err != nil {
		return netip.Addr{}
	}
	return address.Addr()
}
