package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"

	"google.golang.org/protobuf/proto"
)

// Bounds of a page.
const (
	usualPage   = 50
	largestPage = 1000
)

// pageSize coerces what was asked for; only a negative size is a mistake.
func pageSize(asked int32) (int, error) {
	switch {
	case asked < 0:
		return 0, invalid("page_size is %d; it cannot be below zero", asked)
	case asked == 0:
		return usualPage, nil
	}
	return min(int(asked), largestPage), nil
}

// A bookmark is what a page token holds: where the page ended, and of which
// question it was a page.
type bookmark[P any] struct {
	Place P      `json:"p"`
	Of    string `json:"q"`
}

// question names a request without its page, so that a token cannot be used for another.
func question(r proto.Message, strip func()) (string, error) {
	strip()
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(r)
	if err != nil {
		return "", err
	}
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:8]), nil
}

func encodePage[P any](place P, of string) (string, error) {
	text, err := json.Marshal(bookmark[P]{place, of})
	return base64.RawURLEncoding.EncodeToString(text), err
}

func decodePage[P any](token, of string) (P, error) {
	var b bookmark[P]
	if token == "" {
		return b.Place, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(text, &b) != nil {
		return b.Place, invalid("page_token is not one that this server gave")
	}
	if b.Of != of {
		return b.Place, invalid("page_token belongs to another question; ask again from the first page")
	}
	return b.Place, nil
}
