package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

func token(id string, uses int) enroll.Token {
	return enroll.Token{ID: id, SecretHash: []byte("hash"), Description: "for a test", UsesTotal: uses, UsesLeft: uses,
		CreatedAt: start, CreatedBy: "somebody", ExpiresAt: start.Add(time.Hour)}
}

func testTokens(t *testing.T, b *bench) {
	if err := b.CreateToken(t.Context(), token("t1", 2)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, true, false} {
		err := b.Enrolment(t.Context(), func(tx enroll.Tx) error {
			used, err := tx.UseToken(t.Context(), "t1")
			if used != want {
				t.Errorf("use is %v, want %v", used, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second revocation keeps the first one's time
		if err := b.RevokeToken(t.Context(), "t1", start.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.RevokeToken(t.Context(), "nobody", start); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("revoking an unknown token gives %v", err)
	}
	want := token("t1", 2)
	want.UsesLeft, want.RevokedAt = 0, start.Add(time.Minute)
	list, err := b.Tokens(t.Context())
	if diff := cmp.Diff([]enroll.Token{want}, list); err != nil || diff != "" {
		t.Errorf("tokens: %v (-want +got):\n%s", err, diff)
	}
}

// testRace lets many use a one-time token at once; exactly one may win, and a
// use inside an enrolment that fails is given back.
func testRace(t *testing.T, b *bench) {
	if err := b.CreateToken(t.Context(), token("t1", 1)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken after the use")
	err := b.Enrolment(t.Context(), func(tx enroll.Tx) error {
		if _, err := tx.UseToken(t.Context(), "t1"); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("a broken enrolment gives %v", err)
	}
	var wins atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			err := b.Enrolment(t.Context(), func(tx enroll.Tx) error {
				used, err := tx.UseToken(t.Context(), "t1")
				if used {
					wins.Add(1)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d enrolments won a one-time token, want exactly one", wins.Load())
	}
}
