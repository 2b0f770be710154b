// Package session says who is signed in: users with one role each, one-time
// codes that open a session, and sessions that end by themselves.
//
// Codes and tokens are random and kept only as hashes: whoever reads the
// database can sign in as nobody.
package session

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// How long a code can be used, and how long a session lasts.
const (
	CodeLife    = 10 * time.Minute
	SessionLife = 12 * time.Hour
)

// A User is a person, with what they may do.
type User struct {
	Name      string
	Role      alert.Role
	CreatedAt time.Time
}

// A Session is a person signed in.
type Session struct {
	User      User
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Actor is the person of a session, as decisions name them.
func (s Session) Actor() alert.Actor { return alert.Actor{Name: s.User.Name, Role: s.User.Role} }

// Why somebody is not let in.
var (
	ErrCode    = errors.New("this sign-in code is unknown, used already, or older than 10 minutes; ask for a new link (farmwatch-server user link NAME)")
	ErrSession = errors.New("you are not signed in, or your session ended")
	ErrTaken   = errors.New("there is a user of this name already")
	ErrNoUser  = errors.New("there is no user of this name; make one with: farmwatch-server user create NAME --role admin|analyst|auditor")
)

// A Store keeps users, codes and sessions. What a method does is one
// transaction, together with its audit record where it is a decision.
type Store interface {
	CreateUser(ctx context.Context, u User) error // ErrTaken
	User(ctx context.Context, name string) (User, error)
	AddCode(ctx context.Context, hash, user string, createdAt, expiresAt time.Time) error // ErrNoUser
	// RedeemCode marks a code used and stores the session it opens; ErrCode.
	RedeemCode(ctx context.Context, codeHash, sessionHash string, at, expiresAt time.Time) (User, error)
	Session(ctx context.Context, hash string, at time.Time) (Session, error) // ErrSession
	EndSession(ctx context.Context, hash string, at time.Time) error
}

// Service opens, finds and ends sessions.
type Service struct {
	store  Store
	now    func() time.Time
	random io.Reader
}

// NewService makes a Service. Randomness must be a cryptographic source.
func NewService(store Store, now func() time.Time, random io.Reader) *Service {
	return &Service{store: store, now: now, random: random}
}

// A name is what a log and a timeline can show without surprise.
var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// CreateUser makes a user without a way in yet: Invite gives one.
func (s *Service) CreateUser(ctx context.Context, name string, role string) (User, error) {
	if !nameForm.MatchString(name) {
		return User{}, fmt.Errorf("%q is no user name: use 1 to 64 small letters, digits, and . _ @ -", name)
	}
	r, err := alert.ParseRole(role)
	if err != nil {
		return User{}, err
	}
	u := User{Name: name, Role: r, CreatedAt: s.now().UTC()}
	return u, s.store.CreateUser(ctx, u)
}

// Invite makes a one-time code for a user and tells when it ends.
func (s *Service) Invite(ctx context.Context, name string) (code string, until time.Time, err error) {
	code, err = s.secret(20)
	if err != nil {
		return "", time.Time{}, err
	}
	now := s.now().UTC()
	until = now.Add(CodeLife)
	return code, until, s.store.AddCode(ctx, hash(code), name, now, until)
}

// SignIn exchanges a code for a session and its token.
func (s *Service) SignIn(ctx context.Context, code string) (Session, string, error) {
	token, err := s.secret(32)
	if err != nil {
		return Session{}, "", err
	}
	now := s.now().UTC()
	until := now.Add(SessionLife)
	u, err := s.store.RedeemCode(ctx, hash(strings.TrimSpace(code)), hash(token), now, until)
	if err != nil {
		return Session{}, "", err
	}
	return Session{User: u, CreatedAt: now, ExpiresAt: until}, token, nil
}

// Find gives the session of a token, or ErrSession.
func (s *Service) Find(ctx context.Context, token string) (Session, error) {
	if token == "" {
		return Session{}, ErrSession
	}
	return s.store.Session(ctx, hash(token), s.now().UTC())
}

// SignOut ends the session of a token. One that ended already is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	if token == "" {
		return nil
	}
	err := s.store.EndSession(ctx, hash(token), s.now().UTC())
	if errors.Is(err, ErrSession) {
		return nil
	}
	return err
}

func (s *Service) secret(bytes int) (string, error) {
	b := make([]byte, bytes)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// hash needs no salt: what it hashes is random and long.
func hash(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

// Link is what a person opens to sign in. The code stands behind the #, which
// browsers never send: it cannot end up in a proxy's log.
func Link(console, code string) string {
	return strings.TrimSuffix(console, "/") + "/sign-in#code=" + code
}
