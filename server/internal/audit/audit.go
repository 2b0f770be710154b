// Package audit is the record of what people decided: append-only, and a Merkle
// tree over it, so that a record changed or removed afterwards shows.
package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// A Record says who did what to which thing, and when.
type Record struct {
	Index  int64 // 0, 1, 2 …: its place in the tree
	At     time.Time
	Actor  string // a user's name, "farmwatch-server" or "local:NAME" for what was done on its command line, "token/ID" for an enrolment
	Action string // e.g. alert.close
	Object string // e.g. alert/0198…
	Detail string // canonical JSON: an object with sorted keys
}

// Console is the actor of what was done on the server's own command line, by
// whoever may run commands on that machine.
const Console = "farmwatch-server"

// Detail turns what is to be said about a decision into canonical JSON: keys
// sorted, no white space, nothing escaped that need not be.
func Detail(about map[string]any) (string, error) {
	if len(about) == 0 {
		return "{}", nil
	}
	text, err := canonical(about)
	if err != nil {
		return "", fmt.Errorf("write the detail of an audit record: %w", err)
	}
	return text, nil
}

// Text is the record as it is hashed. Every field is in it, so that none can
// be changed unseen.
func (r Record) Text() ([]byte, error) {
	if !json.Valid([]byte(r.Detail)) {
		return nil, fmt.Errorf("audit record %d: its detail is not JSON", r.Index)
	}
	// The detail enters as text: hashing must not depend on how JSON is read.
	text, err := canonical(map[string]any{
		"index": r.Index, "at": r.At.UTC().Format(time.RFC3339Nano),
		"actor": r.Actor, "action": r.Action, "object": r.Object, "detail": r.Detail,
	})
	return []byte(text), err
}

// Hash is the record's leaf in the tree: over its text, so that anyone can compute it.
func (r Record) Hash() (tlog.Hash, error) {
	text, err := r.Text()
	if err != nil {
		return tlog.Hash{}, err
	}
	return tlog.RecordHash(text), nil
}

// canonical relies on encoding/json, which sorts the keys of maps.
func canonical(v map[string]any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// Append gives the hashes that storing r as the next record adds to the tree.
func Append(r Record, stored tlog.HashReader) ([]tlog.Hash, error) {
	leaf, err := r.Hash()
	if err != nil {
		return nil, err
	}
	hashes, err := tlog.StoredHashesForRecordHash(r.Index, leaf, stored)
	if err != nil {
		return nil, fmt.Errorf("hash audit record %d into the tree: %w", r.Index, err)
	}
	return hashes, nil
}

// A Tree is the state of the log at one moment. Whoever keeps one elsewhere
// can later tell whether the log still begins with what it stood for.
type Tree struct {
	Size int64
	Root tlog.Hash
}

// TreeOf computes the tree over the first size records.
func TreeOf(size int64, stored tlog.HashReader) (Tree, error) {
	if size == 0 {
		return Tree{}, nil
	}
	root, err := tlog.TreeHash(size, stored)
	if err != nil {
		return Tree{}, fmt.Errorf("hash the tree over %d audit records: %w", size, err)
	}
	return Tree{Size: size, Root: root}, nil
}
