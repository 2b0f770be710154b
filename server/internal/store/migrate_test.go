package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"
)

// TestMigrationsGoBack: each can be undone and done again, and leaves the same tables.
func TestMigrationsGoBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "farmwatch.db")
	open(t, path)
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	p, err := goose.NewProvider(goose.DialectSQLite3, raw, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	tables := func() (all string) {
		t.Helper()
		if err := raw.QueryRow("SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'goose%' ORDER BY name)").Scan(&all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := tables()
	if _, err := p.DownTo(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := tables(); after != before {
		t.Errorf("there and back the tables are\n%s\nand were\n%s", after, before)
	}
}
