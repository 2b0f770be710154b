package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/store"
	"github.com/farmwatch/farmwatch/server/internal/store/storetest"
)

// An engine fits SQLite to the suite's words.
type engine struct{ *store.SQLite }

func (e engine) View(ctx context.Context, do func(storetest.View) error) error {
	return e.Read(ctx, func(t *store.Tx) error { return do(t) })
}

func (e engine) Assessed(ctx context.Context, d device.Dirty) error {
	return e.Tx(ctx, func(t *store.Tx) error { return t.MarkAssessed(ctx, d) })
}

func open(t *testing.T, path string) *store.SQLite {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		return engine{open(t, filepath.Join(t.TempDir(), "store", "farmwatch.db"))}
	})
}

// fill leaves a store behind as a killed collector does: with its log beside it.
func fill(t *testing.T) (path string) {
	t.Helper()
	from := filepath.Join(t.TempDir(), "from.db")
	s := open(t, from)
	for _, id := range []string{"d1", "d2", "d3"} {
		err := s.Enrolment(t.Context(), func(tx enroll.Tx) error {
			return tx.SaveEnrolment(t.Context(), device.Device{ID: id, AgentID: id, EnrolledAt: time.Unix(1, 0)}, "t")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	path = filepath.Join(t.TempDir(), "farmwatch.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(from + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestOpenAfterKill(t *testing.T) {
	path := fill(t)
	s := open(t, path)
	if _, err := s.Device(t.Context(), "d3"); err != nil {
		t.Errorf("what was committed before a kill is gone: %v", err)
	}
	about, err := os.Stat(path)
	if err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v; want 0600", about.Mode(), err)
	}
}

// TestOpenTruncatedLog cuts the log at many places: the store opens each time
// with some of the last transactions gone, and each device whole or not at all.
func TestOpenTruncatedLog(t *testing.T) {
	path := fill(t)
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	base, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, keep := range []int{0, 10, 31, 5000, len(log) / 2, len(log) - 4096, len(log) - 1} {
		path := filepath.Join(t.TempDir(), "cut.db")
		for name, content := range map[string][]byte{path: base, path + "-wal": log[:keep]} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := store.Open(t.Context(), path)
		if err != nil {
			t.Errorf("a log cut to %d of %d bytes: %v", keep, len(log), err)
			continue
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "farmwatch.db")
	s := open(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	scribbled := append([]byte{}, good...)
	for i := 4096; i < 4096*3; i++ {
		scribbled[i] = 0xa5
	}
	for name, content := range map[string][]byte{
		"not a database": []byte(strings.Repeat("not a database ", 300)),
		"truncated":      good[:len(good)/2],
		"scribbled over": scribbled,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "farmwatch.db")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := store.Open(t.Context(), path)
			if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v; want a sentence that names the file and says it is damaged", err)
			}
		})
	}
}

func TestOpenUnusablePlaces(t *testing.T) {
	folder := t.TempDir()
	if _, err := store.Open(t.Context(), folder); err == nil || !strings.Contains(err.Error(), folder) {
		t.Errorf("a folder opens as %v", err)
	}
}

func TestReadCannotWrite(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "farmwatch.db"))
	err := s.Read(t.Context(), func(tx *store.Tx) error { return tx.MarkAllDirty(t.Context()) })
	if err == nil {
		t.Error("a reading transaction wrote")
	}
}

func TestVersion(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "farmwatch.db"))
	if v, err := s.Version(t.Context()); err != nil || v < 2 {
		t.Errorf("version %d, %v", v, err)
	}
}
