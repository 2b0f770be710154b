package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// soundLimit is the size up to which the whole file is looked through at each
// start. A larger one would keep agents waiting; its damage is met when read.
const soundLimit = 64 << 20

// ErrDamaged says that the file is not what SQLite wrote.
var ErrDamaged = errors.New("the database file is damaged; stop the collector, keep a copy of the file and its -wal file, and restore the last backup")

// ErrFull says that the disk took no more.
var ErrFull = device.ErrFull

// ErrNewer says that a later version wrote the file.
var ErrNewer = errors.New("the database was written by a newer farmwatch-server")

// explain puts the sentence people need before what SQLite says.
func explain(err error) error {
	var from *sqlite.Error
	if !errors.As(err, &from) {
		return err
	}
	switch from.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return say(ErrDamaged, err)
	case sqlite3.SQLITE_FULL:
		return say(ErrFull, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("another process kept the database locked for 10 seconds: %w", err)
	}
	return err
}

// say puts a sentence before an error once, however often it passes by.
func say(sentence, err error) error {
	if errors.Is(err, sentence) {
		return err
	}
	return fmt.Errorf("%w (%w)", sentence, err)
}

// sound looks for damage before anything is built on the file.
func sound(ctx context.Context, db *sql.DB, path string) error {
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version); err != nil {
		return fmt.Errorf("read its header: %w", err)
	}
	about, err := os.Stat(path)
	if err != nil {
		return err
	}
	if about.Size() > soundLimit {
		return nil
	}
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("look it through: %w", err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w (%s)", ErrDamaged, verdict)
	}
	return nil
}

// migrate brings the tables up to date and refuses those of a later version.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	has, knows, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of its tables: %w", err)
	}
	if has > knows {
		return fmt.Errorf("%w: its tables are at version %d, this one knows versions up to %d", ErrNewer, has, knows)
	}
	if has == knows {
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring its tables up to date: %w", err)
	}
	return nil
}

// Version says at which version the tables are.
func (s *SQLite) Version(ctx context.Context) (int64, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.write, files)
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	version, err := provider.GetDBVersion(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the version of the tables: %w", explain(err))
	}
	return version, nil
}
