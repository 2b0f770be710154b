package enroll

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// A token reads fwt1-<id>-<secret>-<pin>, in lower-case base32.
const (
	tokenPrefix  = "fwt1"
	idLength     = 8
	secretLength = 26 // 130 bits
)

// Bounds of a token. A longer life or more uses are better served by a second token.
const (
	MaxUses = 100_000
	MaxTTL  = 365 * 24 * time.Hour
	maxText = 200
)

// A TokenRequest is what somebody wants a token for.
type TokenRequest struct {
	Uses        int
	TTL         time.Duration
	Description string
	CreatedBy   string
	Group       string // that devices are put into, if any
}

// Validate says in words what is wrong with a request.
func (r TokenRequest) Validate() error {
	switch {
	case r.Uses < 1 || r.Uses > MaxUses:
		return fmt.Errorf("a token has between 1 and %d uses, not %d", MaxUses, r.Uses)
	case r.TTL < time.Minute || r.TTL > MaxTTL:
		return fmt.Errorf("a token lives between a minute and 365 days, not %s", r.TTL)
	case len(r.Description) > maxText:
		return fmt.Errorf("a token's description has at most %d bytes, not %d", maxText, len(r.Description))
	}
	return nil
}

// NewToken makes a token and its text. The text holds the secret and is shown
// once; the token holds the secret's hash and is what the store keeps.
func (a *Authority) NewToken(r TokenRequest) (Token, string, error) {
	if err := r.Validate(); err != nil {
		return Token{}, "", err
	}
	id, err := a.letters(idLength)
	if err != nil {
		return Token{}, "", err
	}
	secret, err := a.letters(secretLength)
	if err != nil {
		return Token{}, "", err
	}
	now := a.now()
	t := Token{
		ID: id, SecretHash: hashSecret(secret), Description: r.Description, UsesTotal: r.Uses, UsesLeft: r.Uses,
		CreatedAt: now, CreatedBy: r.CreatedBy, ExpiresAt: now.Add(r.TTL), Group: r.Group,
	}
	return t, strings.Join([]string{tokenPrefix, id, secret, a.Pin()}, "-"), nil
}

// CreateToken makes a token and keeps it.
func (a *Authority) CreateToken(ctx context.Context, tokens Tokens, r TokenRequest) (Token, string, error) {
	t, text, err := a.NewToken(r)
	if err != nil {
		return t, "", err
	}
	return t, text, tokens.CreateToken(ctx, t)
}

// letters draws n letters of base32, five random bits each.
func (a *Authority) letters(n int) (string, error) {
	drawn := make([]byte, (n*5+7)/8)
	if _, err := io.ReadFull(a.random, drawn); err != nil {
		return "", fmt.Errorf("draw a token: %w", err)
	}
	return lowerBase32.EncodeToString(drawn)[:n], nil
}

// hashSecret needs no salt and no slowness: the secret is 130 random bits.
func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// matches compares in a time that tells nothing of the secret.
func (t Token) matches(secret string) bool {
	return subtle.ConstantTimeCompare(t.SecretHash, hashSecret(secret)) == 1
}

var errTokenShape = errors.New("this is not an enrolment token: one reads fwt1-…-…-…, in one piece, as the collector showed it")

// splitToken takes a token's text apart.
func splitToken(text string) (id, secret string, err error) {
	parts := strings.Split(strings.TrimSpace(text), "-")
	if len(parts) != 4 || parts[0] != tokenPrefix {
		return "", "", errTokenShape
	}
	for i, want := range []int{len(tokenPrefix), idLength, secretLength, pinLength} {
		if len(parts[i]) != want {
			return "", "", errTokenShape
		}
	}
	return parts[1], parts[2], nil
}

// State says in one word whether a token still lets devices in.
func (t Token) State(now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked"
	case !now.Before(t.ExpiresAt):
		return "expired"
	case t.UsesLeft == 0:
		return "used up"
	}
	return "open"
}
