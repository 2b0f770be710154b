-- +goose Up
-- Laptops of different people that certain links join.
CREATE TABLE sites (
  id         TEXT    PRIMARY KEY,            -- from its earliest certain trait
  name       TEXT    NOT NULL,
  place_kind TEXT    NOT NULL,
  declared   INTEGER NOT NULL,               -- somebody said what kind of place it is
  people     INTEGER NOT NULL,
  devices    INTEGER NOT NULL,
  possible   INTEGER NOT NULL,               -- devices that may be part of it and are not counted
  kinds      TEXT    NOT NULL,               -- JSON array: by what it is joined for certain
  anchors    TEXT    NOT NULL,               -- JSON array of hashes of its certain traits, by which it stays the same site
  since      INTEGER NOT NULL,
  last_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE site_members (
  site_id   TEXT    NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  device_id TEXT    NOT NULL REFERENCES devices (id),
  person    TEXT    NOT NULL,                -- opaque; empty where no import says whose it is
  certain   INTEGER NOT NULL,
  mechanisms TEXT   NOT NULL,                -- JSON array: titles of what lets somebody else drive it, is open and unsanctioned
  since     INTEGER NOT NULL,
  last_at   INTEGER NOT NULL,
  PRIMARY KEY (site_id, device_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_members_device ON site_members (device_id, certain);

CREATE TABLE site_links (
  a        TEXT    NOT NULL REFERENCES devices (id),
  b        TEXT    NOT NULL REFERENCES devices (id),
  kind     TEXT    NOT NULL,
  certain  INTEGER NOT NULL,
  strength REAL    NOT NULL,                 -- 0 to 1
  reason   TEXT    NOT NULL,
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  days     INTEGER NOT NULL,
  PRIMARY KEY (a, b, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_links_b ON site_links (b);

CREATE TABLE site_assessments (
  site_id    TEXT    NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
  conclusion TEXT    NOT NULL,
  level      TEXT    NOT NULL,
  score      INTEGER NOT NULL,
  since      INTEGER NOT NULL,
  judged_at  INTEGER NOT NULL,
  seen       INTEGER NOT NULL,               -- event time up to which the past was judged
  revision   TEXT    NOT NULL,
  assessment TEXT    NOT NULL,               -- JSON: ledger and words
  PRIMARY KEY (site_id, conclusion)
) STRICT, WITHOUT ROWID;

-- When it was last looked which laptops belong together.
CREATE TABLE site_looks (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL) STRICT;

-- An alert about a site names the one of its devices that speaks strongest. It outlives the site.
ALTER TABLE alerts ADD COLUMN site_id TEXT NOT NULL DEFAULT '';
ALTER TABLE alerts ADD COLUMN site_name TEXT NOT NULL DEFAULT '';
DROP INDEX alerts_unclosed;
CREATE UNIQUE INDEX alerts_unclosed ON alerts (device_id, conclusion) WHERE state <> 'closed' AND site_id = '';
CREATE UNIQUE INDEX alerts_unclosed_of_site ON alerts (site_id, conclusion) WHERE state <> 'closed' AND site_id <> '';
CREATE INDEX alerts_site ON alerts (site_id, opened_at DESC) WHERE site_id <> '';

-- +goose Down
DROP INDEX alerts_site;
DROP INDEX alerts_unclosed_of_site;
DROP INDEX alerts_unclosed;
DELETE FROM timelines WHERE alert_id IN (SELECT id FROM alerts WHERE site_id <> '');
DELETE FROM alerts WHERE site_id <> '';
ALTER TABLE alerts DROP COLUMN site_name;
ALTER TABLE alerts DROP COLUMN site_id;
CREATE UNIQUE INDEX alerts_unclosed ON alerts (device_id, conclusion) WHERE state <> 'closed';
DROP TABLE site_looks;
DROP TABLE site_assessments;
DROP TABLE site_links;
DROP TABLE site_members;
DROP TABLE sites;
