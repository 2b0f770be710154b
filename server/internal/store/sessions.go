package store

import (
	"context"
	"errors"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/session"
)

type sessionQueries struct {
	InsertUser, GetUser                                    query
	InsertCode, UseCode, GetCodeUser, DropOldCodes         query
	InsertSession, GetSession, EndSession, DropOldSessions query
}

// CreateUser makes a user; session.ErrTaken if there is one of that name.
func (s *SQLite) CreateUser(ctx context.Context, u session.User) error {
	return s.Tx(ctx, func(t *Tx) error {
		added, err := t.exec(ctx, t.q.InsertUser, u.Name, string(u.Role), micros(u.CreatedAt))
		if err != nil {
			return err
		}
		if added == 0 {
			return session.ErrTaken
		}
		return t.note(ctx, u.CreatedAt, audit.Console, "user.create", "user/"+u.Name, map[string]any{"role": u.Role})
	})
}

// User finds a user; session.ErrNoUser if there is none.
func (s *SQLite) User(ctx context.Context, name string) (u session.User, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		u, err = single(ctx, t, t.q.GetUser, scanUser, name)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return u, session.ErrNoUser
	}
	return u, err
}

// AddCode keeps a one-time code of a user; session.ErrNoUser if there is no such user.
func (s *SQLite) AddCode(ctx context.Context, hash, user string, createdAt, expiresAt time.Time) error {
	return s.Tx(ctx, func(t *Tx) error {
		if _, err := single(ctx, t, t.q.GetUser, scanUser, user); errors.Is(err, ErrNotFound) {
			return session.ErrNoUser
		} else if err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.DropOldCodes, micros(createdAt)); err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.InsertCode, hash, user, micros(createdAt), micros(expiresAt)); err != nil {
			return err
		}
		return t.note(ctx, createdAt, audit.Console, "session.invite", "user/"+user, map[string]any{"until": expiresAt.UTC().Format(time.RFC3339)})
	})
}

// RedeemCode marks a code used and keeps the session it opens; session.ErrCode
// if the code is unknown, used or over.
func (s *SQLite) RedeemCode(ctx context.Context, codeHash, sessionHash string, at, expiresAt time.Time) (u session.User, err error) {
	// Anybody can send codes. Wrong ones must not get to hold up those who write.
	err = s.Read(ctx, func(t *Tx) error {
		_, err := single(ctx, t, t.q.GetCodeUser, scanUser, codeHash)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return u, session.ErrCode
	}
	if err != nil {
		return u, err
	}
	err = s.Tx(ctx, func(t *Tx) error {
		used, err := t.exec(ctx, t.q.UseCode, codeHash, micros(at))
		if err != nil {
			return err
		}
		if used == 0 {
			return session.ErrCode
		}
		if u, err = single(ctx, t, t.q.GetCodeUser, scanUser, codeHash); err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.DropOldSessions, micros(at)); err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.InsertSession, sessionHash, u.Name, micros(at), micros(expiresAt)); err != nil {
			return err
		}
		return t.note(ctx, at, u.Name, "session.sign_in", "user/"+u.Name, map[string]any{"role": u.Role})
	})
	return u, err
}

// Session finds the session of a token's hash; session.ErrSession if there is none now.
func (s *SQLite) Session(ctx context.Context, hash string, at time.Time) (found session.Session, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		found, err = t.session(ctx, hash, at)
		return err
	})
	return found, err
}

func (t *Tx) session(ctx context.Context, hash string, at time.Time) (session.Session, error) {
	found, err := single(ctx, t, t.q.GetSession, func(row scanner) (session.Session, error) {
		var s session.Session
		err := row.Scan(&s.User.Name, &s.User.Role, moment{&s.User.CreatedAt}, moment{&s.CreatedAt}, moment{&s.ExpiresAt})
		return s, err
	}, hash, micros(at))
	if errors.Is(err, ErrNotFound) {
		return found, session.ErrSession
	}
	return found, err
}

// EndSession ends a session; session.ErrSession if it ended before.
func (s *SQLite) EndSession(ctx context.Context, hash string, at time.Time) error {
	// As with codes: anybody can sign out of a session that is none.
	if _, err := s.Session(ctx, hash, at); err != nil {
		return err
	}
	return s.Tx(ctx, func(t *Tx) error {
		found, err := t.session(ctx, hash, at)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.EndSession, hash, micros(at)); err != nil {
			return err
		}
		return t.note(ctx, at, found.User.Name, "session.sign_out", "user/"+found.User.Name, nil)
	})
}

func scanUser(row scanner) (session.User, error) {
	var u session.User
	err := row.Scan(&u.Name, &u.Role, moment{&u.CreatedAt})
	return u, err
}
