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

// A paged message asks for one page of a list.
type paged interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
}

// A page is what was asked for of a list whose items have places.
type page[P any] struct {
	first bool   // there is none before it
	after P      // where the one before it ended
	size  int    // how many items it holds
	of    string // the question it is a page of
}

// readPage reads which page a request asks for. Strip empties its page fields.
func readPage[P any](m paged, strip func()) (p page[P], err error) {
	if p.size, err = pageSize(m.GetPageSize()); err != nil {
		return p, err
	}
	token := m.GetPageToken()
	if p.of, err = question(m, strip); err != nil {
		return p, err
	}
	p.first = token == ""
	p.after, err = decodePage[P](token, p.of)
	return p, err
}

// cutPage keeps the items that fit a page and gives the token of the next one,
// none at the end of the list. It needs one item more than fit to tell.
func cutPage[T, P any](p page[P], list []T, place func(T) P) ([]T, string, error) {
	if len(list) <= p.size {
		return list, "", nil
	}
	list = list[:p.size]
	next, err := encodePage(place(list[p.size-1]), p.of)
	return list, next, err
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
