package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/farmwatch/farmwatch/server/internal/audit"
)

type auditQueries struct {
	CountAudit, InsertAudit                         query
	InsertAuditHash, GetAuditHash, ListAuditHashes  query
	ListAudit, ListAuditBackwards, ListAuditBetween query
}

// Audit appends a decision to the audit log, in the transaction that makes it.
func (t *Tx) Audit(ctx context.Context, r audit.Record) error {
	size, err := t.auditSize(ctx)
	if err != nil {
		return err
	}
	r.Index = size
	r.At = r.At.UTC().Truncate(time.Microsecond) // as it is stored, so that it hashes the same when read back
	hashes, err := audit.Append(r, t.hashes(ctx))
	if err != nil {
		return err
	}
	if err := t.appendAudit(ctx, r, hashes); err != nil {
		return fmt.Errorf("append record %d to the audit log (if it was altered, this tells: farmwatch-server verify): %w", size, err)
	}
	return nil
}

func (t *Tx) appendAudit(ctx context.Context, r audit.Record, hashes []tlog.Hash) error {
	if _, err := t.exec(ctx, t.q.InsertAudit, r.Index, micros(r.At), r.Actor, r.Action, r.Object, r.Detail); err != nil {
		return err
	}
	first := tlog.StoredHashCount(r.Index)
	for i, h := range hashes {
		if _, err := t.exec(ctx, t.q.InsertAuditHash, first+int64(i), h[:]); err != nil {
			return err
		}
	}
	return nil
}

// note is Audit with the detail still to be written.
func (t *Tx) note(ctx context.Context, at time.Time, actor, action, object string, about map[string]any) error {
	detail, err := audit.Detail(about)
	if err != nil {
		return err
	}
	return t.Audit(ctx, audit.Record{At: at, Actor: actor, Action: action, Object: object, Detail: detail})
}

// auditSize is how many decisions are recorded.
func (t *Tx) auditSize(ctx context.Context) (size int64, err error) {
	err = t.one(ctx, t.q.CountAudit, nil, []any{&size})
	return size, err
}

// auditTree gives the log's size and root.
func (t *Tx) auditTree(ctx context.Context) (audit.Tree, error) {
	size, err := t.auditSize(ctx)
	if err != nil {
		return audit.Tree{}, err
	}
	return audit.TreeOf(size, t.hashes(ctx))
}

func (t *Tx) hashes(ctx context.Context) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, 0, len(indexes))
		for _, at := range indexes {
			h, err := single(ctx, t, t.q.GetAuditHash, scanHash, at)
			if errors.Is(err, ErrNotFound) {
				return nil, fmt.Errorf("hash %d of the audit log is missing; run: farmwatch-server verify", at)
			}
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, h)
		}
		return hashes, nil
	})
}

func scanHash(row scanner) (tlog.Hash, error) {
	var h tlog.Hash
	var b []byte
	if err := row.Scan(&b); err != nil {
		return h, err
	}
	if copy(h[:], b) != len(h) {
		return h, fmt.Errorf("a hash of the audit log has %d bytes", len(b))
	}
	return h, nil
}

func scanAudit(row scanner) (audit.Record, error) {
	var r audit.Record
	err := row.Scan(&r.Index, moment{&r.At}, &r.Actor, &r.Action, &r.Object, &r.Detail)
	return r, err
}

// AuditBefore lists decisions, latest first, before an index; below zero means
// from the end. With an object only those about it.
func (t *Tx) AuditBefore(ctx context.Context, before int64, object string, limit int) ([]audit.Record, error) {
	if before < 0 {
		before = math.MaxInt64
	}
	return all(ctx, t, t.q.ListAuditBackwards, scanAudit, before, object, limit)
}

// auditBetween lists the decisions of a stretch of time, first included, last not.
func (t *Tx) auditBetween(ctx context.Context, from, to time.Time) ([]audit.Record, error) {
	return all(ctx, t, t.q.ListAuditBetween, scanAudit, micros(from), micros(to))
}

// AuditRecords gives up to limit records from an index on, as audit.Source.
func (t *Tx) AuditRecords(ctx context.Context, from int64, limit int) ([]audit.Record, error) {
	return all(ctx, t, t.q.ListAudit, scanAudit, from, limit)
}

// AuditHashes gives up to limit stored hashes from a storage index on, as audit.Source.
func (t *Tx) AuditHashes(ctx context.Context, from int64, limit int) ([]tlog.Hash, error) {
	return all(ctx, t, t.q.ListAuditHashes, scanHash, from, limit)
}

// VerifyAudit recomputes the whole audit log as it is at one moment.
func (s *SQLite) VerifyAudit(ctx context.Context, kept ...audit.Tree) (tree audit.Tree, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		tree, err = audit.Verify(ctx, t, kept...)
		return err
	})
	return tree, err
}
