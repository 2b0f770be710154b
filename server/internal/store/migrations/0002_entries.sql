-- +goose Up
-- An epoch is one life of a device's spool. Its number stands for (device, epoch).
CREATE TABLE epochs (
  id         INTEGER PRIMARY KEY,
  device_id  TEXT    NOT NULL REFERENCES devices (id),
  epoch      TEXT    NOT NULL,
  acked      INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL,
  UNIQUE (device_id, epoch)
) STRICT;

CREATE TABLE entries (
  epoch_id     INTEGER NOT NULL REFERENCES epochs (id),
  seq          INTEGER NOT NULL,
  received_at  INTEGER NOT NULL,
  clock_offset INTEGER NOT NULL,
  report       BLOB    NOT NULL,             -- as it came
  PRIMARY KEY (epoch_id, seq)
) STRICT;

CREATE TABLE gaps (
  epoch_id    INTEGER NOT NULL REFERENCES epochs (id),
  from_seq    INTEGER NOT NULL,
  to_seq      INTEGER NOT NULL,
  reason      TEXT    NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (epoch_id, from_seq, to_seq, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
  device_id      TEXT    NOT NULL REFERENCES devices (id),
  uid            TEXT    NOT NULL,
  rule           TEXT    NOT NULL,
  title          TEXT    NOT NULL,
  status         TEXT    NOT NULL,
  severity       TEXT    NOT NULL,
  confidence     TEXT    NOT NULL,
  first_seen     INTEGER NOT NULL,           -- event time: corrected by the clock offset
  last_seen      INTEGER NOT NULL,
  first_seen_raw INTEGER NOT NULL,           -- as the device's clock had it
  last_seen_raw  INTEGER NOT NULL,
  received_at    INTEGER NOT NULL,
  epoch_id       INTEGER NOT NULL,
  evidence       TEXT    NOT NULL,           -- JSON
  PRIMARY KEY (device_id, uid)
) STRICT;
CREATE INDEX findings_rule ON findings (rule);

-- A spell is one stretch during which a finding was open.
CREATE TABLE spells (
  id         INTEGER PRIMARY KEY,
  device_id  TEXT    NOT NULL,
  uid        TEXT    NOT NULL,
  from_raw   INTEGER NOT NULL,               -- device clock; names the spell
  from_at    INTEGER NOT NULL,               -- event time
  last_at    INTEGER NOT NULL,
  to_at      INTEGER,                        -- NULL while open
  UNIQUE (device_id, uid, from_raw),
  FOREIGN KEY (device_id, uid) REFERENCES findings (device_id, uid) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE facts (
  device_id   TEXT    NOT NULL REFERENCES devices (id),
  class       TEXT    NOT NULL,
  at          INTEGER NOT NULL,              -- event time
  received_at INTEGER NOT NULL,
  epoch_id    INTEGER NOT NULL,
  rows        TEXT    NOT NULL,              -- JSON
  PRIMARY KEY (device_id, class)
) STRICT;

CREATE TABLE coverage (
  device_id   TEXT    NOT NULL REFERENCES devices (id),
  class       TEXT    NOT NULL,
  state       TEXT    NOT NULL,
  detail      TEXT    NOT NULL,
  since       INTEGER NOT NULL,              -- event time
  at          INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  epoch_id    INTEGER NOT NULL,
  PRIMARY KEY (device_id, class)
) STRICT;

-- Days on which coverage was told of; a day without a row is as the last one before it ended.
CREATE TABLE coverage_days (
  device_id TEXT NOT NULL REFERENCES devices (id),
  class     TEXT NOT NULL,
  day       TEXT NOT NULL,                   -- 2026-11-25, UTC
  worst     TEXT NOT NULL,
  last      TEXT NOT NULL,
  PRIMARY KEY (device_id, class, day)
) STRICT, WITHOUT ROWID;

-- Days on which a device was heard, collector clock.
CREATE TABLE heard_days (
  device_id TEXT    NOT NULL REFERENCES devices (id),
  day       TEXT    NOT NULL,
  first_at  INTEGER NOT NULL,
  last_at   INTEGER NOT NULL,
  PRIMARY KEY (device_id, day)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE heard_days;
DROP TABLE coverage_days;
DROP TABLE coverage;
DROP TABLE facts;
DROP TABLE spells;
DROP TABLE findings;
DROP TABLE gaps;
DROP TABLE entries;
DROP TABLE epochs;
