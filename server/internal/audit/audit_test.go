package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// log is a Source in memory.
type log struct {
	records []Record
	hashes  memory
}

func (l *log) AuditRecords(_ context.Context, from int64, limit int) ([]Record, error) {
	var out []Record
	for _, r := range l.records {
		if r.Index >= from && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (l *log) AuditHashes(_ context.Context, from int64, limit int) ([]tlog.Hash, error) {
	if from >= int64(len(l.hashes)) {
		return nil, nil
	}
	return l.hashes[from:min(from+int64(limit), int64(len(l.hashes)))], nil
}

func filled(t *testing.T, n int) *log {
	t.Helper()
	l := &log{}
	for i := range n {
		detail, err := Detail(map[string]any{"n": i, "b": "<&>", "a": nil})
		if err != nil {
			t.Fatal(err)
		}
		r := Record{
			Index: int64(i), At: time.UnixMicro(1e15 + int64(i)).UTC(),
			Actor: "ana", Action: "alert.close", Object: fmt.Sprintf("alert/%d", i), Detail: detail,
		}
		more, err := Append(r, l.hashes)
		if err != nil {
			t.Fatal(err)
		}
		l.records, l.hashes = append(l.records, r), append(l.hashes, more...)
	}
	return l
}

func TestDetailIsCanonical(t *testing.T) {
	got, err := Detail(map[string]any{"z": 1, "a": "<x>", "m": []string{"q"}})
	if err != nil || got != `{"a":"<x>","m":["q"],"z":1}` {
		t.Errorf("Detail = %s, %v", got, err)
	}
	if got, _ := Detail(nil); got != "{}" {
		t.Errorf("empty detail = %s", got)
	}
	if _, err := Detail(map[string]any{"f": func() {}}); err == nil {
		t.Error("a function became JSON")
	}
}

func TestVerifyAcceptsWhatWasRecorded(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 1000, 1001, 2500} {
		l := filled(t, n)
		tree, err := Verify(t.Context(), l)
		if err != nil || tree.Size != int64(n) {
			t.Errorf("%d records: %+v, %v", n, tree, err)
		}
		if want, _ := TreeOf(int64(n), l.hashes); want != tree {
			t.Errorf("%d records: root %s, want %s", n, tree.Root, want.Root)
		}
	}
}

func TestVerifyNamesTheFirstBadRecord(t *testing.T) {
	tests := []struct {
		name   string
		tamper func(*log)
		index  int64
		says   string
	}{
		{"actor changed", func(l *log) { l.records[5].Actor = "eve" }, 5, "hashes to"},
		{"time changed", func(l *log) { l.records[0].At = l.records[0].At.Add(time.Microsecond) }, 0, "hashes to"},
		{"detail changed", func(l *log) { l.records[7].Detail = `{"a":null,"b":"<&>","n":8}` }, 7, "hashes to"},
		{"detail broken", func(l *log) { l.records[7].Detail = `{` }, 7, "not JSON"},
		{"object of the last", func(l *log) { l.records[1999].Object = "" }, 1999, "hashes to"},
		{"removed in the middle", func(l *log) { l.records = append(l.records[:9:9], l.records[10:]...) }, 9, "missing"},
		{"removed at the end", func(l *log) { l.records = l.records[:1990] }, 1990, "cut off"},
		{"hash changed", func(l *log) { l.hashes[tlog.StoredHashIndex(0, 1200)][3]++ }, 1200, "stored hash"},
		{"inner hash changed", func(l *log) { l.hashes[tlog.StoredHashIndex(3, 0)][3]++ }, 7, "stored hash"},
		{"hashes gone", func(l *log) { l.hashes = l.hashes[:tlog.StoredHashCount(1500)] }, 1500, "missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := filled(t, 2000)
			tt.tamper(l)
			_, err := Verify(t.Context(), l)
			var bad *BadRecord
			if !errors.As(err, &bad) || !errors.Is(err, ErrAltered) {
				t.Fatalf("Verify = %v, want a BadRecord", err)
			}
			if bad.Index != tt.index || !strings.Contains(bad.Error(), tt.says) {
				t.Errorf("Verify = %v, want record %d saying %q", bad, tt.index, tt.says)
			}
		})
	}
}

func TestAKeptTreeTellsARewrittenLog(t *testing.T) {
	l := filled(t, 10)
	kept, err := Verify(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	longer := filled(t, 20)
	if _, err := Verify(t.Context(), longer, kept); err != nil {
		t.Errorf("a log that grew: %v", err)
	}
	if _, err := Verify(t.Context(), filled(t, 9), kept); err == nil {
		t.Error("a shorter log passed")
	}
	rewritten := &log{}
	for _, r := range longer.records {
		if r.Index == 4 {
			r.Actor = "eve"
		}
		more, err := Append(r, rewritten.hashes)
		if err != nil {
			t.Fatal(err)
		}
		rewritten.records, rewritten.hashes = append(rewritten.records, r), append(rewritten.hashes, more...)
	}
	if _, err := Verify(t.Context(), rewritten); err != nil {
		t.Errorf("without a kept tree a full rewrite is consistent: %v", err)
	}
	if _, err := Verify(t.Context(), rewritten, kept); err == nil || !errors.Is(err, ErrAltered) || !strings.Contains(err.Error(), "rewritten") {
		t.Errorf("Verify = %v, want that it was rewritten", err)
	}
}

func TestVerifyStopsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Verify(ctx, canceled{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify = %v", err)
	}
}

type canceled struct{}

func (canceled) AuditRecords(ctx context.Context, _ int64, _ int) ([]Record, error) {
	return nil, ctx.Err()
}
func (canceled) AuditHashes(ctx context.Context, _ int64, _ int) ([]tlog.Hash, error) {
	return nil, ctx.Err()
}
