package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the engine, in pure Go
)

// readers is how many connections read beside the one that writes.
const readers = 4

// SQLite is the store in one file beside its write-ahead log. One connection
// writes; several read, each a consistent snapshot, and never wait for it.
type SQLite struct {
	write *sql.DB
	read  *sql.DB
	q     queries
	path  string
	memo  rosterMemo

	joining []string
}

// Compare says which rules' evidence judgements compare, as the catalogue has it. It is
// for the start, before anything is judged.
func (s *SQLite) Compare(rules []string) { s.joining = rules }

// Open opens the store at a path, makes it if it is not there, and brings its
// tables up to date. A second process may have it open as well.
func Open(ctx context.Context, path string) (*SQLite, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the store: %w", err)
	}
	s := &SQLite{path: path}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store %s: %w", path, explain(err)), s.Close())
	}
	return s, nil
}

func (s *SQLite) open(ctx context.Context) error {
	if err := bindQueries(queryFiles, &s.q); err != nil {
		return err
	}
	// A file that only its owner can read, before SQLite makes one that everybody can.
	file, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if s.write, err = sql.Open("sqlite", dsn(s.path, false)); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if err := sound(ctx, s.write, s.path); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return err
	}
	if s.read, err = sql.Open("sqlite", dsn(s.path, true)); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s.q.prepare(ctx, s.write, s.read)
}

// dsn says how SQLite opens the file. synchronous=FULL makes a commit wait for
// the disk, which is what lets an acknowledgement follow it.
func dsn(path string, readOnly bool) string {
	v := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-32768)", "temp_store(MEMORY)"}}
	if readOnly {
		v.Add("_pragma", "query_only(1)")
	} else {
		v.Set("_txlock", "immediate")
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: v.Encode()}).String()
}

// Tx runs do in one transaction that may write. When do and Tx return nil it
// is all on the disk; when either fails nothing of it is.
func (s *SQLite) Tx(ctx context.Context, do func(*Tx) error) error {
	return s.run(ctx, s.write, false, do)
}

// Read runs do in one transaction that sees one moment of the store and cannot write.
func (s *SQLite) Read(ctx context.Context, do func(*Tx) error) error {
	return s.run(ctx, s.read, true, do)
}

// glance runs do, of one statement that reads. It costs half of what Read does.
func (s *SQLite) glance(do func(*Tx) error) error {
	return explain(do(&Tx{q: &s.q, readOnly: true}))
}

func (s *SQLite) run(ctx context.Context, db *sql.DB, readOnly bool, do func(*Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", explain(err))
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := do(&Tx{tx: tx, q: &s.q, roster: &s.memo, joining: s.joining, readOnly: readOnly, bound: make(map[*sql.Stmt]*sql.Stmt)}); err != nil {
		return explain(err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", explain(err))
	}
	return nil
}

// Close folds the write-ahead log into the file and closes both. Another
// process that still has it open keeps the log; that is no error.
func (s *SQLite) Close() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		_, _ = s.write.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)") // SQLite does it at the next start if this one could not
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}
