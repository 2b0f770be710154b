-- +goose Up
-- What a device had on a day, in event time, that another may share: pseudonyms, of which the collector sees equalities.
CREATE TABLE traits (
  device_id TEXT    NOT NULL REFERENCES devices (id),
  day       TEXT    NOT NULL,                -- 2026-11-25, UTC
  kind      TEXT    NOT NULL,
  value     TEXT    NOT NULL,                -- pseudonym
  first_at  INTEGER NOT NULL,                -- event time, of that day
  last_at   INTEGER NOT NULL,
  weak      INTEGER NOT NULL,                -- other hardware is known to bear the same value
  noted_at  INTEGER NOT NULL,                -- collector clock, of the last change
  PRIMARY KEY (device_id, day, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX traits_day ON traits (day);
CREATE INDEX traits_noted ON traits (noted_at);

-- Up to which day it was written down what a device still had though nothing of it changed.
CREATE TABLE trait_days (
  device_id TEXT PRIMARY KEY REFERENCES devices (id),
  day       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE trait_days;
DROP TABLE traits;
