package session_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/session"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// counter is a source in which no two reads are alike.
type counter struct{ n byte }

func (c *counter) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = c.n
	}
	c.n++
	return len(b), nil
}

type clock struct{ now time.Time }

func start(t *testing.T) (*session.Service, *store.SQLite, *clock) {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c := &clock{time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	return session.NewService(s, func() time.Time { return c.now }, &counter{}), s, c
}

func TestSignInAndOut(t *testing.T) {
	svc, db, _ := start(t)
	ctx := t.Context()
	if _, err := svc.CreateUser(ctx, "ana", "analyst"); err != nil {
		t.Fatal(err)
	}
	code, until, err := svc.Invite(ctx, "ana")
	if err != nil || until.Sub(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)) != session.CodeLife {
		t.Fatalf("Invite = %v, %v", until, err)
	}
	s, token, err := svc.SignIn(ctx, " "+code+"\n")
	if err != nil || s.Actor() != (alert.Actor{Name: "ana", Role: alert.Analyst}) {
		t.Fatalf("SignIn = %+v, %v", s, err)
	}
	if _, _, err := svc.SignIn(ctx, code); !errors.Is(err, session.ErrCode) {
		t.Errorf("a code was good twice: %v", err)
	}
	if found, err := svc.Find(ctx, token); err != nil || found.User.Name != "ana" {
		t.Errorf("Find = %+v, %v", found, err)
	}
	if err := svc.SignOut(ctx, token); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.Find(ctx, token); !errors.Is(err, session.ErrSession) {
		t.Errorf("a session outlived signing out: %v", err)
	}
	if err := errors.Join(svc.SignOut(ctx, token), svc.SignOut(ctx, "")); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
	var actions []string
	if err := db.Read(ctx, func(tx *store.Tx) error {
		records, err := tx.AuditBefore(ctx, -1, "user/ana", 10)
		for _, r := range records {
			actions = append(actions, r.Actor+" "+r.Action)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := "ana session.sign_out,ana session.sign_in,farmwatch-server session.invite,farmwatch-server user.create"
	if got := strings.Join(actions, ","); got != want {
		t.Errorf("audit says %s, want %s", got, want)
	}
}

func TestCodesAndSessionsEnd(t *testing.T) {
	svc, _, c := start(t)
	ctx := t.Context()
	if _, err := svc.CreateUser(ctx, "ed", "auditor"); err != nil {
		t.Fatal(err)
	}
	old, _, err := svc.Invite(ctx, "ed")
	if err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(session.CodeLife)
	if _, _, err := svc.SignIn(ctx, old); !errors.Is(err, session.ErrCode) {
		t.Errorf("a code was good after its end: %v", err)
	}
	code, _, err := svc.Invite(ctx, "ed")
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := svc.SignIn(ctx, code)
	if err != nil {
		t.Fatal(err)
	}
	c.now = c.now.Add(session.SessionLife)
	if _, err := svc.Find(ctx, token); !errors.Is(err, session.ErrSession) {
		t.Errorf("a session outlived its end: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	svc, _, _ := start(t)
	ctx := t.Context()
	for _, name := range []string{"", "Ana", "a b", "-a", "a\n", strings.Repeat("a", 65), "=cmd"} {
		if _, err := svc.CreateUser(ctx, name, "admin"); err == nil {
			t.Errorf("%q became a user", name)
		}
	}
	if _, err := svc.CreateUser(ctx, "ana", "root"); !errors.Is(err, alert.ErrInvalid) {
		t.Errorf("role root: %v", err)
	}
	if _, err := svc.CreateUser(ctx, "ana", "admin"); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.CreateUser(ctx, "ana", "analyst"); !errors.Is(err, session.ErrTaken) {
		t.Errorf("second ana: %v", err)
	}
	if _, _, err := svc.Invite(ctx, "nobody"); !errors.Is(err, session.ErrNoUser) {
		t.Errorf("Invite(nobody) = %v", err)
	}
	for _, code := range []string{"", "x", "' OR 1=1"} {
		if _, _, err := svc.SignIn(ctx, code); !errors.Is(err, session.ErrCode) {
			t.Errorf("SignIn(%q) = %v", code, err)
		}
	}
	if _, err := svc.Find(ctx, ""); !errors.Is(err, session.ErrSession) {
		t.Errorf("Find of nothing = %v", err)
	}
}

func TestNothingInTheStoreOpensASession(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	db, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	svc := session.NewService(db, func() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }, &counter{})
	if _, err := svc.CreateUser(t.Context(), "ana", "admin"); err != nil {
		t.Fatal(err)
	}
	used, _, err := svc.Invite(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := svc.SignIn(t.Context(), used)
	if err != nil {
		t.Fatal(err)
	}
	unused, _, err := svc.Invite(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{used, unused, token} {
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("the secret %s stands in the store", secret)
		}
	}
}

func TestLink(t *testing.T) {
	if got := session.Link("http://127.0.0.1:7480/", "abc"); got != "http://127.0.0.1:7480/sign-in#code=abc" {
		t.Errorf("Link = %s", got)
	}
}
