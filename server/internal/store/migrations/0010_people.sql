-- +goose Up
CREATE TABLE users (
  name       TEXT    PRIMARY KEY,
  role       TEXT    NOT NULL CHECK (role IN ('analyst', 'auditor', 'admin')),
  created_at INTEGER NOT NULL
) STRICT;

-- Codes and sessions are kept as hashes only.
CREATE TABLE sign_in_codes (
  hash       TEXT    PRIMARY KEY,
  user       TEXT    NOT NULL REFERENCES users (name),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER
) STRICT;

CREATE TABLE sessions (
  hash       TEXT    PRIMARY KEY,
  user       TEXT    NOT NULL REFERENCES users (name),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at   INTEGER
) STRICT;

-- +goose Down
DROP TABLE sessions;
DROP TABLE sign_in_codes;
DROP TABLE users;
