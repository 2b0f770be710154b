-- +goose Up
-- Whether somebody sits at a laptop: what was asked, and what its agent last told.
CREATE TABLE presence_checks (
  id                TEXT    PRIMARY KEY,
  device_id         TEXT    NOT NULL REFERENCES devices (id),
  alert_id          TEXT    REFERENCES alerts (id),
  means             TEXT    NOT NULL,            -- JSON array
  reason            TEXT    NOT NULL,
  asked_by          TEXT    NOT NULL,
  asked_at          INTEGER NOT NULL,
  due_at            INTEGER NOT NULL,
  withdrawn_at      INTEGER,
  told              TEXT    NOT NULL DEFAULT 'waiting',
  told_at           INTEGER,                     -- when the collector heard of it
  answered_by       TEXT    NOT NULL DEFAULT '',
  answered_after_ms INTEGER NOT NULL DEFAULT 0,
  answered_from     TEXT    NOT NULL DEFAULT '',
  detail            TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX presence_checks_device ON presence_checks (device_id, asked_at);
CREATE INDEX presence_checks_alert ON presence_checks (alert_id) WHERE alert_id IS NOT NULL;

-- The version of a device's bundle: microseconds, so that one restored is behind no clock that went on.
ALTER TABLE devices ADD COLUMN bundle_version INTEGER NOT NULL DEFAULT 0;

-- What of a rule's evidence a sanction permits, JSON; empty permits all of it.
ALTER TABLE sanctions ADD COLUMN conditions TEXT NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE sanctions DROP COLUMN conditions;
ALTER TABLE devices DROP COLUMN bundle_version;
DROP TABLE presence_checks;
