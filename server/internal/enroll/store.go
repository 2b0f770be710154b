// Package enroll turns a token into a device with a certificate of the collector's own CA.
package enroll

import (
	"context"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A Token lets a counted number of devices enrol until it expires.
type Token struct {
	ID          string
	SecretHash  []byte // SHA-256; the secret itself is shown once and kept nowhere
	Description string
	UsesTotal   int
	UsesLeft    int
	CreatedAt   time.Time
	CreatedBy   string
	ExpiresAt   time.Time
	RevokedAt   time.Time // zero while it is not revoked
	Group       string    // that devices are put into; empty leaves them where they are
}

// A Certificate is one that the CA gave to an agent.
type Certificate struct {
	Serial    string // hex
	AgentID   string
	KeyHash   []byte // SHA-256 of the public key it is for
	NotBefore time.Time
	NotAfter  time.Time
	IssuedAt  time.Time
}

// A Tx is what one enrolment reads and changes, all or nothing.
type Tx interface {
	Token(ctx context.Context, id string) (Token, error)
	// AgentByKey finds the agent that enrolled with a token and a key and was not
	// superseded; device.ErrNotFound if there is none.
	AgentByKey(ctx context.Context, tokenID string, keyHash []byte) (device.Device, error)
	// UseToken takes one use; false says that none is left.
	UseToken(ctx context.Context, id string) (bool, error)
	// DeviceByAnchor finds the device with this hardware; device.ErrNotFound if there is none.
	DeviceByAnchor(ctx context.Context, anchor string) (device.Device, error)
	// SaveEnrolment writes the device and its new agent; an agent it had is superseded.
	SaveEnrolment(ctx context.Context, d device.Device, tokenID string) error
	// SaveCertificate notes a certificate and makes it the one in force for its device.
	SaveCertificate(ctx context.Context, deviceID string, c Certificate) error
}

// Store is what enrolment and renewal need of the collector's store.
type Store interface {
	Enrolment(ctx context.Context, do func(Tx) error) error
	Device(ctx context.Context, id string) (device.Device, error)
}

// Tokens is where tokens are made and looked through.
type Tokens interface {
	CreateToken(ctx context.Context, t Token) error
	// RevokeToken ends a token; device.ErrNotFound if there is none.
	RevokeToken(ctx context.Context, id string, at time.Time) error
	Tokens(ctx context.Context) ([]Token, error)
}
