// Package store keeps what the collector knows, on disk, one concrete type per engine.
//
// SQL stands in queries/*.sql and migrations/*.sql, never in Go. Every change
// happens in one transaction through Tx; what Tx has returned nil for is on the
// disk. Times are integer microseconds of UTC.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// ErrNotFound says that nothing goes by the name that was asked for.
var ErrNotFound = device.ErrNotFound

// A Tx is one transaction. Its methods are spread over the files of this
// package, one file per thing they keep.
type Tx struct {
	tx       *sql.Tx // nil for one statement by itself, which sees one moment anyway
	q        *queries
	roster   *rosterMemo
	joining  []string // rules whose evidence composites compare
	readOnly bool
	bound    map[*sql.Stmt]*sql.Stmt // statements as this transaction has them; they close with it
}

// exec runs a query that returns no rows and says how many rows it changed.
func (t *Tx) exec(ctx context.Context, q query, args ...any) (int64, error) {
	outcome, err := t.statement(ctx, q).ExecContext(ctx, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", q.name, err)
	}
	changed, err := outcome.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", q.name, err)
	}
	return changed, nil
}

// one runs a query for a single row; none is ErrNotFound.
func (t *Tx) one(ctx context.Context, q query, args, into []any) error {
	err := t.statement(ctx, q).QueryRowContext(ctx, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("%s: %w", q.name, err)
	}
	return nil
}

// runnable is a prepared statement, to run and not to close.
type runnable interface {
	ExecContext(ctx context.Context, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, args ...any) *sql.Row
}

// statement is a prepared statement inside this transaction.
func (t *Tx) statement(ctx context.Context, q query) runnable {
	prepared := q.write
	if t.readOnly {
		prepared = q.read
	}
	if t.tx == nil {
		return prepared
	}
	bound, ok := t.bound[prepared]
	if !ok {
		bound = t.tx.StmtContext(ctx, prepared)
		t.bound[prepared] = bound
	}
	return bound
}

// all runs a query and scans every row with the given function.
func all[T any](ctx context.Context, t *Tx, q query, scan func(scanner) (T, error), args ...any) ([]T, error) {
	var list []T
	err := t.each(ctx, q, func(row scanner) error {
		item, err := scan(row)
		list = append(list, item)
		return err
	}, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// each runs a query and hands over every row.
func (t *Tx) each(ctx context.Context, q query, take func(scanner) error, args ...any) error {
	rows, err := t.statement(ctx, q).QueryContext(ctx, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", q.name, err)
	}
	defer func() { _ = rows.Close() }() // Err has said it
	for rows.Next() {
		if err := take(rows); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", q.name, err)
	}
	return nil
}

// single runs a query for a single row and scans it; none is ErrNotFound.
func single[T any](ctx context.Context, t *Tx, q query, scan func(scanner) (T, error), args ...any) (T, error) {
	item, err := scan(t.statement(ctx, q).QueryRowContext(ctx, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return item, ErrNotFound
	}
	if err != nil {
		return item, fmt.Errorf("%s: %w", q.name, err)
	}
	return item, nil
}

// scanner is a row that can be read, of one or of many.
type scanner interface{ Scan(into ...any) error }

// micros is a time as it is stored; an unset time is NULL.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// A moment scans a stored time; NULL is the zero time.
type moment struct{ to *time.Time }

// Scan reads integer microseconds, as sql.Scanner.
func (m moment) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*m.to = time.Time{}
	case int64:
		*m.to = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("a %T is not a stored time", value)
	}
	return nil
}

// A span scans a stored stretch of time.
type span struct{ to *time.Duration }

// Scan reads integer microseconds, as sql.Scanner.
func (s span) Scan(value any) error {
	v, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a %T is not a stored stretch of time", value)
	}
	*s.to = time.Duration(v) * time.Microsecond
	return nil
}
