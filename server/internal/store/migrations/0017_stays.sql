-- +goose Up
-- Where a device stood on a day: keyed hashes, a country, a kind of network. No address, no coordinates.
CREATE TABLE stays (
  device_id     TEXT    NOT NULL REFERENCES devices (id),
  day           TEXT    NOT NULL,            -- 2026-11-25, UTC, collector clock
  gateway       TEXT    NOT NULL,            -- pseudonym; empty when not told
  access_point  TEXT    NOT NULL,            -- pseudonym; empty when not told
  address       TEXT    NOT NULL,            -- keyed hash; with the other two empty: places of which no row is kept
  network       INTEGER NOT NULL,            -- number of the autonomous system; 0 unknown
  network_name  TEXT    NOT NULL,
  network_class TEXT    NOT NULL,
  country       TEXT    NOT NULL,
  corporate     TEXT    NOT NULL,
  listed        TEXT    NOT NULL,
  time_zone     TEXT    NOT NULL,
  utc_offset    INTEGER NOT NULL,            -- minutes
  round_trip    INTEGER NOT NULL,            -- microseconds, the shortest; 0 unknown
  first_at      INTEGER NOT NULL,
  last_at       INTEGER NOT NULL,
  times         INTEGER NOT NULL,
  PRIMARY KEY (device_id, day, gateway, access_point, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX stays_day ON stays (day);

-- Ranges that are known by name: the company's own, and imported lists. Numbers never come again, so that a change shows.
CREATE TABLE egress_lists (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     TEXT    NOT NULL CHECK (kind IN ('corporate', 'vpn_exit', 'relay')),
  label    TEXT    NOT NULL,
  cidr     TEXT    NOT NULL,
  added_by TEXT    NOT NULL,
  at       INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX egress_lists_range ON egress_lists (kind, label, cidr);

-- +goose Down
DROP TABLE egress_lists;
DROP TABLE stays;
