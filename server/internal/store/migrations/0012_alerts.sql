-- +goose Up
CREATE TABLE sanctions (
  id            TEXT    PRIMARY KEY,
  tool          TEXT    NOT NULL,
  device_id     TEXT    REFERENCES devices (id), -- NULL for every device
  justification TEXT    NOT NULL,
  created_by    TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  starts_at     INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  revoked_at    INTEGER
) STRICT;

CREATE TABLE assessments (
  device_id  TEXT    NOT NULL REFERENCES devices (id),
  conclusion TEXT    NOT NULL,
  level      TEXT    NOT NULL,
  score      INTEGER NOT NULL,
  since      INTEGER NOT NULL,
  judged_at  INTEGER NOT NULL,
  revision   TEXT    NOT NULL,               -- of the catalogue that judged
  assessment TEXT    NOT NULL,               -- JSON: ledger and words
  PRIMARY KEY (device_id, conclusion)
) STRICT, WITHOUT ROWID;

-- Up to when, in event time, a device's past was judged.
CREATE TABLE judgements (
  device_id TEXT    PRIMARY KEY REFERENCES devices (id),
  seen      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
  id           TEXT    PRIMARY KEY,
  device_id    TEXT    NOT NULL REFERENCES devices (id),
  conclusion   TEXT    NOT NULL,
  level        TEXT    NOT NULL,
  score        INTEGER NOT NULL,
  title        TEXT    NOT NULL,
  state        TEXT    NOT NULL CHECK (state IN ('new', 'in_progress', 'closed')),
  assignee     TEXT    NOT NULL,
  close_reason TEXT    NOT NULL,
  active       INTEGER NOT NULL,
  opened_at    INTEGER NOT NULL,
  last_seen    INTEGER,
  updated_at   INTEGER NOT NULL,
  closed_at    INTEGER,
  version      INTEGER NOT NULL,
  previous     TEXT    NOT NULL,
  assessment   TEXT    NOT NULL,             -- JSON: ledger and words
  findings     TEXT    NOT NULL,             -- JSON array of uids
  present      TEXT    NOT NULL              -- JSON array of uids
) STRICT;
CREATE INDEX alerts_queue ON alerts (score DESC, opened_at DESC, id DESC);
CREATE INDEX alerts_device ON alerts (device_id, conclusion, opened_at DESC);
-- At most one that is not closed per device and conclusion.
CREATE UNIQUE INDEX alerts_unclosed ON alerts (device_id, conclusion) WHERE state <> 'closed';

CREATE TABLE timelines (
  id       INTEGER PRIMARY KEY,
  alert_id TEXT    NOT NULL REFERENCES alerts (id),
  at       INTEGER NOT NULL,
  kind     TEXT    NOT NULL,
  text     TEXT    NOT NULL,
  actor    TEXT    NOT NULL
) STRICT;
CREATE INDEX timelines_alert ON timelines (alert_id, at, id);

-- +goose Down
DROP TABLE timelines;
DROP TABLE alerts;
DROP TABLE judgements;
DROP TABLE assessments;
DROP TABLE sanctions;
