-- +goose Up
CREATE TABLE devices (
  id            TEXT    PRIMARY KEY,
  anchor        TEXT    UNIQUE,              -- NULL when the machine has no hardware identity
  agent_id      TEXT    NOT NULL,
  certificate   TEXT    NOT NULL,            -- serial in force, hex
  name          TEXT    NOT NULL,
  os            TEXT    NOT NULL,
  os_version    TEXT    NOT NULL,
  arch          TEXT    NOT NULL,
  agent_version TEXT    NOT NULL,
  boot_id       TEXT    NOT NULL DEFAULT '',
  enrolled_at   INTEGER NOT NULL,
  last_seen     INTEGER,
  clock_offset  INTEGER NOT NULL DEFAULT 0,  -- microseconds, device minus collector
  removed_at    INTEGER,
  dirty         INTEGER NOT NULL DEFAULT 0,  -- counts what arrived
  assessed      INTEGER NOT NULL DEFAULT 0   -- the count that was last assessed
) STRICT;
CREATE INDEX devices_name ON devices (name);
CREATE INDEX devices_dirty ON devices (id) WHERE dirty <> assessed;

CREATE TABLE agents (
  id            TEXT    PRIMARY KEY,
  device_id     TEXT    NOT NULL REFERENCES devices (id),
  token_id      TEXT    NOT NULL,
  enrolled_at   INTEGER NOT NULL,
  superseded_at INTEGER
) STRICT;
CREATE INDEX agents_device ON agents (device_id);

CREATE TABLE certificates (
  serial     TEXT    PRIMARY KEY,            -- hex
  agent_id   TEXT    NOT NULL REFERENCES agents (id),
  key_hash   BLOB    NOT NULL,               -- SHA-256 of the public key
  not_before INTEGER NOT NULL,
  not_after  INTEGER NOT NULL,
  issued_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX certificates_key ON certificates (key_hash);

CREATE TABLE tokens (
  id          TEXT    PRIMARY KEY,
  secret_hash BLOB    NOT NULL,
  description TEXT    NOT NULL,
  uses_total  INTEGER NOT NULL CHECK (uses_total >= 1),
  uses_left   INTEGER NOT NULL CHECK (uses_left >= 0),
  created_at  INTEGER NOT NULL,
  created_by  TEXT    NOT NULL,
  expires_at  INTEGER NOT NULL,
  revoked_at  INTEGER
) STRICT;

-- +goose Down
DROP TABLE tokens;
DROP TABLE certificates;
DROP TABLE agents;
DROP TABLE devices;
